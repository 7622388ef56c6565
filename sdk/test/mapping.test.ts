import { describe, expect, test } from 'vitest';
import {
  type HookProfile,
  type MappingField,
  type ProvisionChange,
  refuse,
  type ScimUserMapping,
  type UserProfileChange,
} from '../src/index.ts';
import { type ClientOptions, openClient } from './support/client.ts';
import { insertUsers } from './support/many-users.ts';
import { connect, ENTERPRISE_URN, openScim, send } from './support/scim.ts';

const field = (outputField: string, inputPath: string, more: Partial<MappingField> = {}): MappingField => ({
  outputField,
  inputPath,
  fallbackInputPaths: [],
  propertyType: { dataType: 'String' },
  displayName: outputField,
  warnIfMissing: false,
  ...more,
});

const mapping = (...userSchema: readonly MappingField[]): ScimUserMapping => ({ userSchema });

async function open(options: ClientOptions = {}) {
  const client = await openClient(options);
  const { connectionId: scimConnectionId, scim, database } = client;
  return {
    ...client,
    scimConnectionId,
    user: async (userName: string, more: object = {}): Promise<string> =>
      (await client.make('/Users', { userName, ...more })).id,
    async save(customMapping: ScimUserMapping | null) {
      (await scim.management.patchScimConnection({ scimConnectionId, customMapping })).getOrThrow();
      return (await scim.management.resolveScimUsers({ scimConnectionId })).getOrThrow();
    },
    preview: async (customMapping: ScimUserMapping | null) =>
      (await scim.management.previewMapping({ scimConnectionId, customMapping })).getOrThrow(),
    events: async (type: string) => {
      const rows = await database.rows('SELECT data FROM {p}events WHERE type = ? ORDER BY position', [type]);
      return rows.map(({ data }) => (typeof data === 'string' ? JSON.parse(data) : data));
    },
  };
}

const department = `${ENTERPRISE_URN}:department`;

