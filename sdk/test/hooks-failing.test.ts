import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { type HookContext, type HookDatabase, refuse, type ScimHooks } from '../src/index.ts';
import { connect, defer, ERROR_URN, group, openScim, patch, send, user } from './support/scim.ts';

/** scimkit with one connection, and the app's own table beside its tables. */
async function openApp(hooks: ScimHooks, hookTimeoutMs = 2_000) {
  const opened = openScim({ hooks, limits: { hookTimeoutMs } });
  const { scim, file } = opened;
  const { key } = await connect(scim);
  const app = new DatabaseSync(file);
  app.exec('CREATE TABLE people (name TEXT NOT NULL UNIQUE)');
  const names = () =>
    app
      .prepare('SELECT name FROM people ORDER BY name')
      .all()
      .map((row) => row.name);
  const counts = () =>
    app
      .prepare(
        'SELECT (SELECT count(*) FROM scim_resources) AS resources, (SELECT count(*) FROM scim_events) AS events, (SELECT count(*) FROM scim_members) AS members, (SELECT count(*) FROM scim_indexed_values) AS indexed',
      )
      .get();
  return { ...opened, key, names, counts, close: () => app.close() };
}

const add = (database: HookDatabase, name: unknown) =>
  database.prepare('INSERT INTO people (name) VALUES (?)').run(String(name));

