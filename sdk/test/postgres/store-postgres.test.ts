import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../support/databases.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';

const url = inject('postgresUrl') ?? '';

function openPool(max: number): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max, connectionTimeoutMillis: 1_000 });
  pool.on('error', () => {});
  onTestFinished(() => pool.end().catch(() => undefined));
  return pool;
}

/** Two servers on one database, as two processes are. */
async function openTwo() {
  const first = openScim();
  const second = openScim({ on: first.database });
  const { key, connectionId } = await connect(first.scim);
  const scims = [first.scim, second.scim] as const;
  const call = (index: number, path: string, more: Parameters<typeof send>[2] = {}) =>
    send(scims[index % 2] ?? first.scim, path, { key, ...more });
  return { call, connectionId, database: first.database, log: [...first.log, ...second.log] };
}

describe('the schema', () => {
  test('refuses a membership across connections by itself', async () => {
    const { scim, database } = openScim();
    const [a, b] = [await connect(scim, 'a'), await connect(scim, 'b')];
    const ofA = (await send(scim, '/Groups', { key: a.key, body: group('g') })).body.id;
    const ofB = (await send(scim, '/Users', { key: b.key, body: user('u') })).body.id;
    const insert = (connectionId: string) =>
      database.rows('INSERT INTO {p}members VALUES (?, ?, ?, ?, NULL)', [connectionId, ofA, ofB, 'User']);
    await expect(insert(a.connectionId)).rejects.toThrow(/foreign key/);
    await expect(insert(b.connectionId)).rejects.toThrow(/foreign key/);
  });

  test('promises nothing across customers: unique keys start with the connection, nothing is counted for all', async () => {
    const { scim, database } = openScim();
    await scim.migrate();
    const prefix = `${database.prefix.replaceAll('_', '\\_')}%`;
    const keys = await database.rows(
      `SELECT t.relname AS table, i.relname AS index, a.attname AS first
       FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
       JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
       WHERE x.indisunique AND t.relname LIKE ?`,
      [prefix],
    );
    expect(keys.length).toBeGreaterThan(8);
    const shared = new Set(
      ['secrets', 'migrations', 'consumers', 'event_order_end', 'verified_domains', 'webhooks'].map(
        (name) => database.prefix + name,
      ),
    );
    const loose = keys.filter((key) => key.first !== 'connection_id' && !shared.has(String(key.table)));
    expect(loose).toEqual([]);
    expect(
      await database.rows(`SELECT relname FROM pg_class WHERE relkind = 'S' AND relname LIKE ?`, [prefix]),
    ).toEqual([]);
  });

  test('is made once by servers that start at the same time', async () => {
    const database = createTestDatabase();
    const servers = Array.from({ length: 4 }, () => openScim({ on: database }));
    const applied = await Promise.all(servers.map(({ scim }) => scim.migrate()));
    const names = applied.flat();
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('two servers on one database', () => {
  test('lose no member of a group both add to, and none of the versions', async () => {
    const { call } = await openTwo();
    const people: string[] = [];
    // A few at a time: a busy machine would answer 503 to some of two hundred.
    for (let index = 0; index < 200; index += 10) {
      const made = await Promise.all(
        Array.from({ length: 10 }, (_, offset) =>
          call(offset, '/Users', { body: user(`u${index + offset}`) }),
        ),
      );
      expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
      people.push(...made.map(({ body }) => body.id));
    }
    const { id } = (await call(0, '/Groups', { body: group('crew') })).body;

    const answers = await Promise.all(
      people.map((value, index) =>
        call(index, `/Groups/${id}`, {
          method: 'PATCH',
          body: patch({ op: 'add', path: 'members', value: [{ value }] }),
        }),
      ),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    const crew = (await call(1, `/Groups/${id}`)).body;
    expect(crew.members).toHaveLength(200);
    expect(crew.meta.version).toBe('W/"201"');
  });

  test('give one name away once: one 201, the rest 409', async () => {
    const { call } = await openTwo();
    for (let round = 0; round < 10; round += 1) {
      const spellings = ['Ann', 'ann', 'ANN', 'aNN', 'anN', 'ANn'];
      const answers = await Promise.all(
        spellings.map((name, index) => call(index, '/Users', { body: user(`${name}${round}`) })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    }
  });

  test('do not make a circle of groups, each with one half of it', async () => {
    const { call } = await openTwo();
    for (let round = 0; round < 10; round += 1) {
      const ids = await Promise.all(
        ['a', 'b'].map(
          async (name) => (await call(0, '/Groups', { body: group(`${name}${round}`) })).body.id,
        ),
      );
      const join = (into: number, member: number) =>
        call(into, `/Groups/${ids[into]}`, {
          method: 'PATCH',
          body: patch({ op: 'add', path: 'members', value: [{ value: ids[member] }] }),
        });
      const answers = await Promise.all([join(0, 1), join(1, 0)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 400]);
    }
  });

  test('number the events of a connection without a gap', async () => {
    const { call, connectionId, database } = await openTwo();
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => call(index, '/Users', { body: user(`u${index}`) })),
    );
    const rows = await database.rows(
      'SELECT position FROM {p}events WHERE connection_id = ? ORDER BY position',
      [connectionId],
    );
    expect(rows.map(({ position }) => Number(position))).toEqual(
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
  });
});

describe('a database that cannot serve', () => {
  test('fault-F5 an idle connection that is ended is replaced, also in a pool nobody listens to', async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'nobody listens' });
    onTestFinished(() => pool.end().catch(() => undefined));
    const { scim } = openScim({ on: createTestDatabase(), database: pool });
    const { key } = await connect(scim);
    const removed = new Promise((resolve) => pool.once('remove', resolve));
    const { rows } = await openPool(1).query(
      `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE application_name = 'nobody listens'`,
    );
    expect(rows).toEqual([{ ended: true }]);
    await removed;

    expect((await send(scim, '/Users', { key })).status).toBe(200);
  });

  test('a row somebody else holds is waited for, and not for ever', async () => {
    const database = createTestDatabase();
    const { scim } = openScim({ on: database, postgres: { lockTimeoutMs: 300 } });
    const { key } = await connect(scim);
    const { id } = (await send(scim, '/Users', { key, body: user('ann') })).body;
    const holder = await openPool(1).connect();
    await holder.query('BEGIN');
    await holder.query(`SELECT * FROM ${database.prefix}resources WHERE id = $1 FOR UPDATE`, [id]);
    const change = (title: string) =>
      send(scim, `/Users/${id}`, {
        key,
        method: 'PATCH',
        body: patch({ op: 'replace', path: 'title', value: title }),
      });

    const refused = await change('a');
    await holder.query('ROLLBACK');
    holder.release();

    expect([refused.status, refused.headers.get('retry-after')]).toEqual([
      503,
      expect.stringMatching(/^\d+$/),
    ]);
    expect((await change('b')).status).toBe(200);
  });
});
