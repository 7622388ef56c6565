import { describe, expect, test } from 'vitest';
import { group, user } from '../support/scim.ts';
import { makeUsers, OFF, ON, openGuarded, readEvents } from './guarded-app.ts';

/** A directory of 60 that was emptied: 20 are gone in the app, 40 are held. */
async function openStorm() {
  const app = await openGuarded({ users: 60 });
  for (const id of app.ids) await app.patch(`/Users/${id}`, OFF);
  app.told.length = 0;
  const { management } = app.scim;
  const selector = { scimConnectionId: app.connectionId, customerId: app.customerId };
  return {
    ...app,
    held: app.ids.slice(20),
    list: async (more: object = {}) =>
      (await management.getHeldChanges({ ...selector, ...more })).getOrThrow(),
    release: async (which: { ids?: readonly string[]; all?: boolean }) =>
      (await management.releaseHeldChanges({ ...selector, ...which, actor: 'usr_admin' })).getOrThrow(),
    reject: async (which: { ids?: readonly string[]; all?: boolean }) =>
      (await management.rejectHeldChanges({ ...selector, ...which, actor: 'usr_admin' })).getOrThrow(),
  };
}

const toldOf = (told: readonly { what: string; id: string }[]) => told.map(({ what, id }) => [what, id]);

describe('P23: a person lists what is held', () => {
  test('who, what, since when, by whom released, and how many there are', async () => {
    const app = await openStorm();
    const seconds = app.time.now / 1000;
    const page = await app.list({ pageSize: 3 });
    expect(page).toMatchObject({ waiting: 40, releasing: 0, rejected: 0, oldestAt: seconds });
    expect(page.changes).toHaveLength(3);
    expect(page.changes[0]).toEqual({
      id: page.changes[0]?.id,
      resourceType: 'User',
      name: expect.stringMatching(/^user\d+$/),
      userId: null,
      kind: 'deactivated',
      state: 'waiting',
      members: 0,
      heldAt: seconds,
      reviewedBy: null,
      reviewedAt: null,
      failure: null,
    });
    const rest = await app.list({ pageSize: 20, pageNumber: 1 });
    expect(rest.changes).toHaveLength(20);
  });

  test('another customer has nothing of it', async () => {
    const app = await openStorm();
    const { management } = app.scim;
    const foreign = { scimConnectionId: app.connectionId, customerId: 'other' };
    for (const answer of [
      await management.getHeldChanges(foreign),
      await management.releaseHeldChanges({ ...foreign, all: true }),
      await management.rejectHeldChanges({ ...foreign, all: true }),
    ])
      expect(answer).toEqual({ ok: false, error: { type: 'ScimConnectionNotFound' } });
    expect((await app.list()).waiting).toBe(40);
  });

  test('neither ids nor all, or both, is a mistake of the calling code', async () => {
    const app = await openStorm();
    await expect(app.release({})).rejects.toThrow(TypeError);
    await expect(app.reject({ ids: ['x'], all: true })).rejects.toThrow(TypeError);
  });
});

