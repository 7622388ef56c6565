import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../test/support/answers.ts';
import { BASE, connect, group, openScim, patch, SEARCH_URN, send, user } from '../../test/support/scim.ts';

/** Five users: names a to e, one without a title, one inactive. */
async function open(limits: object = {}) {
  const { scim } = openScim({ limits });
  const { key } = await connect(scim);
  const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
  const ids: string[] = [];
  for (const [index, name] of ['a', 'B', 'c', 'D', 'e'].entries()) {
    const body = user(name, {
      ...(name === 'c' ? {} : { title: String(9 - index) }),
      active: name !== 'e',
      name: { familyName: `F${name}`, givenName: `G${name}` },
      emails: [
        { value: `z${name}@x.example`, type: 'home' },
        { value: `${name}@x.example`, type: 'work', primary: true },
      ],
    });
    ids.push((await call('/Users', { body })).body.id);
  }
  const names = (answer: { body: { Resources: { userName: string }[] } }) =>
    answer.body.Resources.map(({ userName }) => userName).join('');
  return { call, ids, names };
}

describe('paging', () => {
  test.each([
    ['', 5, 1, 'aBcDe'],
    ['startIndex=1&count=2', 2, 1, 'aB'],
    ['startIndex=3&count=2', 2, 3, 'cD'],
    ['startIndex=5&count=2', 1, 5, 'e'],
    ['startIndex=6', 0, 6, ''],
    ['startIndex=1000000', 0, 1_000_000, ''],
    ['startIndex=0', 5, 1, 'aBcDe'],
    ['startIndex=-7&count=1', 1, 1, 'a'],
    ['count=0', 0, 1, ''],
    ['count=-1', 0, 1, ''],
    ['count=1000000000', 5, 1, 'aBcDe'],
    ['count=%2B2', 2, 1, 'aB'],
    ['count=9007199254740993', 5, 1, 'aBcDe'],
    ['startIndex=9007199254740993', 0, 9_007_199_254_740_991, ''],
    ['count=', 5, 1, 'aBcDe'],
    ['COUNT=2', 2, 1, 'aB'],
  ])('rfc-107 rfc-108 ?%s', async (query, itemsPerPage, startIndex, expected) => {
    const { call, names } = await open();
    const answer = await call(`/Users?${query}`);
    expect(answer.body).toMatchObject({ totalResults: 5, itemsPerPage, startIndex });
    expect(names(answer)).toBe(expected);
  });

  test.each(['1.5', 'x', '1e3', '1e400', '0x1', ' ', 'NaN', 'null', '1,2', '١'])(
    'rfc-109 count or startIndex %j is 400 invalidValue',
    async (text) => {
      const { call } = await open();
      for (const name of ['count', 'startIndex']) {
        const answer = await call(`/Users?${name}=${encodeURIComponent(text)}`);
        expectRefusal(answer, 400, 'invalidValue');
      }
    },
  );

  test('the largest page is what /ServiceProviderConfig says, and is enforced', async () => {
    const { call } = await open({ maxPageSize: 3 });
    expect((await call('/ServiceProviderConfig')).body.filter.maxResults).toBe(3);
    for (const query of ['', '?count=100']) {
      expect((await call(`/Users${query}`)).body).toMatchObject({ totalResults: 5, itemsPerPage: 3 });
    }
  });
});

