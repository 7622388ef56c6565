import { describe, expect, test } from 'vitest';
import type { Scim } from '../src/index.ts';
import { connect, group, openScim, patch, send, user } from './support/scim.ts';

async function fill(scim: Scim) {
  const { key, connectionId } = await connect(scim);
  const make = async (path: string, body: object) =>
    (await send(scim, path, { key, body })).body.id as string;
  const people = {
    ann: await make('/Users', {
      ...user('ann.lee@corp.example'),
      displayName: 'Ann Lee',
      externalId: '00uA',
      emails: [{ value: 'Ann@Private.example', primary: true }],
    }),
    bob: await make('/Users', { ...user('bob'), displayName: 'Bob 100% Öztürk' }),
    cem: await make('/Users', user('cem_ann')),
  };
  const groups = {
    crew: await make('/Groups', { ...group('Ground Crew'), externalId: 'g-1' }),
    all: await make('/Groups', group('Everyone')),
  };
  const add = patch({
    op: 'add',
    path: 'members',
    value: [...Object.values(people), groups.crew].map((value) => ({ value })),
  });
  await send(scim, `/Groups/${groups.all}`, { key, method: 'PATCH', body: add });
  return { key, connectionId, people, groups };
}

async function readAllUsers(scim: Scim, selector: { scimConnectionId: string }): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let pageNumber = 0; ; pageNumber += 1) {
    const { users } = (
      await scim.management.getScimUsers({ ...selector, pageNumber, pageSize: 200 })
    ).getOrThrow();
    if (users.length === 0) return ids;
    ids.push(...users.map(({ scimUser }) => String(scimUser.id)));
  }
}

