import type { Dice } from '../../support/dice.ts';
import { group, patch, user } from '../../support/scim.ts';
import type { Head, HttpCall } from './http-client.ts';
import { ABSENT, type Acknowledged, type Effects, GROUP, toPersonState } from './ledger.ts';

const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

/** The group every client adds its people to. */
export const CREW = 'crew';

/** A person of one client, in a state that is known. */
export interface Person {
  readonly name: string;
  readonly id: string;
  readonly title: string;
  readonly isActive: boolean;
  /** Names of the groups it is in. */
  readonly groups: ReadonlySet<string>;
}

/** Something a client is about to do. */
export interface Deed {
  readonly call: HttpCall;
  /** Whom it is about; left alone for good when the outcome is not known. */
  readonly about: readonly Person[];
  readonly effects: Effects;
  /** What follows from a 2xx. */
  succeed(head: Head): Success;
}

export interface Success {
  /** In a state that is known now. */
  readonly people: readonly Person[];
  readonly writes: readonly Acknowledged[];
  /** Parts of a bulk request that were not carried out, as far as their answers tell. */
  readonly refused?: readonly { readonly name: string; readonly status: number }[];
}

/**
 * One client's choice of what to do next with the people it has. Names are its own.
 *
 * @param options.crew the id of the group everybody is put into
 */
export function createDeeds(
  client: number,
  { crew, dice }: { readonly crew: string; readonly dice: Dice },
): (people: readonly Person[]) => Deed {
  let count = 0;
  const next = () => {
    count += 1;
    return String(count);
  };
  const newPerson = (): Person => {
    const title = next();
    return { name: `person-${client}-${title}`, id: '', title, isActive: true, groups: new Set() };
  };
  return (people) => {
    if (people.length < 3) return hire(newPerson());
    const person = dice.pick(people);
    const choice = dice.int(100);
    if (choice < 30) return hire(newPerson());
    if (choice < 45) return replace(person, next());
    if (choice < 62) return toggle(person);
    if (choice < 82) return joinOrLeave(person, crew);
    if (choice < 88) return dismiss(person);
    if (choice < 94) return hireInBulk([newPerson(), newPerson()], person);
    return formTeam(`team-${client}-${next()}`, dice.shuffle(people).slice(0, 3));
  };
}

function hire(person: Person): Deed {
  return {
    call: { method: 'POST', path: '/Users', body: toBody(person) },
    about: [],
    effects: effectsOf(person),
    succeed(head) {
      const id = readId(head.location);
      return { people: [{ ...person, id }], writes: [created(id, 'user')] };
    },
  };
}

function replace(person: Person, title: string): Deed {
  const after = { ...person, title };
  const body = { ...toBody(after), active: after.isActive };
  return {
    call: { method: 'PUT', path: `/Users/${person.id}`, body },
    ...toChange(person, after, 'user.updated'),
  };
}

function toggle(person: Person): Deed {
  const after = { ...person, isActive: !person.isActive };
  const body = patch({ op: 'replace', path: 'active', value: after.isActive });
  return {
    call: { method: 'PATCH', path: `/Users/${person.id}`, body },
    ...toChange(person, after, activeEvent(after)),
  };
}

function joinOrLeave(person: Person, crew: string): Deed {
  const groups = new Set(person.groups);
  const isLeaving = groups.delete(CREW);
  if (!isLeaving) groups.add(CREW);
  const operation = isLeaving
    ? { op: 'remove', path: `members[value eq "${person.id}"]` }
    : { op: 'add', path: 'members', value: [{ value: person.id }] };
  const after = { ...person, groups };
  return {
    call: { method: 'PATCH', path: `/Groups/${crew}`, body: patch(operation) },
    about: [person],
    effects: effectsOf(after),
    succeed: (head) => ({
      people: [after],
      writes: [{ resourceId: crew, version: readVersion(head.etag), eventType: 'group.members_changed' }],
    }),
  };
}

