import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ScimError } from '../src/protocol/errors.ts';
import { createProvisioning } from '../src/provisioning/provisioning.ts';
import { createResourceIds } from '../src/provisioning/resource-id.ts';
import type { Store } from '../src/store/port.ts';
import { createScope } from '../src/store/scope.ts';
import { StoreUnavailableError } from '../src/store/sql/database.ts';
import { applyMigrations } from '../src/store/sql/migrate.ts';
import { SQLITE_MIGRATIONS } from '../src/store/sql/migrations.ts';
import { openSqliteFile } from '../src/store/sql/sqlite-database.ts';
import { sqliteDialect } from '../src/store/sql/sqlite-dialect.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { allowAll, insertConnection, toConnection } from './support/directory.ts';
import { ASSET_URN, allTypes, deviceType, groupType, userType } from './support/resource-types.ts';

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'test.db');
}

function open(file: string): Store {
  const store = openSqliteStore({ database: file, types: allTypes });
  onTestFinished(() => store.close());
  return store;
}

function openHandle(file: string): DatabaseSync {
  const handle = new DatabaseSync(file);
  onTestFinished(() => handle.close());
  return handle;
}

const scopeA = createScope({ connectionId: 'a', customerId: 'customer-a' });
const connection = toConnection('a');
const scopeB = createScope({ connectionId: 'b', customerId: 'customer-b' });

function provision(store: Store) {
  return createProvisioning({
    store,
    hooks: {},
    clock: Date.now,
    hookTimeoutMs: 2000,
    createId: createResourceIds(),
  });
}

function createUser(store: Store, userName: string, scope = scopeA) {
  const connection = toConnection(scope.connectionId);
  return provision(store).create({ scope, connection, type: userType, body: { userName }, allow: allowAll });
}

describe('durability', () => {
  test('P38: both handles of a file write ahead and wait for the disk', async () => {
    const database = openSqliteFile(newFile());
    onTestFinished(() => database.close());
    const read = (session: { get: typeof database.reader.get }, pragma: string) =>
      session.get(`PRAGMA ${pragma}`);
    const expected = [
      { journal_mode: 'wal' },
      { synchronous: 2 },
      { foreign_keys: 1 },
      { trusted_schema: 0 },
    ];
    const pragmas = ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema'];
    const byReader = await Promise.all(pragmas.map((pragma) => read(database.reader, pragma)));
    const byWriter = await database.transaction(async (tx) =>
      Promise.all(pragmas.map((pragma) => read(tx, pragma))),
    );
    expect(byReader).toEqual(expected);
    expect(byWriter).toEqual(expected);
  });
});

describe('migrations', () => {
  const MIGRATIONS = SQLITE_MIGRATIONS.map(({ name }) => name);
  const readSchema = (handle: DatabaseSync) =>
    handle.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();

  test('run once; a second time there is nothing to do', async () => {
    const store = open(newFile());
    expect(await store.migrate()).toEqual(MIGRATIONS);
    expect(await store.migrate()).toEqual([]);
  });

  test('run by two handles at once, each is applied by one of them', async () => {
    const file = newFile();
    const stores = [open(file), open(file), open(file)];
    const applied = await Promise.all(stores.flatMap((store) => [store.migrate(), store.migrate()]));
    expect(applied.flat()).toEqual(MIGRATIONS);
  });

  test('take a database of the first release along, whatever else the host has in it', async () => {
    const file = newFile();
    const first = openSqliteFile(file);
    expect(
      await applyMigrations(first, {
        migrations: SQLITE_MIGRATIONS.slice(0, 1),
        prefix: 'scim_',
        dialect: sqliteDialect,
      }),
    ).toHaveLength(1);
    await first.close();
    const handle = openHandle(file);
    handle.exec(`INSERT INTO scim_connections (connection_id, customer_id, status, guard, profile, created_at)
      VALUES ('a', 'customer-a', 'active', 'hold', 'strict', 0)`);
    handle.exec('CREATE VIEW broken AS SELECT x FROM nowhere');

    const store = open(file);

    expect(await store.migrate()).toEqual(MIGRATIONS.slice(1));
    expect(await store.connections.find('a')).toMatchObject({ customerId: 'customer-a', profile: 'strict' });
  });

  test('run before the first statement, whichever that is', async () => {
    expect(await open(newFile()).resources(scopeA).find(userType, 'x')).toBeUndefined();
    await expect(createUser(open(newFile()), 'ada')).rejects.toThrow();
  });

  test('printed, they build the same schema, and are known as applied', async () => {
    const [byStore, byHand] = [newFile(), newFile()];
    const store = open(byStore);
    await store.migrate();
    const handle = openHandle(byHand);
    handle.exec(store.migrationSql());
    expect(readSchema(handle)).toEqual(readSchema(openHandle(byStore)));
    expect(await open(byHand).migrate()).toEqual([]);
  });

  test('a prefix of the host’s stands before every table and index', async () => {
    const file = newFile();
    const store = openSqliteStore({ database: file, prefix: 'acme_', types: allTypes });
    onTestFinished(() => store.close());
    await store.migrate();
    const names = readSchema(openHandle(file)).map(({ name }) => String(name));
    expect(names.filter((name) => !name.startsWith('acme_') && !name.startsWith('sqlite_'))).toEqual([]);
    for (const prefix of ['', 'a-b', '1a', 'a"; DROP TABLE x; --', 'x'.repeat(33)])
      expect(() => openSqliteStore({ database: ':memory:', prefix, types: allTypes })).toThrow(TypeError);
  });
});

