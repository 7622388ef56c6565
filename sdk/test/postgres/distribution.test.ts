import { readFileSync } from 'node:fs';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { POSTGRES_MIGRATIONS } from '../../src/store/sql/postgres-migrations.ts';
import { rowSecurityStatements } from '../../src/store/sql/postgres-row-security.ts';
import { seconds } from '../support/counts.ts';
import { createTestDatabase } from '../support/databases.ts';
import { openScim } from '../support/scim.ts';
import { openPair } from './same-answers/pair.ts';
import { change, createPeople, finish, search } from './same-answers/script.ts';

/** They hold nothing of any connection, and are copied to every node. */
const SHARED = ['secrets', 'migrations', 'consumers', 'event_order_end', 'webhooks', 'verified_domains'];

/** What the schema has that leads from one value of `connection_id` to another, or keeps all of them in one place. */
async function readSchema() {
  const { scim, database } = openScim();
  await scim.migrate();
  const { prefix } = database;
  const like = `${prefix.replaceAll('_', '\\_')}%`;
  const keys = await database.rows(
    `SELECT c.relname AS table, i.relname AS name, array_to_string(array(
        SELECT a.attname FROM unnest(x.indkey) WITH ORDINALITY k (attnum, at)
        JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum ORDER BY k.at), ',') AS columns
     FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
     WHERE c.relname LIKE ?`,
    [like],
  );
  const references = await database.rows(
    `SELECT k.conname AS name, c.relname AS table,
        (SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = k.conkey[1]) AS own,
        (SELECT attname FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = k.confkey[1]) AS other
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'f' AND c.relname LIKE ?`,
    [like],
  );
  const others = await database.rows(
    `SELECT relname AS name, relkind AS kind FROM pg_class WHERE relkind NOT IN ('r', 'i', 't') AND relname LIKE ?
     UNION ALL SELECT tgname, 'trigger' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE NOT tgisinternal AND c.relname LIKE ?`,
    [like, like],
  );
  const bare = (name: unknown) => String(name).slice(prefix.length);
  return { keys, references, others, bare };
}

describe('distributed PostgreSQL: rows of a connection can lie together on any node', () => {
  test('every key and every index starts with the connection, but for those of shared tables and the look-ups', async () => {
    const { keys, bare } = await readSchema();
    expect(keys.length).toBeGreaterThan(15);
    const loose = keys
      .filter(({ table }) => !SHARED.includes(bare(table)))
      .filter(({ columns }) => String(columns).split(',')[0] !== 'connection_id')
      .map(({ name, columns }) => `${bare(name)}: ${columns}`);
    // None is unique: they find the connection of a key, the connections of a customer, and for the host what is next
    // in the order of all events and for a consumer.
    expect(loose.sort()).toEqual([
      'api_keys_id: key_id',
      'connections_customer: customer_id,connection_id',
      'event_order_sequence: first_sequence',
      'parked_events_dead: consumer,dead_at',
      'parked_events_due: consumer,due_at',
    ]);
  });

  test('every foreign key takes the connection along', async () => {
    const { references } = await readSchema();
    expect(references.length).toBeGreaterThan(6);
    expect(
      references.filter(({ own, other }) => own !== 'connection_id' || other !== 'connection_id'),
    ).toEqual([]);
  });

  test('there is no sequence, view or trigger, and nothing is locked but once for migrations', async () => {
    const { others } = await readSchema();
    expect(others).toEqual([]);
    const ddl = POSTGRES_MIGRATIONS.flatMap(({ statements }) => statements).concat(
      rowSecurityStatements(POSTGRES_MIGRATIONS, 'scim_'),
    );
    expect(ddl.length).toBeGreaterThan(30);
    expect(
      ddl.filter((sql) =>
        /\b(SERIAL|IDENTITY|CREATE SEQUENCE|nextval|TRIGGER|EXCLUDE|LOCK|advisory)\b/i.test(sql),
      ),
    ).toEqual([]);
  });
});

