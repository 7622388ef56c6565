import { describe, expect, test } from 'vitest';
import { group } from '../support/scim.ts';
import { HOUR, makeUsers, OFF, ON, openGuarded, readEvents } from './guarded-app.ts';

const allOf = (what: string, told: readonly { what: string }[]) =>
  told.filter((one) => one.what === what).length;

describe('P22: what goes beyond max(20, 20 % of the active users) in 60 minutes is held', () => {
  test.each([
    [50, 20],
    [100, 20],
    [140, 28],
  ])('of %i users, %i deactivations reach the app at once', async (users, threshold) => {
    const app = await openGuarded({ users });
    for (const id of app.ids) expect((await app.patch(`/Users/${id}`, OFF)).status).toBe(200);
    expect(app.told.map(({ what }) => what)).toEqual(Array(threshold).fill('userDeactivated'));
    expect((await app.find('/Users', 'active eq true')).body.totalResults).toBe(0);
    const events = await readEvents(app);
    expect(events.filter(({ type }) => type === 'user.deactivated')).toHaveLength(threshold);
  });

  test('a connection with 49 active users is let alone', async () => {
    const app = await openGuarded({ users: 49 });
    for (const id of app.ids) await app.patch(`/Users/${id}`, OFF);
    expect(allOf('userDeactivated', app.told)).toBe(49);
  });

  test('deletions count as deactivations do', async () => {
    const app = await openGuarded({ users: 60 });
    for (const [at, id] of app.ids.entries()) {
      const answer = at % 2 === 0 ? await app.remove(`/Users/${id}`) : await app.patch(`/Users/${id}`, OFF);
      expect(answer.status).toBe(at % 2 === 0 ? 204 : 200);
    }
    expect(app.told.map(({ what }) => what)).toEqual(
      Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 'userDeleted' : 'userDeactivated')),
    );
  });

  test('the 60 minutes roll, and the base is taken anew', async () => {
    const app = await openGuarded({ users: 100 });
    const leave = async (from: number, to: number) => {
      for (const id of app.ids.slice(from, to)) await app.patch(`/Users/${id}`, OFF);
    };
    await leave(0, 10);
    app.time.now += 40 * 60_000;
    await leave(10, 25);
    expect(allOf('userDeactivated', app.told)).toBe(20);
    app.time.now += 22 * 60_000;
    await leave(25, 45);
    expect(allOf('userDeactivated', app.told)).toBe(30);
    app.time.now += HOUR + 60_000;
    await leave(45, 46);
    expect(allOf('userDeactivated', app.told)).toBe(31);
  });

  test('ordinary leavers are not delayed, and other changes are not counted', async () => {
    const app = await openGuarded({ users: 60 });
    for (const id of app.ids.slice(0, 20)) await app.patch(`/Users/${id}`, OFF);
    for (const id of app.ids.slice(20, 60))
      await app.patch(`/Users/${id}`, { op: 'replace', path: 'displayName', value: 'New' });
    expect(allOf('userDeactivated', app.told)).toBe(20);
    expect(allOf('userUpdated', app.told)).toBe(40);
    expect((await readEvents(app)).filter(({ type }) => type.startsWith('scim.'))).toEqual([]);
  });

  test('a change the app refuses is not counted', async () => {
    const app = await openGuarded({ users: 60 });
    for (const id of app.ids.slice(0, 10)) app.failing.add(id);
    for (const id of app.ids.slice(0, 10)) expect((await app.patch(`/Users/${id}`, OFF)).status).toBe(500);
    for (const id of app.ids.slice(10, 40)) await app.patch(`/Users/${id}`, OFF);
    expect(allOf('userDeactivated', app.told)).toBe(20);
  });

  test('a clock that is set back does not end the brake, nor keep it on for good', async () => {
    const app = await openGuarded({ users: 100 });
    app.time.now += 5 * HOUR;
    for (const id of app.ids.slice(0, 20)) await app.patch(`/Users/${id}`, OFF);
    app.time.now -= 5 * HOUR;
    for (const id of app.ids.slice(20, 25)) await app.patch(`/Users/${id}`, OFF);
    expect(allOf('userDeactivated', app.told)).toBe(20);
  });
});

