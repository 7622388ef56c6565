import { describe, expect, test } from 'vitest';
import { expectRefusal } from './support/answers.ts';
import { connect, group, openScim, patch, SEARCH_URN, send, user } from './support/scim.ts';

const DEVICE_URN = 'urn:example:params:scim:schemas:2.0:Device';

const DEVICE = {
  name: 'Device',
  endpoint: '/Devices',
  schema: {
    id: DEVICE_URN,
    name: 'Device',
    attributes: [{ name: 'serial', required: true }, { name: 'displayName' }],
  },
};

/** A user, a group, and a device with a text where users have a truth value, and another where they have parts. */
async function openMixed() {
  const attributes = [{ name: 'active' }, { name: 'name' }, { name: 'secret', returned: 'never' as const }];
  const schema = { id: DEVICE_URN, name: 'Device', attributes };
  const { scim } = openScim({ resourceTypes: [{ ...DEVICE, schema }] });
  const { key } = await connect(scim);
  const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
  const names = new Map<string, string>();
  for (const [name, path, body] of [
    ['u1', '/Users', user('u1', { active: true, name: { givenName: 'Ann', familyName: 'Lee' } })],
    ['g1', '/Groups', group('g')],
    ['d1', '/Devices', { schemas: [DEVICE_URN], active: 'sleeping', name: 'rack' }],
  ] as const)
    names.set((await call(path, { body })).body.id, name);
  const namesOf = ({ body }: { readonly body: { readonly Resources: readonly { id: string }[] } }) =>
    body.Resources.map(({ id }) => names.get(id)).join(' ');
  return { call, namesOf };
}

/** Users, groups and devices, made in turns. */
async function open() {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock = () => {
    now += 3;
    return now;
  };
  const { scim } = openScim({ clock, resourceTypes: [DEVICE] });
  const { key } = await connect(scim);
  const call = (path: string, more: object = {}) => send(scim, path, { key, ...more });
  const names = new Map<string, string>();
  const make = async (name: string, path: string, body: object) => {
    const { id } = (await call(path, { body })).body;
    names.set(id, name);
    return id as string;
  };
  const first = await make('u1', '/Users', user('u1', { displayName: 'd' }));
  await make('g1', '/Groups', group('b', [first]));
  await make('d1', '/Devices', { schemas: [DEVICE_URN], serial: 's1', displayName: 'a' });
  await make('u2', '/Users', user('u2'));
  await make('g2', '/Groups', group('E'));
  await make('d2', '/Devices', { schemas: [DEVICE_URN], serial: 's2', displayName: 'c' });
  const search = (query: object) => call('/.search', { body: { schemas: [SEARCH_URN], ...query } });
  const namesOf = ({ body }: { readonly body: { readonly Resources: readonly { id: string }[] } }) =>
    body.Resources.map(({ id }) => names.get(id)).join(' ');
  return { scim, key, call, search, namesOf, names };
}

const ALL = 'u1 g1 d1 u2 g2 d2';