describe('isolation by construction', () => {
  test('rfc 41: a membership across connections, inserted by hand, fails on its foreign key', async () => {
    const file = newFile();
    const store = open(file);
    for (const id of ['a', 'b']) await insertConnection(store, id);
    const group = await provision(store).create({
      scope: scopeA,
      connection,
      type: groupType,
      body: { displayName: 'G' },
      allow: allowAll,
    });
    const own = await createUser(store, 'own');
    const foreign = await createUser(store, 'foreign', scopeB);
    const handle = openHandle(file);
    handle.exec('PRAGMA foreign_keys = ON');
    const insert = handle.prepare(
      'INSERT INTO scim_members (connection_id, group_id, member_id, member_type) VALUES (?, ?, ?, ?)',
    );
    expect(() => insert.run('a', group.id, foreign.id, 'User')).toThrow(/FOREIGN KEY/);
    expect(() => insert.run('b', group.id, foreign.id, 'User')).toThrow(/FOREIGN KEY/);
    expect(() => insert.run('nobody', group.id, own.id, 'User')).toThrow(/FOREIGN KEY/);
    insert.run('a', group.id, own.id, 'User');
  });

  test('no method of a scope reaches a resource of another', async () => {
    const store = open(newFile());
    for (const id of ['a', 'b']) await insertConnection(store, id);
    const foreign = await createUser(store, 'foreign', scopeB);
    await store.changeResources(scopeB, (tx) => tx.link(foreign.id, 'app-1'));
    const reader = store.resources(scopeA);
    expect(await reader.find(userType, foreign.id)).toBeUndefined();
    expect((await reader.query(userType, { offset: 0, limit: 10 })).total).toBe(0);
    expect(await reader.findByUserId('app-1')).toBeUndefined();
    expect((await reader.userIdsOf([foreign.id])).size).toBe(0);
    expect((await reader.membershipsOf([foreign.id])).size).toBe(0);
    expect(await reader.events({ after: 0, limit: 10 })).toEqual([]);
    await store.changeResources(scopeA, async (tx) => {
      await tx.delete(userType, foreign.id);
      await tx.replace({ ...foreign, attributes: { userName: 'stolen' } }, foreign);
      await tx.touch({ ...foreign, version: 99 });
      await tx.link(foreign.id, 'app-2');
    });
    expect(await store.resources(scopeB).find(userType, foreign.id)).toMatchObject({
      version: 1,
      userId: 'app-1',
      attributes: { userName: 'foreign' },
    });
  });

  test('rfc 65: one name may stand in two connections', async () => {
    const store = open(newFile());
    for (const id of ['a', 'b']) await insertConnection(store, id);
    await createUser(store, 'ada');
    await createUser(store, 'ada', scopeB);
  });

  test('rfc 42: a deleted resource leaves its groups, its index rows and its name', async () => {
    const file = newFile();
    const store = open(file);
    await insertConnection(store, 'a');
    const user = await provision(store).create({
      scope: scopeA,
      connection,
      type: userType,
      body: { userName: 'ada', emails: [{ value: 'a@x' }] },
      allow: allowAll,
    });
    const body = { displayName: 'G', members: [{ value: user.id }] };
    const group = await provision(store).create({
      scope: scopeA,
      connection,
      type: groupType,
      body,
      allow: allowAll,
    });
    await provision(store).delete({ scope: scopeA, connection, type: userType, id: user.id });
    expect(await store.resources(scopeA).members(group.id)).toEqual([]);
    expect(openHandle(file).prepare('SELECT count(*) AS n FROM scim_indexed_values').get()).toEqual({ n: 0 });
    await createUser(store, 'ADA');
  });
});