describe('P23: a person releases', () => {
  test('one: the app is told of that one', async () => {
    const app = await openStorm();
    const [one = ''] = app.held;
    expect(await app.release({ ids: [one] })).toEqual({ asked: 1, released: 1, failed: [], waiting: 39 });
    expect(toldOf(app.told)).toEqual([['userDeactivated', one]]);
    expect((await readEvents(app)).slice(-2)).toMatchObject([
      { type: 'scim.mass_deprovision.released', data: { changes: 1, waiting: 39, actor: 'usr_admin' } },
      {
        type: 'user.deactivated',
        id: one,
        data: { changed: ['active'], heldSince: new Date(app.time.now).toISOString(), actor: 'usr_admin' },
      },
    ]);
  });

  test('all: in parts, saying how far it is, and once', async () => {
    const app = await openStorm();
    const seen: number[] = [];
    const { management } = app.scim;
    const result = await management.releaseHeldChanges({
      customerId: app.customerId,
      all: true,
      onProgress: ({ released }) => seen.push(released),
    });
    expect(result.getOrThrow()).toEqual({ asked: 40, released: 40, failed: [], waiting: 0 });
    expect(seen).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    expect(new Set(app.told.map(({ id }) => id))).toEqual(new Set(app.held));
    expect(await app.release({ all: true })).toEqual({ asked: 0, released: 0, failed: [], waiting: 0 });
    expect(app.told).toHaveLength(40);
    expect(await app.list()).toMatchObject({ changes: [], waiting: 0, oldestAt: null });
  });

  test('at once from several sides: each change is told once', async () => {
    const app = await openStorm();
    const results = await Promise.all([1, 2, 3].map(() => app.release({ all: true })));
    expect(results.reduce((sum, { released }) => sum + released, 0)).toBe(40);
    expect(app.told).toHaveLength(40);
  });

  test('one whose hook fails waits again with the reason, and keeps nobody else', async () => {
    const app = await openStorm();
    const [bad = ''] = app.held;
    app.failing.add(bad);
    const result = await app.release({ all: true });
    expect(result).toEqual({
      asked: 40,
      released: 39,
      failed: [{ id: bad, reason: 'The app failed to carry it out.' }],
      waiting: 1,
    });
    expect((await app.list()).changes).toMatchObject([
      { id: bad, state: 'waiting', failure: 'The app failed to carry it out.' },
    ]);
    expect(app.log.filter(({ level }) => level === 'error')).toHaveLength(1);
    app.failing.clear();
    expect(await app.release({ ids: [bad] })).toMatchObject({ released: 1, waiting: 0 });
  });

  test('as the difference between what the app was told and what is stored by then', async () => {
    const app = await openStorm();
    const [one = '', other = ''] = app.held;
    await app.patch(`/Users/${one}`, { op: 'replace', path: 'title', value: 'Former' });
    await app.remove(`/Users/${other}`);
    expect(app.told).toEqual([]);
    await app.release({ ids: [one, other] });
    expect(toldOf(app.told).sort()).toEqual(
      [
        ['userDeactivated', one],
        ['userUpdated', one],
        ['userDeleted', other],
      ].sort(),
    );
    const events = await readEvents(app);
    expect(events.find(({ type, id }) => type === 'user.updated' && id === one)?.data).toMatchObject({
      changed: ['active', 'title'],
      before: { active: true },
    });
  });

  test('a group: its members go, and nothing else is told', async () => {
    const app = await openGuarded({ users: 100 });
    const made = await app.make('/Groups', group('All', app.ids));
    await app.patch(`/Groups/${made.id}`, { op: 'remove', path: 'members' });
    await app.patch(`/Groups/${made.id}`, { op: 'add', path: 'members', value: [{ value: app.ids[0] }] });
    app.told.length = 0;
    const { management } = app.scim;
    const { customerId } = app;
    const listed = (await management.getHeldChanges({ customerId })).getOrThrow();
    expect(listed.changes).toMatchObject([{ kind: 'membersRemoved', name: 'All', members: 99 }]);
    (await management.releaseHeldChanges({ customerId, all: true })).getOrThrow();
    expect(app.told.map(({ what, added, removed }) => [what, added.length, removed.length])).toEqual([
      ['membersChanged', 0, 99],
    ]);
  });

  test('after all were released the 60 minutes start anew; after one they go on', async () => {
    const app = await openStorm();
    const more = await makeUsers(app, 60);
    app.told.length = 0;
    await app.release({ ids: [String(app.held[0])] });
    await app.patch(`/Users/${more[0]}`, OFF);
    expect(toldOf(app.told)).toEqual([['userDeactivated', app.held[0]]]);
    await app.release({ all: true });
    app.told.length = 0;
    for (const id of more.slice(1)) await app.patch(`/Users/${id}`, OFF);
    expect(app.told).toHaveLength(20);
    const alarms = (await readEvents(app)).filter(({ type }) => type === 'scim.mass_deprovision.held');
    expect(alarms).toHaveLength(2);
  });

  test('it is audited: who, how many, which', async () => {
    const app = await openStorm();
    const [one = '', other = ''] = app.held;
    await app.release({ ids: [one] });
    await app.reject({ ids: [other] });
    await app.release({ all: true });
    const rows = await app.database.rows(
      "SELECT action, actor, detail FROM {p}audit WHERE action LIKE 'held.%'",
    );
    const read = rows.map(({ action, actor, detail }) => ({
      action,
      actor,
      detail: typeof detail === 'string' ? JSON.parse(detail) : detail,
    }));
    expect(read).toHaveLength(3);
    expect(read).toContainEqual({
      action: 'held.released',
      actor: 'usr_admin',
      detail: { changes: 1, waiting: 39, ids: [one] },
    });
    expect(read).toContainEqual({
      action: 'held.rejected',
      actor: 'usr_admin',
      detail: { changes: 1, waiting: 38, ids: [other] },
    });
    expect(read).toContainEqual({
      action: 'held.released',
      actor: 'usr_admin',
      detail: { changes: 38, waiting: 0 },
    });
  });
});

