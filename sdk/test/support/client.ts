import { expect } from 'vitest';
import type { ProfileName } from '../../src/protocol/leniency/profile.ts';
import { type Answer, type Call, connect, type OpenOptions, openScim, patch, send } from './scim.ts';

export interface ClientOptions extends OpenOptions {
  readonly customerId?: string;
  /** @default 'compat' */
  readonly profile?: ProfileName;
}

/** One customer's identity provider, talking to a scimkit of its own. */
export async function openClient({ customerId = 'acme', profile, ...options }: ClientOptions = {}) {
  const opened = openScim(options);
  const { management } = opened.scim;
  const connection = await connect(opened.scim, customerId);
  if (profile !== undefined) {
    const { connectionId: scimConnectionId } = connection;
    (await management.patchScimConnection({ scimConnectionId, profile })).getOrThrow();
  }
  return {
    ...opened,
    ...connection,
    ...createClient((path, call) => send(opened.scim, path, call), connection),
  };
}

/** {@link openClient} on a database in memory: quick, for rules that are not about files. */
export function openQuickClient(options: ClientOptions = {}) {
  return openClient({ database: 'sqlite::memory:', ...options });
}

/** A further customer's identity provider at the same scimkit. */
export async function openSecondClient({ scim }: Pick<Client, 'scim'>, customerId = 'other') {
  const connection = await connect(scim, customerId);
  return { scim, ...connection, ...createClient((path, call) => send(scim, path, call), connection) };
}

export type Client = Awaited<ReturnType<typeof openClient>>;

function createClient(sendCall: (path: string, call: Call) => Promise<Answer>, { key }: { key: string }) {
  const call = (path: string, more: Call = {}) => sendCall(path, { key, ...more });
  const post = (path: string, body: unknown) => call(path, { method: 'POST', body });
  return {
    call,
    post,
    get: (path: string) => call(path),
    put: (path: string, body: unknown) => call(path, { method: 'PUT', body }),
    patch: (path: string, ...operations: readonly object[]) =>
      call(path, { method: 'PATCH', body: patch(...operations) }),
    remove: (path: string) => call(path, { method: 'DELETE' }),
    /** What a filter finds, in the order of creation. */
    find: (path: string, filter: string) => call(`${path}?filter=${encodeURIComponent(filter)}`),
    /** Creates a resource that must be accepted, and answers it as it was shown. */
    async make(path: string, body: object) {
      const answer = await post(path, body);
      expect([answer.status, answer.body]).toEqual([201, answer.body]);
      return answer.body;
    },
  };
}

/** A resource without what the server adds to it. */
export function written(shown: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { id: _id, meta: _meta, groups: _groups, active: _active, ...rest } = shown;
  return rest;
}
