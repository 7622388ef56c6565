import { expect, test, vi } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { openQuickClient } from '../support/client.ts';
import { ENTERPRISE_URN, group, SEARCH_URN, user } from '../support/scim.ts';

vi.setConfig({ testTimeout: 30_000 });

type Query = Readonly<Record<string, string | number>>;

/** A server, and its lists asked for by GET and by POST, which must agree. */
async function open() {
  const client = await openQuickClient();
  const ask = async (path: string, query: Query) => {
    const parameters = Object.fromEntries(
      Object.entries(query).map(([name, value]) => [name, String(value)]),
    );
    const found = await client.get(`${path}?${new URLSearchParams(parameters)}`);
    const searched = await client.post(`${path}/.search`, { schemas: [SEARCH_URN], ...query });
    expect([searched.status, searched.text]).toEqual([found.status, found.text]);
    return found;
  };
  const addUsers = async (people: Readonly<Record<string, object>>) => {
    const made = [];
    for (const [name, more] of Object.entries(people))
      made.push(await client.make('/Users', user(name, more)));
    return made;
  };
  return {
    ...client,
    ask,
    addUsers,
    /** Names in the order of the list. */
    names: async (query: Query, path = '/Users') => {
      const { status, body } = await ask(path, query);
      expect(status).toBe(200);
      return body.Resources.map(
        ({ userName, displayName }: { userName?: string; displayName?: string }) => userName ?? displayName,
      ).join(' ');
    },
  };
}

test('rfc 104: sortBy takes any attribute, a part of one and one of an extension; ascending unless said otherwise', async () => {
  const { addUsers, names } = await open();
  await addUsers({
    mid: {
      title: 'B',
      name: { familyName: 'Z' },
      [ENTERPRISE_URN]: { department: '1' },
    },
    low: {
      title: 'A',
      name: { familyName: 'Y' },
      [ENTERPRISE_URN]: { department: '3' },
    },
    top: {
      title: 'C',
      name: { familyName: 'X' },
      [ENTERPRISE_URN]: { department: '2' },
    },
  });
  const orders = [
    ['title', 'low mid top', 'top mid low'],
    ['name.familyName', 'top low mid', 'mid low top'],
    [`${ENTERPRISE_URN}:department`, 'mid top low', 'low top mid'],
    ['id', 'mid low top', 'top low mid'],
  ] as const;
  for (const [sortBy, ascending, descending] of orders) {
    for (const path of [sortBy, sortBy.toUpperCase()]) {
      expect(await names({ sortBy: path })).toBe(ascending);
      for (const sortOrder of ['ascending', 'Ascending', 'ASCENDING'])
        expect(await names({ sortBy: path, sortOrder })).toBe(ascending);
      for (const sortOrder of ['descending', 'Descending', 'DESCENDING'])
        expect(await names({ sortBy: path, sortOrder })).toBe(descending);
    }
  }
});

test('rfc 104: another sortOrder is 400 invalidValue', async () => {
  const { ask } = await open();
  for (const sortOrder of ['up', 'asc', 'desc', 'descend', 'ascending descending', '1', 'true'])
    for (const path of ['/Users', '/Groups'])
      expectRefusal(await ask(path, { sortBy: 'id', sortOrder }), 400, 'invalidValue');
});

test('rfc 105: text is sorted as it is compared: by case where that tells values apart, else without', async () => {
  const { addUsers, names } = await open();
  await addUsers({
    ben: { externalId: 'a' },
    Ann: { externalId: 'B' },
    ÉVA: { externalId: 'b' },
    Cyd: { externalId: 'A' },
    anna: { externalId: '10' },
    ann2: { externalId: '9' },
  });
  expect(await names({ sortBy: 'userName' })).toBe('Ann ann2 anna ben Cyd ÉVA');
  expect(await names({ sortBy: 'userName', sortOrder: 'descending' })).toBe('ÉVA Cyd ben anna ann2 Ann');
  expect(await names({ sortBy: 'externalId' })).toBe('anna ann2 Cyd Ann ben ÉVA');
});

test('rfc 105: of several values the primary one counts, else the first', async () => {
  const { addUsers, names } = await open();
  const emails = (...values: readonly string[]) => ({
    emails: values.map((value) =>
      value.endsWith('*') ? { value: value.slice(0, -1), primary: true } : { value },
    ),
  });
  await addUsers({
    ann: emails('c', 'a', 'z*'),
    ben: emails('b', 'a'),
    cyd: emails('z', 'a*', 'b'),
    dee: emails('d*', 'a'),
    eve: {},
  });
  for (const sortBy of ['emails', 'emails.value']) {
    expect(await names({ sortBy })).toBe('cyd ben dee ann eve');
    expect(await names({ sortBy, sortOrder: 'descending' })).toBe('eve ann dee ben cyd');
  }
});

test('rfc 105: who has no value comes last, and first when descending; equals keep one order', async () => {
  const { addUsers, names, patch, get } = await open();
  const made = await addUsers({ a: { title: 'x' }, b: {}, c: { title: 'X' }, d: {}, e: { title: 'w' } });
  for (const [sortOrder, expected] of [
    ['ascending', 'e a c b d'],
    ['descending', 'b d a c e'],
  ] as const) {
    expect(await names({ sortBy: 'title', sortOrder })).toBe(expected);
    // A change of something else moves nobody.
    for (const { id } of made.toReversed())
      await patch(`/Users/${id}`, { op: 'replace', path: 'nickName', value: sortOrder });
    expect((await get(`/Users/${made[0].id}`)).body.nickName).toBe(sortOrder);
    expect(await names({ sortBy: 'title', sortOrder })).toBe(expected);
  }
});