describe('row C5: another mapping', () => {
  test('shows first which users would change, and tells the app of exactly them', async () => {
    const told: UserProfileChange[] = [];
    const { user, preview, save, events } = await open({
      hooks: {
        userCreated: ({ resource }) => ({ userId: `app-${resource.userName}` }),
        userProfileChanged(change) {
          told.push(change);
        },
      },
    });
    const ann = await user('ann', { [ENTERPRISE_URN]: { department: 'Engines', costCenter: '7' } });
    await user('bob', { [ENTERPRISE_URN]: { costCenter: 'x7' } });
    await user('eve');
    const next = mapping(
      field('department', department, { fallbackInputPaths: ['title'], defaultValue: 'none' }),
      field('cost', `${ENTERPRISE_URN}:costCenter`, {
        propertyType: { dataType: 'Integer' },
        warnIfMissing: true,
      }),
    );

    const foreseen = await preview(next);
    expect(await events('user.profile_changed')).toEqual([]);
    const saved = await save(next);

    expect(foreseen).toMatchObject({ checked: 3, changed: 3, withWarnings: 2 });
    expect(foreseen.fields.find(({ outputField }) => outputField === 'department')).toEqual({
      outputField: 'department',
      changed: 2,
      missing: 0,
      unsuitable: 0,
      examples: [
        expect.objectContaining({ userName: 'bob', before: null, after: 'none' }),
        expect.objectContaining({ userName: 'eve', before: null, after: 'none' }),
      ],
    });
    expect(foreseen.fields.find(({ outputField }) => outputField === 'cost')).toMatchObject({
      changed: 1,
      missing: 1,
      unsuitable: 1,
      examples: [{ id: ann, userName: 'ann', before: null, after: 7 }],
    });
    // patchScimConnection begins with it, so that the call may find it done.
    expect(saved.changed).toBeLessThanOrEqual(3);
    expect(told.map(({ userId, changed }) => [userId, changed])).toEqual([
      ['app-ann', ['cost']],
      ['app-bob', ['department']],
      ['app-eve', ['department']],
    ]);
    expect(await events('user.profile_changed')).toMatchObject([
      {
        userId: 'app-ann',
        changed: ['cost'],
        before: { department: 'Engines' },
        parsedUserData: { department: 'Engines', cost: 7 },
        resource: { userName: 'ann' },
      },
      { userId: 'app-bob', parsedUserData: { department: 'none' } },
      { userId: 'app-eve', parsedUserData: { department: 'none' } },
    ]);
    expect(await preview(next)).toMatchObject({ checked: 3, changed: 0 });
  });

  test('is told in parts, each once, whoever asks for it meanwhile; an unchanged mapping tells nothing', async () => {
    const { scim, database, connectionId, scimConnectionId, save, events } = await open();
    await insertUsers(database, connectionId, 450);
    const next = mapping(field('login', 'userName'));

    await Promise.all([save(next), scim.management.resolveScimUsers({ scimConnectionId })]);
    await save(next);

    const told = await events('user.profile_changed');
    expect(told).toHaveLength(450);
    expect(new Set(told.map(({ resource }) => resource.id)).size).toBe(450);
  });

  test('goes on where an ended process left off', async () => {
    const opened = openScim();
    const { scim, database } = opened;
    const { connectionId, customerId, key } = await connect(scim);
    const ids = await insertUsers(database, connectionId, 250);
    await scim.management.patchScimConnection({
      customerId,
      customMapping: mapping(field('login', 'userName')),
    });
    // Ends between two parts.
    await scim.close();
    const countTold = async () =>
      Number(
        (
          await database.rows(
            `SELECT count(DISTINCT resource_id) AS told FROM {p}events WHERE type = 'user.profile_changed'`,
          )
        )[0]?.told,
      );
    const before = await countTold();

    const next = openScim({ on: database });
    // Any change of the connection is reason enough to look.
    await send(next.scim, '/Users', { key, body: { userName: 'fresh' } });

    // The new user too, where the walk comes behind him: he was told of by the new mapping already.
    await expect.poll(countTold).toBeGreaterThanOrEqual(ids.length);
    expect(before).toBeLessThan(ids.length);
  });

  test('users with warnings are listed, page by page', async () => {
    const { user, scim, scimConnectionId, save } = await open();
    for (const name of ['a', 'b', 'c', 'd'])
      await user(name, name === 'c' ? {} : { title: name === 'a' ? 'Engineer' : 'boss' });
    await save(
      mapping(
        field('level', 'title', {
          propertyType: { dataType: 'Enum', options: ['engineer', 'lead'] },
          warnIfMissing: true,
        }),
      ),
    );

    const page = (
      await scim.management.getScimUsers({
        scimConnectionId,
        filter: { hasWarnings: true },
        pageNumber: 1,
        pageSize: 2,
      })
    ).getOrThrow();

    expect(page).toMatchObject({ totalResults: 3, pageNumber: 1 });
    expect(page.users.map(({ scimUser, warnings }) => [scimUser.userName, warnings[0]?.code])).toEqual([
      ['d', 'unsuitable'],
    ]);
  });

  test('may look at the groups of a user', async () => {
    const { user, make, scim, scimConnectionId, save } = await open();
    const ann = await user('ann');
    const team = await make('/Groups', { displayName: 'Team', members: [{ value: ann }] });
    await make('/Groups', { displayName: 'All', members: [{ value: team.id }] });
    await save(
      mapping(
        field('groups', 'groups.display', {
          propertyType: { dataType: 'List', itemType: { dataType: 'String' } },
        }),
      ),
    );

    const { users } = (await scim.management.getScimUsers({ scimConnectionId })).getOrThrow();

    expect(new Set(users[0]?.parsedUserData.groups as string[])).toEqual(new Set(['Team', 'All']));
  });

  test('is refused with a default that is not of the type of its field', async () => {
    const { scim, scimConnectionId } = await open();
    const list = { dataType: 'List', itemType: { dataType: 'Enum', options: ['a', 'b'] } } as const;
    const refused = await scim.management.patchScimConnection({
      scimConnectionId,
      customMapping: mapping(
        field('one', 'title', { propertyType: { dataType: 'Integer' }, defaultValue: 'many' }),
        field('two', 'title', { propertyType: list, defaultValue: ['a'] }),
        field('three', 'title', { propertyType: list, defaultValue: ['c'] }),
      ),
    });

    expect(refused).toMatchObject({ ok: false, error: { type: 'InvalidFields' } });
    const fields = refused.ok || !('fields' in refused.error) ? [] : refused.error.fields;
    expect(fields.map(({ field: name }) => name)).toEqual([
      'customMapping.userSchema.0.defaultValue',
      'customMapping.userSchema.2.defaultValue',
    ]);
  });
});