describe('uniqueness is judged by the index', () => {
  const NAMES = [
    ['ada', 'ADA'],
    ['\u00e9lan', 'E\u0301LAN'],
    ['\u212Aelvin', 'kelvin'],
    ['ΟΔΟΣ', 'οδος'],
  ] as const;
  test.each(NAMES)(
    'B7, F12: %j and %j created at once by two handles: one wins, the other gets 409',
    async (left, right) => {
      const file = newFile();
      const [one, two] = [open(file), open(file)];
      await insertConnection(one, 'a');
      const results = await Promise.allSettled(
        [left, right, left, right].map((name, index) => createUser(index % 2 === 0 ? one : two, name)),
      );
      const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const error of errors) {
        expect(error).toBeInstanceOf(ScimError);
        expect(error).toMatchObject({ status: 409, scimType: 'uniqueness', field: 'userName' });
      }
      const rows = openHandle(file).prepare('SELECT count(*) AS n FROM scim_resources').get();
      expect(rows).toEqual({ n: 1 });
    },
  );

  test('rfc 57, 65: a unique attribute of an extension, caseExact as declared', async () => {
    const store = open(newFile());
    await insertConnection(store, 'a');
    const create = (serial: string, inventoryNumber: string) =>
      provision(store).create({
        scope: scopeA,
        connection,
        type: deviceType,
        body: { serial, [ASSET_URN]: { inventoryNumber } },
        allow: allowAll,
      });
    await create('s', 'i');
    await create('S', 'I');
    await expect(create('s', 'j')).rejects.toMatchObject({ status: 409, field: 'serial' });
    await expect(create('t', 'i')).rejects.toMatchObject({ status: 409, scimType: 'uniqueness' });
    expect((await store.resources(scopeA).query(deviceType, { offset: 0, limit: 10 })).total).toBe(2);
  });

  test('T22: an externalId may stand twice', async () => {
    const store = open(newFile());
    await insertConnection(store, 'a');
    for (const userName of ['old', 'new'])
      await provision(store).create({
        scope: scopeA,
        connection,
        type: userType,
        body: { userName, externalId: 'e' },
        allow: allowAll,
      });
  });
});

describe('events', () => {
  test('F23: positions have no gap, whichever handle wrote and whatever was rolled back', async () => {
    const file = newFile();
    const stores = [open(file), open(file)];
    await insertConnection(stores[0] ?? open(file), 'a');
    const writes = Array.from({ length: 60 }, (_, index) => {
      const store = stores[index % 2] ?? open(file);
      // Every third name is taken already: its transaction rolls back.
      return createUser(store, `user-${index % 3 === 2 ? 0 : index}`);
    });
    const results = await Promise.allSettled(writes);
    const created = results.filter(({ status }) => status === 'fulfilled').length;
    const events = await (stores[1] ?? open(file)).resources(scopeA).events({ after: 0, limit: 1000 });
    expect(created).toBe(40);
    expect(events.map(({ position }) => position)).toEqual(
      Array.from({ length: created }, (_, index) => index + 1),
    );
    expect(new Set(events.map(({ resourceId }) => resourceId)).size).toBe(created);
  });
});

describe('a database that cannot serve throws StoreUnavailableError', () => {
  test.each<readonly [string, string, string]>([
    ['read-only', 'PRAGMA query_only = ON', 'PRAGMA query_only = OFF'],
    ['full', 'PRAGMA max_page_count = 1', 'PRAGMA max_page_count = 1000000'],
  ])('%s: nothing is written, and it recovers', async (_name, breakIt, mendIt) => {
    const file = newFile();
    const handle = new DatabaseSync(file);
    onTestFinished(() => handle.close());
    const store = openSqliteStore({ database: handle, types: allTypes });
    await insertConnection(store, 'a');
    handle.exec(breakIt);
    const body = {
      userName: 'ada',
      title: 'x'.repeat(1000),
      emails: Array.from({ length: 200 }, (_, index) => ({ value: `${index}@${'x'.repeat(500)}` })),
    };
    const create = () =>
      provision(store).create({ scope: scopeA, connection, type: userType, body, allow: allowAll });
    await expect(create()).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(handle.prepare('SELECT count(*) AS n FROM scim_resources').get()).toEqual({ n: 0 });
    expect(handle.prepare('SELECT count(*) AS n FROM scim_events').get()).toEqual({ n: 0 });
    handle.exec(mendIt);
    await create();
  });

  test('closed: reads, writes and statements used before', async () => {
    const store = open(newFile());
    await insertConnection(store, 'a');
    await createUser(store, 'ada');
    await store.resources(scopeA).query(userType, { offset: 0, limit: 10 });
    await store.close();
    await expect(store.resources(scopeA).query(userType, { offset: 0, limit: 10 })).rejects.toBeInstanceOf(
      StoreUnavailableError,
    );
    await expect(createUser(store, 'grace')).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  test('a missing table', async () => {
    const file = newFile();
    const store = open(file);
    await insertConnection(store, 'a');
    openHandle(file).exec('DROP TABLE scim_members');
    await expect(store.resources(scopeA).members('g')).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  test('a file that is no database', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'scimkit-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    expect(() => openSqliteStore({ database: folder, types: allTypes })).toThrow(StoreUnavailableError);
  });

  test('a file without a folder: says which, and what to look at', () => {
    const file = join(tmpdir(), 'no-such-folder', 'app.db');
    const open = () => openSqliteStore({ database: file, types: allTypes });
    expect(open).toThrow(StoreUnavailableError);
    expect(open).toThrow(`The database ${file} cannot be opened. Does its folder exist`);
  });
});
