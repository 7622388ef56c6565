import { describe, expect, test } from 'vitest';
import {
  type AppAccount,
  type AppGroup,
  type ConnectionPolicyOptions,
  type ReconcileParameters,
  refuse,
} from '../src/index.ts';
import { insertUsers } from './support/many-users.ts';
import { openRoles } from './support/roles.ts';

/** An app that has what it was told of: accounts, groups, and who is in which. */
async function openApp(policy: ConnectionPolicyOptions = { groups: 'ignore' }) {
  const calls: string[] = [];
  const groups = new Map<string, { name: string; members: Set<string> }>();
  const accounts = new Map<string, { active: boolean; memberOf: readonly string[] | undefined }>();
  const client = await openRoles({
    hooks: {
      userRoleChanged({ id, after }) {
        if (after === 'admin') throw refuse({ status: 403, detail: 'No administrators.' });
        calls.push(`role ${id} ${after}`);
      },
      userCreated({ id }) {
        calls.push('userCreated');
        accounts.set(`app-${id}`, { active: true, memberOf: undefined });
        return { userId: `app-${id}` };
      },
      userDeactivated({ id, memberOf }) {
        calls.push('userDeactivated');
        accounts.set(`app-${id}`, { active: false, memberOf });
      },
      groupCreated({ id, resource }) {
        calls.push('groupCreated');
        groups.set(id, { name: String(resource.displayName), members: new Set() });
      },
      groupUpdated({ id, resource }) {
        calls.push('groupUpdated');
        const known = groups.get(id);
        if (known) known.name = String(resource.displayName);
      },
      groupDeleted({ id }) {
        calls.push('groupDeleted');
        groups.delete(id);
      },
      membersChanged({ id, added, removed }) {
        calls.push('membersChanged');
        for (const { userId } of added) groups.get(id)?.members.add(String(userId));
        for (const { userId } of removed) groups.get(id)?.members.delete(String(userId));
      },
    },
  });
  const { customerId, scim, database } = client;
  const { management } = scim;
  const choose = async (chosen: ConnectionPolicyOptions) =>
    (await management.patchScimConnection({ customerId, policy: chosen })).getOrThrow();
  await choose(policy);
  const readAccounts = (): AppAccount[] =>
    [...accounts].map(([userId, { active }]) => ({
      userId,
      active,
      groupIds: [...groups].filter(([, { members }]) => members.has(userId)).map(([id]) => id),
    }));
  const readGroups = (): AppGroup[] =>
    [...groups].map(([groupId, { name }]) => ({ groupId, displayName: name }));
  return {
    ...client,
    management,
    calls,
    takeCalls: () => calls.splice(0),
    groups,
    accounts,
    choose,
    eventTypes: async () =>
      (await database.rows('SELECT type FROM {p}events ORDER BY position')).map(({ type }) => String(type)),
    reconcile: async (more: Partial<ReconcileParameters> = {}) =>
      (
        await management.reconcile({ customerId, accounts: readAccounts, groups: readGroups, ...more })
      ).getOrThrow(),
  };
}

const rename = (value: string) => ({ op: 'replace', path: 'displayName', value });

