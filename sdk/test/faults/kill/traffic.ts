import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '../../support/dice.ts';
import { group, patch, user } from '../../support/scim.ts';
import type { Connected } from './app-process.ts';
import { createHttpClient, type Head, type HttpCall, type HttpClient } from './http-client.ts';
import { ABSENT, type Acknowledged, createLedger, GROUP, type Ledger, toPersonState } from './ledger.ts';

const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

/** The group every client adds its people to. */
export const CREW = 'crew';

export interface TrafficOptions extends Connected {
  readonly port: number;
  readonly dice: Dice;
  /** @default 12 */
  readonly clients?: number;
}

/** Mixed writes of several clients at once, and what they know of their outcome. */
export interface Traffic {
  readonly ledger: Ledger;
  /** Resolves when every client has had a write answered 2xx. */
  readonly begun: Promise<void>;
  /** Resolves at the first write that was answered 2xx from now on. */
  nextAcknowledgement(): Promise<void>;
  /** How often each status was answered; 0 = the connection ended without one. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Answers of 503 whose `Retry-After` is no whole number of seconds. */
  readonly badRetries: readonly string[];
  /** Sends no further writes, and waits for the answers to those under way. */
  stop(): Promise<void>;
}

/** A person of one client, in a state that is known. */
interface Person {
  readonly name: string;
  readonly id: string;
  readonly title: string;
  readonly isActive: boolean;
  readonly groups: ReadonlySet<string>;
}

/** Something a client is about to do. */
interface Deed {
  readonly call: HttpCall;
  /** Whom it is about; left alone for good when the outcome is not known. */
  readonly about: readonly Person[];
  readonly effects: ReadonlyMap<string, string>;
  /** What follows from a 2xx. */
  succeed(head: Head): Success;
}

interface Success {
  /** In a state that is known now. */
  readonly people: readonly Person[];
  readonly writes: readonly Acknowledged[];
  /** Parts of a bulk request that were not carried out, as far as their answers tell. */
  readonly refused?: readonly { readonly name: string; readonly status: number }[];
}

/** @returns once the group all clients use is there */
export async function startTraffic({ clients = 12, dice, ...connected }: TrafficOptions): Promise<Traffic> {
  const http = createHttpClient(connected);
  const ledger = createLedger();
  const statuses = new Map<number, number>();
  const badRetries: string[] = [];
  let isOver = false;
  let first = Promise.withResolvers<void>();

  const count = (status: number) => void statuses.set(status, (statuses.get(status) ?? 0) + 1);

  const perform = async (deed: Deed): Promise<readonly Person[]> => {
    const head = await http.send(deed.call).catch(() => undefined);
    const status = head?.status ?? 0;
    count(status);
    if (head === undefined || status >= 300) {
      ledger.doubt(deed.effects);
      if (status === 503 && !/^[1-9]\d*$/.test(head?.retryAfter ?? ''))
        badRetries.push(`${head?.retryAfter}`);
      return [];
    }
    const { people, writes, refused = [] } = deed.succeed(head);
    for (const one of refused) count(one.status);
    const isRefused = ([name]: readonly [string, string]) => refused.some((one) => one.name === name);
    const effects = [...deed.effects];
    ledger.acknowledge(new Map(effects.filter((effect) => !isRefused(effect))), writes);
    if (refused.length > 0) ledger.doubt(new Map(effects.filter(isRefused)));
    if (writes.length > 0) first.resolve();
    return people;
  };

  const crew = await createCrew(http);
  ledger.acknowledge(new Map([[CREW, GROUP]]), [created(crew, 'group')]);

  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const begunClients = new Set<number>();
  const work = async (index: number): Promise<void> => {
    const next = createDeeds(index, { crew, dice });
    let people: readonly Person[] = [];
    while (!isOver) {
      const deed = next(people);
      const known = await perform(deed);
      people = [...people.filter((person) => !deed.about.includes(person)), ...known];
      if (known.length > 0 && begunClients.add(index).size === clients) begin();
      // What cannot serve now is asked again a little later.
      if (known.length === 0 && deed.call.method !== 'DELETE') await sleep(20);
    }
  };
  const working = Promise.all(Array.from({ length: clients }, (_, index) => work(index)));
  // Whoever stops the traffic is told.
  working.catch(() => {});

  return {
    ledger,
    statuses,
    badRetries,
    begun,
    nextAcknowledgement() {
      first = Promise.withResolvers();
      return first.promise;
    },
    async stop() {
      isOver = true;
      await working;
      http.close();
    },
  };
}

