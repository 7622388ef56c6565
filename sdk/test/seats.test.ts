import { describe, expect, test } from 'vitest';
import type { ScimHooks } from '../src/index.ts';
import { connect, group, openScim, openSpied, patch, send, user } from './support/scim.ts';

interface Told {
  readonly hook: string;
  readonly name: string;
  readonly userId: string | null;
}

/** An app that keeps accounts, with a connection of so many seats. */
async function openApp(seats: object | undefined, more: Partial<ScimHooks> = {}) {
  const told: Told[] = [];
  const joined: string[] = [];
  const note =
    (hook: string) =>
    ({ resource, userId }: { resource: { userName?: unknown }; userId: string | null }) =>
      void told.push({ hook, name: String(resource.userName), userId });
  const hooks: ScimHooks = {
    userCreated(change) {
      note('created')(change as never);
      return { userId: `account of ${change.resource.userName}` };
    },
    userUpdated: note('updated') as never,
    userDeactivated: note('deactivated') as never,
    userReactivated: note('reactivated') as never,
    userDeleted: note('deleted') as never,
    membersChanged({ added, removed }) {
      joined.push(...added.map(({ userId }) => `+${userId}`), ...removed.map(({ userId }) => `-${userId}`));
    },
    ...more,
  };
  const opened = openScim({ hooks });
  const { key, customerId } = await connect(opened.scim);
  const choose = async (chosen: object) =>
    void (
      await opened.scim.management.patchScimConnection({ customerId, policy: { seats: chosen } as never })
    ).getOrThrow();
  if (seats !== undefined) await choose(seats);
  const call = (path: string, init: object = {}) => send(opened.scim, path, { key, ...init });
  const create = async (userName: string, init: object = {}) =>
    (await call('/Users', { body: user(userName, init) })).body.id as string;
  const setActive = (id: string, active: boolean) =>
    call(`/Users/${id}`, { method: 'PATCH', body: patch({ op: 'replace', value: { active } }) });
  const events = async () =>
    (await opened.database.rows('SELECT type FROM {p}events ORDER BY position')).map(({ type }) =>
      String(type),
    );
  const waiting = async () =>
    (await opened.scim.management.getWaitingScimUsers({ customerId }))
      .getOrThrow()
      .users.map(({ userName }) => userName);
  const names = (hook: string) => told.filter((one) => one.hook === hook).map(({ name }) => name);
  return {
    ...opened,
    key,
    customerId,
    told,
    joined,
    choose,
    call,
    create,
    setActive,
    events,
    waiting,
    names,
  };
}