describe('a query at the root', () => {
  test('rfc 88: finds resources of all types, each as its own endpoint shows it', async () => {
    const { call, search, namesOf } = await open();
    const answer = await call('/');
    expect(answer.status).toBe(200);
    expect(namesOf(answer)).toBe(ALL);
    expect(answer.body).toMatchObject({ totalResults: 6, startIndex: 1, itemsPerPage: 6 });
    for (const resource of answer.body.Resources) {
      const endpoint = `/${resource.meta.resourceType}s/${resource.id}`;
      expect((await call(endpoint)).body).toEqual(resource);
    }
    expect((await search({})).text).toBe(answer.text);
  });

  test.each([
    ['displayName eq "e" or userName eq "u2"', 'u2 g2'],
    ['userName pr', 'u1 u2'],
    ['not (userName pr)', 'g1 d1 g2 d2'],
    ['serial sw "s"', 'd1 d2'],
    ['userName ne "u1"', 'g1 d1 u2 g2 d2'],
    ['members pr', 'g1'],
    ['meta.resourceType eq "User" or meta.resourceType eq "Group"', 'u1 g1 u2 g2'],
    [`${DEVICE_URN}:serial eq "S1"`, 'd1'],
    ['nothing eq "x"', ''],
  ])('rfc 88: with %s counts an undefined attribute as without value', async (filter, expected) => {
    const { search, namesOf } = await open();
    const answer = await search({ filter });
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    expect([namesOf(answer), answer.body.totalResults]).toEqual([
      expected,
      expected.split(' ').filter(Boolean).length,
    ]);
  });

  test.each([
    ['active eq true', 'u1'],
    ['active eq "sleeping"', 'd1'],
    ['active ne true', 'd1 g1'],
    ['not (active eq true)', 'd1 g1'],
    ['active co "sleep" or displayName eq "g"', 'd1 g1'],
    ['active gt "a"', 'd1'],
    ['active pr', 'u1 d1'],
    ['active eq null', 'g1'],
    ['name eq "rack"', 'd1'],
    ['name.givenName eq "Ann"', 'u1'],
    ['name[givenName eq "Ann" and familyName pr]', 'u1'],
    ['name[givenName eq "Ann"] and active eq true', 'u1'],
    ['name eq "rack" and active eq true', ''],
  ])('rfc 88: with %s takes each type as far as its attributes go', async (filter, expected) => {
    const { call, namesOf } = await openMixed();
    const answer = await call(`/?filter=${encodeURIComponent(filter)}`);
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    expect(namesOf(answer).split(' ').sort()).toEqual(expected.split(' ').sort());
  });

  test.each([
    'active eq 1',
    'active gt true',
    'active co true',
    'displayName eq 7',
    'displayName eq 7 or userName pr',
    'secret pr',
    'secret eq "x" or name eq "rack"',
    'meta.version pr',
    'meta.lastModified gt "yesterday"',
    'emails eq',
  ])(
    'rfc 94: with %s, which fits none of the types that have the attribute, is invalidFilter',
    async (filter) => {
      const { call } = await openMixed();
      for (const path of ['/', '/?cursor&'])
        expectRefusal(
          await call(`${path}${path === '/' ? '?' : ''}filter=${encodeURIComponent(filter)}`),
          400,
          'invalidFilter',
        );
    },
  );

  test('is the same for a connection that is read strictly', async () => {
    const { scim, key, call, namesOf } = await open();
    await scim.management.patchScimConnection({ customerId: 'acme', profile: 'strict' });
    const filter = encodeURIComponent('userName pr or serial eq "s1"');
    expect(namesOf(await send(scim, `/?filter=${filter}`, { key }))).toBe('u1 d1 u2');
    expectRefusal(await call(`/Groups?filter=${filter}`), 400, 'invalidFilter');
  });

  test.each([
    [{ sortBy: 'displayName' }, 'd1 g1 d2 u1 g2 u2'],
    [{ sortBy: 'displayName', sortOrder: 'descending' }, 'u2 g2 u1 d2 g1 d1'],
    [{ sortBy: 'userName' }, 'u1 u2 g1 d1 g2 d2'],
    [{ sortBy: 'userName', sortOrder: 'descending' }, 'g1 d1 g2 d2 u2 u1'],
    [{ sortBy: 'meta.resourceType' }, 'd1 d2 g1 g2 u1 u2'],
    [{ sortBy: 'nothing' }, ALL],
  ])('rfc-105 %o orders over all types', async (query, expected) => {
    const { search, namesOf } = await open();
    expect(namesOf(await search(query))).toBe(expected);
    const byIndex: string[] = [];
    for (let startIndex = 1; startIndex <= 6; startIndex += 1)
      byIndex.push(namesOf(await search({ ...query, startIndex, count: 1 })));
    expect(byIndex.join(' ')).toBe(expected);
  });

  test('is paged by cursor too', async () => {
    const { search, call, namesOf } = await open();
    for (const [query, expected] of [
      [{}, ALL],
      [{ sortBy: 'displayName', sortOrder: 'descending' }, 'u2 g2 u1 d2 g1 d1'],
    ] as const) {
      const pages: string[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page = await search({ ...query, count: 2, cursor });
        pages.push(namesOf(page));
        cursor = page.body.nextCursor;
      }
      expect(pages).toHaveLength(3);
      expect(pages.join(' ')).toBe(expected);
    }
    const { nextCursor } = (await call('/?cursor&count=2')).body;
    expectRefusal(await call(`/Users?count=2&cursor=${nextCursor}`), 400, 'invalidCursor');
  });

  test('rfc-111 shows the attributes asked for of each type', async () => {
    const { call } = await open();
    const { body } = await call('/?attributes=userName,serial');
    const shown = body.Resources.map((resource: object) => Object.keys(resource).sort().join(' '));
    expect(new Set(shown)).toEqual(new Set(['id schemas userName', 'id schemas', 'id schemas serial']));
    expectRefusal(await call('/?attributes=userName&excludedAttributes=serial'), 400, 'invalidValue');
  });

  test('finds what one customer has, and nothing of another', async () => {
    const { scim } = await open();
    const { key, connectionId } = await connect(scim, 'globex');
    for (const path of ['/', `/${connectionId}`, `/${connectionId}/`])
      expect((await send(scim, path, { key })).body.totalResults).toBe(0);
    expect((await send(scim, '/.search', { key, body: {} })).body.totalResults).toBe(0);
    const without = await send(scim, '/');
    expectRefusal(without, 401);
  });

  test('rfc-71 is a query only', async () => {
    const { call } = await open();
    expectRefusal(await call('/', { body: user('x') }), 405);
    expectRefusal(await call('/', { method: 'PATCH', body: patch() }), 405);
    expectRefusal(await call('/.search'), 405);
    expectRefusal(await call('/.search/x'), 404);
  });
});