describe('a hook that fails', () => {
  test.each([
    [400, 'invalidValue'],
    [403, undefined],
    [409, undefined],
  ] as const)('refuses with %i, and neither its rows nor ours stay', async (status, scimType) => {
    const { scim, key, names, counts } = await openApp({
      userCreated(change, { database }) {
        add(database, change.resource.userName);
        throw refuse({ status, detail: 'All 20 seats are taken. Add seats, then retry.' });
      },
    });
    const before = counts();
    const answer = await send(scim, '/Users', {
      key,
      body: user('ada@acme.example', { emails: [{ value: 'a@b' }] }),
    });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      schemas: [ERROR_URN],
      status: String(status),
      ...(scimType && { scimType }),
      detail: 'All 20 seats are taken. Add seats, then retry.',
    });
    expect(names()).toEqual([]);
    expect(counts()).toEqual(before);
  });

  test('throws: an opaque 500 with a reference, the whole cause in the log, nothing written', async () => {
    const cause = new Error('SELECT secret FROM app failed for ada@acme.example');
    const { scim, key, names, counts, log } = await openApp({
      userCreated(change, { database }) {
        add(database, change.resource.userName);
        throw cause;
      },
    });
    const before = counts();
    const answer = await send(scim, '/Users', { key, body: user('ada@acme.example') });
    expect(answer.status).toBe(500);
    expect(Object.keys(answer.body)).toEqual(['schemas', 'status', 'detail']);
    expect(answer.text).not.toMatch(/SELECT|secret|ada@acme|at .*\.ts/);
    const [line] = log.filter(({ level }) => level === 'error');
    expect(line?.details).toMatchObject({ cause });
    const reference = Reflect.get(line?.details ?? {}, 'reference');
    expect(answer.body.detail).toBe(`Something went wrong on our side. Reference: ${reference}`);
    expect(names()).toEqual([]);
    expect(counts()).toEqual(before);
  });

  test.each([
    ['a rejected promise', () => Promise.reject(new Error('later'))],
    [
      'a thrown text',
      () => {
        throw 'text';
      },
    ],
    [
      'a thrown null',
      () => {
        throw null;
      },
    ],
    ['a rejected nothing', () => Promise.reject()],
  ] as const)('%s is 500 too, and the next request is served', async (_name, fail) => {
    let isFailing = true;
    const { scim, key, counts } = await openApp({ userCreated: () => (isFailing ? fail() : undefined) });
    const before = counts();
    expect((await send(scim, '/Users', { key, body: user('a') })).status).toBe(500);
    expect(counts()).toEqual(before);
    isFailing = false;
    expect((await send(scim, '/Users', { key, body: user('a') })).status).toBe(201);
  });

  test('in any moment of a change rolls the whole change back', async () => {
    let failing = '';
    const hook = (name: string) => () => {
      if (failing === name) throw refuse({ status: 403, detail: 'no' });
    };
    const { scim, key, counts } = await openApp({
      userUpdated: hook('userUpdated'),
      userDeactivated: hook('userDeactivated'),
      userReactivated: hook('userReactivated'),
      userDeleted: hook('userDeleted'),
      groupCreated: hook('groupCreated'),
      groupUpdated: hook('groupUpdated'),
      groupDeleted: hook('groupDeleted'),
      membersChanged: hook('membersChanged'),
    });
    const ada = (await send(scim, '/Users', { key, body: user('ada') })).body.id;
    const off = (await send(scim, '/Users', { key, body: user('off', { active: false }) })).body.id;
    const staff = (await send(scim, '/Groups', { key, body: group('staff', [ada]) })).body.id;
    const attempts: readonly (readonly [string, string, string, unknown])[] = [
      ['userUpdated', 'PATCH', `/Users/${ada}`, patch({ op: 'replace', path: 'title', value: 'x' })],
      ['userUpdated', 'PUT', `/Users/${ada}`, user('ada', { title: 'x' })],
      ['userDeactivated', 'PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } })],
      ['userReactivated', 'PATCH', `/Users/${off}`, patch({ op: 'replace', value: { active: true } })],
      ['userDeleted', 'DELETE', `/Users/${ada}`, undefined],
      ['groupCreated', 'POST', '/Groups', group('more', [ada])],
      ['membersChanged', 'POST', '/Groups', group('more', [ada])],
      [
        'groupUpdated',
        'PATCH',
        `/Groups/${staff}`,
        patch({ op: 'replace', path: 'displayName', value: 'x' }),
      ],
      [
        'membersChanged',
        'PATCH',
        `/Groups/${staff}`,
        patch({ op: 'add', path: 'members', value: [{ value: off }] }),
      ],
      ['membersChanged', 'PUT', `/Groups/${staff}`, group('staff', [off])],
      ['groupDeleted', 'DELETE', `/Groups/${staff}`, undefined],
    ];
    const read = async () => [
      counts(),
      (await send(scim, '/Users', { key })).text,
      (await send(scim, '/Groups', { key })).text,
    ];
    const before = await read();
    for (const [name, method, path, body] of attempts) {
      failing = name;
      const answer = await send(scim, path, { key, method, ...(body === undefined ? {} : { body }) });
      expect([name, method, answer.status]).toEqual([name, method, 403]);
      expect(await read(), `${name} ${method}`).toEqual(before);
    }
    failing = '';
    for (const [name, method, path, body] of attempts.slice(0, 5)) {
      const answer = await send(scim, path, { key, method, ...(body === undefined ? {} : { body }) });
      expect([name, answer.status < 300]).toEqual([name, true]);
    }
  });

  test('answers a userId that is the SCIM id: 500, a TypeError in the log, nothing written', async () => {
    const { scim, key, counts, log } = await openApp({ userCreated: ({ id }) => ({ userId: id }) });
    const before = counts();
    const answer = await send(scim, '/Users', { key, body: user('ada@acme.example') });
    expect(answer.status).toBe(500);
    const details = log.find(({ level }) => level === 'error')?.details as { cause: unknown };
    expect(details.cause).toBeInstanceOf(TypeError);
    expect((details.cause as TypeError).message).toContain('the userId returned is the SCIM id');
    expect(counts()).toEqual(before);
  });

  test.each([[''], [0], [1], [null], [{}]])('answers the userId %j: 500, nothing written', async (userId) => {
    const { scim, key, counts, log } = await openApp({
      userCreated: () => ({ userId }) as unknown as { userId: string },
    });
    const before = counts();
    expect((await send(scim, '/Users', { key, body: user('ada') })).status).toBe(500);
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(counts()).toEqual(before);
  });
});