describe('order', () => {
  test.each([
    ['sortBy=userName', 'aBcDe'],
    ['sortBy=userName&sortOrder=descending', 'eDcBa'],
    ['sortBy=USERNAME&sortOrder=Descending', 'eDcBa'],
    ['sortBy=title', 'eDBac'],
    ['sortBy=title&sortOrder=descending', 'caBDe'],
    ['sortBy=emails', 'aBcDe'],
    ['sortBy=emails.value&sortOrder=descending', 'eDcBa'],
    ['sortBy=name.familyName', 'aBcDe'],
    ['sortBy=urn:ietf:params:scim:schemas:core:2.0:User:userName&sortOrder=descending', 'eDcBa'],
    ['sortBy=id&sortOrder=descending', 'eDcBa'],
    ['sortBy=meta.created', 'aBcDe'],
    ['sortBy=nothing', 'aBcDe'],
    ['sortBy=password', 'aBcDe'],
    ['sortOrder=descending', 'aBcDe'],
  ])('rfc-104 rfc-105 %s', async (query, expected) => {
    const { call, names } = await open();
    expect(names(await call(`/Users?${query}`))).toBe(expected);
  });

  test('rfc-104 another sortOrder is 400 invalidValue', async () => {
    const { call } = await open();
    expectRefusal(await call('/Users?sortBy=userName&sortOrder=up'), 400, 'invalidValue');
  });

  test('rfc-110 pages of a sorted list neither repeat nor skip', async () => {
    const { call } = await open();
    const seen: string[] = [];
    for (let startIndex = 1; startIndex <= 5; startIndex += 1) {
      const page = await call(`/Users?sortBy=active&startIndex=${startIndex}&count=1`);
      seen.push(page.body.Resources[0].id);
    }
    expect(new Set(seen).size).toBe(5);
  });
});

describe('attributes', () => {
  const shown = (resource: object) => Object.keys(resource).sort().join(' ');

  test.each([
    ['attributes=userName', 'id schemas userName'],
    ['attributes=name.familyName', 'id name schemas'],
    ['attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName', 'id schemas userName'],
    ['attributes=nothing', 'id schemas'],
    ['attributes=password', 'id schemas'],
    ['attributes=userName,%20title', 'id schemas title userName'],
    ['attributes=', 'active emails groups id meta name schemas title userName'],
    ['excludedAttributes=emails,name,meta', 'active groups id schemas title userName'],
    ['excludedAttributes=id,schemas,nothing,emails', 'active groups id meta name schemas title userName'],
  ])('rfc-111 rfc-112 rfc-113 ?%s on every method that answers a resource', async (query, expected) => {
    const { call, ids } = await open();
    const [id] = ids;
    const present = shown((await call(`/Users/${id}?${query}`)).body);
    expect(present).toBe(expected);
    expect(shown((await call(`/Users?${query}`)).body.Resources[0])).toBe(expected);
    const patched = await call(`/Users/${id}?${query}`, {
      method: 'PATCH',
      body: patch({ op: 'replace', path: 'title', value: 'T' }),
    });
    expect([patched.status, shown(patched.body)]).toEqual([200, expected]);
    const body = { ...(await call(`/Users/${id}`)).body };
    expect(shown((await call(`/Users/${id}?${query}`, { method: 'PUT', body })).body)).toBe(expected);
    const made = await call(`/Users?${query}`, { body: { ...body, userName: 'new' } });
    expect([made.status, shown(made.body)]).toEqual([201, expected]);
    expect(made.headers.get('location')).toBe(`${BASE}/Users/${made.body.id}`);
  });

  test('rfc-112 a sub-attribute is shown alone', async () => {
    const { call, ids } = await open();
    const { body } = await call(`/Users/${ids[0]}?attributes=name.familyName,emails.value`);
    expect(body.name).toEqual({ familyName: 'Fa' });
    expect(body.emails).toEqual([{ value: 'za@x.example' }, { value: 'a@x.example' }]);
  });

  test('rfc-111 both at once are 400 invalidValue', async () => {
    const { call } = await open();
    expectRefusal(await call('/Users?attributes=userName&excludedAttributes=title'), 400, 'invalidValue');
  });

  test('rfc-126 PATCH of a group is 204, and 200 with the group when attributes are asked for', async () => {
    const { call } = await open();
    const { id } = (await call('/Groups', { body: group('g') })).body;
    const body = patch({ op: 'replace', path: 'displayName', value: 'h' });
    const silent = await call(`/Groups/${id}`, { method: 'PATCH', body });
    expect([silent.status, silent.text, silent.headers.get('content-type')]).toEqual([204, '', null]);
    const asked = await call(`/Groups/${id}?attributes=displayName`, { method: 'PATCH', body });
    expect([asked.status, asked.body.displayName]).toEqual([200, 'h']);
  });
});