test('docs/postgresql.md tells Citus of every table, each with its own kind', () => {
  const page = readFileSync(new URL('../../docs/postgresql.md', import.meta.url), 'utf8');
  const named = (call: string) =>
    [...page.matchAll(new RegExp(`${call}\\('scim_(\\w+)'`, 'g'))].map(([, name]) => name);
  const tables = POSTGRES_MIGRATIONS.flatMap(({ statements }) => statements).flatMap(
    (statement) => /^CREATE TABLE \{p\}(\w+)/.exec(statement)?.[1] ?? [],
  );
  expect(named('create_distributed_table').sort()).toEqual(
    tables.filter((name) => !SHARED.includes(name)).sort(),
  );
  expect(named('create_reference_table').sort()).toEqual([...SHARED].sort());
});

/** Statements that start from no connection: they find it, each by an index. The last one is the hourly clean-up's. */
const LOOK_UPS = [
  /^SELECT CAST\(json_build_array\([\w\s,.()]+\) AS TEXT\) AS record FROM \w+connections c\s+JOIN \w+api_keys k ON k\.connection_id = c\.connection_id WHERE k\.key_id = \$1$/,
  /^SELECT [\w\s,*]+ FROM \w+connections WHERE customer_id = \$1 /,
  /^SELECT [\w\s,*]+ FROM \w+connections WHERE connection_id > \$1 ORDER BY connection_id LIMIT /,
];

/** Whether there is a connection for each table of connections in a statement, sub-queries included. */
function isBound(sql: string, prefix: string): boolean {
  const used = new RegExp(`\\b(?:FROM|JOIN|INTO|UPDATE) ${prefix}(?!migrations|secrets)\\w+`, 'g');
  const compared = /connection_id = (?:\$\d+|\w+\.connection_id)/g;
  const inserted = /\([^)]*\bconnection_id\b[^)]*\)\s+(?:VALUES \(|SELECT (?:[rc]\.)?connection_id)/g;
  const count = (pattern: RegExp) => sql.match(pattern)?.length ?? 0;
  return count(compared) + count(inserted) >= count(used);
}

test.each([
  'SELECT * FROM t_resources r WHERE r.id = $1',
  'UPDATE t_resources SET version = 1 WHERE id = $1',
  'DELETE FROM t_members WHERE group_id IN (SELECT id FROM t_resources WHERE connection_id = $1)',
  'INSERT INTO t_members (group_id) VALUES ($1)',
])('a statement that is not bound is told from others: %s', (sql) => {
  expect(isBound(sql, 't_')).toBe(false);
});

test(
  'every statement of a SCIM request on a table of connections is bound to one connection in each table it reads or writes, and takes no lock across them',
  async () => {
    const statements = new Set<string>();
    const pool = new pg.Pool({ connectionString: inject('postgresUrl') ?? '', max: 5 });
    onTestFinished(() => pool.end());
    const spied = {
      connect: async () => {
        const client = await pool.connect();
        return new Proxy(client, {
          get(target, name) {
            const value: unknown = Reflect.get(target, name, target);
            if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value;
            return (query: { text: string }) => {
              statements.add(query.text);
              return target.query(query);
            };
          },
        });
      },
      end: () => pool.end(),
    };
    const database = createTestDatabase();
    onTestFinished(() => database.remove());
    const pair = await openPair({ database: spied, tablePrefix: database.prefix });
    statements.clear();
    const people = await createPeople(pair.call);
    await search(pair.call, people);
    await change(pair.call, people);
    await finish(pair.call, people);
    expect(pair.differences).toEqual([]);

    const table = new RegExp(`\\b${database.prefix}(?!migrations|secrets)\\w+`, 'g');
    const onTables = [...statements].filter((sql) => sql.match(table) !== null);
    expect(onTables.length).toBeGreaterThan(100);
    const loose = onTables.filter(
      (sql) => !LOOK_UPS.some((lookUp) => lookUp.test(sql)) && !isBound(sql, database.prefix),
    );
    expect(loose).toEqual([]);
    expect(
      [...statements].filter((sql) => /advisory|LOCK TABLE|nextval|\bSERIALIZABLE\b/i.test(sql)),
    ).toEqual([]);
  },
  seconds(60),
);