describe('row F2: hooks around provisioning', () => {
  test('profileResolved adjusts the profile that every other hook is told', async () => {
    const seen: [string, unknown][] = [];
    const { user, patch } = await open({
      hooks: {
        profileResolved: ({ parsedUserData, primaryEmail, userId }) => {
          seen.push(['resolved', userId]);
          return {
            parsedUserData: {
              ...parsedUserData,
              department: String(parsedUserData.department).toUpperCase(),
            },
            primaryEmail: primaryEmail?.toLowerCase() ?? null,
          };
        },
        beforeProvision: note('before'),
        userCreated(change) {
          note('created')(change);
          return { userId: 'app-ann' };
        },
        userUpdated: note('updated'),
        userDeactivated: note('deactivated'),
        afterProvision: note('after'),
      },
    });
    function note(name: string) {
      return ({ parsedUserData, primaryEmail, userId, ...change }: HookProfile & Partial<ProvisionChange>) =>
        void seen.push([name, [change.kind, userId, parsedUserData.department, primaryEmail]]);
    }

    const ann = await user('ann', {
      emails: [{ value: 'Ann@Acme.example' }],
      [ENTERPRISE_URN]: { department: 'engines' },
    });
    await patch(`/Users/${ann}`, { op: 'replace', path: 'active', value: 'False' });

    const email = 'ann@acme.example';
    expect(seen).toEqual([
      ['resolved', null],
      ['before', ['created', null, 'ENGINES', email]],
      ['created', [undefined, null, 'ENGINES', email]],
      ['after', ['created', 'app-ann', 'ENGINES', email]],
      ['resolved', 'app-ann'],
      ['before', ['deactivated', 'app-ann', 'ENGINES', email]],
      ['deactivated', [undefined, 'app-ann', 'ENGINES', email]],
      ['after', ['deactivated', 'app-ann', 'ENGINES', email]],
    ]);
  });

  test.each(['profileResolved', 'beforeProvision', 'afterProvision'] as const)(
    'what %s refuses leaves nothing behind',
    async (name) => {
      const { post, get } = await open({
        hooks: {
          [name]: () => {
            throw refuse({ status: 403, detail: 'Not in this plan.' });
          },
        },
      });

      expect(await post('/Users', { userName: 'ann' })).toMatchObject({
        status: 403,
        body: { detail: 'Not in this plan.' },
      });
      expect((await get('/Users')).body.totalResults).toBe(0);
    },
  );

  test('an answer of profileResolved that is no profile is a fault of the app, told to its log alone', async () => {
    const { post, log } = await open({
      // @ts-expect-error: an address is a text
      hooks: { profileResolved: () => ({ primaryEmail: 7 }) },
    });

    expect((await post('/Users', { userName: 'ann' })).status).toBe(500);
    expect(
      log.some(({ details }) => String(Reflect.get(details ?? {}, 'cause')).includes('profileResolved')),
    ).toBe(true);
  });
});