function dismiss(person: Person): Deed {
  return {
    call: { method: 'DELETE', path: `/Users/${person.id}` },
    about: [person],
    effects: new Map([[person.name, ABSENT]]),
    succeed: () => ({
      people: [],
      writes: [{ resourceId: person.id, version: undefined, eventType: 'user.deleted' }],
    }),
  };
}

/** Makes a group with members at once. */
function formTeam(name: string, people: readonly Person[]): Deed {
  const after = people.map((person) => ({ ...person, groups: new Set([...person.groups, name]) }));
  const ids = people.map(({ id }) => id);
  return {
    call: { method: 'POST', path: '/Groups', body: group(name, ids) },
    about: people,
    effects: new Map([[name, GROUP], ...after.flatMap((person) => [...effectsOf(person)])]),
    succeed: (head) => ({ people: after, writes: [created(readId(head.location), 'group')] }),
  };
}

interface BulkResult {
  readonly status: string;
  readonly location?: string;
  readonly version?: string;
}

/** Newcomers and a change of somebody, each a transaction of its own. */
function hireInBulk(newcomers: readonly Person[], person: Person): Deed {
  const { call: change } = toggle(person);
  const after = { ...person, isActive: !person.isActive };
  const hires = newcomers.map((newcomer, index) => ({
    method: 'POST',
    path: '/Users',
    bulkId: String(index),
    data: toBody(newcomer),
  }));
  const Operations = [...hires, { method: change.method, path: change.path, data: change.body }];
  return {
    call: { method: 'POST', path: '/Bulk', body: { schemas: [BULK_URN], Operations }, isWhole: true },
    about: [person],
    effects: new Map([...newcomers, after].flatMap((one) => [...effectsOf(one)])),
    succeed(head) {
      const results = JSON.parse(head.text).Operations as readonly BulkResult[];
      const parts = [...newcomers, after].map((one, index) => {
        const { status = '0', location, version } = results[index] ?? {};
        return { person: { ...one, id: one.id || readId(location) }, status: Number(status), version };
      });
      const done = parts.filter(({ status }) => status < 300);
      return {
        people: done.map((part) => part.person),
        writes: done.map((part) =>
          part.person.name === person.name
            ? {
                resourceId: person.id,
                version: readVersion(part.version),
                eventType: activeEvent(after),
              }
            : created(part.person.id, 'user'),
        ),
        refused: parts
          .filter(({ status }) => status >= 300)
          .map((part) => ({ name: part.person.name, status: part.status })),
      };
    },
  };
}

/** A change of one person alone. */
function toChange(before: Person, after: Person, eventType: string): Omit<Deed, 'call'> {
  return {
    about: [before],
    effects: effectsOf(after),
    succeed: (head) => ({
      people: [after],
      writes: [{ resourceId: after.id, version: readVersion(head.etag), eventType }],
    }),
  };
}

function activeEvent({ isActive }: Person): string {
  return isActive ? 'user.reactivated' : 'user.deactivated';
}

function effectsOf(person: Person): Effects {
  return new Map([[person.name, toPersonState(person)]]);
}

function toBody({ name, title }: Person) {
  return user(name, { title, externalId: name, emails: [{ value: `${name}@example.com` }] });
}

/** The event of a creation; resources begin with version 1. */
export function created(resourceId: string, kind: 'user' | 'group'): Acknowledged {
  return { resourceId, version: 1, eventType: `${kind}.created` };
}

/** The id at the end of a `Location`. */
export function readId(location: string | undefined): string {
  return location?.split('/').at(-1) ?? '';
}

/** The resource's own part of an entity tag: `W/"3-…"` → 3. */
function readVersion(tag: string | undefined): number {
  const digits = tag === undefined ? undefined : /^W\/"(\d+)/.exec(tag)?.[1];
  if (digits === undefined) throw new Error('The answer names no version.');
  return Number(digits);
}
