import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import type { PostgresOptions } from '../../src/index.ts';
import type { TestDatabase } from '../support/databases.ts';
import { createPostgresDatabase } from '../support/postgres-databases.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { createCluster } from './cluster.ts';

// Every test makes a database, and some start the command.
vi.setConfig({ testTimeout: 60_000 });

const command = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));

function scimkit(...args: readonly string[]) {
  const { DATABASE_URL: _url, SCIMKIT_PEPPER: _pepper, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

/** A database, a superuser's way into it, and one for a user whom policies bind. */
async function newDatabase() {
  const { url, drop } = await createPostgresDatabase(inject('postgresUrl') ?? '');
  const name = new URL(url).pathname.slice(1);
  const root = new pg.Pool({ connectionString: url, max: 1 });
  root.on('error', () => {});
  await root.query(
    `CREATE ROLE ${name} LOGIN NOBYPASSRLS PASSWORD 'app'; GRANT CREATE ON SCHEMA public TO ${name}`,
  );
  onTestFinished(async () => {
    await root.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
    await root.end();
    await drop();
  });
  const app = new URL(url);
  app.username = name;
  app.password = 'app';
  return { url: app.href, rootUrl: url, root, role: name };
}

function open(url: string, postgres: PostgresOptions, pool?: pg.Pool) {
  const on: TestDatabase = {
    location: { kind: 'postgres', database: url },
    option: url,
    prefix: 'scim_',
    postgres,
    file: undefined,
    rows: async () => [],
    remove: async () => {},
  };
  return openScim({ on, ...(pool && { database: pool }) });
}

/** Two customers with somebody of the same name each, in guarded tables. */
async function openGuarded() {
  const database = await newDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('error', () => {});
  onTestFinished(() => pool.end());
  const { scim, log } = open(database.url, { rowLevelSecurity: true }, pool);
  expect(await scim.migrate({ rowLevelSecurity: true })).toContain('row-level-security');
  const a = await connect(scim, 'a');
  const b = await connect(scim, 'b');
  for (const { key } of [a, b]) {
    const made = await send(scim, '/Users', {
      key,
      body: user('ada@example.com', { emails: [{ value: 'x' }] }),
    });
    expect(made.status).toBe(201);
    expect((await send(scim, '/Groups', { key, body: group('Staff', [made.body.id]) })).status).toBe(201);
  }
  return { ...database, scim, log, pool, a, b };
}

const TABLES = ['connections', 'api_keys', 'resources', 'indexed_values', 'members', 'events', 'audit'];

describe('inv-I3 row-level security: a statement that forgets the connection', () => {
  test('sees nothing where no connection was named, and none but the one that was', async () => {
    const { pool, a } = await openGuarded();
    const client = await pool.connect();
    const count = async (table: string) =>
      Number((await client.query(`SELECT count(*) AS total FROM scim_${table}`)).rows[0].total);

    for (const table of TABLES) expect([table, await count(table)]).toEqual([table, 0]);

    await client.query(`BEGIN; SET LOCAL scimkit.connection_id = '${a.connectionId}'`);
    for (const table of TABLES) {
      const { rows } = await client.query(`SELECT DISTINCT connection_id AS id FROM scim_${table}`);
      expect([table, rows]).toEqual([table, [{ id: a.connectionId }]]);
    }
    await client.query('ROLLBACK');
    client.release();
  });

  test('changes and deletes none of the others’ rows, and cannot make one', async () => {
    const { pool, root, a, b } = await openGuarded();
    const client = await pool.connect();
    const before = await root.query('SELECT * FROM scim_resources WHERE connection_id = $1 ORDER BY id', [
      b.connectionId,
    ]);

    await client.query(`BEGIN; SET LOCAL scimkit.connection_id = '${a.connectionId}'`);
    expect((await client.query('UPDATE scim_resources SET active = 0')).rowCount).toBe(2);
    expect((await client.query('DELETE FROM scim_members')).rowCount).toBe(1);
    const foreign = `INSERT INTO scim_indexed_values VALUES ('${b.connectionId}', 'User', 'x', 'x', $1, 0)`;
    await expect(client.query(foreign, [before.rows[0].id])).rejects.toThrow(/row-level security policy/);
    await client.query('ROLLBACK');
    client.release();

    const after = await root.query('SELECT * FROM scim_resources WHERE connection_id = $1 ORDER BY id', [
      b.connectionId,
    ]);
    expect(after.rows).toEqual(before.rows);
    expect(after.rows).toHaveLength(2);
  });
});

describe('row-level security', () => {
  test('guards every table that holds rows of connections, from its owner as well', async () => {
    const { root } = await openGuarded();
    const { rows } = await root.query(
      `SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS guarded FROM pg_class c
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'connection_id'
       WHERE c.relkind = 'r' AND c.relname LIKE 'scim\\_%'`,
    );
    expect(rows.length).toBeGreaterThanOrEqual(TABLES.length);
    expect(rows.filter(({ guarded }) => !guarded)).toEqual([]);
  });

  test('leaves the server as it is: reading, changing, bulk, management, and nothing stays on a connection', async () => {
    const { scim, pool, log, a, b } = await openGuarded();
    const call = (path: string, more = {}) => send(scim, path, { key: a.key, ...more });
    const [ada] = (await call('/Users?filter=emails.value%20eq%20%22x%22')).body.Resources;
    expect((await call('/Users?filter=groups.display%20eq%20%22staff%22')).body.totalResults).toBe(1);
    const change = { method: 'PATCH', body: patch({ op: 'replace', path: 'active', value: false }) };
    expect((await call(`/Users/${ada.id}`, change)).status).toBe(200);
    const operations = [{ method: 'POST', path: '/Users', bulkId: 'u', data: user('bulk@example.com') }];
    const bulk = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations };
    expect((await call('/Bulk', { body: bulk })).body.Operations[0].status).toBe('201');
    expect((await call('/Users?cursor&count=1')).body.nextCursor).toBeDefined();
    expect((await call('/Users')).body.totalResults).toBe(2);
    expect((await send(scim, '/Users', { key: b.key })).body.totalResults).toBe(1);
    expect((await call(`/Users/${ada.id}`, { method: 'DELETE' })).status).toBe(204);

    const { connections } = (await scim.management.listScimConnections()).getOrThrow();
    expect(connections.map(({ customerId }) => customerId).sort()).toEqual(['a', 'b']);
    const rotated = (await scim.management.resetScimApiKey({ customerId: 'b' })).getOrThrow();
    expect((await send(scim, '/Users', { key: b.key })).status).toBe(401);
    expect((await send(scim, '/Users', { key: rotated.scimApiKey })).status).toBe(200);
    (await scim.management.deleteScimConnection({ customerId: 'b' })).getOrThrow();
    expect(log.filter(({ message }) => /rowLevelSecurity|unexpected/i.test(message))).toEqual([]);
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()));
    for (const client of clients) {
      const { rows } = await client.query(
        "SELECT coalesce(current_setting('scimkit.connection_id', TRUE), '') AS left",
      );
      expect(rows).toEqual([{ left: '' }]);
      client.release();
    }
  });

  test('is made by the command, once, and the command finds its way in guarded tables', async () => {
    const { url } = await newDatabase();
    const database = ['--database', url, '--json'];
    expect(scimkit('migrate', ...database)).toMatchObject({ status: 0, stderr: '' });
    const guarded = scimkit('migrate', '--row-level-security', ...database);
    expect(JSON.parse(guarded.stdout)).toMatchObject({ applied: ['row-level-security'] });
    expect(JSON.parse(scimkit('migrate', '--row-level-security', ...database).stdout)).toMatchObject({
      applied: [],
    });
    const made = JSON.parse(scimkit('connection', 'create', '--customer', 'acme', ...database).stdout);
    const { scim } = open(url, { rowLevelSecurity: true });
    expect((await send(scim, '/Users', { key: made.scimApiKey })).status).toBe(200);
    expect(scimkit('connection', 'list', ...database).stdout).toContain(made.connectionId);
  });

  test('is printed as SQL for an owner to run, and binds the app’s user', async () => {
    const { url, root, role } = await newDatabase();
    const printed = scimkit('migrate', '--print', '--row-level-security', '--database', 'postgres:').stdout;
    await root.query(printed);
    await root.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    const { scim, log } = open(url, { rowLevelSecurity: true });
    const { key } = await connect(scim);
    expect((await send(scim, '/Users', { key, body: user('ada') })).status).toBe(201);
    expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    expect((await client.query('SELECT * FROM scim_resources')).rows).toEqual([]);
    await client.end();
  });

  test('is refused for SQLite, by the command and by call', async () => {
    const refused = scimkit('migrate', '--row-level-security', '--database', 'sqlite:app.db');
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain('PostgreSQL only');
    const { scim } = openScim({ database: 'sqlite::memory:' });
    await expect(scim.migrate({ rowLevelSecurity: true })).rejects.toThrow(TypeError);
  });

  test('a process that does not name connections is warned, and so is one whom no policy binds', async () => {
    const { url, rootUrl } = await openGuarded();
    const warnings = async (usedUrl: string, postgres: PostgresOptions) => {
      const { scim, log } = open(usedUrl, postgres);
      await scim.migrate();
      return log.filter(({ level }) => level === 'warn').map(({ message }) => message);
    };
    expect(await warnings(url, { rowLevelSecurity: true })).toEqual([]);
    expect(await warnings(url, {})).toEqual([
      expect.stringContaining('postgres: { rowLevelSecurity: true }'),
    ]);
    expect(await warnings(rootUrl, { rowLevelSecurity: true })).toEqual([
      expect.stringContaining('BYPASSRLS'),
    ]);
    expect(await warnings(rootUrl, {})).toEqual([]);
  });
});

