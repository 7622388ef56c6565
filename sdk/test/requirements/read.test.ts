import { expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { openClient, openSecondClient } from '../support/client.ts';
import { group, patch, SEARCH_URN, user } from '../support/scim.ts';

const LIST_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

test('rfc 85: a resource is read by its id; an unknown one and another customer’s are one and the same 404', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  for (const [path, body] of [
    ['/Users', user('ann', { title: 'x' })],
    ['/Groups', group('Crew')],
  ] as const) {
    const mine = await client.make(path, body);
    const theirs = await other.make(path, body);
    const read = await client.get(`${path}/${mine.id}`);
    expect([read.status, read.body]).toEqual([200, mine]);

    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const sent = method === 'PATCH' ? patch({ op: 'replace', path: 'externalId', value: 'x' }) : body;
      const call = { method, ...(/^P/.test(method) ? { body: sent } : {}) };
      const foreign = await client.call(`${path}/${theirs.id}`, call);
      const unknown = await client.call(`${path}/00000000-0000-7000-8000-000000000000`, call);
      expectRefusal(foreign, 404);
      expect(foreign.text).toBe(unknown.text);
      expect([...foreign.headers]).toEqual([...unknown.headers]);
    }
    expect((await other.get(`${path}/${theirs.id}`)).body).toEqual(theirs);
    // Nor is a user found among the groups, or a group among the users.
    expectRefusal(await client.get(`${path === '/Users' ? '/Groups' : '/Users'}/${mine.id}`), 404);
  }
});

test('rfc 86: a list says how many there are, where it begins, how many it shows, and shows them', async () => {
  const { make, get, post } = await openClient();
  const users = [];
  for (const name of ['a', 'b', 'c', 'd', 'e']) users.push(await make('/Users', user(name)));
  for (const [startIndex, count] of [
    [1, 100],
    [1, 2],
    [4, 2],
    [5, 2],
    [6, 2],
    [1, 0],
  ] as const) {
    const shown = users.slice(startIndex - 1, startIndex - 1 + count);
    const expected = {
      schemas: [LIST_URN],
      totalResults: 5,
      startIndex,
      itemsPerPage: shown.length,
      Resources: shown,
    };
    const listed = await get(`/Users?startIndex=${startIndex}&count=${count}`);
    expect([listed.status, listed.body]).toEqual([200, expected]);
    const searched = await post('/Users/.search', { schemas: [SEARCH_URN], startIndex, count });
    expect([searched.status, searched.body]).toEqual([200, expected]);
  }
});

test('rfc 87: what finds nobody is 200 with a total of 0 and an empty list', async () => {
  const { make, get, find, post } = await openClient();
  const empty = { schemas: [LIST_URN], totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] };
  for (const path of ['/Users', '/Groups', '/']) expect((await get(path)).body).toEqual(empty);
  await make('/Users', user('ann'));
  for (const filter of ['userName eq "nobody"', 'externalId eq "x"', 'not (userName pr)', 'id eq "x"']) {
    const found = await find('/Users', filter);
    expect([found.status, found.body]).toEqual([200, empty]);
    const searched = await post('/Users/.search', { schemas: [SEARCH_URN], filter });
    expect([searched.status, searched.body]).toEqual([200, empty]);
  }
});

test('rfc 89: too many for one page are cut to the largest page, which is advertised, and the total tells', async () => {
  const { make, get, post } = await openClient({ limits: { maxPageSize: 3, defaultPageSize: 2 } });
  for (const name of ['a', 'b', 'c', 'd', 'e']) await make('/Users', user(name));
  expect((await get('/ServiceProviderConfig')).body.filter).toEqual({ supported: true, maxResults: 3 });
  for (const [query, itemsPerPage] of [
    ['', 2],
    ['count=3', 3],
    ['count=4', 3],
    ['count=1000000', 3],
    ['filter=userName%20pr&count=5', 3],
    ['sortBy=userName&count=5', 3],
    ['cursor&count=5', 3],
  ] as const) {
    const { body } = await get(`/Users?${query}`);
    expect([body.itemsPerPage, body.Resources.length], query).toEqual([itemsPerPage, itemsPerPage]);
    if (!query.startsWith('cursor')) expect(body.totalResults).toBe(5);
  }
  const searched = await post('/.search', { schemas: [SEARCH_URN], count: 5 });
  expect([searched.body.totalResults, searched.body.Resources.length]).toEqual([5, 3]);
});
