import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../src/index.ts';
import type { Dice } from '../../support/dice.ts';
import { patch, user } from '../../support/scim.ts';

/** What an identity provider has of a person, all of which was acknowledged. */
export interface Person {
  readonly id: string;
  readonly userName: string;
  readonly active: boolean;
  readonly isInGroup: boolean;
}

/** How often each change was acknowledged. */
export type Deeds = Record<
  'created' | 'deleted' | 'deactivated' | 'reactivated' | 'renamed' | 'joined' | 'left',
  number
>;

interface Client {
  readonly key: string;
  readonly groupId: string;
  readonly dice: Dice;
  /** The port of the app that is alive; a promise while none is. */
  readonly port: () => Promise<number>;
  readonly isOver: () => boolean;
  /** Called when a change was acknowledged. */
  readonly onAcknowledged: () => void;
}

/** What the answers of a client were. */
export interface Told {
  readonly people: readonly Person[];
  readonly deeds: Deeds;
  /** Requests that were sent again because their answer never came. */
  readonly repeated: number;
  /** Answers nobody expects. */
  readonly problems: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject | undefined;
}

/**
 * One worker of an identity provider: it changes people one request after the other, and sends a request again until
 * it has an answer, however often the app dies under it.
 */
export async function work(name: string, client: Client): Promise<Told> {
  const { dice, groupId } = client;
  const people: Person[] = [];
  const deeds: Deeds = {
    created: 0,
    deleted: 0,
    deactivated: 0,
    reactivated: 0,
    renamed: 0,
    joined: 0,
    left: 0,
  };
  const problems: string[] = [];
  let repeated = 0;
  let count = 0;

  const send = async (method: string, path: string, body?: object): Promise<Answer & { tries: number }> => {
    for (let tries = 1; ; tries += 1) {
      const answer = await attempt(client, { method, path, body }).catch(() => undefined);
      if (answer !== undefined && answer.status < 500) return { ...answer, tries };
      if (answer !== undefined && answer.status !== 503) problems.push(`${method} ${path}: ${answer.status}`);
      repeated += 1;
      await sleep(5);
    }
  };
  const expectStatus = ({ status }: Answer, expected: readonly number[], what: string) => {
    if (!expected.includes(status)) problems.push(`${what}: ${status}`);
  };
  const change = async (person: Person, next: Partial<Person>, operation: object, path?: string) => {
    const answer = await send('PATCH', path ?? `/Users/${person.id}`, patch(operation));
    expectStatus(answer, [200, 204], JSON.stringify(operation));
    people[people.indexOf(person)] = { ...person, ...next };
  };
  const create = async () => {
    count += 1;
    const userName = `${name}-${count}@acme.example`;
    const answer = await send('POST', '/Users', user(userName));
    // A second try may find what the first has made.
    expectStatus(answer, answer.tries > 1 ? [201, 409] : [201], `POST ${userName}`);
    const id = answer.status === 201 ? answer.body?.id : await findByName(userName);
    people.push({ id: String(id), userName, active: true, isInGroup: false });
    deeds.created += 1;
  };
  const findByName = async (userName: string) => {
    const filter = encodeURIComponent(`userName eq "${userName}"`);
    const { body } = await send('GET', `/Users?filter=${filter}`);
    const [found] = (body?.Resources ?? []) as readonly JsonObject[];
    if (found === undefined) problems.push(`${userName} is lost`);
    return found?.id;
  };
  const remove = async (person: Person) => {
    const answer = await send('DELETE', `/Users/${person.id}`);
    expectStatus(answer, answer.tries > 1 ? [204, 404] : [204], 'DELETE');
    people.splice(people.indexOf(person), 1);
    deeds.deleted += 1;
  };
  const turn = async (person: Person) => {
    const active = !person.active;
    await change(person, { active }, { op: 'replace', path: 'active', value: active });
    deeds[active ? 'reactivated' : 'deactivated'] += 1;
  };
  const rename = async (person: Person) => {
    count += 1;
    const userName = `${name}-${count}@acme.example`;
    await change(person, { userName }, { op: 'replace', path: 'userName', value: userName });
    deeds.renamed += 1;
  };
  const move = async (person: Person) => {
    const isInGroup = !person.isInGroup;
    const operation = isInGroup
      ? { op: 'add', path: 'members', value: [{ value: person.id }] }
      : { op: 'remove', path: `members[value eq "${person.id}"]` };
    await change(person, { isInGroup }, operation, `/Groups/${groupId}`);
    deeds[isInGroup ? 'joined' : 'left'] += 1;
  };

  while (!client.isOver()) {
    const person = people.length < 3 ? undefined : dice.pick(people);
    if (person === undefined || dice.oneIn(4)) await create();
    else await dice.pick([turn, turn, rename, move, remove])(person);
    client.onAcknowledged();
  }
  return { people, deeds, repeated, problems };
}

async function attempt(
  { key, port }: Client,
  {
    method,
    path,
    body,
  }: { readonly method: string; readonly path: string; readonly body?: object | undefined },
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${await port()}/scim/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as JsonObject) };
}
