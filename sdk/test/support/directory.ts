import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/protocol/json.ts';
import type { ResourceType } from '../../src/protocol/schema/resource-type.ts';
import { NOTHING_CHOSEN } from '../../src/provisioning/policy.ts';
import { createProvisioning, type Provisioning } from '../../src/provisioning/provisioning.ts';
import { representAll } from '../../src/provisioning/represent.ts';
import { createResourceIds } from '../../src/provisioning/resource-id.ts';
import type { ConnectionRecord } from '../../src/store/connections.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { ConnectionScope, Store, StoredResource } from '../../src/store/port.ts';
import { createScope } from '../../src/store/scope.ts';
import { createTestDatabase, type TestDatabase } from './databases.ts';
import { ASSET_URN, allTypes, deviceType, groupType, userType } from './resource-types.ts';
import { arbitraryBody } from './values.ts';

/** A store on a file of its own, with connections `a` and `b`. */
export interface Directory {
  readonly database: TestDatabase;
  readonly store: Store;
  readonly scope: ConnectionScope;
  readonly foreignScope: ConnectionScope;
  /** The one `scope` is of. */
  readonly connection: ConnectionRecord;
  readonly provisioning: Provisioning;
  close(): Promise<void>;
}

export async function openDirectory(): Promise<Directory> {
  const database = createTestDatabase();
  const { location, prefix } = database;
  const store = openStore(location, { prefix, types: allTypes });
  for (const connectionId of ['a', 'b']) await insertConnection(store, connectionId);
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock = () => {
    now += 17;
    return now;
  };
  return {
    database,
    store,
    scope: createScope({ connectionId: 'a', customerId: 'customer-a' }),
    foreignScope: createScope({ connectionId: 'b', customerId: 'customer-b' }),
    connection: toConnection('a'),
    provisioning: createProvisioning({
      store,
      hooks: {},
      clock,
      hookTimeoutMs: 2000,
      createId: createResourceIds(),
    }),
    async close() {
      await store.close();
      await database.remove();
    },
  };
}

export function insertConnection(store: Store, connectionId: string): Promise<void> {
  return store.changeConnections((tx) => tx.insert(toConnection(connectionId)));
}

/** A connection as {@link insertConnection} makes it. */
export function toConnection(connectionId: string): ConnectionRecord {
  return {
    connectionId,
    customerId: `customer-${connectionId}`,
    displayName: null,
    provider: null,
    status: 'active',
    guard: 'off',
    profile: 'compat',
    mapping: null,
    policy: NOTHING_CHOSEN,
    epoch: '',
    createdAt: 1_767_225_600,
  };
}

export const allowAll = () => true;

/** Fills a directory with random users, devices and groups that hold some of both. */
export async function fillDirectory(
  { provisioning, scope, connection }: Directory,
  { users, devices, groups, seed }: { users: number; devices: number; groups: number; seed: number },
): Promise<void> {
  const create = (type: ResourceType, body: Json) =>
    provisioning.create({ scope, connection, type, body, allow: allowAll });
  const ids: string[] = [];
  for (const [index, body] of fc.sample(arbitraryBody(userType), { numRuns: users, seed }).entries()) {
    const userName = `${index % 2 === 0 ? 'User' : 'user'}${index}@Example.com`;
    ids.push((await create(userType, { ...body, userName })).id);
  }
  for (const [index, body] of fc.sample(arbitraryBody(deviceType), { numRuns: devices, seed }).entries()) {
    const asset = body[ASSET_URN];
    const extension =
      index % 3 === 0 ? { [ASSET_URN]: { ...(asset as JsonObject), inventoryNumber: `I-${index}` } } : {};
    ids.push((await create(deviceType, { ...body, ...extension, serial: `S-${index}` })).id);
  }
  const picks = fc.sample(fc.subarray(ids, { minLength: 0, maxLength: 12 }), { numRuns: groups, seed });
  const groupIds: string[] = [];
  for (const [index, members] of picks.entries()) {
    const nested = groupIds.slice(0, index % 3 === 0 ? 1 : 0);
    const group = await create(groupType, {
      displayName: `${index % 2 === 0 ? 'Group' : 'ΟΜΆΔΑΣ'} ${index}`,
      externalId: index % 2 === 0 ? `g-${index}` : null,
      members: [...members, ...nested].map((value) => ({ value })),
    });
    groupIds.push(group.id);
  }
}

/** All resources of a type, in order of id. */
export async function readAll(
  { store, scope }: Pick<Directory, 'store' | 'scope'>,
  type: ResourceType,
): Promise<readonly StoredResource[]> {
  return (await store.resources(scope).query(type, { offset: 0, limit: 10_000 })).resources;
}

/** The full representations, relations included. */
export async function represent(
  { store, scope }: Pick<Directory, 'store' | 'scope'>,
  resources: readonly StoredResource[],
): Promise<readonly JsonObject[]> {
  const types = new Map(allTypes.map((type) => [type.name, type]));
  const shown = await representAll(store.resources(scope), resources, {
    baseUrl: 'https://scim.example',
    types,
  });
  return shown.map(({ body }) => body);
}

const TABLES = ['connections', 'resources', 'indexed_values', 'members', 'events'] as const;

/** Every stored row of the directory's tables, as text. */
export async function dumpTables(database: TestDatabase): Promise<string> {
  const tables = await Promise.all(TABLES.map((table) => database.rows(`SELECT * FROM {p}${table}`)));
  return tables
    .map((rows) =>
      rows
        .map((row) => JSON.stringify(row))
        .sort()
        .join('\n'),
    )
    .join('\n\n');
}
