import type { ScimHooks } from '../../src/index.ts';
import type { GuardMode } from '../../src/store/connections.ts';
import { type Client, type ClientOptions, openClient } from '../support/client.ts';
import { insertUsers } from '../support/many-users.ts';

export const HOUR = 3_600_000;

/** What an app was told, in order. */
export interface Told {
  readonly what: string;
  readonly id: string;
  readonly at: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

export interface GuardedOptions extends ClientOptions {
  readonly users?: number;
  readonly guard?: GuardMode;
}

/** A customer whose directory has so many active users, and an app that writes down what it is told. */
export async function openGuarded({ users = 100, guard, ...options }: GuardedOptions = {}) {
  const time = { now: Date.parse('2026-03-02T08:00:00Z') };
  const told: Told[] = [];
  /** Ids of those whose hooks fail. */
  const failing = new Set<string>();
  const tell =
    (what: string) =>
    (change: { id: string; added?: readonly Valued[]; removed?: readonly Valued[] }): void => {
      if (failing.has(change.id)) throw new Error(`The app cannot do ${what} of ${change.id}.`);
      const ids = (members: readonly Valued[] = []) => members.map(({ value }) => value);
      told.push({
        what,
        id: change.id,
        at: time.now,
        added: ids(change.added),
        removed: ids(change.removed),
      });
    };
  const hooks: ScimHooks = {
    userCreated: (change) => void tell('userCreated')(change),
    userUpdated: tell('userUpdated'),
    userDeactivated: tell('userDeactivated'),
    userReactivated: (change) => void tell('userReactivated')(change),
    userDeleted: tell('userDeleted'),
    groupCreated: tell('groupCreated'),
    groupUpdated: tell('groupUpdated'),
    groupDeleted: tell('groupDeleted'),
    membersChanged: tell('membersChanged'),
  };
  const client = await openClient({ hooks, clock: () => time.now, ...options });
  if (guard !== undefined) await setGuard(client, guard);
  const ids = await insertUsers(client.database, client.connectionId, users, { active: true });
  return { ...client, time, told, failing, ids };
}

interface Valued {
  readonly value: string;
}

export async function setGuard({ scim, customerId }: Client, guard: GuardMode): Promise<void> {
  (await scim.management.patchScimConnection({ customerId, guard })).getOrThrow();
}

let made = 0;

export async function makeUsers(client: Client, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) {
    const { id } = await client.make('/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: `person-${++made}@acme.example`,
    });
    ids.push(id);
  }
  return ids;
}

export const OFF = { op: 'replace', path: 'active', value: false };
export const ON = { op: 'replace', path: 'active', value: true };

/** Everything recorded for the app, by type and in order. */
export async function readEvents({ database, connectionId }: Client) {
  const rows = await database.rows(
    'SELECT position, type, resource_id, data FROM {p}events WHERE connection_id = ? ORDER BY position',
    [connectionId],
  );
  return rows.map((row) => ({
    position: Number(row.position),
    type: String(row.type),
    id: String(row.resource_id),
    data: (typeof row.data === 'string' ? JSON.parse(row.data) : row.data) as Record<string, unknown>,
  }));
}
