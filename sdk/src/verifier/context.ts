import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import type { Need } from './claims.ts';
import type { Answer, Call, Client } from './client.ts';
import { type Discovery, isSameUrn, readResources } from './discovery.ts';
import { describeAnswer, SetupFailure } from './expect.ts';
import { collectPlaces } from './sample.ts';
import { GROUP_URN, PATCH_URN, USER_URN } from './urns.ts';

/** A resource a check made for itself. */
export interface Made {
  readonly id: string;
  /** Below the base URL. */
  readonly path: string;
  readonly body: JsonObject;
  readonly answer: Answer;
}

/** What checks work with. All names are random, so that they never meet what a connection holds already. */
export interface Context extends Discovery {
  /** Without a trailing slash. */
  readonly url: string;
  readonly key: string;
  /** Starts all names of this run. */
  readonly prefix: string;
  readonly client: Client;
  /** 0 ≤ x < 1, from the run's seed. */
  readonly random: () => number;
  send(path: string, call?: Call): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  put(path: string, body: unknown): Promise<Answer>;
  /** Sets attributes of a resource, by PUT of its whole body or, where there is no PUT, by PATCH. */
  change(path: string, body: object, changes: Readonly<Record<string, Json>>): Promise<Answer>;
  patch(path: string, ...operations: readonly unknown[]): Promise<Answer>;
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>;
  /** A resource the check made, as it is now. @throws SetupFailure when it cannot be read */
  readOne(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The users a filter finds. */
  find(filter: string, query?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The path of a URL below the base URL; undefined for one that leads elsewhere, where the key must not go. */
  toPath(location: Json | undefined): string | undefined;
  newName(): string;
  /** The body of an ordinary user. */
  userBody(changes?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** @throws SetupFailure when the server does not create it */
  createUser(changes?: Readonly<Record<string, unknown>>): Promise<Made>;
  createGroup(changes?: Readonly<Record<string, unknown>>): Promise<Made>;
  has(need: Need): boolean;
}

export interface ContextOptions {
  readonly discovery: Discovery;
  readonly client: Client;
  readonly url: string;
  readonly key: string;
  readonly prefix: string;
  readonly random: () => number;
}

export function createContext(options: ContextOptions): Context {
  const { client, discovery, prefix } = options;
  const { users, groups } = discovery.endpoints;
  let counter = 0;
  const newName = () => {
    counter += 1;
    return `${prefix}-${counter}`;
  };
  const userBody = (changes: Readonly<Record<string, unknown>> = {}) => {
    const name = newName();
    return {
      schemas: [USER_URN],
      userName: `${name}@example.com`,
      name: { givenName: 'Vera', familyName: 'Check' },
      displayName: `Vera ${name}`,
      emails: [{ value: `${name}@example.com`, type: 'work', primary: true }],
      active: true,
      ...changes,
    };
  };
  const make = async (endpoint: string, body: unknown): Promise<Made> => {
    const answer = await client.send(endpoint, { method: 'POST', body });
    const { id } = answer.body;
    if (answer.status < 200 || answer.status > 299 || typeof id !== 'string') {
      throw new SetupFailure(`POST ${endpoint} was answered ${describeAnswer(answer)}.`, answer.exchange);
    }
    return { id, path: `${endpoint}/${encodeURIComponent(id)}`, body: answer.body, answer };
  };
  const put: Context['put'] = (path, body) => client.send(path, { method: 'PUT', body });
  const patch: Context['patch'] = (path, ...operations) =>
    client.send(path, { method: 'PATCH', body: { schemas: [PATCH_URN], Operations: operations } });
  const get: Context['get'] = (path, query) => client.send(path, query === undefined ? {} : { query });
  return {
    ...options,
    ...discovery,
    newName,
    toPath: (location) => toPath(options.url, location),
    userBody,
    send: (path, call) => client.send(path, call),
    post: (path, body) => client.send(path, { method: 'POST', body }),
    put,
    patch,
    change: (path, body, changes) =>
      discovery.claims.put
        ? put(path, { ...body, ...changes })
        : patch(
            path,
            ...Object.entries(changes).map(([name, value]) => ({ op: 'replace', path: name, value })),
          ),
    get,
    async readOne(path, query) {
      const answer = await get(path, query);
      if (answer.status === 200 && typeof answer.body.id === 'string') return answer;
      throw new SetupFailure(
        `GET ${path} was answered ${describeAnswer(answer)}, without a resource.`,
        answer.exchange,
      );
    },
    find: (filter, query) => get(users, { filter, ...query }),
    createUser: (changes) => make(users, userBody(changes)),
    createGroup: (changes) => make(groups, { schemas: [GROUP_URN], displayName: newName(), ...changes }),
    has: (need) => isClaimed(discovery, need),
  };
}

function isClaimed(discovery: Discovery, need: Need): boolean {
  const { claims, schemas, resourceTypes } = discovery;
  const [type = '', name = ''] = need.split('.');
  if (name === '') return claims[need as keyof typeof claims] === true;
  if (type === 'type') {
    return collectPlaces(discovery).some(
      ({ attribute }) => attribute.type === name && attribute.multiValued !== true,
    );
  }
  const urn = type === 'User' ? USER_URN : GROUP_URN;
  const listed = resourceTypes.find(({ schema }) => isSameUrn(schema, urn));
  const schema = schemas.find(({ id }) => isSameUrn(id, String(listed?.schema ?? urn)));
  // Without schemas the core attributes are taken for granted.
  if (schema === undefined || !isArray(schema.attributes)) return true;
  return schema.attributes.some((attribute) => isObject(attribute) && isSameUrn(attribute.name, name));
}

function toPath(url: string, location: Json | undefined): string | undefined {
  if (typeof location !== 'string') return undefined;
  const base = new URL(url).href;
  // A relative one is read from the base URL (RFC 7643 §2.3.7), or from the resource that names it.
  for (const from of [`${base}/`, `${base}/Users/`]) {
    const href = URL.canParse(location, from) ? new URL(location, from).href : '';
    if (href.startsWith(`${base}/`)) return href.slice(base.length);
  }
  return undefined;
}

/** The ids on a page. */
export function readIds(answer: Pick<Answer, 'body'>): readonly Json[] {
  return readResources(answer).map(({ id }) => id ?? null);
}
