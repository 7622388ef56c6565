import { expect, test, vi } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { openQuickClient } from '../support/client.ts';
import { ENTERPRISE_URN, GROUP_URN, group, patch, SEARCH_URN, USER_URN, user } from '../support/scim.ts';

vi.setConfig({ testTimeout: 30_000 });

const ENTERPRISE = { department: 'Research', manager: { value: 'boss-1' } };

const ANN = user('ann', {
  schemas: [USER_URN, ENTERPRISE_URN],
  title: 'Engineer',
  name: { givenName: 'Ann', familyName: 'Archer' },
  emails: [
    { value: 'ann@a.example', type: 'work', primary: true },
    { value: 'ann@home.example', type: 'home' },
  ],
  [ENTERPRISE_URN]: ENTERPRISE,
});

type Lists = { readonly attributes?: readonly string[]; readonly excludedAttributes?: readonly string[] };

const toQuery = (lists: Lists) =>
  Object.entries(lists)
    .map(([name, values]) => `${name}=${encodeURIComponent(values.join(','))}`)
    .join('&');

/** Ann as she is shown by every method that shows a user. */
async function showEverywhere(lists: Lists) {
  const client = await openQuickClient();
  const query = toQuery(lists);
  const shown: Record<string, Record<string, unknown>> = {};
  const made = await client.post(`/Users?${query}`, ANN);
  shown.POST = made.body;
  const path = `/Users/${made.body.id}`;
  shown.GET = (await client.get(`${path}?${query}`)).body;
  shown.list = (await client.get(`/Users?${query}`)).body.Resources[0];
  shown.root = (await client.get(`/?${query}`)).body.Resources[0];
  const search = { schemas: [SEARCH_URN], ...lists };
  shown.search = (await client.post('/Users/.search', search)).body.Resources[0];
  shown.rootSearch = (await client.post('/.search', search)).body.Resources[0];
  shown.PUT = (await client.put(`${path}?${query}`, ANN)).body;
  const change = { op: 'replace', path: 'title', value: 'Engineer' };
  const patched = await client.call(`${path}?${query}`, { method: 'PATCH', body: patch(change) });
  expect([made.status, patched.status]).toEqual([201, 200]);
  shown.PATCH = patched.body;
  const { id, meta } = (await client.get(path)).body;
  return { shown, id, meta };
}

const BOTH = [USER_URN, ENTERPRISE_URN];

test.each([
  [['userName'], { userName: 'ann' }],
  [['USERNAME', 'Title'], { userName: 'ann', title: 'Engineer' }],
  [['name.familyName'], { name: { familyName: 'Archer' } }],
  [['name.familyName', 'NAME.GIVENNAME'], { name: { familyName: 'Archer', givenName: 'Ann' } }],
  [['name.familyName', 'name'], { name: { familyName: 'Archer', givenName: 'Ann' } }],
  [['emails.value'], { emails: [{ value: 'ann@a.example' }, { value: 'ann@home.example' }] }],
  [['emails.primary'], { emails: [{ primary: true }] }],
  [[`${USER_URN}:userName`], { userName: 'ann' }],
  [[`${USER_URN}:name.givenName`.toUpperCase()], { name: { givenName: 'Ann' } }],
  [[`${ENTERPRISE_URN}:department`], { [ENTERPRISE_URN]: { department: 'Research' } }],
  [[`${ENTERPRISE_URN}:manager.value`], { [ENTERPRISE_URN]: { manager: { value: 'boss-1' } } }],
  [[ENTERPRISE_URN], { [ENTERPRISE_URN]: ENTERPRISE }],
  [['id', 'schemas'], {}],
] as const)(
  'rfc 111, rfc 112: attributes=%j shows that, id and schemas, whatever the method',
  async (attributes, expected) => {
    const { shown, id } = await showEverywhere({ attributes });
    for (const [method, body] of Object.entries(shown))
      expect(body, method).toEqual({ id, schemas: BOTH, ...expected });
  },
);

