import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createScim, type RoleRule, refuse } from '../src/index.ts';
import { countInputs, runs, SEED, seconds } from './support/counts.ts';
import { isOnPostgres } from './support/databases.ts';
import { insertUsers } from './support/many-users.ts';
import { openRoles, ROLES } from './support/roles.ts';
import { openSpied, send } from './support/scim.ts';

const byGroup = (groupId: string, roleId: string): RoleRule => ({ kind: 'group', groupId, roleId });
const byValue = (value: string, roleId: string): RoleRule => ({
  kind: 'attribute',
  attribute: 'roles',
  value,
  roleId,
});

describe('row F6: roles come from actual membership', () => {
  test('a member of a group that a rule names has its role, through groups in groups as well', async () => {
    const { user, group, addMembers, setRules, takeTold, events } = await openRoles();
    const ann = await user('ann');
    const team = await group('Team');
    const division = await group('Division', [team]);
    await setRules([byGroup(division, 'editor')]);

    await addMembers(team, ann);

    expect(takeTold()).toEqual([{ id: ann, before: null, after: 'editor' }]);
    expect(await events()).toMatchObject([
      { before: null, after: 'editor', rolesAfter: ['editor'], resource: { id: ann, userName: 'ann' } },
    ]);
  });

  test('of several rules the highest role wins, in the order of the host', async () => {
    const { user, group, addMembers, removeMember, setRules, takeTold, rolesOf } = await openRoles();
    const ann = await user('ann');
    const writers = await group('Writers', [ann]);
    const bosses = await group('Bosses');
    await setRules([byGroup(writers, 'viewer'), byGroup(writers, 'editor'), byGroup(bosses, 'admin')]);
    expect(takeTold()).toEqual([{ id: ann, before: null, after: 'editor' }]);

    await addMembers(bosses, ann);
    expect(await rolesOf()).toEqual({ [ann]: ['admin', 'editor', 'viewer'] });
    await removeMember(bosses, ann);

    expect(takeTold()).toEqual([
      { id: ann, before: 'editor', after: 'admin' },
      { id: ann, before: 'admin', after: 'editor' },
    ]);
  });

  test('deleting a group takes the roles it gave, those of groups in it too', async () => {
    const { user, group, remove, setRules, takeTold } = await openRoles();
    const [ann, bob] = [await user('ann'), await user('bob')];
    const inner = await group('Inner', [ann]);
    const outer = await group('Outer', [inner, bob]);
    await setRules([byGroup(outer, 'admin')]);
    takeTold();

    await remove(`/Groups/${inner}`);
    expect(takeTold()).toEqual([{ id: ann, before: 'admin', after: null }]);
    await remove(`/Groups/${outer}`);
    expect(takeTold()).toEqual([{ id: bob, before: 'admin', after: null }]);
  });

  test('a user has a role by its roles attribute, from its creation on and without regard to case', async () => {
    const { user, patch, setRules, takeTold, events } = await openRoles({
      hooks: { userCreated: ({ resource }) => ({ userId: `app-${resource.userName}` }) },
    });
    await setRules([byValue('App.Admin', 'admin')], 'viewer');

    const ann = await user('ann', { roles: [{ value: 'app.admin' }] });
    await patch(`/Users/${ann}`, { op: 'replace', path: 'roles', value: [{ value: 'other' }] });
    await patch(`/Users/${ann}`, { op: 'remove', path: 'roles' });

    expect(takeTold().map(({ before, after }) => [before, after])).toEqual([
      [null, 'admin'],
      ['admin', 'viewer'],
    ]);
    expect((await events()).map(({ userId, before, after }) => [userId, before, after])).toEqual([
      ['app-ann', null, 'admin'],
      ['app-ann', 'admin', 'viewer'],
    ]);
  });

  test('roles survive a change of the profile, by PATCH and by PUT', async () => {
    const { user, group, patch, put, setRules, takeTold, rolesOf } = await openRoles();
    const ann = await user('ann', { roles: [{ value: 'x' }] });
    const group1 = await group('Team', [ann]);
    await setRules([byGroup(group1, 'editor')]);
    takeTold();

    await patch(`/Users/${ann}`, { op: 'replace', path: 'displayName', value: 'Ann' });
    await put(`/Users/${ann}`, { userName: 'ann', displayName: 'Ann B' });
    await patch(`/Users/${ann}`, { op: 'replace', path: 'active', value: 'False' });

    expect(takeTold()).toEqual([]);
    expect(await rolesOf()).toEqual({ [ann]: ['editor'] });
  });

  test('P41: a group renamed to "Administrators" gives nobody a role: rules name groups by id', async () => {
    const { user, group, patch, setRules, takeTold, rolesOf } = await openRoles();
    const ann = await user('ann');
    const admins = await group('Administrators', []);
    const readers = await group('Readers', [ann]);
    await setRules([byGroup(admins, 'admin'), byGroup(readers, 'viewer')]);
    takeTold();

    await patch(`/Groups/${readers}`, { op: 'replace', path: 'displayName', value: 'Administrators' });
    await patch(`/Groups/${admins}`, { op: 'replace', path: 'displayName', value: 'Readers' });

    expect(takeTold()).toEqual([]);
    expect(await rolesOf()).toEqual({ [ann]: ['viewer'] });
  });

  test('what the hook refuses is refused to the identity provider, and nothing of it stays', async () => {
    const { user, group, addMembers, setRules, get, events, rolesOf } = await openRoles({
      hooks: {
        userRoleChanged({ after }) {
          if (after === 'admin') throw refuse({ status: 403, detail: 'No more administrators.' });
        },
      },
    });
    const ann = await user('ann');
    const admins = await group('Admins');
    await setRules([byGroup(admins, 'admin')]);

    const refused = await addMembers(admins, ann);

    expect(refused).toMatchObject({ status: 403, body: { detail: 'No more administrators.' } });
    expect((await get(`/Groups/${admins}`)).body.members).toEqual([]);
    expect([await events(), await rolesOf()]).toEqual([[], { [ann]: [] }]);
  });

  test('of users who are resolved by new rules, one the hook refuses does not keep the others', async () => {
    const { user, group, setRules, rolesOf, log } = await openRoles({
      hooks: {
        userRoleChanged({ resource }) {
          if (resource.userName === 'bob') throw refuse({ status: 403, detail: 'Not Bob.' });
        },
      },
    });
    const [ann, bob, eve] = [await user('ann'), await user('bob'), await user('eve')];
    const admins = await group('Admins', [ann, bob, eve]);

    const saved = await setRules([byGroup(admins, 'admin')]);

    expect(saved).toMatchObject({ users: 3, changed: 2, failed: 1 });
    expect(await rolesOf()).toEqual({ [ann]: ['admin'], [bob]: [], [eve]: ['admin'] });
    expect(log.some(({ level, message }) => level === 'error' && message.includes('as before'))).toBe(true);
  });

  test('who waits for a seat has no role until there is one, and is told of with it then', async () => {
    const created: string[] = [];
    const { scim, scimConnectionId, user, group, setRules, takeTold, rolesOf } = await openRoles({
      hooks: { userCreated: ({ id }) => void created.push(id) },
    });
    const choose = async (limit: number) =>
      (
        await scim.management.patchScimConnection({
          scimConnectionId,
          policy: { seats: { limit, onFull: 'waitlist' } },
        })
      ).getOrThrow();
    await choose(0);
    const ann = await user('ann');
    const team = await group('Team', [ann]);
    await setRules([byGroup(team, 'editor')], 'viewer');
    expect([created, takeTold(), await rolesOf()]).toEqual([[], [], { [ann]: [] }]);

    await choose(1);

    expect([created, takeTold()]).toEqual([[ann], [{ id: ann, before: null, after: 'editor' }]]);
  });

  test('members added by two requests at once each have both roles', async () => {
    const { user, group, addMembers, setRules, rolesOf } = await openRoles();
    const ann = await user('ann');
    const groups = [await group('A'), await group('B'), await group('C')];
    await setRules(groups.map((id, at) => byGroup(id, ROLES[at]?.id ?? '')));

    await Promise.all(groups.map((id) => addMembers(id, ann)));

    expect(await rolesOf()).toEqual({ [ann]: ['admin', 'editor', 'viewer'] });
  });

  test('a group of more than a thousand is resolved behind its request, in parts', async () => {
    const { scim, database, connectionId, group, put, setRules, told, rolesOf, scimConnectionId } =
      await openRoles();
    const ids = await insertUsers(database, connectionId, 1_150);
    const large = await group('Large');
    await setRules([byGroup(large, 'viewer')]);

    const members = ids.map((value) => ({ value }));
    const answer = await put(`/Groups/${large}?attributes=displayName`, { displayName: 'Large', members });
    const atOnce = told.length;

    expect([answer.status, atOnce]).toEqual([200, 0]);
    await expect.poll(() => told.length).toBe(1_150);
    expect(new Set(told.map(({ id }) => id)).size).toBe(1_150);
    expect((await rolesOf())[ids[0] ?? '']).toEqual(['viewer']);
    const preview = await scim.management.previewRoleRules({
      scimConnectionId,
      rules: [byGroup(large, 'viewer')],
    });
    expect(preview.getOrThrow()).toMatchObject({ checked: 1_150, totalResults: 0 });
  });
});