describe('P39: a database that may lose what was acknowledged', () => {
  async function openedWarnings(url: string) {
    const { scim, log } = open(url, {});
    const { key } = await connect(scim);
    await scim.migrate();
    await send(scim, '/Users', { key });
    return log.filter(({ level }) => level === 'warn');
  }

  test('synchronous_commit off is told once, at the start', async () => {
    const { rootUrl, role, root } = await newDatabase();
    await root.query(`ALTER DATABASE ${role} SET synchronous_commit = off`);
    const warnings = await openedWarnings(rootUrl);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain('synchronous_commit off');
    expect(warnings[0]?.details).toEqual({ settings: ['synchronous_commit'] });
  });

  test('so are fsync and full_page_writes', async () => {
    // They are the whole server's, and other tests are on the run's own.
    const cluster = await createCluster();
    onTestFinished(() => cluster.remove());
    const root = new pg.Client({ connectionString: cluster.url });
    await root.connect();
    await root.query('ALTER SYSTEM SET fsync = off');
    await root.query('ALTER SYSTEM SET full_page_writes = off');
    await root.query('SELECT pg_reload_conf()');
    await vi.waitFor(
      async () => expect((await root.query('SHOW fsync')).rows).toEqual([{ fsync: 'off' }]),
      5_000,
    );
    await root.end();
    const warnings = await openedWarnings(cluster.url);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain('fsync and full_page_writes off');
  });

  test('nothing is told where all of them are on', async () => {
    const { rootUrl } = await newDatabase();
    expect(await openedWarnings(rootUrl)).toEqual([]);
  });
});