describe('row F5: seats, refused beyond the limit', () => {
  test('F5: who is created or activated beyond the limit is refused with 403, and nothing stays', async () => {
    const { call, create, setActive, told, events } = await openApp({ limit: 2, onFull: 'refuse' });
    const ada = await create('ada');
    const off = await create('off', { active: false });
    await create('ben');
    const count = (await events()).length;
    const refused = await call('/Users', { body: user('cleo') });
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toBe(
      'All 2 seats are taken. Deactivate somebody who has left, or get more seats; then retry.',
    );
    expect((await setActive(off, true)).status).toBe(403);
    const put = await call(`/Users/${off}`, { method: 'PUT', body: user('off', { active: true }) });
    expect(put.status).toBe(403);
    expect((await call(`/Users/${off}`)).body.active).toBe(false);
    expect((await call('/Users')).body.totalResults).toBe(3);
    expect(await events()).toHaveLength(count);
    expect(told.map(({ name }) => name)).toEqual(['ada', 'off', 'ben']);
    await setActive(ada, false);
    expect((await setActive(off, true)).status).toBe(200);
  });

  test('F5: changes that take no seat pass when all are taken', async () => {
    const { call, create, setActive } = await openApp({ limit: 1, onFull: 'refuse' });
    const ada = await create('ada');
    const title = patch({ op: 'replace', value: { title: 'x' } });
    expect((await call(`/Users/${ada}`, { method: 'PATCH', body: title })).status).toBe(200);
    expect((await setActive(ada, true)).status).toBe(200);
    expect((await call('/Users', { body: user('off', { active: false }) })).status).toBe(201);
    expect((await call('/Groups', { body: group('all', [ada]) })).status).toBe(201);
    expect((await call(`/Users/${ada}`, { method: 'DELETE' })).status).toBe(204);
    expect((await call('/Users', { body: user('ben') })).status).toBe(201);
  });

  test('F5: a revived person takes a seat as others do', async () => {
    const { call, create, setActive } = await openApp({ limit: 1, onFull: 'refuse' });
    const ada = await create('ada', { externalId: 'x' });
    await setActive(ada, false);
    const ben = await create('ben');
    expect((await call('/Users', { body: user('ada', { externalId: 'x' }) })).status).toBe(403);
    await setActive(ben, false);
    expect((await call('/Users', { body: user('ada', { externalId: 'x' }) })).status).toBe(201);
  });

  test('F5: requests at once take no more seats than there are', async () => {
    const { call, setActive } = await openApp({ limit: 5, onFull: 'refuse' });
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) => call('/Users', { body: user(`user${index}`) })),
    );
    expect(made.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(5);
    expect(made.filter(({ status }) => status === 403)).toHaveLength(15);
    const off = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        call('/Users', { body: user(`off${index}`, { active: false }) }),
      ),
    );
    const taken = made.filter(({ status }) => status === 201).map(({ body }) => body.id);
    await Promise.all(taken.slice(0, 3).map((id) => setActive(id, false)));
    const back = await Promise.all(off.map(({ body }) => setActive(body.id, true)));
    expect(back.filter(({ status }) => status === 200)).toHaveLength(3);
  });

  test('F5: a host counts its own seats where the policy names no limit', async () => {
    let limit: number | null = 1;
    const { call, choose } = await openApp(undefined, { seatLimit: () => limit });
    expect((await call('/Users', { body: user('ada') })).status).toBe(201);
    expect((await call('/Users', { body: user('ben') })).status).toBe(403);
    limit = null;
    expect((await call('/Users', { body: user('ben') })).status).toBe(201);
    limit = 0;
    await choose({ limit: 3, onFull: 'refuse' });
    expect((await call('/Users', { body: user('cleo') })).status).toBe(201);
    expect((await call('/Users', { body: user('dan') })).status).toBe(403);
  });

  test.each([-1, 1.5, Number.NaN, '3', {}])(
    'F5: a host that answers %j is told so, and nobody gets in',
    async (answer) => {
      const { call, log } = await openApp(undefined, { seatLimit: () => answer as number });
      expect((await call('/Users', { body: user('ada') })).status).toBe(500);
      expect(JSON.stringify(log.map(({ details }) => String(Reflect.get(details ?? {}, 'cause'))))).toContain(
        'seatLimit',
      );
    },
  );

  test.each([{ limit: -1 }, { limit: 1.5 }, { limit: '3' }, { onFull: 'drop' }, { seats: 3 }])(
    'F5: the policy %j is refused',
    async (seats) => {
      const { scim, customerId } = await openApp(undefined);
      const result = await scim.management.patchScimConnection({ customerId, policy: { seats } as never });
      expect(result).toMatchObject({ ok: false, error: { type: 'InvalidFields' } });
    },
  );
});

describe('row F5: seats, let in beyond the limit', () => {
  test('F5: the app is told, and an event says by how many', async () => {
    const { create, events, names, database } = await openApp({ limit: 1, onFull: 'allow' });
    for (const name of ['ada', 'ben', 'cleo']) await create(name);
    expect(names('created')).toEqual(['ada', 'ben', 'cleo']);
    expect(await events()).toEqual([
      'user.created',
      'user.created',
      'seats.exceeded',
      'user.created',
      'seats.exceeded',
    ]);
    const [row] = await database.rows('SELECT data FROM {p}events ORDER BY position DESC LIMIT 1');
    const data = typeof row?.data === 'string' ? JSON.parse(row.data) : row?.data;
    expect(data).toMatchObject({ limit: 1, taken: 3 });
  });
});