describe('a connection without rules', () => {
  test('pays no statement for the roles of the host', async () => {
    const without = await countStatements({});
    const withRoles = await countStatements({ roles: ROLES });

    expect(withRoles).toEqual(without);
    expect(withRoles.length).toBeGreaterThan(5);
  });
});

describe('rules', () => {
  test('owner is no role a host can offer', () => {
    for (const id of ['owner', 'Owner', 'OWNER'])
      expect(() => createScim({ database: 'sqlite::memory:', roles: [{ id }] })).toThrow(
        /roles\.0\.id: owner is never given by a directory/,
      );
    expect(() => createScim({ database: 'sqlite::memory:', roles: [{ id: 'a' }, { id: 'a' }] })).toThrow(
      TypeError,
    );
  });

  test('name roles of the host and groups of the connection alone', async () => {
    const { scim, scimConnectionId, group } = await openRoles();
    const other = await openRoles({ customerId: 'other' });
    const foreign = await other.group('Theirs');
    const own = await group('Ours');

    const outcome = await scim.management.setRoleRules({
      scimConnectionId,
      rules: [byGroup(own, 'owner'), byGroup(own, 'admin'), byValue('x', 'root')],
      defaultRoleId: 'owner',
    });
    const strange = await scim.management.previewRoleRules({
      scimConnectionId,
      rules: [byGroup(own, 'admin'), byGroup(foreign, 'admin')],
    });

    expect(outcome).toMatchObject({ ok: false, error: { type: 'InvalidFields' } });
    expect(
      outcome.ok ? [] : 'fields' in outcome.error && outcome.error.fields.map(({ field }) => field),
    ).toEqual(['rules.0.roleId', 'rules.2.roleId', 'defaultRoleId']);
    expect(strange).toMatchObject({
      error: { fields: [{ field: 'rules.1.groupId', code: 'unknownValue' }] },
    });
  });

  test('are read with the names their groups have now, and are audited', async () => {
    const { scim, scimConnectionId, group, remove, setRules, database } = await openRoles();
    const team = await group('Team');
    const gone = await group('Gone');
    await setRules([byGroup(team, 'editor'), byGroup(gone, 'admin'), byValue('x', 'viewer')], 'viewer');
    await remove(`/Groups/${gone}`);

    const read = (await scim.management.getRoleRules({ scimConnectionId })).getOrThrow();

    expect(read).toEqual({
      connectionId: scimConnectionId,
      roles: ROLES,
      rules: [
        { ...byGroup(team, 'editor'), groupDisplayName: 'Team' },
        { ...byGroup(gone, 'admin'), groupDisplayName: null },
        byValue('x', 'viewer'),
      ],
      defaultRoleId: 'viewer',
    });
    const audit = await database.rows('SELECT action FROM {p}audit ORDER BY occurred_at, action');
    expect(audit.map(({ action }) => action)).toContain('connection.roleRulesChanged');
  });

  test('taken away take every role away', async () => {
    const { user, setRules, takeTold, rolesOf, addMembers, group } = await openRoles();
    const ann = await user('ann');
    await setRules([], 'viewer');
    takeTold();

    expect(await setRules([])).toMatchObject({ users: 1, changed: 1 });
    await addMembers(await group('Team'), ann);

    expect(takeTold()).toEqual([{ id: ann, before: 'viewer', after: null }]);
    expect(await rolesOf()).toEqual({ [ann]: [] });
  });

  test('of another customer are out of reach', async () => {
    const { scim } = await openRoles();
    const outcome = await scim.management.getRoleRules({ scimConnectionId: 'nobody', customerId: 'acme' });
    expect(outcome).toMatchObject({ ok: false, error: { type: 'ScimConnectionNotFound' } });
  });

  test('without roles of the host are a mistake of the calling code', async () => {
    const { scim, scimConnectionId } = await openRoles({ roles: [] });
    await expect(scim.management.getRoleRules({ scimConnectionId })).rejects.toThrow(TypeError);
  });
});