describe('a hook that hangs', () => {
  test('is given up on: 503 with Retry-After, rolled back, its signal aborted', async () => {
    const signals: AbortSignal[] = [];
    const { scim, key, names, counts } = await openApp(
      {
        async userCreated(change, { database, signal }) {
          signals.push(signal);
          add(database, change.resource.userName);
          await new Promise(() => undefined);
        },
      },
      50,
    );
    const before = counts();
    const answer = await send(scim, '/Users', { key, body: user('ada') });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(names()).toEqual([]);
    expect(counts()).toEqual(before);
  });

  test('is given up on also when it hands out a thenable that is no promise', async () => {
    // biome-ignore lint/suspicious/noThenProperty: query builders are such objects
    const thenable = { then: () => undefined };
    const { scim, key } = await openApp({ userCreated: () => thenable as unknown as Promise<void> }, 50);
    const answer = await send(scim, '/Users', { key, body: user('ada') });
    expect(answer.status).toBe(503);
  });

  test('can do nothing with what it kept once it wakes up, inside the next change least of all', async () => {
    const waking = defer();
    const kept: { name: string; outcome: string }[] = [];
    let isFirst = true;
    const { scim, key, names } = await openApp(
      {
        async userCreated(change, { database }) {
          if (!isFirst) {
            add(database, change.resource.userName);
            waking.resolve();
            await new Promise((resolve) => setTimeout(resolve, 20));
            return;
          }
          isFirst = false;
          const { prepare, exec } = database;
          const insert = database.prepare("INSERT INTO people (name) VALUES ('late')");
          const { run } = insert;
          const select = database.prepare('SELECT name FROM people') as ReturnType<
            HookDatabase['prepare']
          > & {
            iterate(): Iterator<unknown>;
          };
          const rows = select.iterate();
          await waking.promise;
          const attempt = (name: string, use: () => unknown) => {
            try {
              use();
              kept.push({ name, outcome: 'worked' });
            } catch (error) {
              kept.push({ name, outcome: error instanceof TypeError ? 'refused' : String(error) });
            }
          };
          attempt('handle', () => database.exec("INSERT INTO people (name) VALUES ('late')"));
          attempt('statement', () => insert.run());
          attempt('bound prepare', () => prepare('SELECT 1'));
          attempt('bound exec', () => exec('COMMIT'));
          attempt('bound run', () => run());
          attempt('cursor', () => rows.next());
        },
      },
      50,
    );
    expect((await send(scim, '/Users', { key, body: user('first') })).status).toBe(503);
    expect((await send(scim, '/Users', { key, body: user('second') })).status).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(kept).toHaveLength(6);
    expect(kept.filter(({ outcome }) => outcome !== 'refused')).toEqual([]);
    expect(names()).toEqual(['second']);
  });

  test('does not keep other customers from reading, and they write after it', async () => {
    const time = { now: 1_767_225_600_000 };
    const entered = defer();
    const { scim } = openScim({
      clock: () => time.now,
      limits: { hookTimeoutMs: 2_000 },
      hooks: {
        userCreated({ resource }) {
          if (resource.userName !== 'slow') return undefined;
          entered.resolve();
          return new Promise<void>(() => undefined);
        },
      },
    });
    const { key } = await connect(scim, 'slow');
    const other = await connect(scim, 'other');
    await send(scim, '/Users', { key: other.key });
    const slow = send(scim, '/Users', { key, body: user('slow') });
    await entered.promise;
    // The use of a key is written down once a minute; nobody waits for that.
    time.now += 61_000;
    const start = performance.now();
    expect((await send(scim, '/Users', { key: other.key })).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect((await send(scim, '/Users', { key: other.key, body: user('quick') })).status).toBe(201);
    expect((await slow).status).toBe(503);
    const { keys } = (
      await scim.management.fetchScimConnection({ scimConnectionId: other.connectionId })
    ).getOrThrow();
    expect(keys[0]?.lastUsedAt).toBe(time.now / 1000);
  });
});

describe('the handle a hook gets', () => {
  test("is the driver's own: its results, errors and cursors are unchanged", async () => {
    const seen: unknown[] = [];
    const { scim, key, names } = await openApp({
      userCreated(change, { database }: HookContext) {
        const handle = database as unknown as DatabaseSync;
        seen.push(handle instanceof DatabaseSync, handle.isTransaction);
        const insert = handle.prepare('INSERT INTO people (name) VALUES (?)');
        seen.push(insert.run(String(change.resource.userName)).changes);
        try {
          insert.run(String(change.resource.userName));
        } catch (error) {
          seen.push((error as { errcode: number }).errcode);
        }
        seen.push([...handle.prepare('SELECT name FROM people').iterate()].map((row) => row.name));
        seen.push(handle.prepare('SELECT name FROM people').get()?.name);
      },
    });
    expect((await send(scim, '/Users', { key, body: user('ada') })).status).toBe(201);
    expect(seen).toEqual([true, true, 1, 2067, ['ada'], 'ada']);
    expect(names()).toEqual(['ada']);
  });

  test.each(['BEGIN', 'begin immediate', 'COMMIT', ' END TRANSACTION', 'ROLLBACK', 'rollback transaction'])(
    'does not end the transaction: %s is refused, and nothing stays',
    async (statement) => {
      for (const use of [
        (database: HookDatabase) => database.exec(statement),
        (database: HookDatabase) => database.prepare(statement).run(),
      ]) {
        const { scim, key, names, counts, log } = await openApp({
          userCreated(change, { database }) {
            add(database, change.resource.userName);
            use(database);
          },
        });
        const before = counts();
        expect((await send(scim, '/Users', { key, body: user('ada') })).status).toBe(500);
        expect(log.at(-1)?.details).toMatchObject({ cause: expect.any(TypeError) });
        expect(names()).toEqual([]);
        expect(counts()).toEqual(before);
      }
    },
  );

  test('takes savepoints', async () => {
    const { scim, key, names } = await openApp({
      userCreated(_change, { database }) {
        database.exec('SAVEPOINT mine');
        add(database, 'undone');
        database.exec('ROLLBACK TO mine');
        database.exec('ROLLBACK TRANSACTION TO SAVEPOINT mine');
        database.exec('RELEASE mine');
        add(database, 'kept');
      },
    });
    expect((await send(scim, '/Users', { key, body: user('ada') })).status).toBe(201);
    expect(names()).toEqual(['kept']);
  });

  test("a full disk met by the hook's own statement is 503, not 500", async () => {
    const { scim, key, counts } = await openApp({
      userCreated() {
        throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
      },
    });
    const before = counts();
    expect((await send(scim, '/Users', { key, body: user('ada') })).status).toBe(503);
    expect(counts()).toEqual(before);
  });
});

test('a request that was given up on commits nothing after its 503', async () => {
  const holding = defer();
  const entered = defer();
  const { scim, file } = openScim({
    limits: { hookTimeoutMs: 5_000, requestTimeoutMs: 100 },
    hooks: {
      userCreated({ resource }) {
        if (resource.userName !== 'holder') return undefined;
        entered.resolve();
        return holding.promise;
      },
    },
  });
  const { key } = await connect(scim);
  const holder = send(scim, '/Users', { key, body: user('holder') });
  await entered.promise;
  const waiting = send(scim, '/Users', { key, body: user('waiting') });
  expect((await holder).status).toBe(503);
  expect((await waiting).status).toBe(503);
  holding.resolve();
  // Writes are taken in turn, so this one comes after both.
  await scim.management.createScimConnection({ customerId: 'next' });
  const reading = new DatabaseSync(file, { readOnly: true });
  expect(reading.prepare('SELECT count(*) AS total FROM scim_resources').get()?.total).toBe(0);
  reading.close();
  expect((await send(scim, '/Users', { key, body: user('waiting') })).status).toBe(201);
});

test('a connection deleted while its request waits for the database answers 401, not 500', async () => {
  const holding = defer();
  const entered = defer();
  const { scim, log } = openScim({
    hooks: {
      userCreated({ resource }) {
        if (resource.userName !== 'holder') return undefined;
        entered.resolve();
        return holding.promise;
      },
    },
  });
  const a = await connect(scim, 'a');
  const b = await connect(scim, 'b');
  await send(scim, '/Users', { key: b.key });
  const holder = send(scim, '/Users', { key: a.key, body: user('holder') });
  await entered.promise;
  const deleting = scim.management.deleteScimConnection({ scimConnectionId: b.connectionId });
  await new Promise((resolve) => setImmediate(resolve));
  const late = send(scim, '/Users', { key: b.key, body: user('late') });
  await new Promise((resolve) => setImmediate(resolve));
  holding.resolve();
  expect((await holder).status).toBe(201);
  expect(await deleting).toMatchObject({ ok: true });
  expect((await late).status).toBe(401);
  expect(log.filter(({ level }) => level === 'error')).toEqual([]);
});
