import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { createFolder } from '../support/connections.ts';
import { createPostgresDatabase, execute } from '../support/postgres-databases.ts';

// Every test starts processes.
vi.setConfig({ testTimeout: 30_000 });

const sdk = fileURLToPath(new URL('../../', import.meta.url));
const PASSWORD = 'hunter2-and-more';

/** Runs the command as a shell does, without a terminal. */
function scimkit(args: readonly string[], command = join(sdk, 'bin/scimkit.js')) {
  const { DATABASE_URL: _url, SCIMKIT_PEPPER: _pepper, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

const list = (url: string) => scimkit(['connection', 'list', '--database', url]);

async function newDatabase() {
  const { url, drop } = await createPostgresDatabase(inject('postgresUrl') ?? '');
  onTestFinished(drop);
  return url;
}

function withUser(url: string, user: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = PASSWORD;
  return changed.href;
}

test('a database that is not there is named, with the way to make it', async () => {
  const url = new URL(await newDatabase());
  url.pathname = '/nowhere';
  expect(list(url.href)).toEqual({
    status: 1,
    stdout: '',
    stderr: `scimkit: There is no database nowhere on ${url.host}. Make it with "createdb nowhere", or check --database.\n`,
  });
});

test('a user who is not let in is told where, and the password is not repeated', async () => {
  const result = list(withUser(await newDatabase(), 'stranger'));
  expect(result).toMatchObject({ status: 1, stdout: '' });
  expect(result.stderr).toMatch(/does not let this command in: .*"stranger"/);
  expect(result.stderr).not.toContain(PASSWORD);
  expect(result.stderr).not.toMatch(/\n\s+at /);
});

test('a user who may not make tables is told what to do; once an owner has made them, may use them', async () => {
  const owner = await newDatabase();
  const user = `user_${randomBytes(6).toString('hex')}`;
  await execute(owner, `CREATE ROLE ${user} LOGIN PASSWORD '${PASSWORD}'`);
  onTestFinished(() => execute(owner, `DROP OWNED BY ${user}; DROP ROLE ${user}`));
  const create = ['connection', 'create', '--customer', 'acme', '--database', withUser(owner, user)];

  const refused = scimkit(create);
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toContain('permission denied for schema public');
  expect(refused.stderr).toContain('scimkit migrate --print --database postgres:');
  expect(refused.stderr).not.toContain(PASSWORD);

  const { stdout } = scimkit(['migrate', '--print', '--database', 'postgres:']);
  await execute(owner, stdout);
  await execute(owner, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${user}`);
  expect(scimkit(create)).toMatchObject({ status: 0, stderr: '' });
});

test('without the package "pg" the command says what to install, and goes on working on SQLite', async () => {
  const folder = createFolder();
  for (const part of ['bin', 'src', 'package.json'])
    cpSync(join(sdk, part), join(folder, part), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['commander', 'zod'])
    symlinkSync(join(sdk, '../node_modules', name), join(folder, 'node_modules', name));
  const command = join(folder, 'bin/scimkit.js');

  const refused = scimkit(['migrate', '--database', await newDatabase()], command);
  const file = scimkit(['migrate', '--database', join(folder, 'app.db')], command);

  expect(refused).toEqual({
    status: 1,
    stdout: '',
    stderr: 'scimkit: PostgreSQL needs the package "pg". Run: npm install pg\n',
  });
  expect(file).toMatchObject({ status: 0, stderr: '' });
});