describe('POST /.search', () => {
  test.each([
    [{}, ''],
    [{ filter: 'active eq false' }, 'filter=active%20eq%20false'],
    [{ startIndex: 2, count: 2 }, 'startIndex=2&count=2'],
    [{ sortBy: 'userName', sortOrder: 'descending' }, 'sortBy=userName&sortOrder=descending'],
    [{ attributes: ['userName', 'title'] }, 'attributes=userName,title'],
    [{ excludedAttributes: ['emails'], count: 1 }, 'excludedAttributes=emails&count=1'],
    [{ Filter: 'userName eq "a"', COUNT: 1 }, 'filter=userName%20eq%20%22a%22&count=1'],
    [{ startIndex: '2', count: '1' }, 'startIndex=2&count=1'],
    [{ filter: null, count: null }, ''],
    [{ unknown: [{}] }, ''],
  ])('rfc-114 %j gives what GET gives', async (search, query) => {
    const { call } = await open();
    const searched = await call('/Users/.search', { body: { schemas: [SEARCH_URN], ...search } });
    expect(searched.status).toBe(200);
    expect(searched.text).toBe((await call(`/Users?${query}`)).text);
  });

  test.each([
    [{ count: 1.5 }],
    [{ count: true }],
    [{ startIndex: {} }],
    [{ filter: ['userName pr'] }],
    [{ attributes: 'userName' }],
    [{ attributes: [1] }],
    [{ sortOrder: 1 }],
  ])('rfc-114 %j is 400 invalidValue', async (search) => {
    const { call } = await open();
    expectRefusal(await call('/Users/.search', { body: search }), 400, 'invalidValue');
  });

  test('rfc-70 another schema is 400 invalidSyntax', async () => {
    const { call } = await open();
    expectRefusal(await call('/Users/.search', { body: { schemas: ['urn:x'] } }), 400, 'invalidSyntax');
  });
});

describe('headers', () => {
  test('rfc-73 rfc-79 rfc-118 every answer names its type and its place', async () => {
    const { call, ids } = await open();
    const [id] = ids;
    const made = await call('/Users', { body: user('new') });
    expect(made.headers.get('location')).toBe(`${BASE}/Users/${made.body.id}`);
    expect(made.body.meta).toMatchObject({ resourceType: 'User', location: `${BASE}/Users/${made.body.id}` });
    for (const answer of [
      await call(`/Users/${id}`),
      await call(`/Users/${id}`, { method: 'PUT', body: user('a') }),
      await call(`/Users/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'replace', path: 'title', value: 'x' }),
      }),
    ]) {
      expect(answer.headers.get('content-location')).toBe(`${BASE}/Users/${id}`);
      expect(answer.headers.get('location')).toBeNull();
    }
    for (const path of ['/Users', '/nowhere', '/Schemas', '/Users?filter=x', '/ServiceProviderConfig']) {
      const answer = await call(path);
      expect(answer.headers.get('content-type')).toBe('application/scim+json');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  test('rfc-141 rfc-76 what is deleted is 404 to every method, by the body an unknown id gets', async () => {
    const { call, ids } = await open();
    const path = `/Users/${ids[0]}`;
    const gone = await call(path, { method: 'DELETE' });
    expect([gone.status, gone.text]).toEqual([204, '']);
    const unknown = await call('/Users/00000000-0000-7000-8000-000000000000');
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', user('a')],
      ['PATCH', patch({ op: 'replace', path: 'title', value: 'x' })],
      ['DELETE', undefined],
    ] as const) {
      const answer = await call(path, { method, ...(body && { body }) });
      expectRefusal(answer, 404);
      expect(answer.text).toBe(unknown.text);
    }
    expect((await call('/Users')).body.totalResults).toBe(4);
    expect((await call('/Users', { body: user('a') })).status).toBe(201);
  });

  test('rfc-78 T15 slashes and spaces may be written as clients write them', async () => {
    const { call, ids } = await open();
    for (const path of [
      '/Users/',
      '//Users',
      '/Users?',
      '/Users?&',
      `/Users//${ids[0]}`,
      `/Users/${ids[0]}/`,
      '/%55sers',
    ]) {
      expect((await call(path)).status, path).toBe(200);
    }
    const plus = await call('/Users?filter=userName+eq+%22a%22');
    expect(plus.body.totalResults).toBe(1);
    const lower = await call(`/Users?filter=${encodeURIComponent('userName eq "a"').toLowerCase()}`);
    expect(lower.status).toBe(200);
  });
});