describe('A8: users and groups are found as an administrator looks for them', () => {
  test('by a part of a name or an address, whatever its case, and by a whole external id', async () => {
    const { scim } = openScim();
    const { connectionId, people } = await fill(scim);
    const names: Readonly<Record<string, string>> = Object.fromEntries(
      Object.entries(people).map(([name, id]) => [id, name]),
    );
    const find = async (search: string) => {
      const found = (
        await scim.management.getScimUsers({ scimConnectionId: connectionId, search })
      ).getOrThrow();
      expect(found.totalResults).toBe(found.users.length);
      return found.users.map(({ scimUser }) => names[String(scimUser.id)]);
    };
    expect(await find('ann')).toEqual(['ann', 'cem']);
    expect(await find('LEE')).toEqual(['ann']);
    expect(await find('private.EX')).toEqual(['ann']);
    expect(await find('öztürk')).toEqual(['bob']);
    expect(await find('00uA')).toEqual(['ann']);
    expect(await find('00u')).toEqual([]);
    expect(await find('%')).toEqual(['bob']);
    expect(await find('_')).toEqual(['cem']);
    expect(await find("' OR 1=1 --")).toEqual([]);
    expect(await find('  ')).toEqual(['ann', 'bob', 'cem']);
  });

  test('page by page to the last, with the whole number', async () => {
    const { scim } = openScim();
    const { key, connectionId } = await connect(scim);
    for (let at = 0; at < 23; at += 1) await send(scim, '/Users', { key, body: user(`match-${at}`) });
    await send(scim, '/Users', { key, body: user('other') });
    const seen: string[] = [];
    for (let pageNumber = 0; pageNumber < 4; pageNumber += 1) {
      const parameters = { scimConnectionId: connectionId, search: 'MATCH', pageNumber, pageSize: 7 };
      const page = (await scim.management.getScimUsers(parameters)).getOrThrow();
      expect(page.totalResults).toBe(23);
      seen.push(...page.users.map(({ scimUser }) => String(scimUser.userName)));
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, at) => `match-${at}`));
    const past = { scimConnectionId: connectionId, search: 'match', pageNumber: 9, pageSize: 7 };
    expect((await scim.management.getScimUsers(past)).getOrThrow()).toMatchObject({
      users: [],
      totalResults: 23,
    });
  });

  test('a text that very many have finds 1,000 of them and says that there are more', async () => {
    const { scim } = openScim({ activity: false });
    const { key, connectionId } = await connect(scim);
    const Operations = Array.from({ length: 1001 }, (_, at) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `${at}`,
      data: user(`many-${at}`),
    }));
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
    for (let from = 0; from < Operations.length; from += 200)
      await send(scim, '/Bulk', { key, body: { schemas, Operations: Operations.slice(from, from + 200) } });
    const { id } = (await send(scim, '/Groups', { key, body: group('Everyone') })).body;
    const selector = { scimConnectionId: connectionId };
    const everybody = await readAllUsers(scim, selector);
    const value = everybody.map((user) => ({ value: user }));
    await send(scim, `/Groups/${id}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'add', path: 'members', value }),
    });

    const many = (
      await scim.management.getScimUsers({ ...selector, search: 'MANY-', pageSize: 2 })
    ).getOrThrow();
    expect(many).toMatchObject({ totalResults: 1000, isCut: true, users: [{}, {}] });
    const few = (await scim.management.getScimUsers({ ...selector, search: 'many-100' })).getOrThrow();
    expect(few).toMatchObject({ totalResults: 2, isCut: false });
    const members = { ...selector, groupId: id };
    expect(
      (await scim.management.getScimGroup({ ...members, search: 'many-', pageNumber: 4 })).getOrThrow(),
    ).toMatchObject({ totalResults: 1000, isCut: true, members: { length: 100 } });
    expect(
      (await scim.management.getScimGroup({ ...members, search: 'many-99' })).getOrThrow(),
    ).toMatchObject({ totalResults: 11, isCut: false });
    expect((await scim.management.getScimGroup(members)).getOrThrow()).toMatchObject({
      totalResults: 1001,
      isCut: false,
    });
  }, 60_000);

  test('nobody of another connection is found', async () => {
    const { scim } = openScim();
    await fill(scim);
    const { connectionId } = await connect(scim, 'other');
    const selector = { scimConnectionId: connectionId };
    expect((await scim.management.getScimUsers({ ...selector, search: 'ann' })).getOrThrow().users).toEqual(
      [],
    );
    expect((await scim.management.getScimGroups({ ...selector, search: 'e' })).getOrThrow().groups).toEqual(
      [],
    );
  });

  test('a filter and a search at once are refused', async () => {
    const { scim } = openScim();
    const { connectionId } = await fill(scim);
    const both = { scimConnectionId: connectionId, search: 'a', filter: { userName: 'bob' } };
    expect(await scim.management.getScimUsers(both)).toMatchObject({
      ok: false,
      error: { type: 'InvalidQueryField', field: 'search' },
    });
  });

  test('groups by a part of their name, and of one group its members, who can be searched too', async () => {
    const { scim } = openScim();
    const { connectionId, people, groups, key } = await fill(scim);
    const selector = { scimConnectionId: connectionId };
    const found = (await scim.management.getScimGroups({ ...selector, search: 'CREW' })).getOrThrow();
    expect(found.groups).toMatchObject([
      { groupId: groups.crew, displayName: 'Ground Crew', externalId: 'g-1' },
    ]);

    await send(scim, `/Users/${people.bob}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'replace', path: 'active', value: false }),
    });
    const all = (await scim.management.getScimGroup({ ...selector, groupId: groups.all })).getOrThrow();
    expect(all).toMatchObject({ totalResults: 4, group: { displayName: 'Everyone' } });
    expect(all.members).toEqual([
      {
        id: people.ann,
        resourceType: 'User',
        name: 'ann.lee@corp.example',
        displayName: 'Ann Lee',
        active: true,
      },
      { id: people.bob, resourceType: 'User', name: 'bob', displayName: 'Bob 100% Öztürk', active: false },
      { id: people.cem, resourceType: 'User', name: 'cem_ann', displayName: null, active: true },
      {
        id: groups.crew,
        resourceType: 'Group',
        name: 'Ground Crew',
        displayName: 'Ground Crew',
        active: true,
      },
    ]);
    const page = { ...selector, groupId: groups.all, pageNumber: 1, pageSize: 3 };
    expect((await scim.management.getScimGroup(page)).getOrThrow()).toMatchObject({
      totalResults: 4,
      members: [{ id: groups.crew }],
    });
    const search = { ...selector, groupId: groups.all, search: 'an' };
    expect((await scim.management.getScimGroup(search)).getOrThrow()).toMatchObject({
      totalResults: 2,
      members: [{ id: people.ann }, { id: people.cem }],
    });
    const crew = { ...selector, groupId: groups.all, search: 'crew' };
    expect((await scim.management.getScimGroup(crew)).getOrThrow().members).toMatchObject([
      { id: groups.crew },
    ]);
    expect(all.group.scimGroup).not.toHaveProperty('members');
    expect(await scim.management.getScimGroup({ ...selector, groupId: people.ann })).toMatchObject({
      ok: false,
      error: { type: 'GroupNotFound' },
    });
  });

  test('one user by the SCIM id, with the groups', async () => {
    const { scim } = openScim();
    const { connectionId, people, groups } = await fill(scim);
    const selector = { scimConnectionId: connectionId };
    const ann = (await scim.management.getScimUser({ ...selector, scimUserId: people.ann })).getOrThrow();
    expect(ann).toMatchObject({
      user: { scimUser: { id: people.ann } },
      groups: [{ groupId: groups.all }],
      isHeld: false,
    });
    expect(await scim.management.getScimUser({ ...selector, scimUserId: groups.all })).toMatchObject({
      ok: false,
      error: { type: 'UserNotFound' },
    });
    await expect(scim.management.getScimUser(selector as never)).rejects.toThrow(TypeError);
  });
});
