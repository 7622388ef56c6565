import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { countInputs, seconds } from '../support/counts.ts';
import { createTestDatabase } from '../support/databases.ts';
import { findFreePort } from '../support/free-port.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { createServerFolder, findProgram, SERVER_USER, start } from './debian-tools.ts';
import { openPair } from './same-answers/pair.ts';
import { change, createPeople, finish, search } from './same-answers/script.ts';

const program = findProgram('pgbouncer');
const version = readVersion();
if (program === undefined) console.warn('PgBouncer is not installed: nothing is tried through it.');
else if (version < 121)
  console.warn(
    `PgBouncer 1.${version - 100} does not follow named statements: they are not tried through it.`,
  );

/** 118 for 1.18. */
function readVersion(): number {
  if (program === undefined || SERVER_USER === undefined) return 0;
  const [, major, minor] =
    /(\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? [];
  return Number(major) * 100 + Number(minor);
}

/** Three connections for however many clients, each for one transaction at a time. */
const SERVER_CONNECTIONS = 3;

/** Starts PgBouncer in transaction mode before the run's PostgreSQL. Answers the URL through it. */
async function startPgBouncer(): Promise<string> {
  const direct = new URL(inject('postgresUrl') ?? '');
  const port = await findFreePort();
  const folder = createServerFolder();
  const users = join(folder, 'users.txt');
  writeFileSync(users, `"${direct.username}" "${direct.password}"\n`);
  const file = join(folder, 'pgbouncer.ini');
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'scram-sha-256',
    auth_file: users,
    pool_mode: 'transaction',
    default_pool_size: SERVER_CONNECTIONS,
    max_client_conn: 200,
    ...(version >= 121 ? { max_prepared_statements: 200 } : {}),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(
    file,
    `[databases]\n* = host=${direct.hostname} port=${direct.port}\n[pgbouncer]\n${lines.join('\n')}\n`,
  );
  const server = start(program ?? '', [file]);
  const url = new URL(direct);
  url.port = String(port);
  await expect
    .poll(() => count(url.href, 'SELECT 1 AS total').catch(() => server.said()), { timeout: 10_000 })
    .toBe(1);
  return url.href;
}

async function count(url: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Number((await client.query(sql)).rows[0].total);
  } finally {
    await client.end();
  }
}

/** Takes each of the pooler's connections, and answers what scimkit has left on them. */
async function readLeftovers(url: string) {
  const clients = Array.from({ length: SERVER_CONNECTIONS }, () => new pg.Client({ connectionString: url }));
  const left: unknown[] = [];
  for (const client of clients) {
    await client.connect();
    await client.query('BEGIN');
    const { rows } = await client.query(
      `SELECT current_setting('lock_timeout') AS lock_timeout, current_setting('statement_timeout') AS statement_timeout,
        coalesce(current_setting('scimkit.connection_id', TRUE), '') AS connection,
        (SELECT count(*) FROM pg_prepared_statements) AS statements,
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks`,
    );
    left.push(...rows);
  }
  for (const client of clients) {
    await client.query('ROLLBACK');
    await client.end();
  }
  return left;
}

const CLEAN = { lock_timeout: '0', statement_timeout: '0', connection: '', locks: '0' };

const missing = program === undefined || SERVER_USER === undefined;

describe.skipIf(missing)(
  `through PgBouncer in transaction mode${missing ? ' (skipped: not installed)' : ''}`,
  () => {
    test(
      'the answers are byte-equal to those of SQLite, and nothing is left on a connection',
      async () => {
        const url = await startPgBouncer();
        const pair = await openPair({ database: url, postgres: { namedStatements: false } });
        const people = await createPeople(pair.call);
        await search(pair.call, people);
        await change(pair.call, people);
        await finish(pair.call, people);
        expect(pair.differences.slice(0, 3).join('\n\n')).toBe('');
        countInputs('requests through PgBouncer with the answers of SQLite', pair.count());
        const left = await readLeftovers(url);
        expect(left).toEqual(
          Array.from({ length: SERVER_CONNECTIONS }, () => ({ ...CLEAN, statements: '0' })),
        );
      },
      seconds(60),
    );

    test.each([
      { namedStatements: false, rowLevelSecurity: false },
      { namedStatements: false, rowLevelSecurity: true },
      ...(version >= 121 ? [{ namedStatements: true, rowLevelSecurity: false }] : []),
    ])(
      'many clients share few connections with strangers, and nothing is lost: named $namedStatements, row-level security $rowLevelSecurity',
      async (postgres) => {
        const url = await startPgBouncer();
        const on = createTestDatabase();
        onTestFinished(() => on.remove());
        const { scim } = openScim({ on, database: url, postgres: { ...postgres, poolSize: 20 } });
        await scim.migrate({ rowLevelSecurity: postgres.rowLevelSecurity });
        const { key } = await connect(scim, 'acme', { guard: 'off' });
        const { id } = (await send(scim, '/Groups', { key, body: group('crew') })).body;
        const stranger = new pg.Pool({ connectionString: url, max: 5 });
        onTestFinished(() => stranger.end());

        const added = await Promise.all(
          Array.from({ length: 60 }, async (_, index) => {
            const made = await send(scim, '/Users', { key, body: user(`u${index}`) });
            await stranger.query("BEGIN; SET LOCAL lock_timeout = 1; SELECT 'of somebody else'; COMMIT");
            const add = { op: 'add', path: 'members', value: [{ value: made.body.id }] };
            return (await send(scim, `/Groups/${id}`, { key, method: 'PATCH', body: patch(add) })).status;
          }),
        );

        expect(new Set(added)).toEqual(new Set([204]));
        const found = await send(scim, '/Users?filter=userName%20eq%20%22U7%22', { key });
        expect(found.body.totalResults).toBe(1);
        expect((await send(scim, `/Groups/${id}`, { key })).body.members).toHaveLength(60);
        for (const left of await readLeftovers(url)) expect(left).toMatchObject(CLEAN);
      },
      seconds(60),
    );
  },
);
