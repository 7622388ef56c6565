import { describe, expect, test } from 'vitest';
import { connect, openScim, PATCH_URN, send } from './support/scim.ts';

describe('row D8: groups in groups', () => {
  test('rfc 37, rfc 38: a user shows the groups it is in, direct and indirect, right after each change', async () => {
    const { user, group, groupsOf, patch } = await start();
    const ann = await user('ann');
    const team = await group('Team', [ann]);
    const division = await group('Division', [team]);
    const company = await group('Company', [division]);

    const nested = await groupsOf(ann);
    await patch(division, 'remove', `members[value eq "${team}"]`);
    const cut = await groupsOf(ann);
    await patch(company, 'add', 'members', [{ value: ann }]);
    const joined = await groupsOf(ann);

    expect(nested).toEqual({ Team: 'direct', Division: 'indirect', Company: 'indirect' });
    expect(cut).toEqual({ Team: 'direct' });
    expect(joined).toEqual({ Team: 'direct', Company: 'direct' });
  });

  test('a group reached by two ways is shown once, as direct when one of them is', async () => {
    const { user, group, groupsOf } = await start();
    const ann = await user('ann');
    const team = await group('Team', [ann]);
    await group('All', [team, ann]);

    expect(await groupsOf(ann)).toEqual({ Team: 'direct', All: 'direct' });
  });

  test.each([
    ['groups.display eq "Company"', ['ann', 'bob']],
    ['groups[display eq "Company" and type eq "direct"]', ['bob']],
    ['groups.type eq "indirect"', ['ann']],
    ['groups pr', ['ann', 'bob']],
    ['not (groups.display co "comp")', ['eve']],
  ])('a filter finds members of groups in groups: %s', async (filter, expected) => {
    const { user, group, find } = await start();
    const team = await group('Team', [await user('ann')]);
    await group('Company', [team, await user('bob')]);
    await user('eve');

    expect(await find(filter)).toEqual(expected);
  });

  test('groups.value finds direct and indirect members', async () => {
    const { user, group, find } = await start();
    const team = await group('Team', [await user('ann')]);
    const company = await group('Company', [team, await user('bob')]);
    await user('eve');

    expect(await find(`groups.value eq "${company}"`)).toEqual(['ann', 'bob']);
    expect(await find(`groups eq "${team}"`)).toEqual(['ann']);
  });

  test('rfc 45: a cycle is refused with 400, and nothing of the request stays', async () => {
    const { user, group, patch, membersOf } = await start();
    const bob = await user('bob');
    const inner = await group('Inner', []);
    const middle = await group('Middle', [inner]);
    const outer = await group('Outer', [middle]);

    for (const above of [inner, middle, outer]) {
      const refused = await patch(inner, 'add', 'members', [{ value: bob }, { value: above }]);
      expect(refused).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    }

    expect(await membersOf(inner)).toEqual([]);
  });

  test('rfc 212: the version of a user follows groups far above it', async () => {
    const { user, group, patch, etagOf } = await start();
    const ann = await user('ann');
    const team = await group('Team', [ann]);
    const company = await group('Company', [team]);
    const before = await etagOf(ann);

    await patch(company, 'replace', 'displayName', 'Firm');

    expect(await etagOf(ann)).not.toBe(before);
  });
});

async function start() {
  const { scim } = openScim();
  const { key } = await connect(scim);
  const call = (path: string, body?: object, method?: string) =>
    send(scim, path, {
      key,
      ...(body === undefined ? {} : { body }),
      ...(method === undefined ? {} : { method }),
    });
  return {
    user: async (userName: string): Promise<string> => (await call('/Users', { userName })).body.id,
    group: async (displayName: string, ids: readonly string[]): Promise<string> =>
      (await call('/Groups', { displayName, members: ids.map((value) => ({ value })) })).body.id,
    patch: (id: string, op: string, path: string, value?: unknown) =>
      call(`/Groups/${id}`, { schemas: [PATCH_URN], Operations: [{ op, path, value }] }, 'PATCH'),
    membersOf: async (id: string): Promise<readonly unknown[]> => (await call(`/Groups/${id}`)).body.members,
    etagOf: async (id: string) => (await call(`/Users/${id}`)).headers.get('etag'),
    async groupsOf(id: string): Promise<Record<string, string>> {
      const { groups } = (await call(`/Users/${id}`)).body;
      return Object.fromEntries(groups.map((group: Record<string, string>) => [group.display, group.type]));
    },
    async find(filter: string): Promise<readonly string[]> {
      const { Resources } = (await call(`/Users?sortBy=userName&filter=${encodeURIComponent(filter)}`)).body;
      return Resources.map(({ userName }: { userName: string }) => userName);
    },
  };
}