describe('P23: a person rejects', () => {
  test('the app keeps the person as it was, until the directory brings the person back', async () => {
    const app = await openStorm();
    const [one = ''] = app.held;
    expect(await app.reject({ ids: [one] })).toEqual({ rejected: 1, waiting: 39 });
    await app.patch(`/Users/${one}`, { op: 'replace', path: 'title', value: 'Away' });
    expect(app.told).toEqual([]);
    await app.patch(`/Users/${one}`, ON);
    expect(toldOf(app.told)).toEqual([['userUpdated', one]]);
    expect((await app.list({ state: 'rejected' })).changes).toEqual([]);
  });

  test('can be thought over: a rejected one is released by its id, not with all', async () => {
    const app = await openStorm();
    const [one = ''] = app.held;
    await app.reject({ ids: [one] });
    await app.release({ all: true });
    expect(app.told.map(({ id }) => id)).not.toContain(one);
    await app.release({ ids: [one] });
    expect(app.told.map(({ id }) => id)).toContain(one);
  });

  test('the 60 minutes go on: what was counted was not meant', async () => {
    const app = await openStorm();
    const more = await makeUsers(app, 60);
    await app.reject({ all: true });
    app.told.length = 0;
    for (const id of more) await app.patch(`/Users/${id}`, OFF);
    expect(app.told).toEqual([]);
    expect((await app.list({ pageSize: 1 })).waiting).toBe(60);
  });

  test('a deletion after that is judged like any other', async () => {
    const app = await openStorm();
    const [one = ''] = app.held;
    await app.reject({ all: true });
    await app.remove(`/Users/${one}`);
    expect(app.told).toEqual([]);
    expect((await app.list({ state: 'waiting' })).changes).toMatchObject([{ id: one, kind: 'deleted' }]);
    app.time.now += 2 * 3_600_000;
    await app.remove(`/Users/${app.held[1]}`);
    expect(toldOf(app.told)).toEqual([['userDeleted', app.held[1]]]);
  });
});

describe('P21, P23: a person who was deleted is created again', () => {
  const openDeleted = async (hooks: (userId: string) => { userId: string }) => {
    const accounts = new Map<string, string>();
    const told: string[] = [];
    const app = await openGuarded({
      users: 0,
      hooks: {
        userCreated({ id, resource, previous }) {
          const name = String(resource.userName);
          const userId = previous?.userId ? hooks(previous.userId).userId : `usr_${id}`;
          accounts.set(userId, name);
          return { userId };
        },
        userDeleted({ userId }) {
          told.push(`deleted ${userId}`);
          accounts.delete(String(userId));
        },
      },
    });
    const names = new Map<string, string>();
    const ids = await makeUsers(app, 60);
    for (const id of ids) names.set(id, (await app.get(`/Users/${id}`)).body.userName);
    for (const id of ids) await app.remove(`/Users/${id}`);
    const old = String(ids.at(-1));
    const again = await app.make('/Users', user(String(names.get(old))));
    return { ...app, accounts, told, old, again };
  };
  const release = ({ scim, customerId }: Awaited<ReturnType<typeof openDeleted>>) =>
    scim.management.releaseHeldChanges({ customerId, all: true });

  test('the app gives the newcomer the account: its deletion is no longer held', async () => {
    const app = await openDeleted((userId) => ({ userId }));
    expect(app.accounts.has(`usr_${app.old}`)).toBe(true);
    const listed = (await app.scim.management.getHeldChanges({ customerId: app.customerId })).getOrThrow();
    expect(listed.changes.map(({ id }) => id)).not.toContain(app.old);
    expect((await release(app)).getOrThrow()).toMatchObject({ released: 39 });
    expect([...app.accounts.keys()]).toEqual([`usr_${app.old}`]);
  });

  test('the app makes another account: the old one goes when it is released', async () => {
    const app = await openDeleted((userId) => ({ userId: `${userId}_again` }));
    expect((await release(app)).getOrThrow()).toMatchObject({ released: 40 });
    expect([...app.accounts.keys()]).toEqual([`usr_${app.old}_again`]);
  });
});
