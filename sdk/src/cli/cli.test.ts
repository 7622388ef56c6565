import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { createFolder } from '../../test/support/connections.ts';
import { isOnPostgres } from '../../test/support/databases.ts';
import { createPostgresDatabase, execute } from '../../test/support/postgres-databases.ts';
import { KEY_PATTERN } from '../connections/key-format.ts';
import { findPepper } from '../connections/pepper.ts';
import { createScim, type Scim, type ScimHooks } from '../index.ts';

// Every test starts processes.
vi.setConfig({ testTimeout: 30_000 });

const COMMAND = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));

interface RunOptions {
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the command as a shell does, without a terminal. */
function scimkit(args: readonly string[], { node = process.execPath, env = {} }: RunOptions = {}) {
  const { DATABASE_URL: _url, SCIMKIT_PEPPER: _pepper, ...rest } = process.env;
  const { status, stdout, stderr } = spawnSync(node, [COMMAND, ...args], {
    encoding: 'utf8',
    env: { ...rest, ...env },
  });
  return { status, stdout, stderr };
}

/** An empty database of the kind this run is for, as `--database` takes it. */
async function newDatabase(): Promise<string> {
  const postgresUrl = inject('postgresUrl');
  if (postgresUrl === undefined) return newFile();
  const { url, drop } = await createPostgresDatabase(postgresUrl);
  onTestFinished(drop);
  return url;
}

function newFile(): string {
  return join(createFolder(), 'app.db');
}

async function runStatements(database: string, sql: string): Promise<void> {
  if (isOnPostgres()) return execute(database, sql);
  const handle = new DatabaseSync(database);
  handle.exec(sql);
  handle.close();
}

function openApp(database: string, hooks: ScimHooks = {}): Scim {
  const pepper = findPepper({ env: {}, databaseFile: isOnPostgres() ? undefined : database });
  const scim = createScim({ database, hooks, ...(pepper && { pepper }) });
  onTestFinished(() => scim.close());
  return scim;
}

const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

async function send(scim: Scim, key: string, request: { method: string; path: string; body?: object }) {
  const { method, path, body } = request;
  const response = await scim.fetch(
    new Request(`http://localhost/scim/v2${path}`, {
      method,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    }),
    { mountPath: '/scim/v2' },
  );
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

describe('scimkit connection create', () => {
  test('prints what an identity provider needs, and the key works at once on a running app', async () => {
    const database = await newDatabase();
    const scim = openApp(database);
    await scim.migrate();
    const args = [
      '--customer',
      'acme',
      '--name',
      'Acme',
      '--provider',
      'okta',
      '--expires',
      '90d',
      '--guard',
      'off',
      '--profile',
      'interop',
    ];
    const { status, stdout } = scimkit([
      'connection',
      'create',
      ...args,
      '--database',
      isOnPostgres() ? database : `sqlite:${database}`,
      '--json',
    ]);
    expect(status).toBe(0);
    const printed = JSON.parse(stdout);
    expect(printed).toEqual({
      connectionId: expect.stringMatching(/^[0-9a-z]{20}$/),
      customerId: 'acme',
      scimApiKey: expect.stringMatching(KEY_PATTERN),
      endpointUrl: 'http://localhost:3000/scim/v2',
    });
    expect(await send(scim, printed.scimApiKey, { method: 'GET', path: '/Users' })).toMatchObject({
      status: 200,
    });
    const details = (await scim.management.fetchScimConnection({ customerId: 'acme' })).getOrThrow();
    expect(details).toMatchObject({
      displayName: 'Acme',
      provider: 'okta',
      guard: 'off',
      profile: 'interop',
    });
    const days = ((details.scimApiKeyValidUntil ?? 0) - details.createdAt) / 86_400;
    expect(Math.round(days)).toBe(90);
  });

  test('finds the database in DATABASE_URL, prints for people, and can make keys that never end', async () => {
    const database = await newDatabase();
    const env = { DATABASE_URL: database };
    const args = [
      '--customer',
      'any id at all',
      '--expires',
      'never',
      '--endpoint-url',
      'https://app.example/scim',
    ];
    const { status, stdout } = scimkit(['connection', 'create', ...args], { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(KEY_PATTERN);
    expect(stdout).toContain('https://app.example/scim');
    const listed = JSON.parse(scimkit(['connection', 'list', '--json'], { env }).stdout);
    expect(listed.connections).toMatchObject([{ customerId: 'any id at all', scimApiKeyValidUntil: null }]);
  });

  test.each([
    [2, 'customer', ['--database', 'FILE']],
    [2, 'DATABASE_URL', ['--customer', 'a']],
    [2, 'too many arguments', ['--customer', 'a', '--database', 'FILE', 'another']],
    [2, '--expires takes', ['--customer', 'a', '--database', 'FILE', '--expires', 'soon']],
    [2, 'has passed', ['--customer', 'a', '--database', 'FILE', '--expires', '2020-01-01']],
    [2, 'ten years', ['--customer', 'a', '--database', 'FILE', '--expires', '9999d']],
    [2, 'off, notify, hold', ['--customer', 'a', '--database', 'FILE', '--guard', 'maybe']],
    [2, '--provider', ['--customer', 'a', '--database', 'FILE', '--provider', 'Entra ID']],
    [2, 'no URL of the form postgres://', ['--customer', 'a', '--database', 'postgres:/u:hunter2@host']],
    [2, '%40 for @', ['--customer', 'a', '--database', 'postgres://u:pw@hunter2/@host/db']],
    [1, 'does not answer at', ['--customer', 'a', '--database', 'postgres://u:hunter2@127.0.0.1:1/db']],
    [2, 'not supported', ['--customer', 'a', '--database', 'mysql://u:hunter2@host/db']],
    [2, 'memory', ['--customer', 'a', '--database', 'sqlite::memory:']],
    [1, 'does not exist', ['--customer', 'a', '--database', '/no/such/folder/app.db']],
  ])('exits with %d and says %j', (status, text, args) => {
    const database = newFile();
    const result = scimkit(['connection', 'create', ...args.map((arg) => arg.replace('FILE', database))]);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(text);
    expect(result.stderr).not.toMatch(/hunter2|\n\s+at /);
  });

  test('says what to do when the customer has a connection already', async () => {
    const args = ['connection', 'create', '--customer', 'acme', '--database', await newDatabase()];
    scimkit(args);
    expect(scimkit(args)).toMatchObject({ status: 1, stderr: expect.stringContaining('connection reset') });
    expect(scimkit([...args, '--json']).stderr).toMatch(/^\{"error":\{"message":".*"\}\}\n$/);
    expect(scimkit([...args, '--allow-multiple']).status).toBe(0);
  });

  test.skipIf(isOnPostgres())('says so when the file is no database', () => {
    const database = newFile();
    writeFileSync(database, 'not a database, but long enough to be looked at as one by SQLite. '.repeat(20));
    const result = scimkit(['connection', 'create', '--customer', 'a', '--database', database]);
    expect(result).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('The database cannot be used'),
    });
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  test.skipIf(isOnPostgres())('says so when the pepper file cannot be used', () => {
    const database = newFile();
    writeFileSync(`${database}.pepper`, 'damaged');
    const result = scimkit(['connection', 'create', '--customer', 'a', '--database', database]);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('SCIMKIT_PEPPER') });
  });
});

describe('scimkit connection', () => {
  test('reset: the old key stops, the new one works', async () => {
    const database = await newDatabase();
    const run = (...args: string[]) => scimkit(['connection', ...args, '--database', database, '--json']);
    const first = JSON.parse(run('create', '--customer', 'acme').stdout);
    const second = JSON.parse(run('reset', '--connection', first.connectionId).stdout);
    expect(second).toMatchObject({ connectionId: first.connectionId, customerId: 'acme' });
    const scim = openApp(database);
    expect((await send(scim, first.scimApiKey, { method: 'GET', path: '/Users' })).status).toBe(401);
    expect((await send(scim, second.scimApiKey, { method: 'GET', path: '/Users' })).status).toBe(200);
  });

  test('delete asks first, and without a terminal wants --yes', async () => {
    const database = await newDatabase();
    const run = (...args: string[]) => scimkit(['connection', ...args, '--database', database]);
    run('create', '--customer', 'acme');
    expect(run('delete', '--customer', 'acme')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(run('list').stdout).toContain('acme');
    expect(run('delete', '--customer', 'acme', '--yes')).toMatchObject({ status: 0 });
    expect(run('list').stdout).toContain('no connections yet');
    expect(run('delete', '--customer', 'acme', '--yes')).toMatchObject({ status: 1 });
  });

  test.skipIf(isOnPostgres()).each(['list', 'reset', 'delete'])(
    '%s makes no database where there is none',
    (name) => {
      const database = newFile();
      const result = scimkit([
        'connection',
        name,
        ...(name === 'list' ? [] : ['--customer', 'a']),
        '--database',
        database,
      ]);
      expect(result).toMatchObject({ status: 1, stderr: expect.stringContaining('There is no database') });
      expect(readdirSync(dirname(database))).toEqual([]);
    },
  );
});

describe('scimkit migrate', () => {
  test('makes the tables once', async () => {
    const database = await newDatabase();
    const run = () => JSON.parse(scimkit(['migrate', '--database', database, '--json']).stdout);
    expect(run().applied.length).toBeGreaterThan(0);
    expect(run()).toEqual({ applied: [], later: [] });
  });

  test('--print gives statements that another tool can run, and then nothing is missing', async () => {
    const database = await newDatabase();
    const args = ['--table-prefix', 'dir_', '--database', database];
    const { status, stdout } = scimkit(['migrate', '--print', ...args]);
    expect(status).toBe(0);
    await runStatements(database, stdout);
    expect(JSON.parse(scimkit(['migrate', ...args, '--json']).stdout)).toEqual({ applied: [], later: [] });
    expect(scimkit(['connection', 'create', '--customer', 'acme', ...args])).toMatchObject({ status: 0 });
  });

  test('--print without a database is for SQLite', () => {
    const { status, stdout } = scimkit(['migrate', '--print', '--table-prefix', 'dir_']);
    expect(status).toBe(0);
    const database = new DatabaseSync(':memory:');
    database.exec(stdout);
    const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
    database.close();
    expect(tables.map(({ name }) => name)).toContain('dir_connections');
  });
});

describe('scimkit why (G0)', () => {
  async function provision() {
    const database = await newDatabase();
    const scim = openApp(database);
    const create = async (customerId: string) =>
      (await scim.management.createScimConnection({ customerId })).getOrThrow();
    const acme = await create('acme');
    await create('globex');
    const user = {
      schemas: [USER_URN],
      userName: 'ada@acme.example',
      externalId: '00u1',
      emails: [{ value: 'ada.l@acme.example', primary: true }],
      active: true,
    };
    const { body } = await send(scim, acme.scimApiKey, { method: 'POST', path: '/Users', body: user });
    const group = { schemas: [GROUP_URN], displayName: 'Engineers', members: [{ value: body.id }] };
    await send(scim, acme.scimApiKey, { method: 'POST', path: '/Groups', body: group });
    const patch = (value: object) => ({ schemas: [PATCH_URN], Operations: [{ op: 'replace', value }] });
    const path = `/Users/${body.id}`;
    await send(scim, acme.scimApiKey, { method: 'PATCH', path, body: patch({ title: 'Countess' }) });
    await send(scim, acme.scimApiKey, { method: 'PATCH', path, body: patch({ active: false }) });
    const remove = () => send(scim, acme.scimApiKey, { method: 'DELETE', path });
    const why = (...args: string[]) => scimkit(['why', ...args, '--database', database, '--json']);
    const keyId = acme.scimApiKey.split('_').at(-2);
    return { why, remove, id: String(body.id), connectionId: acme.connectionId, keyId, database };
  }

  test('finds a person by any of their names, with groups and history in sentences', async () => {
    const { why, id, connectionId, keyId } = await provision();
    for (const name of ['ADA@acme.example', 'ada.l@acme.example', '00u1', id]) {
      const { status, stdout } = why(name);
      expect(status).toBe(0);
      expect(JSON.parse(stdout).people).toMatchObject([
        {
          connectionId,
          customerId: 'acme',
          scimId: id,
          userName: 'ada@acme.example',
          externalId: '00u1',
          state: 'inactive',
          groups: [{ displayName: 'Engineers' }],
          history: [
            { sentence: 'Created by the identity provider.', keyId },
            { sentence: 'Added to Engineers.', keyId },
            { sentence: 'Changed: title.' },
            { sentence: 'Deactivated by the identity provider.' },
          ],
        },
      ]);
    }
  });

  test('still knows somebody who was deleted', async () => {
    const { why, remove, id } = await provision();
    await remove();
    const report = JSON.parse(why('ada@acme.example', '--customer', 'acme').stdout);
    expect(report.people).toMatchObject([{ scimId: id, state: 'deleted', groups: [] }]);
    expect(report.people[0].history.at(-1)).toMatchObject({ sentence: 'Deleted by the identity provider.' });
  });

  test('of a stranger, says how the connections are doing and what is not recorded; exit code 1', async () => {
    const { why, database } = await provision();
    const { status, stdout } = why('nobody', '--customer', 'globex');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      people: [],
      connections: [{ customerId: 'globex', sentence: expect.stringContaining('never sent a request') }],
      note: expect.stringContaining('refused'),
    });
    const text = scimkit(['why', 'nobody', '--database', database]).stdout;
    expect(text).toContain('Nobody is or was known as nobody');
  });

  test('one customer’s people are not another’s', async () => {
    const { why } = await provision();
    expect(JSON.parse(why('ada@acme.example', '--customer', 'globex').stdout).people).toEqual([]);
  });
});

describe('the entry file', () => {
  const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((file) => existsSync(file)) ?? '';

  test.skipIf(oldNode === '')('runs from whatever Node the machine has', () => {
    const { status, stdout } = scimkit(['migrate', '--print'], { node: oldNode });
    expect(status).toBe(0);
    expect(stdout).toContain('CREATE TABLE scim_connections');
  });

  test('is executable and prints help', () => {
    expect(statSync(COMMAND).mode & 0o111).toBe(0o111);
    const { status, stdout, stderr } = scimkit(['--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('connection');
  });
});

describe('a command that looks at what is there', () => {
  test('makes no tables, and says that their prefix may be another', async () => {
    const database = await newDatabase();
    const made = ['connection', 'create', '--customer', 'acme', '--table-prefix', 'directory_'];
    expect(scimkit([...made, '--database', database]).status).toBe(0);

    const { status, stderr } = scimkit(['held', 'list', '--customer', 'acme', '--database', database]);
    const again = scimkit(['connection', 'list', '--database', database]);
    expect([status, again.status]).toEqual([1, 1]);
    expect(stderr).toContain('no tables of scimkit that start with "scim_"');
    expect(again.stderr).toContain('--table-prefix');
    const right = ['connection', 'list', '--table-prefix', 'directory_', '--database', database];
    expect(scimkit(right).stdout).toContain('acme');
  }, 60_000);
});

describe('scimkit held', () => {
  test('P23: lists what is held, and lets the app carry out what it lets go', async () => {
    const database = await newDatabase();
    const made = scimkit(['connection', 'create', '--customer', 'acme', '--database', database, '--json']);
    const { scimApiKey: key } = JSON.parse(made.stdout);
    const told: string[] = [];
    const scim = openApp(database, { userDeactivated: ({ id }) => void told.push(id) });
    const off = {
      schemas: [PATCH_URN],
      Operations: [{ op: 'replace', path: 'active', value: false }],
    };
    const ids: string[] = [];
    for (let number = 0; number < 50; number++) {
      const body = { schemas: [USER_URN], userName: `person.${number}` };
      ids.push((await send(scim, key, { method: 'POST', path: '/Users', body })).body.id);
    }
    for (const id of ids) await send(scim, key, { method: 'PATCH', path: `/Users/${id}`, body: off });
    expect(told).toHaveLength(20);

    const run = (...args: readonly string[]) => {
      const { status, stdout, stderr } = scimkit([
        'held',
        ...args,
        '--customer',
        'acme',
        '--database',
        database,
      ]);
      return { status, stdout, stderr };
    };
    const listed = run('list', '--json');
    expect(listed.stderr).toBe('');
    const page = JSON.parse(listed.stdout);
    expect(page).toMatchObject({ waiting: 30, releasing: 0, rejected: 0 });
    expect(page.changes).toHaveLength(30);
    expect(run('list').stdout).toContain('person.20');

    const [one, other] = [String(ids[20]), String(ids[21])];
    expect(JSON.parse(run('release', '--id', one, '--json').stdout)).toEqual({ asked: 1, waiting: 29 });
    expect(told).not.toContain(one);
    expect(JSON.parse(run('reject', '--id', other, '--json').stdout)).toEqual({ rejected: 1, waiting: 28 });
    expect((await scim.management.resumeReleases()).getOrThrow()).toEqual({ released: 1, failed: [] });
    expect(told.slice(20)).toEqual([one]);
    expect(run('release')).toMatchObject({ status: 2, stderr: 'scimkit: Say which: --id ID… or --all.\n' });
    for (const act of ['release', 'reject']) {
      const { status, stdout, stderr } = run(act, '--id', 'nobody', '--json');
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain('none of these ids is waiting');
    }
    const both = run('reject', '--id', String(ids[22]), '--id', 'nobody');
    expect(both.stdout).toContain(
      '1 rejected: the app keeps what it has. 27 still wait. Of the other ids (1) nothing was waiting.',
    );
  }, 120_000);
});

describe('scimkit events', () => {
  const user = (userName: string) => ({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName });
  const post = (scim: Scim, key: string, userName: string) =>
    scim.fetch(
      new Request('https://app.example/scim/v2/Users', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify(user(userName)),
      }),
    );

  test('list: shows what happened, page by page, and goes on behind a cursor, until a backup is restored', async () => {
    const database = await newDatabase();
    const scim = openApp(database);
    const { scimApiKey } = (await scim.management.createScimConnection({ customerId: 'acme' })).getOrThrow();
    for (const name of ['ann', 'bob', 'cid']) await post(scim, scimApiKey, name);
    const list = (...args: string[]) =>
      scimkit(['events', 'list', '--customer', 'acme', '--database', database, ...args]);

    const first = JSON.parse(list('--limit', '2', '--json').stdout);
    const second = JSON.parse(list('--after', first.next, '--json').stdout);
    expect([first.events.length, first.hasMore, second.events.length, second.hasMore]).toEqual([
      2,
      true,
      1,
      false,
    ]);
    expect(second.events[0]).toMatchObject({ type: 'user.created', customerId: 'acme' });
    expect(list().stdout.match(/user\.created/g)).toHaveLength(3);
    expect(list('--limit', '0').status).toBe(2);
    expect(scimkit(['restored', '--database', database, '--json']).status).toBe(0);
    const refused = list('--after', first.next);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('older state')]);
  });

  test('tail: prints what happens from now on, one line of JSON each, until it is interrupted', async () => {
    const database = await newDatabase();
    const scim = openApp(database);
    const { scimApiKey } = (await scim.management.createScimConnection({ customerId: 'acme' })).getOrThrow();
    await post(scim, scimApiKey, 'early');
    const child = spawn(
      process.execPath,
      [COMMAND, 'events', 'tail', '--interval', '50', '--json', '--database', database],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    const told = () =>
      output
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).data.resource.userName as string);
    // Nobody says when it has begun to listen.
    let sent = 0;
    await vi.waitFor(
      async () => {
        sent += 1;
        await post(scim, scimApiKey, `late-${sent}`);
        expect(told()).not.toEqual([]);
      },
      { timeout: 20_000, interval: 300 },
    );
    await post(scim, scimApiKey, 'last');
    await vi.waitFor(() => expect(told().at(-1)).toBe('last'), { timeout: 10_000 });
    expect(told()).not.toContain('early');
    expect(new Set(told()).size).toBe(told().length);
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });
});