describe('policy groups: ignore', () => {
  test('the identity provider sees no difference; the app hears of users alone', async () => {
    const app = await openApp();
    const [ann, ben] = [await app.user('ann'), await app.user('ben')];
    const staff = await app.group('Staff', [ann]);
    await app.addMembers(staff, ben);
    await app.patch(`/Groups/${staff}`, rename('Crew'));
    await app.removeMember(staff, ann);
    const shown = await app.get(`/Groups/${staff}`);
    expect(shown.body).toMatchObject({ displayName: 'Crew', members: [{ value: ben }] });
    expect((await app.get(`/Users/${ben}`)).body.groups).toMatchObject([{ value: staff }]);
    expect((await app.find('/Groups', 'displayName eq "crew"')).body.totalResults).toBe(1);
    expect((await app.remove(`/Groups/${staff}`)).status).toBe(204);
    expect((await app.get('/Groups')).body.totalResults).toBe(0);

    expect(app.calls).toEqual(['userCreated', 'userCreated']);
    expect(await app.eventTypes()).toEqual(['user.created', 'user.created']);
  });

  test('sync, which is the default, tells the same of groups', async () => {
    const app = await openApp({});
    const ann = await app.user('ann');
    const staff = await app.group('Staff', [ann]);
    await app.remove(`/Groups/${staff}`);
    expect(app.calls).toEqual(['userCreated', 'groupCreated', 'membersChanged', 'groupDeleted']);
    expect(await app.eventTypes()).toEqual([
      'user.created',
      'group.created',
      'group.members_changed',
      'group.deleted',
    ]);
  });

  test('row F6: roles come from groups all the same, from the first rules on and until a group is gone', async () => {
    const app = await openApp();
    const [ann, ben] = [await app.user('ann'), await app.user('ben')];
    const inner = await app.group('Inner', [ann]);
    const staff = await app.group('Staff', [inner]);
    app.takeCalls();
    await app.setRules([{ kind: 'group', groupId: staff, roleId: 'editor' }]);
    await app.addMembers(staff, ben);
    await app.removeMember(staff, inner);
    await app.remove(`/Groups/${staff}`);
    expect(app.calls).toEqual([
      `role ${ann} editor`,
      `role ${ben} editor`,
      `role ${ann} null`,
      `role ${ben} null`,
    ]);
    expect((await app.eventTypes()).filter((type) => type.startsWith('group'))).toEqual([]);
    expect(await app.events()).toHaveLength(4);
  });

  test('a role the app refuses is refused to the identity provider, and nothing of it stays', async () => {
    const app = await openApp();
    const ann = await app.user('ann');
    const staff = await app.group('Staff');
    await app.setRules([{ kind: 'group', groupId: staff, roleId: 'admin' }]);
    const added = await app.addMembers(staff, ann);
    expect([added.status, added.body.detail]).toEqual([403, 'No administrators.']);
    expect((await app.get(`/Groups/${staff}`)).body.members ?? []).toEqual([]);
    expect(await app.rolesOf()).toEqual({ [ann]: [] });
  });

  test('P22: the guard does not count who leaves a group, and goes on guarding users', async () => {
    const app = await openApp();
    const ids = await insertUsers(app.database, app.connectionId, 60, { active: true });
    const staff = await app.group('Staff', ids);
    await app.patch(`/Groups/${staff}`, { op: 'remove', path: 'members' });
    const again = await app.group('Again', ids);
    await app.remove(`/Groups/${again}`);
    const held = async () =>
      (await app.management.getHeldChanges({ customerId: app.customerId })).getOrThrow().waiting;
    expect(await held()).toBe(0);
    expect(await app.eventTypes()).toEqual([]);
    for (const id of ids.slice(0, 25))
      await app.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    expect(app.calls.filter((call) => call === 'userDeactivated')).toHaveLength(20);
    expect(await held()).toBe(5);
  });

  test('what the guard held of a group before waits for nobody any more, released or changed', async () => {
    const app = await openApp({ groups: 'sync' });
    const ids = await insertUsers(app.database, app.connectionId, 60, { active: true });
    const [one, other, third] = [
      await app.group('One', ids),
      await app.group('Other', ids),
      await app.group('Third', ids),
    ];
    for (const id of [one, other]) await app.patch(`/Groups/${id}`, { op: 'remove', path: 'members' });
    await app.remove(`/Groups/${third}`);
    const { customerId } = app;
    const held = async () => (await app.management.getHeldChanges({ customerId })).getOrThrow();
    expect((await held()).waiting).toBe(3);
    await app.choose({ groups: 'ignore' });
    app.takeCalls();

    await app.patch(`/Groups/${one}`, rename('First'));
    expect((await held()).waiting).toBe(2);
    const released = await app.management.releaseHeldChanges({ customerId, all: true });
    expect(released).toMatchObject({ ok: true, data: { released: 2, failed: [], waiting: 0 } });
    expect((await held()).changes).toEqual([]);
    expect(app.calls).toEqual([]);
  });

  test('on a dry run groups have no effect; their roles are told when it ends', async () => {
    const app = await openApp({ groups: 'ignore', effects: 'dryRun' });
    const { customerId, management } = app;
    const ann = await app.user('ann');
    const staff = await app.group('Staff', [ann]);
    await app.setRules([{ kind: 'group', groupId: staff, roleId: 'editor' }]);
    const { summary } = (await management.getDryRunEffects({ customerId })).getOrThrow();
    expect(summary).toEqual({ 'user.created': 1 });
    const ended = (await management.endDryRun({ customerId, apply: true })).getOrThrow();
    expect(ended).toMatchObject({ complete: true, left: 0 });
    await expect.poll(app.rolesOf).toEqual({ [ann]: ['editor'] });
    expect((await app.eventTypes()).filter((type) => type.startsWith('group'))).toEqual([]);
  });

  test('reconcile compares no groups, and no event of a group is undone', async () => {
    const app = await openApp({});
    const ann = await app.user('ann');
    const staff = await app.group('Staff', [ann]);
    const [event] = await app.database.rows("SELECT id FROM {p}events WHERE type = 'group.members_changed'");
    await app.choose({ groups: 'ignore' });
    app.groups.clear();
    app.takeCalls();
    expect(await app.reconcile({ apply: true })).toMatchObject({
      counts: { differs: 0 },
      groups: null,
      applied: 0,
    });
    const { customerId } = app;
    const undone = await app.management.undo({ customerId, eventId: String(event?.id) });
    expect(undone).toMatchObject({ ok: false, error: { type: 'NotUndoable' } });
    expect(app.calls).toEqual([]);
    expect((await app.get(`/Groups/${staff}`)).status).toBe(200);
  });

  test('who leaves takes the names of his groups with him', async () => {
    const app = await openApp();
    const ann = await app.user('ann');
    const staff = await app.group('Staff', [ann]);
    await app.patch(`/Users/${ann}`, { op: 'replace', path: 'active', value: false });
    expect(app.accounts.get(`app-${ann}`)).toEqual({ active: false, memberOf: [staff] });
  });
});

