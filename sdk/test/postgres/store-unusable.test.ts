import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { type ServerProcess, startServer } from '../faults/server-process.ts';
import { findFaults } from '../support/answers.ts';
import { countInputs, runs, seconds } from '../support/counts.ts';
import { createPostgresDatabase } from '../support/postgres-databases.ts';
import { type Answer, group, patch, user } from '../support/scim.ts';

const TABLES = ['resources', 'indexed_values', 'members', 'events', 'connections', 'api_keys'];

/** A server whose database user may use its tables and no more, and the owner who can take that away. */
async function open() {
  const { url, drop } = await createPostgresDatabase(inject('postgresUrl') ?? '');
  const owner = new pg.Pool({ connectionString: url, max: 1 });
  const name = `user_${randomBytes(6).toString('hex')}`;
  const own = (sql: string) => owner.query(sql);
  onTestFinished(async () => {
    await own(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
    await owner.end();
    await drop();
  });
  await own(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
  const maker = await startServer({ option: url, prefix: 'scim_' }, { customerId: 'acme' });
  const key = maker.key ?? '';
  await maker.stop();
  const give = () => own(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name}`);
  await give();
  const used = new URL(url);
  used.username = name;
  used.password = 'secret';
  const server = await startServer({ option: used.href, prefix: 'scim_' });
  /** So that what was said of the user counts for connections that are there. */
  const hangUp = () =>
    own(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${name}'`);
  return { server, key, name, own, give, hangUp };
}

/** Some of every kind of request, one after the other. */
async function askAll(
  { send }: ServerProcess,
  key: string,
  ids: { readonly ann: string; readonly crew: string },
) {
  const name = randomBytes(6).toString('hex');
  const emails = [{ value: `${name}@example.com` }];
  const member = { op: 'add', path: 'members', value: [{ value: ids.ann }] };
  const writes: Answer[] = [
    await send('/Users', { key, body: user(name, { emails }) }),
    await send(`/Users/${ids.ann}`, { key, method: 'PUT', body: user('ann', { title: name }) }),
    await send(`/Groups/${ids.crew}`, { key, method: 'PATCH', body: patch(member) }),
    await send('/Groups', { key, body: group(name, [ids.ann]) }),
  ];
  const reads: Answer[] = [
    await send('/Users', { key }),
    await send(`/Users?filter=${encodeURIComponent('emails.value eq "a@b.c"')}`, { key }),
    await send(`/Groups/${ids.crew}`, { key }),
  ];
  return { writes, reads };
}

function expectUnavailable(answers: readonly Answer[]): void {
  for (const answer of answers) {
    expect(answer.status).toBe(503);
    expectNothingTold(answer);
  }
}

/** No word of SQL, of the tables or of the user. */
function expectNothingTold(answer: Answer): void {
  expect(findFaults(answer).filter((fault) => fault !== 'status 503')).toEqual([]);
  expect(answer.text).not.toMatch(/scim_|permission|relation|denied|user_|read-only|SELECT|INSERT/i);
  if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
}

test(
  'fault-F22 postgres: rights withdrawn, tables missing, read-only, locked out: 503 without a word of SQL, and recovery by itself',
  async () => {
    const { server, key, name, own, give, hangUp } = await open();
    const ann = (await server.send('/Users', { key, body: user('ann') })).body.id;
    const crew = (await server.send('/Groups', { key, body: group('crew') })).body.id;
    const ask = () => askAll(server, key, { ann, crew });
    const expectServed = async () => {
      const { writes, reads } = await ask();
      expect([...writes, ...reads].map(({ status }) => status)).toEqual([201, 200, 204, 201, 200, 200, 200]);
    };

    for (let round = 0; round < runs(2); round += 1) {
      await expectServed();

      await own(`REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${name}`);
      const withoutRights = await ask();
      expectUnavailable([...withoutRights.writes, ...withoutRights.reads]);
      await give();
      await expectServed();

      for (const table of TABLES) {
        await own(`ALTER TABLE scim_${table} RENAME TO hidden`);
        const { writes, reads } = await ask();
        const statuses = [...writes, ...reads].map(({ status }) => status);
        expect([table, statuses.filter((status) => ![200, 201, 204, 503].includes(status))]).toEqual([
          table,
          [],
        ]);
        expect([table, statuses]).toEqual([table, expect.arrayContaining([503])]);
        for (const answer of [...writes, ...reads]) expectNothingTold(answer);
        await own(`ALTER TABLE hidden RENAME TO scim_${table}`);
        await expectServed();
      }

      await own(`ALTER ROLE ${name} SET default_transaction_read_only = on`);
      await hangUp();
      const readOnly = await ask();
      expectUnavailable(readOnly.writes);
      expect(readOnly.reads.map(({ status }) => status)).toEqual([200, 200, 200]);
      await own(`ALTER ROLE ${name} RESET default_transaction_read_only`);
      await hangUp();
      await expect.poll(async () => (await server.send('/Users', { key })).status).toBe(200);
      await expectServed();

      await own(`ALTER ROLE ${name} NOLOGIN`);
      await hangUp();
      const lockedOut = await ask();
      expectUnavailable([...lockedOut.writes, ...lockedOut.reads]);
      await own(`ALTER ROLE ${name} LOGIN`);
      await expectServed();
      countInputs('F22 states of a database that cannot be used, postgres', 3 + TABLES.length);
    }
    expect(server.output.stderr).not.toMatch(/unexpected/i);
  },
  seconds(60),
);