describe('P22: groups', () => {
  const openGroup = async (members: number) => {
    const app = await openGuarded({ users: 120 });
    const { id } = await app.make('/Groups', group('All', app.ids.slice(0, members)));
    app.told.length = 0;
    return { app, id };
  };
  const cut = (ids: readonly string[]) => ({
    op: 'remove',
    path: 'members',
    value: ids.map((value) => ({ value })),
  });

  test('case-S27: a true path-only remove of members counts as a mass removal', async () => {
    const { app, id } = await openGroup(100);
    expect((await app.patch(`/Groups/${id}`, { op: 'remove', path: 'members' })).status).toBe(204);
    expect((await app.get(`/Groups/${id}`)).body.members).toEqual([]);
    expect(app.told).toEqual([]);
  });

  test('case-S27: ids that arrive in value are members taken one by one, and no mass removal', async () => {
    const { app, id } = await openGroup(100);
    await app.patch(`/Groups/${id}`, cut(app.ids.slice(0, 3)));
    expect(app.told.map(({ removed }) => removed.length)).toEqual([3]);
  });

  test.each([
    ['a fifth of 100 is not beyond a fifth', 100, 20, 20],
    ['more than a fifth, within the threshold', 100, 24, 24],
    ['more than the threshold', 100, 25, 0],
    ['a group of 19 may be emptied', 19, 19, 19],
  ])('%s', async (_case, members, removed, reaches) => {
    const { app, id } = await openGroup(members);
    await app.patch(`/Groups/${id}`, cut(app.ids.slice(0, removed)));
    expect(app.told.flatMap((one) => one.removed)).toHaveLength(reaches);
  });

  test('a group replaced by another set is a cut, and those who come are told', async () => {
    const { app, id } = await openGroup(60);
    const answer = await app.put(`/Groups/${id}`, group('Renamed', app.ids.slice(60, 100)));
    expect(answer.status).toBe(200);
    expect(app.told.map(({ what, added, removed }) => [what, added.length, removed.length])).toEqual([
      ['groupUpdated', 0, 0],
      ['membersChanged', 40, 0],
    ]);
  });

  test('a deleted group weighs as much as it has members', async () => {
    const { app, id } = await openGroup(60);
    const small = await app.make('/Groups', group('Small', app.ids.slice(0, 5)));
    app.told.length = 0;
    expect((await app.remove(`/Groups/${id}`)).status).toBe(204);
    expect((await app.remove(`/Groups/${small.id}`)).status).toBe(204);
    expect(app.told.map(({ what, id: told }) => [what, told])).toEqual([['groupDeleted', small.id]]);
  });

  test('a member who comes back is not told, others are, and the group goes on', async () => {
    const { app, id } = await openGroup(100);
    await app.patch(`/Groups/${id}`, { op: 'remove', path: 'members' });
    const [first, second] = app.ids;
    const add = (value: string | undefined) => ({ op: 'add', path: 'members', value: [{ value }] });
    await app.patch(`/Groups/${id}`, add(first));
    expect(app.told).toEqual([]);
    await app.patch(`/Groups/${id}`, add(app.ids[110]), {
      op: 'replace',
      path: 'displayName',
      value: 'Name',
    });
    expect(app.told.map(({ what, added }) => [what, added])).toEqual([
      ['groupUpdated', []],
      ['membersChanged', [app.ids[110]]],
    ]);
    app.told.length = 0;
    await app.patch(`/Groups/${id}`, cut([String(first)]));
    expect(app.told.map(({ removed }) => removed)).toEqual([[first]]);
    await app.patch(`/Groups/${id}`, add(second));
    const [row] = await app.database.rows('SELECT count(*) AS total FROM {p}held_members');
    expect(Number(row?.total)).toBe(98);
  });

  test('a group whose members all came back is held no longer', async () => {
    const { app, id } = await openGroup(100);
    await app.patch(`/Groups/${id}`, { op: 'remove', path: 'members' });
    await app.put(`/Groups/${id}`, group('All', app.ids.slice(0, 100)));
    expect(app.told).toEqual([]);
    expect(await app.database.rows('SELECT * FROM {p}held_changes')).toEqual([]);
    expect(await app.database.rows('SELECT id FROM {p}resources WHERE is_held = 1')).toEqual([]);
  });
});