test.each([
  [['title'], { title: undefined }],
  [['TITLE', `${USER_URN}:name`], { title: undefined, name: undefined }],
  [['name.givenName'], { name: { familyName: 'Archer' } }],
  [['name.givenName', 'name.familyName'], { name: undefined }],
  [
    ['emails.type', 'emails.primary'],
    { emails: [{ value: 'ann@a.example' }, { value: 'ann@home.example' }] },
  ],
  [[`${ENTERPRISE_URN}:manager`], { [ENTERPRISE_URN]: { department: 'Research' } }],
  [[ENTERPRISE_URN], { [ENTERPRISE_URN]: undefined }],
  [['id', 'schemas', 'ID', `${USER_URN}:id`], {}],
] as const)(
  'rfc 111, rfc 112: excludedAttributes=%j leaves out that and nothing else, never id and schemas',
  async (excludedAttributes, expected) => {
    const { shown, id, meta } = await showEverywhere({ excludedAttributes });
    for (const [method, body] of Object.entries(shown))
      expect(body, method).toEqual({
        ...ANN,
        id,
        active: true,
        groups: [],
        meta: expect.anything(),
        ...expected,
      });
    expect(shown.GET?.meta).toEqual(meta);
  },
);

test('rfc 111: both lists at once are 400 invalidValue, whatever the method, and nothing is written', async () => {
  const { make, call, get } = await openQuickClient();
  const ann = await make('/Users', ANN);
  const both = { attributes: ['title'], excludedAttributes: ['name'] };
  const query = toQuery(both);
  const change = patch({ op: 'replace', path: 'title', value: 'changed' });
  for (const [method, path, body] of [
    ['GET', `/Users/${ann.id}?${query}`, undefined],
    ['GET', `/Users?${query}`, undefined],
    ['GET', `/?${query}`, undefined],
    ['POST', '/Users/.search', { schemas: [SEARCH_URN], ...both }],
    ['POST', '/.search', { schemas: [SEARCH_URN], ...both }],
    ['POST', `/Users?${query}`, user('ben')],
    ['PUT', `/Users/${ann.id}?${query}`, user('changed')],
    ['PATCH', `/Users/${ann.id}?${query}`, change],
  ] as const)
    expectRefusal(await call(path, { method, ...(body === undefined ? {} : { body }) }), 400, 'invalidValue');
  expect((await get('/Users')).body.Resources).toEqual([ann]);
});

test('rfc 111, rfc 112: a group is shown without its members, or with nothing but their ids', async () => {
  const { make, call, get } = await openQuickClient();
  const ann = await make('/Users', ANN);
  const { id } = await make('/Groups', group('Crew', [ann.id]));
  const change = patch({ op: 'add', path: 'members', value: [{ value: ann.id }] });
  const schemas = [GROUP_URN];
  for (const [query, expected] of [
    ['excludedAttributes=members,meta', { id, schemas, displayName: 'Crew' }],
    [`excludedAttributes=${GROUP_URN}:members,meta`, { id, schemas, displayName: 'Crew' }],
    ['attributes=members.value', { id, schemas, members: [{ value: ann.id }] }],
    [
      'attributes=members.type,displayName',
      { id, schemas, displayName: 'Crew', members: [{ type: 'User' }] },
    ],
  ] as const) {
    expect((await get(`/Groups/${id}?${query}`)).body).toEqual(expected);
    expect((await get(`/Groups?${query}`)).body.Resources).toEqual([expected]);
    const patched = await call(`/Groups/${id}?${query}`, { method: 'PATCH', body: change });
    expect([patched.status, patched.body]).toEqual([200, expected]);
  }
});

test('rfc 113: a name nobody declared is ignored, and hides none that stand beside it', async () => {
  const names = [
    'nothing',
    'title',
    'name.nothing',
    'urn:example:none:x',
    '',
    'a b',
    '!',
    `${ENTERPRISE_URN}:x`,
  ];
  const included = await showEverywhere({ attributes: names });
  for (const [method, body] of Object.entries(included.shown))
    expect(body, method).toEqual({ id: included.id, schemas: BOTH, title: 'Engineer' });
  const excluded = await showEverywhere({ excludedAttributes: names });
  const { title: _title, ...rest } = ANN as typeof ANN & { title: string };
  for (const [method, body] of Object.entries(excluded.shown))
    expect(body, method).toEqual({
      ...rest,
      id: excluded.id,
      active: true,
      groups: [],
      meta: expect.anything(),
    });
});