describe('P41, must show: role preview equals what saving does', () => {
  test('for random groups in groups, attributes and rule sets, and changes in between resolve as a whole walk would', {
    timeout: seconds(60),
  }, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryWorld, async ({ users, groups, edges, members, steps }) => {
        const directory = await openRoles();
        const { scim, scimConnectionId, told, setRules, takeTold, rolesOf } = directory;
        const userIds: string[] = [];
        for (const [at, values] of users.entries())
          userIds.push(await directory.user(`user${at}`, { roles: values.map((value) => ({ value })) }));
        const groupIds: string[] = [];
        for (let at = 0; at < groups; at += 1) groupIds.push(await directory.group(`group${at}`));
        const model = createModel(
          userIds,
          users.map((values) => [...values]),
          groupIds,
        );
        const has = (id: string | undefined): id is string => id !== undefined && model.isThere(id);
        // Groups hold later ones alone, so that no circle comes about.
        for (const [one, other] of edges) {
          const [holder, held] = [groupIds[Math.min(one, other)], groupIds[Math.max(one, other)]];
          if (one === other || !has(holder) || !has(held)) continue;
          await directory.addMembers(holder, held);
          model.add(holder, held);
        }
        for (const [groupAt, userAt] of members) {
          const [groupId, userId] = [groupIds[groupAt], userIds[userAt]];
          if (!has(groupId) || !has(userId)) continue;
          await directory.addMembers(groupId, userId);
          model.add(groupId, userId);
        }
        for (const step of steps) {
          if (step.kind === 'rules') {
            const rules = step.rules.flatMap((rule): RoleRule[] => {
              if (rule.kind === 'attribute') return [byValue(rule.value, rule.roleId)];
              const groupId = groupIds[rule.at];
              return has(groupId) ? [byGroup(groupId, rule.roleId)] : [];
            });
            const { defaultRoleId } = step;
            const pages = [];
            for (let pageNumber = 0; ; pageNumber += 1) {
              const page = (
                await scim.management.previewRoleRules({
                  scimConnectionId,
                  rules,
                  defaultRoleId,
                  pageNumber,
                  pageSize: 2,
                })
              ).getOrThrow();
              pages.push(page);
              if ((pageNumber + 1) * 2 >= page.totalResults) break;
            }
            const foreseen = pages.flatMap(({ users: list }) => list);
            takeTold();
            const saved = await setRules(rules, defaultRoleId);
            expect(told.map(({ id, rolesBefore, rolesAfter }) => ({ id, rolesBefore, rolesAfter }))).toEqual(
              foreseen.map(({ id, rolesBefore, rolesAfter }) => ({ id, rolesBefore, rolesAfter })),
            );
            expect(saved.changed).toBe(pages[0]?.totalResults);
            const rank = (role: string | null) =>
              role === null ? ROLES.length : ROLES.findIndex(({ id }) => id === role);
            expect(pages[0]?.gains).toBe(told.filter((t) => rank(t.after) < rank(t.before)).length);
            expect(pages[0]?.loses).toBe(told.filter((t) => rank(t.after) > rank(t.before)).length);
            model.setRules(rules, defaultRoleId);
            countInputs('F6 role rule sets');
          } else {
            await takeStep(directory, model, { step, userIds, groupIds });
          }
          const now = await rolesOf();
          expect(now).toEqual(model.roles());
          expect(Object.values(now).flat()).not.toContain('owner');
        }
      }),
      { seed: SEED, numRuns: runs(isOnPostgres() ? 8 : 20) },
    );
  });
});