describe('policy groups: back to sync', () => {
  test('nothing is told by that; what changes next is, and reconcile tells the rest', async () => {
    const app = await openApp({});
    const [ann, ben] = [await app.user('ann'), await app.user('ben')];
    const staff = await app.group('Staff', [ann]);
    const gone = await app.group('Gone', [ann]);
    await app.choose({ groups: 'ignore' });
    await app.addMembers(staff, ben);
    await app.patch(`/Groups/${staff}`, rename('Crew'));
    await app.remove(`/Groups/${gone}`);
    const fresh = await app.group('Fresh', [ann, ben]);
    app.takeCalls();
    await app.choose({ groups: 'sync' });
    expect(app.calls).toEqual([]);

    const found = await app.reconcile();
    expect(found.groups).toMatchObject({
      given: 2,
      counts: { missing: 1, extra: 1, differs: 1 },
      applied: 0,
    });
    expect(app.calls).toEqual([]);
    const applied = await app.reconcile({ apply: true });
    expect(applied.groups).toMatchObject({ applied: 3, left: 0, failed: 0, failures: [] });
    expect(app.groups).toEqual(
      new Map([
        [staff, { name: 'Crew', members: new Set([`app-${ann}`, `app-${ben}`]) }],
        [fresh, { name: 'Fresh', members: new Set([`app-${ann}`, `app-${ben}`]) }],
      ]),
    );
    const again = await app.reconcile();
    expect(again).toMatchObject({
      counts: { differs: 0 },
      groups: { counts: { missing: 0, extra: 0, differs: 0 }, differences: [] },
    });
  });

  test('accounts read before the groups were told are not told of their groups twice', async () => {
    const app = await openApp();
    const ann = await app.user('ann');
    await app.group('Fresh', [ann]);
    await app.choose({ groups: 'sync' });
    const accounts = [{ userId: `app-${ann}`, active: true, groupIds: [] }];
    await app.reconcile({ apply: true, accounts });
    const types = (await app.eventTypes()).filter((type) => type === 'group.members_changed');
    expect(types).toHaveLength(1);
  });

  test('a group the directory never made is left to the app', async () => {
    const app = await openApp();
    const ann = await app.user('ann');
    const first = await app.group('First', [ann]);
    await app.choose({ groups: 'sync' });
    const report = await app.reconcile({ apply: true, groups: [{ groupId: 'own', displayName: 'Our own' }] });
    expect(report.groups).toMatchObject({
      applied: 1,
      left: 1,
      differences: [
        { kind: 'missing', groupId: first, outcome: 'applied' },
        { kind: 'extra', groupId: 'own', displayName: 'Our own', outcome: 'left' },
      ],
    });
  });

  test('groups that are none are a mistake of the calling code', async () => {
    const app = await openApp({});
    // @ts-expect-error: no groupId
    await expect(app.reconcile({ groups: [{ id: 'x' }] })).rejects.toThrow(TypeError);
  });

  test('another policy than these two is refused', async () => {
    const app = await openApp({});
    // @ts-expect-error: no such choice
    await expect(app.choose({ groups: 'map' })).rejects.toThrow();
  });
});
