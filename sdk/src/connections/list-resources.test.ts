import { expect, test } from 'vitest';
import { createConnection, groupType, openConnections, userType } from '../../test/support/connections.ts';
import type { JsonObject } from '../protocol/json.ts';
import { createScope } from '../store/scope.ts';

type Connections = ReturnType<typeof openConnections>;

interface Seed {
  readonly id: string;
  readonly attributes: JsonObject;
  readonly userId?: string;
}

async function seed(
  { store }: Connections,
  owner: { connectionId: string; customerId: string },
  { users, groups = [] }: { readonly users: readonly Seed[]; readonly groups?: readonly Seed[] },
): Promise<void> {
  const moment = '2026-01-01T00:00:00.000Z';
  await store.changeResources(createScope(owner), async (tx) => {
    const rest = { isMember: false, version: 1, created: moment, lastModified: moment };
    for (const { id, attributes, userId } of users) {
      await tx.insert({ id, type: userType, attributes, userId: userId ?? null, ...rest });
    }
    for (const { id, attributes } of groups) {
      await tx.insert({ id, type: groupType, attributes, userId: null, ...rest });
    }
  });
}

async function openDirectory() {
  const connections = openConnections();
  const { connectionId } = await createConnection(connections, 'acme');
  const other = await createConnection(connections, 'globex');
  const users = [
    {
      id: 'u1',
      userId: 'app-1',
      attributes: {
        userName: 'Ada',
        externalId: 'E1',
        name: { givenName: 'Ada', familyName: 'Lovelace' },
        active: true,
        emails: [{ value: 'ada@acme.example', primary: true }, { value: 'shared@acme.example' }],
      },
    },
    {
      id: 'u2',
      attributes: {
        userName: 'bob',
        externalId: 'e1',
        active: false,
        emails: [{ value: 'Shared@acme.example', primary: true }],
      },
    },
    { id: 'u3', attributes: { userName: 'cy' } },
  ];
  const groups = [{ id: 'g1', attributes: { displayName: 'Engineers', externalId: 'G' } }];
  await seed(connections, { connectionId, customerId: 'acme' }, { users, groups });
  const stranger = [
    { id: 'u1', userId: 'app-1', attributes: { userName: 'Ada', displayName: 'another Ada' } },
  ];
  await seed(connections, { connectionId: other.connectionId, customerId: 'globex' }, { users: stranger });
  return { ...connections, connectionId };
}

test('getScimUsers answers users in the app’s terms', async () => {
  const { management, connectionId } = await openDirectory();
  const page = (
    await management.getScimUsers({ customerId: 'acme', filter: { userName: 'ada' } })
  ).getOrThrow();
  expect(page).toMatchObject({ connectionId, pageNumber: 0, pageSize: 100, totalResults: 1 });
  expect(page.users).toEqual([
    {
      connectionId,
      scimUser: expect.objectContaining({ id: 'u1', userName: 'Ada' }),
      primaryEmail: 'ada@acme.example',
      parsedUserData: expect.objectContaining({
        email: 'ada@acme.example',
        firstName: 'Ada',
        lastName: 'Lovelace',
      }),
      warnings: [],
      active: true,
      userId: 'app-1',
      role: null,
      roles: [],
    },
  ]);
});

test.each([
  ['userName, without case', { userName: 'ADA' }, ['u1']],
  ['externalId, exactly', { externalId: 'e1' }, ['u2']],
  ['primaryEmail, and not a second address', { primaryEmail: 'shared@acme.example' }, ['u2']],
  ['userId', { userId: 'app-1' }, ['u1']],
  ['userId of nobody', { userId: 'app-2' }, []],
  ['quotes and operators, which are only text', { userName: '" or userName pr or userName eq "' }, []],
])('getScimUsers filters by %s', async (_name, filter, ids) => {
  const { management } = await openDirectory();
  const page = (await management.getScimUsers({ customerId: 'acme', filter })).getOrThrow();
  expect(page.users.map(({ scimUser }) => scimUser.id)).toEqual(ids);
  expect(page.totalResults).toBe(ids.length);
});

test('getScimUsers pages from 0, without gap or repetition, also past the end', async () => {
  const { management } = await openDirectory();
  const pages = [];
  for (const pageNumber of [0, 1, 2]) {
    pages.push((await management.getScimUsers({ customerId: 'acme', pageNumber, pageSize: 2 })).getOrThrow());
  }
  expect(pages.flatMap(({ users }) => users.map(({ scimUser }) => scimUser.id))).toEqual(['u1', 'u2', 'u3']);
  expect(pages.map(({ totalResults }) => totalResults)).toEqual([3, 3, 3]);
});

test.each([
  ['filter.nickName', { filter: { nickName: 'x' } }],
  ['filter', { filter: {} }],
  ['filter', { filter: { userName: 'a', externalId: 'b' } }],
  ['filter.userName', { filter: { userName: 7 } }],
  ['pageNumber', { pageNumber: -1 }],
  ['pageSize', { pageSize: 201 }],
])('getScimUsers answers InvalidQueryField for %s: %j', async (field, parameters) => {
  const { management } = await openDirectory();
  const asked = { customerId: 'acme', ...parameters } as Parameters<typeof management.getScimUsers>[0];
  expect(await management.getScimUsers(asked)).toEqual({
    ok: false,
    error: { type: 'InvalidQueryField', field, message: expect.any(String) },
  });
});

test('getScimGroups answers groups by page', async () => {
  const { management, connectionId } = await openDirectory();
  const result = await management.getScimGroups({ scimConnectionId: connectionId, pageSize: 10 });
  expect(result.getOrThrow()).toEqual({
    connectionId,
    groups: [
      {
        connectionId,
        groupId: 'g1',
        displayName: 'Engineers',
        externalId: 'G',
        scimGroup: expect.objectContaining({ id: 'g1' }),
      },
    ],
    pageNumber: 0,
    pageSize: 10,
    totalResults: 1,
  });
});

test('fetchScimConnection counts a connection’s own users and groups', async () => {
  const { management } = await openDirectory();
  const counts = async (customerId: string) => {
    const { users, groups } = (await management.fetchScimConnection({ customerId })).getOrThrow();
    return { users, groups };
  };
  expect(await counts('acme')).toEqual({ users: 3, groups: 1 });
  expect(await counts('globex')).toEqual({ users: 1, groups: 0 });
});

test('deleting a connection deletes its resources and nobody else’s', async () => {
  const { management } = await openDirectory();
  await management.deleteScimConnection({ customerId: 'acme' });
  const left = (await management.getScimUsers({ customerId: 'globex' })).getOrThrow();
  expect(left.totalResults).toBe(1);
  await management.createScimConnection({ customerId: 'acme' });
  expect((await management.getScimUsers({ customerId: 'acme' })).getOrThrow().totalResults).toBe(0);
});