type Step = Exclude<typeof arbitraryWorld extends fc.Arbitrary<infer W> ? W : never, never>['steps'][number];

type Roles = Awaited<ReturnType<typeof openRoles>>;

/** One change by the identity provider, made in the directory and in the model. */
async function takeStep(
  directory: Roles,
  model: Model,
  { step, userIds, groupIds }: { step: Step; userIds: readonly string[]; groupIds: readonly string[] },
): Promise<void> {
  if (step.kind === 'rules') return;
  if (step.kind === 'attribute') {
    const id = userIds[step.userAt];
    if (id === undefined) return;
    const value = step.values.map((text) => ({ value: text }));
    await directory.patch(`/Users/${id}`, { op: 'replace', path: 'roles', value });
    model.setValues(id, step.values);
    return;
  }
  const groupId = groupIds[step.groupAt];
  if (groupId === undefined || !model.isThere(groupId)) return;
  if (step.kind === 'delete') {
    await directory.remove(`/Groups/${groupId}`);
    model.drop(groupId);
    return;
  }
  const memberId = step.isGroup ? groupIds[step.memberAt] : userIds[step.memberAt];
  const isBackwards = step.isGroup && step.memberAt <= step.groupAt;
  if (memberId === undefined || !model.isThere(memberId) || isBackwards) return;
  if (step.kind === 'join') {
    await directory.addMembers(groupId, memberId);
    model.add(groupId, memberId);
  } else {
    await directory.removeMember(groupId, memberId);
    model.remove(groupId, memberId);
  }
}

