import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase, isOnPostgres } from '../support/databases.ts';
import { openScim, send, user } from '../support/scim.ts';
import { applyNext, NEXT_MIGRATIONS } from './next-version.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const command = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));

test(`fault-F19 ${kind}: on the database of a later version this one works, and says whose it is`, async () => {
  const database = createTestDatabase();
  onTestFinished(() => database.remove());
  await applyNext({ database: database.option, tablePrefix: database.prefix }, NEXT_MIGRATIONS);
  const run = (...args: readonly string[]) => {
    const options = ['--database', database.option, '--table-prefix', database.prefix];
    const env = { ...process.env, SCIMKIT_PEPPER: 'a pepper for tests' };
    return spawnSync(process.execPath, [command, ...args, ...options], { encoding: 'utf8', env });
  };

  const told = run('migrate');
  const asJson = run('migrate', '--json');
  const created = run('connection', 'create', '--customer', 'acme', '--json');

  expect(told.stdout).toBe(
    'The database is that of a later scimkit, which has applied 9998-next-columns, 9999-next-tables. This one works with it too; update it when you can.\n',
  );
  const later = NEXT_MIGRATIONS.map(({ name }) => name);
  expect(JSON.parse(asJson.stdout)).toEqual({ applied: [], later });
  expect([told.status, created.status, created.stderr]).toEqual([0, 0, '']);
  const { scimApiKey: key } = JSON.parse(created.stdout);
  const { scim } = openScim({ on: database });
  expect(await scim.migrate()).toEqual([]);
  expect((await send(scim, '/Users', { key, body: user('ann') })).status).toBe(201);
  expect((await send(scim, '/Users', { key })).body.totalResults).toBe(1);
});