test('rfc 114: .search finds, sorts, cuts and shows what GET does, of users, of groups and of both', async () => {
  const { make, get, post } = await openQuickClient();
  for (const [index, name] of ['dee', 'Ann', 'cyd', 'Ben', 'eve'].entries()) {
    const { id } = await make('/Users', user(name, { displayName: `N${index % 2}`, title: 'x' }));
    await make('/Groups', { ...group(`G${name}`, [id]), externalId: `N${index % 2}` });
  }
  const found: Record<string, string[]> = {};
  for (const [path, filter, sortBy] of [
    ['/Users', 'displayName eq "N0"', 'userName'],
    ['/Groups', 'externalId eq "N0"', 'displayName'],
    ['', 'displayName eq "N0" or externalId eq "N0"', 'id'],
  ] as const) {
    for (const search of [
      {},
      { filter },
      { filter, sortBy, sortOrder: 'descending' },
      { sortBy, startIndex: 2, count: 2 },
      { filter, sortBy, sortOrder: 'descending', startIndex: 2, count: 2, attributes: ['displayName'] },
      { filter, startIndex: 3, count: 9, excludedAttributes: ['meta', 'title', 'members', 'groups'] },
    ]) {
      const query = new URLSearchParams(
        Object.fromEntries(Object.entries(search).map(([name, value]) => [name, String(value)])),
      );
      const searched = await post(`${path}/.search`, { schemas: [SEARCH_URN], ...search });
      const listed = await get(`${path || '/'}?${query}`);
      expect([searched.status, searched.body]).toEqual([200, listed.body]);
      expect(searched.headers.get('content-type')).toBe('application/scim+json');
      if ('attributes' in search) {
        found[path] = searched.body.Resources.map((resource: object) =>
          Object.entries(resource).flat().join(' '),
        );
        expect(searched.body).toMatchObject({ startIndex: 2, itemsPerPage: 2 });
      }
    }
  }
  // Of dee, cyd and eve, in descending order, the second and the third.
  expect(found['/Users']).toEqual([expect.stringContaining('N0'), expect.stringContaining('N0')]);
  expect(found['/Groups']?.map((text) => text.slice(-4))).toEqual(['Gdee', 'Gcyd']);
});

test('rfc 114: what is in the URL of .search counts for nothing, and a body that is none is refused', async () => {
  const { make, post } = await openQuickClient();
  for (const name of ['ann', 'ben']) await make('/Users', user(name));
  const filter = 'userName eq "ben"';
  const { body } = await post('/Users/.search?filter=userName%20eq%20%22ann%22&count=0', {
    schemas: [SEARCH_URN],
    filter,
  });
  expect(body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual(['ben']);
  for (const path of ['/Users/.search', '/Groups/.search', '/.search']) {
    expectRefusal(await post(path, { schemas: [USER_URN], filter }), 400, 'invalidSyntax');
    expectRefusal(await post(path, [filter]), 400, 'invalidSyntax');
    expectRefusal(await post(path, { schemas: [SEARCH_URN], filter: [filter] }), 400, 'invalidValue');
    expectRefusal(await post(path, { schemas: [SEARCH_URN], filter: 1 }), 400, 'invalidFilter');
  }
});

test('rfc 115: what is better not in a URL is searched by POST, and is not written to the log', async () => {
  const { make, post, find, log } = await openQuickClient();
  const address = 'private-7c1e@home.example';
  const { id } = await make('/Users', user('ann', { emails: [{ value: address }] }));
  await make('/Users', user('ben'));
  const filter = `emails.value eq "${address}"`;
  for (const answer of [
    await post('/Users/.search', { schemas: [SEARCH_URN], filter }),
    await find('/Users', filter),
  ]) {
    expect(answer.body.Resources.map((resource: { id: string }) => resource.id)).toEqual([id]);
    expect(JSON.stringify([...answer.headers])).not.toContain('private');
  }
  const broken = [
    await post('/Users/.search', { filter: `${filter} x` }),
    await find('/Users', `${filter} x`),
  ];
  for (const answer of broken) {
    expectRefusal(answer, 400, 'invalidFilter');
    expect(answer.text).not.toContain('private');
  }
  expect(JSON.stringify(log)).not.toContain('private');
});