type Model = ReturnType<typeof createModel>;

/** Who has which roles, worked out from nothing but sets. */
function createModel(userIds: readonly string[], values: string[][], groupIds: readonly string[]) {
  const held = new Map<string, Set<string>>(groupIds.map((id) => [id, new Set()]));
  const valuesOf = new Map(userIds.map((id, at) => [id, values[at] ?? []]));
  let current: { rules: readonly RoleRule[]; fallback: string | null } = { rules: [], fallback: null };
  const holds = (groupId: string, id: string): boolean =>
    [...(held.get(groupId) ?? [])].some((member) => member === id || holds(member, id));
  const rolesOf = (id: string): string[] => {
    const found = current.rules.filter((rule) =>
      rule.kind === 'group' ? holds(rule.groupId, id) : valuesOf.get(id)?.includes(rule.value),
    );
    const ids = new Set(found.map(({ roleId }) => roleId));
    const ordered = ROLES.map((role) => role.id).filter((roleId) => ids.has(roleId));
    return ordered.length === 0 && current.fallback !== null ? [current.fallback] : ordered;
  };
  return {
    isThere: (id: string) => held.has(id) || valuesOf.has(id),
    add: (groupId: string, id: string) => void held.get(groupId)?.add(id),
    remove: (groupId: string, id: string) => void held.get(groupId)?.delete(id),
    drop(groupId: string) {
      held.delete(groupId);
      for (const members of held.values()) members.delete(groupId);
    },
    setValues: (id: string, list: readonly string[]) => void valuesOf.set(id, [...list]),
    setRules(rules: readonly RoleRule[], fallback: string | null) {
      current = { rules, fallback };
    },
    roles: () => Object.fromEntries(userIds.map((id) => [id, rolesOf(id)])),
  };
}

const USERS = 5;
const GROUPS = 5;
const value = fc.constantFrom('Admin', 'Write', 'Read');
const values = fc.uniqueArray(value, { maxLength: 2 });
const userAt = fc.nat(USERS - 1);
const groupAt = fc.nat(GROUPS - 1);
const roleId = fc.constantFrom(...ROLES.map(({ id }) => id));

const arbitraryWorld = fc.record({
  users: fc.array(values, { minLength: 2, maxLength: USERS }),
  groups: fc.integer({ min: 2, max: GROUPS }),
  edges: fc.array(fc.tuple(groupAt, groupAt), { maxLength: 6 }),
  members: fc.array(fc.tuple(groupAt, userAt), { maxLength: 8 }),
  steps: fc.array(
    fc.oneof(
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('rules' as const),
          rules: fc.array(
            fc.oneof(
              fc.record({ kind: fc.constant('group' as const), at: groupAt, roleId }),
              fc.record({ kind: fc.constant('attribute' as const), value, roleId }),
            ),
            { maxLength: 5 },
          ),
          defaultRoleId: fc.option(roleId),
        }),
      },
      fc.record({ kind: fc.constant('attribute' as const), userAt, values }),
      fc.record({ kind: fc.constant('delete' as const), groupAt }),
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom('join' as const, 'leave' as const),
          groupAt,
          memberAt: fc.nat(4),
          isGroup: fc.boolean(),
        }),
      },
    ),
    { minLength: 2, maxLength: 7 },
  ),
});

/** The statements of a working day in small, where no connection has rules. */
async function countStatements(options: object): Promise<readonly string[]> {
  const { scim, statements, database } = openSpied(options);
  const { scimApiKey: key } = (
    await scim.management.createScimConnection({ customerId: 'acme' })
  ).getOrThrow();
  await send(scim, '/Users', { key });
  statements.length = 0;
  const ann = await send(scim, '/Users', { key, body: { userName: 'ann', roles: [{ value: 'x' }] } });
  const members = [{ value: ann.body.id }];
  const group = await send(scim, '/Groups', { key, body: { displayName: 'Team', members } });
  await send(scim, `/Groups/${group.body.id}`, { key, method: 'DELETE' });
  await send(scim, `/Users/${ann.body.id}`, { key, method: 'DELETE' });
  return statements.map(({ sql }) => sql.replaceAll(database.prefix, ''));
}