test('rfc 105: false is before true, and earlier is before later', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const { make, get, patch } = await openQuickClient({ clock: () => now });
  const ids: string[] = [];
  for (const [name, active] of [
    ['a', true],
    ['b', false],
    ['c', true],
  ] as const) {
    ids.push((await make('/Users', user(name, { active }))).id);
    now += 60_000;
  }
  await patch(`/Users/${ids[0]}`, { op: 'replace', path: 'title', value: 'x' });
  const names = async (query: string) =>
    (await get(`/Users?${query}`)).body.Resources.map(({ userName }: { userName: string }) => userName).join(
      '',
    );
  expect(await names('sortBy=active')).toBe('bac');
  expect(await names('sortBy=active&sortOrder=descending')).toBe('acb');
  expect(await names('sortBy=meta.lastModified')).toBe('bca');
  expect(await names('sortBy=meta.created&sortOrder=descending')).toBe('cba');
});

test('rfc 105: groups are sorted too', async () => {
  const { make, names } = await open();
  for (const name of ['beta', 'Alpha', 'gamma']) await make('/Groups', group(name));
  expect(await names({ sortBy: 'displayName' }, '/Groups')).toBe('Alpha beta gamma');
  expect(await names({ sortBy: 'displayName', sortOrder: 'descending' }, '/Groups')).toBe('gamma beta Alpha');
});

test('rfc 106: sorting is announced, and there is; what has no order leaves the list as it is', async () => {
  const { addUsers, names, get } = await open();
  await addUsers({ b: {}, a: {} });
  expect((await get('/ServiceProviderConfig')).body.sort).toEqual({ supported: true });
  expect(await names({})).toBe('b a');
  expect(await names({ sortBy: 'userName' })).toBe('a b');
  for (const sortBy of ['unknown', 'name.unknown', 'urn:example:none:x', 'name'])
    expect(await names({ sortBy })).toBe('b a');
  expect(await names({ sortOrder: 'descending' })).toBe('b a');
});

test('rfc 107, rfc 108, rfc 109: every page is the part of the list that was asked for, and says so in numbers', async () => {
  const { addUsers, ask } = await open();
  const made = await addUsers({ a: {}, b: {}, c: {}, d: {}, e: {} });
  for (let startIndex = -2; startIndex <= 7; startIndex += 1) {
    for (let count = -2; count <= 6; count += 1) {
      const from = Math.max(1, startIndex);
      const expected = made.slice(from - 1, from - 1 + Math.max(0, count));
      const { status, body } = await ask('/Users', { startIndex, count });
      expect([status, body], `${startIndex} ${count}`).toEqual([
        200,
        {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
          totalResults: 5,
          startIndex: from,
          itemsPerPage: expected.length,
          Resources: expected,
        },
      ]);
    }
  }
});

test('rfc 108: a page is never larger than filter.maxResults, and holds that many', async () => {
  const { make, get, post } = await openQuickClient();
  const { maxResults } = (await get('/ServiceProviderConfig')).body.filter;
  expect(maxResults).toBe(200);
  for (let index = 0; index <= maxResults; index += 1) await make('/Users', user(`u${index}`));
  for (const count of [maxResults, maxResults + 1, 1_000_000, Number.MAX_SAFE_INTEGER]) {
    for (const { body } of [
      await get(`/Users?count=${count}&attributes=userName`),
      await post('/Users/.search', { count, attributes: ['userName'] }),
    ])
      expect([body.totalResults, body.itemsPerPage, body.Resources.length]).toEqual([201, 200, 200]);
  }
  expect((await get('/Users?attributes=userName')).body.Resources).toHaveLength(100);
  const rest = (await get(`/Users?startIndex=${maxResults + 1}&attributes=userName`)).body;
  expect(rest.Resources.map(({ userName }: { userName: string }) => userName)).toEqual(['u200']);
});

test('rfc 109: what is no whole number is 400 invalidValue', async () => {
  const { get, post, addUsers } = await open();
  await addUsers({ a: {} });
  for (const name of ['startIndex', 'count']) {
    for (const text of ['1.5', '1.0', 'one', '1e1', '0x1', 'Infinity', '--1', '1 2', '"1"', 'true'])
      for (const path of ['/Users', '/Groups', '/'])
        expectRefusal(await get(`${path}?${name}=${encodeURIComponent(text)}`), 400, 'invalidValue');
    for (const value of [1.5, 'one', true, [1], { value: 1 }])
      expectRefusal(await post('/Users/.search', { [name]: value }), 400, 'invalidValue');
  }
});

test('rfc 110: pages of any size put together are the list, however it is sorted and filtered', async () => {
  const { addUsers, ask } = await open();
  const people = Array.from({ length: 13 }, (_, index) => [
    `u${(index * 5) % 13}`,
    { ...(index % 4 === 0 ? {} : { title: `T${index % 2}` }), active: index % 3 > 0 },
  ]);
  await addUsers(Object.fromEntries(people));
  for (const query of [
    {},
    { sortBy: 'title' },
    { sortBy: 'title', sortOrder: 'descending' },
    { sortBy: 'active' },
    { sortBy: 'emails' },
    { sortBy: 'userName', filter: 'title pr' },
    { sortBy: 'active', sortOrder: 'descending', filter: 'not (title eq "T0")' },
  ]) {
    const whole = (await ask('/Users', query)).body;
    const ids = whole.Resources.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(whole.totalResults);
    for (let count = 1; count <= 6; count += 1) {
      const seen: string[] = [];
      for (let startIndex = 1; startIndex <= whole.totalResults; startIndex += count) {
        const { body } = await ask('/Users', { ...query, startIndex, count });
        expect(body.totalResults).toBe(whole.totalResults);
        seen.push(...body.Resources.map(({ id }: { id: string }) => id));
      }
      expect(seen).toEqual(ids);
    }
  }
});