describe('row F5: seats, waited for', () => {
  const waitlist = { limit: 1, onFull: 'waitlist' };

  test('F5: who waits is stored and shown, and the app is told in order of arrival as seats get free', async () => {
    const { call, create, setActive, names, events, waiting } = await openApp(waitlist);
    const ada = await create('ada');
    const ben = await create('ben', { title: 'first' });
    await create('cleo');
    expect((await call(`/Users/${ben}`)).body).toMatchObject({ userName: 'ben', active: true });
    expect(names('created')).toEqual(['ada']);
    expect(await events()).toEqual(['user.created', 'seats.waiting', 'seats.waiting']);
    expect(await waiting()).toEqual(['ben', 'cleo']);
    const title = patch({ op: 'replace', value: { title: 'second' } });
    await call(`/Users/${ben}`, { method: 'PATCH', body: title });
    expect(await events()).toHaveLength(3);

    await setActive(ada, false);
    expect(names('created')).toEqual(['ada', 'ben']);
    expect(await waiting()).toEqual(['cleo']);
    await call(`/Users/${ben}`, { method: 'DELETE' });
    expect(names('created')).toEqual(['ada', 'ben', 'cleo']);
    expect(await waiting()).toEqual([]);
    expect(names('updated')).toEqual([]);
    expect((await events()).slice(3)).toEqual([
      'user.deactivated',
      'user.created',
      'user.deleted',
      'user.created',
    ]);
  });

  test('F5: who waits joins no group in the app until he has a seat, and then those he is in', async () => {
    const { call, create, setActive, joined, events } = await openApp(waitlist);
    const ada = await create('ada');
    const ben = await create('ben');
    const staff = (await call('/Groups', { body: group('staff', [ada, ben]) })).body.id;
    const other = (await call('/Groups', { body: group('other', [ben]) })).body.id;
    expect(joined).toEqual(['+account of ada']);
    const out = patch({ op: 'remove', path: `members[value eq "${ben}"]` });
    await call(`/Groups/${other}`, { method: 'PATCH', body: out });
    expect(joined).toEqual(['+account of ada']);
    expect((await call(`/Groups/${staff}`)).body.members).toHaveLength(2);
    await setActive(ada, false);
    expect(joined).toEqual(['+account of ada', '+account of ben']);
    expect((await events()).slice(-3)).toEqual(['user.deactivated', 'user.created', 'group.members_changed']);
  });

  test('F5: who goes before he had a seat was never there for the app', async () => {
    const { call, create, setActive, told, waiting } = await openApp(waitlist);
    const ada = await create('ada');
    const ben = await create('ben');
    const cleo = await create('cleo');
    const dan = await create('dan');
    await call(`/Users/${ben}`, { method: 'DELETE' });
    await setActive(cleo, false);
    expect(await waiting()).toEqual(['dan']);
    await setActive(cleo, true);
    expect(await waiting()).toEqual(['dan', 'cleo']);
    await setActive(ada, false);
    await setActive(dan, false);
    expect(told.map(({ hook, name }) => `${hook} ${name}`)).toEqual([
      'created ada',
      'deactivated ada',
      'created dan',
      'deactivated dan',
      'created cleo',
    ]);
  });

  test('F5: who comes back and waits stays as he was for the app, until it is told all that changed', async () => {
    const { call, create, setActive, told, waiting } = await openApp(waitlist);
    const ada = await create('ada');
    await setActive(ada, false);
    const ben = await create('ben');
    const before = told.length;
    expect((await setActive(ada, true)).status).toBe(200);
    const title = patch({ op: 'replace', value: { title: 'x' } });
    await call(`/Users/${ada}`, { method: 'PATCH', body: title });
    expect(told).toHaveLength(before);
    expect(await waiting()).toEqual(['ada']);
    await call(`/Users/${ben}`, { method: 'DELETE' });
    expect(told.slice(before)).toEqual([
      { hook: 'deleted', name: 'ben', userId: 'account of ben' },
      { hook: 'reactivated', name: 'ada', userId: 'account of ada' },
      { hook: 'updated', name: 'ada', userId: 'account of ada' },
    ]);
  });

  test('F5: more seats let in those who wait; none at all lets everybody in', async () => {
    const { create, choose, names, waiting } = await openApp(waitlist);
    for (const name of ['ada', 'ben', 'cleo', 'dan']) await create(name);
    await choose({ limit: 2, onFull: 'waitlist' });
    expect(names('created')).toEqual(['ada', 'ben']);
    await choose({ limit: null, onFull: 'refuse' });
    expect(names('created')).toEqual(['ada', 'ben', 'cleo', 'dan']);
    expect(await waiting()).toEqual([]);
  });

  test('F5: one whom the app fails on keeps nobody else from a seat, and is told of later', async () => {
    let failing = 'ben';
    const names: string[] = [];
    const { create, setActive, waiting, log, scim, customerId } = await openApp(waitlist, {
      userCreated({ resource }) {
        if (resource.userName === failing) throw new Error('the app failed');
        names.push(String(resource.userName));
      },
    });
    const ada = await create('ada');
    await create('ben');
    await create('cleo');
    expect((await setActive(ada, false)).status).toBe(200);
    expect(names).toEqual(['ada', 'cleo']);
    expect(await waiting()).toEqual(['ben']);
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(1);
    failing = '';
    const seats = { limit: 2, onFull: 'waitlist' } as const;
    (await scim.management.patchScimConnection({ customerId, policy: { seats } })).getOrThrow();
    expect(names).toEqual(['ada', 'cleo', 'ben']);
  });

  test('F5, F7: who waits is not let in yet', async () => {
    const { create, setActive, scim, customerId } = await openApp(waitlist);
    const ada = await create('ada');
    const ben = await create('ben');
    const check = () =>
      scim.checkSignIn({ customerId, strategy: 'OidcSubToScimUsername', claims: { sub: 'ben' } });
    expect(await check()).toMatchObject({
      ok: false,
      error: { type: 'ScimUserNotActive', reason: 'waiting', scimUserId: ben },
    });
    await setActive(ada, false);
    expect(await check()).toMatchObject({ ok: true, data: { userId: 'account of ben' } });
  });

  test('F5: a limit the host counts itself is looked at again when it asks for it, audited', async () => {
    let limit = 1;
    const { create, names, scim, customerId, database } = await openApp(
      { limit: null, onFull: 'waitlist' },
      { seatLimit: () => limit },
    );
    for (const name of ['ada', 'ben', 'cleo']) await create(name);
    limit = 2;
    const { admitted } = (
      await scim.management.admitWaitingScimUsers({ customerId, actor: 'nora' })
    ).getOrThrow();
    expect(admitted).toHaveLength(1);
    expect(names('created')).toEqual(['ada', 'ben']);
    const audit = await database.rows("SELECT actor FROM {p}audit WHERE action = 'seats.admitted'");
    expect(audit).toEqual([{ actor: 'nora' }]);
  });

  test('F5: however people come and go at once, the app has never more active users than seats', async () => {
    const active = new Set<string>();
    let most = 0;
    const watch = () => {
      most = Math.max(most, active.size);
    };
    const { call, setActive, choose, waiting } = await openApp(undefined, {
      userCreated({ id, resource }) {
        if (resource.active !== false) active.add(id);
        watch();
      },
      userReactivated({ id }) {
        active.add(id);
        watch();
      },
      userDeactivated: ({ id }) => void active.delete(id),
      userDeleted: ({ id }) => void active.delete(id),
    });
    await choose({ limit: 4, onFull: 'waitlist' });
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) => call('/Users', { body: user(`user${index}`) })),
    );
    const ids = made.map(({ body }) => String(body.id));
    expect(made.every(({ status }) => status === 201)).toBe(true);
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(ids.map((id, index) => setActive(id, (index + round) % 3 !== 0)));
    }
    await Promise.all(ids.slice(0, 3).map((id) => call(`/Users/${id}`, { method: 'DELETE' })));
    expect(most).toBe(4);
    const stored = await call('/Users?filter=active eq true');
    expect(active.size).toBe(Math.min(4, stored.body.totalResults));
    expect((await waiting()).length).toBe(stored.body.totalResults - active.size);
  });
});

test('F5: seats cost nothing where they are not counted', async () => {
  const count = async (seats: object | undefined) => {
    const { scim, statements } = openSpied();
    const { key, customerId } = await connect(scim);
    if (seats !== undefined)
      (await scim.management.patchScimConnection({ customerId, policy: { seats } as never })).getOrThrow();
    await send(scim, '/Users', { key, body: user('first') });
    statements.length = 0;
    const { id } = (await send(scim, '/Users', { key, body: user('ada') })).body;
    const off = patch({ op: 'replace', value: { active: false } });
    await send(scim, `/Users/${id}`, { key, method: 'PATCH', body: off });
    return statements.filter(({ sql }) => sql.includes('waiting_users')).length;
  };
  expect(await count(undefined)).toBe(0);
  expect(await count({ limit: 10, onFull: 'refuse' })).toBe(1);
});