async function createCrew(http: HttpClient): Promise<string> {
  const head = await http.send({ method: 'POST', path: '/Groups', body: group(CREW) });
  if (head.status !== 201) throw new Error(`The group was answered ${head.status}.`);
  return toId(head);
}

interface Surroundings {
  /** The id of the group everybody is put into. */
  readonly crew: string;
  readonly dice: Dice;
}

/** One client's choice of what to do next with the people it has. */
function createDeeds(client: number, { crew, dice }: Surroundings) {
  let count = 0;
  const newName = (kind: string) => {
    count += 1;
    return `${kind}-${client}-${count}`;
  };
  const write = (person: Person) => user(person.name, attributesOf(person));
  const changed = (person: Person, change: Partial<Person>): Person => ({ ...person, ...change });

  const hire = (): Deed => {
    const name = newName('person');
    const person = { name, id: '', title: `${count}`, isActive: true, groups: new Set<string>() };
    return {
      call: { method: 'POST', path: '/Users', body: write(person) },
      about: [],
      effects: effectsOf(person),
      succeed(head) {
        const id = toId(head);
        return { people: [changed(person, { id })], writes: [created(id, 'user')] };
      },
    };
  };

  const put = (person: Person): Deed => {
    count += 1;
    const after = changed(person, { title: `${count}` });
    return {
      call: {
        method: 'PUT',
        path: `/Users/${person.id}`,
        body: { ...write(after), active: after.isActive },
      },
      ...toChange(person, after, 'user.updated'),
    };
  };

  const toggle = (person: Person): Deed => {
    const after = changed(person, { isActive: !person.isActive });
    return {
      call: {
        method: 'PATCH',
        path: `/Users/${person.id}`,
        body: patch({ op: 'replace', path: 'active', value: after.isActive }),
      },
      ...toChange(person, after, after.isActive ? 'user.reactivated' : 'user.deactivated'),
    };
  };

  const joinOrLeave = (person: Person): Deed => {
    const groups = new Set(person.groups);
    const isLeaving = groups.delete(CREW);
    if (!isLeaving) groups.add(CREW);
    const operation = isLeaving
      ? { op: 'remove', path: `members[value eq "${person.id}"]` }
      : { op: 'add', path: 'members', value: [{ value: person.id }] };
    const after = changed(person, { groups });
    return {
      call: { method: 'PATCH', path: `/Groups/${crew}`, body: patch(operation) },
      about: [person],
      effects: effectsOf(after),
      succeed: (head) => ({
        people: [after],
        writes: [{ resourceId: crew, version: toNumber(head.etag), eventType: 'group.members_changed' }],
      }),
    };
  };

  const dismiss = (person: Person): Deed => ({
    call: { method: 'DELETE', path: `/Users/${person.id}` },
    about: [person],
    effects: new Map([[person.name, ABSENT]]),
    succeed: () => ({
      people: [],
      writes: [{ resourceId: person.id, version: undefined, eventType: 'user.deleted' }],
    }),
  });

  const team = (people: readonly Person[]): Deed => {
    const name = newName('team');
    const after = people.map((person) => changed(person, { groups: new Set([...person.groups, name]) }));
    return {
      call: {
        method: 'POST',
        path: '/Groups',
        body: group(
          name,
          people.map(({ id }) => id),
        ),
      },
      about: people,
      effects: new Map([[name, GROUP], ...after.flatMap((person) => [...effectsOf(person)])]),
      succeed: (head) => ({ people: after, writes: [created(toId(head), 'group')] }),
    };
  };

  /** Two newcomers and a change of somebody, each a transaction of its own. */
  const bulk = (person: Person): Deed => {
    const newcomers = [newName('person'), newName('person')].map((name) => ({
      name,
      id: '',
      title: 'bulk',
      isActive: true,
      groups: new Set<string>(),
    }));
    const after = changed(person, { isActive: !person.isActive });
    const Operations = [
      ...newcomers.map((newcomer, index) => ({
        method: 'POST',
        path: '/Users',
        bulkId: `${index}`,
        data: write(newcomer),
      })),
      { method: 'PATCH', path: `/Users/${person.id}`, data: toggle(person).call.body },
    ];
    return {
      call: { method: 'POST', path: '/Bulk', body: { schemas: [BULK_URN], Operations }, isWhole: true },
      about: [person],
      effects: new Map([...newcomers, after].flatMap((one) => [...effectsOf(one)])),
      succeed(head) {
        const results = JSON.parse(head.text).Operations as readonly BulkResult[];
        const parts = [...newcomers, after].map((one, index) => {
          const { status, location, version } = results[index] ?? { status: '0', location: '' };
          const id = location?.split('/').at(-1) ?? '';
          return { person: changed(one, { id: one.id || id }), status: Number(status), version };
        });
        const done = parts.filter(({ status }) => status < 300);
        return {
          people: done.map((part) => part.person),
          writes: done.map(({ person: { id, name, isActive }, version }) =>
            name === person.name
              ? {
                  resourceId: id,
                  version: toNumber(version),
                  eventType: isActive ? 'user.reactivated' : 'user.deactivated',
                }
              : created(id, 'user'),
          ),
          refused: parts
            .filter(({ status }) => status >= 300)
            .map((part) => ({ name: part.person.name, status: part.status })),
        };
      },
    };
  };

  return (people: readonly Person[]): Deed => {
    if (people.length < 3) return hire();
    const person = dice.pick(people);
    const choice = dice.int(100);
    if (choice < 30) return hire();
    if (choice < 45) return put(person);
    if (choice < 62) return toggle(person);
    if (choice < 82) return joinOrLeave(person);
    if (choice < 88) return dismiss(person);
    if (choice < 94) return bulk(person);
    return team(dice.shuffle(people).slice(0, 3));
  };
}

interface BulkResult {
  readonly status: string;
  readonly location?: string;
  readonly version?: string;
}

/** A change of one person alone. */
function toChange(before: Person, after: Person, eventType: string): Omit<Deed, 'call'> {
  return {
    about: [before],
    effects: effectsOf(after),
    succeed: (head) => ({
      people: [after],
      writes: [{ resourceId: after.id, version: toNumber(head.etag), eventType }],
    }),
  };
}

function effectsOf(person: Person): ReadonlyMap<string, string> {
  return new Map([[person.name, toPersonState(person)]]);
}

function attributesOf({ name, title }: Person) {
  return { title, externalId: name, emails: [{ value: `${name}@example.com` }] };
}

function created(resourceId: string, kind: 'user' | 'group'): Acknowledged {
  return { resourceId, version: 1, eventType: `${kind}.created` };
}

function toId({ location }: Head): string {
  return location?.split('/').at(-1) ?? '';
}

/** The resource's own part of an entity tag: `W/"3-…"` → 3. */
function toNumber(tag: string | undefined): number | undefined {
  const digits = tag === undefined ? undefined : /^W\/"(\d+)/.exec(tag)?.[1];
  if (digits === undefined) throw new Error('The answer names no version.');
  return Number(digits);
}