describe('P23: what is held', () => {
  const openStorm = async (users = 60) => {
    const app = await openGuarded({ users });
    for (const id of app.ids) await app.patch(`/Users/${id}`, OFF);
    const [held] = app.ids.slice(-1);
    app.told.length = 0;
    return { app, held: String(held) };
  };

  test('the alarm is sounded once per storm, as an event', async () => {
    const { app } = await openStorm();
    const alarms = async () =>
      (await readEvents(app)).filter(({ type }) => type === 'scim.mass_deprovision.held');
    expect(await alarms()).toMatchObject([
      { id: app.connectionId, data: { guard: 'hold', activeUsers: 60, threshold: 20 } },
    ]);
    await makeUsers(app, 60);
    app.time.now += 2 * HOUR;
    const { body } = await app.find('/Users', 'active eq true');
    for (const { id } of body.Resources) await app.patch(`/Users/${id}`, OFF);
    expect(await alarms()).toHaveLength(2);
  });

  test('later changes of a held user do not reach the app; back as it was, nothing does', async () => {
    const { app, held } = await openStorm();
    await app.patch(`/Users/${held}`, { op: 'replace', path: 'title', value: 'Gone' });
    expect(app.told).toEqual([]);
    await app.patch(`/Users/${held}`, { op: 'remove', path: 'title' });
    await app.patch(`/Users/${held}`, ON);
    expect(app.told).toEqual([]);
    const rows = await app.database.rows('SELECT resource_id FROM {p}held_changes');
    expect(rows.map(({ resource_id }) => resource_id)).not.toContain(held);
  });

  test('back with another title, the app is told the difference alone', async () => {
    const { app, held } = await openStorm();
    await app.patch(`/Users/${held}`, { op: 'replace', path: 'title', value: 'Chief' });
    await app.patch(`/Users/${held}`, ON);
    expect(app.told.map(({ what }) => what)).toEqual(['userUpdated']);
    const event = (await readEvents(app)).at(-1);
    expect(event).toMatchObject({ type: 'user.updated', id: held, data: { changed: ['title'], before: {} } });
  });

  test('totals are those of now, though no event tells of what is held', async () => {
    const { app } = await openStorm(70);
    const page = () => app.get('/Users?filter=active%20eq%20true&startIndex=1&count=2');
    const ids = await makeUsers(app, 5);
    expect((await page()).body.totalResults).toBe(5);
    for (const id of ids) {
      await app.patch(`/Users/${id}`, OFF);
    }
    expect((await page()).body.totalResults).toBe(0);
  });

  test('notify: everything passes, and the alarm is sounded all the same', async () => {
    const app = await openGuarded({ users: 60, guard: 'notify' });
    for (const id of app.ids) await app.patch(`/Users/${id}`, OFF);
    expect(allOf('userDeactivated', app.told)).toBe(60);
    const alarms = (await readEvents(app)).filter(({ type }) => type.startsWith('scim.'));
    expect(alarms).toMatchObject([{ type: 'scim.mass_deprovision.held', data: { guard: 'notify' } }]);
  });

  test('off: everything passes, and nothing is counted', async () => {
    const app = await openGuarded({ users: 60, guard: 'off' });
    for (const id of app.ids) await app.patch(`/Users/${id}`, OFF);
    expect(allOf('userDeactivated', app.told)).toBe(60);
    expect(await app.database.rows('SELECT * FROM {p}guard_windows')).toEqual([]);
  });
});
