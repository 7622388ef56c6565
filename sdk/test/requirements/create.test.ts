import { expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { openClient } from '../support/client.ts';
import { BASE, ENTERPRISE_URN, GROUP_URN, group, USER_URN, user } from '../support/scim.ts';

const CREATES = [
  ['/Users', 'User', user('ann', { title: 'x', [ENTERPRISE_URN]: { department: 'd' } })],
  ['/Groups', 'Group', { ...group('Crew'), externalId: 'e1' }],
] as const;

test.each(CREATES)(
  'rfc 79: a new one of %s is 201, with its location, its version and itself',
  async (path, _name, body) => {
    const { post, get } = await openClient();
    const made = await post(path, body);
    const location = `${BASE}${path}/${made.body.id}`;
    expect([made.status, made.headers.get('location'), made.body.meta.location]).toEqual([
      201,
      location,
      location,
    ]);
    expect(made.headers.get('etag')).toBe(made.body.meta.version);
    expect(made.headers.get('content-type')).toBe('application/scim+json');
    const { schemas: _schemas, ...sent } = body;
    expect(made.body).toMatchObject(sent);
    expect((await get(`${path}/${made.body.id}`)).body).toEqual(made.body);
  },
);

test.each(CREATES)(
  'rfc 80: the same again at %s is 409 uniqueness, and leaves the first one as it is',
  async (path, _name, body) => {
    const { post, make, get } = await openClient();
    const first = await make(path, body);
    for (const more of [{}, { title: 'other', externalId: 'other' }]) {
      const refused = await post(path, { ...body, ...more });
      expectRefusal(refused, 409, 'uniqueness');
      expect(refused.headers.get('location')).toBeNull();
      expect(refused.text).not.toContain(first.id);
    }
    expect((await get(path)).body.Resources).toEqual([first]);
  },
);

test.each(CREATES)(
  'rfc 81: the endpoint %s makes the type %s, whatever the body says it is',
  async (path, name, body) => {
    const { make, get } = await openClient();
    const claim = name === 'User' ? 'Group' : 'User';
    const lie = { schemas: [claim === 'User' ? USER_URN : GROUP_URN], meta: { resourceType: claim } };
    const { id, meta, schemas } = await make(path, { ...body, ...lie });
    expect(meta.resourceType).toBe(name);
    expect(schemas[0]).toBe(name === 'User' ? USER_URN : GROUP_URN);
    expect((await get(`${path}/${id}`)).body.meta.resourceType).toBe(name);
    expect((await get(path === '/Users' ? '/Groups' : '/Users')).body.totalResults).toBe(0);
  },
);

test('rfc 82: the answer to POST shows what is asked for; Location and ETag are there all the same', async () => {
  const { post, get } = await openClient();
  const body = {
    title: 'x',
    emails: [{ value: 'a@x.example', type: 'work' }],
    [ENTERPRISE_URN]: { department: 'd' },
  };
  const schemas = [USER_URN, ENTERPRISE_URN];
  for (const [index, [query, shown]] of [
    ['attributes=userName', { userName: 'u0' }],
    ['attributes=emails.type,title', { title: 'x', emails: [{ type: 'work' }] }],
    [`attributes=${ENTERPRISE_URN}`, { [ENTERPRISE_URN]: { department: 'd' } }],
    ['attributes=nothing', {}],
    [
      'excludedAttributes=meta,groups,active,title,emails',
      { userName: 'u4', [ENTERPRISE_URN]: { department: 'd' } },
    ],
  ].entries() as Iterable<[number, [string, object]]>) {
    const made = await post(`/Users?${query}`, user(`u${index}`, body));
    const { id } = made.body;
    expect([made.status, made.body]).toEqual([201, { schemas, id, ...shown }]);
    const whole = await get(`/Users/${id}`);
    expect(whole.body).toMatchObject({ ...body, userName: `u${index}` });
    expect(made.headers.get('location')).toBe(whole.body.meta.location);
    expect(made.headers.get('etag')).toBe(whole.body.meta.version);
  }
  const both = await post('/Users?attributes=userName&excludedAttributes=title', user('both'));
  expectRefusal(both, 400, 'invalidValue');
  expect((await get('/Users')).body.totalResults).toBe(5);
});

test('rfc 83: a new user is active unless the client says otherwise, and PUT without the word changes nothing', async () => {
  const { make, get, put } = await openClient();
  const active = async (more: object, name: string) => {
    const { id, active: shown } = await make('/Users', user(name, more));
    const stored = (await get(`/Users/${id}`)).body.active;
    const kept = (await put(`/Users/${id}`, user(name, { title: 'x' }))).body.active;
    return [shown, stored, kept];
  };
  expect(await active({}, 'a')).toEqual([true, true, true]);
  expect(await active({ active: null }, 'b')).toEqual([true, true, true]);
  expect(await active({ active: true }, 'c')).toEqual([true, true, true]);
  expect(await active({ active: false }, 'd')).toEqual([false, false, false]);
});

test('rfc 83: what is readOnly is ignored on POST', async () => {
  const { make, get } = await openClient();
  const crew = await make('/Groups', group('Crew'));
  const readOnly = {
    id: 'mine',
    meta: { created: '2001-01-01T00:00:00Z', version: 'W/"7"', location: 'https://evil.example' },
    groups: [{ value: crew.id }],
  };
  const manager = { value: 'x', displayName: 'Boss' };
  const made = await make('/Users', user('ann', { ...readOnly, [ENTERPRISE_URN]: { manager } }));
  const bare = await make('/Users', user('bob', { [ENTERPRISE_URN]: { manager: { value: 'x' } } }));
  const comparable = ({
    id: _id,
    userName: _userName,
    meta,
    ...rest
  }: {
    id: string;
    userName: string;
    meta: object;
  }) => ({
    ...rest,
    meta: Object.keys(meta),
  });
  expect(comparable(made)).toEqual(comparable(bare));
  expect(made.id).not.toBe('mine');
  expect(made.meta.version).toBe('W/"1"');
  expect((await get(`/Groups/${crew.id}`)).body.members).toEqual([]);
});

test('rfc 84: POST to one resource is 405, says what is answered there, and writes nothing', async () => {
  const { make, post, get } = await openClient();
  for (const [path, body] of [
    ['/Users', user('ann')],
    ['/Groups', group('Crew')],
  ] as const) {
    const one = await make(path, body);
    for (const id of [one.id, 'nobody']) {
      const refused = await post(`${path}/${id}`, {
        ...body,
        title: 'x',
        userName: 'bob',
        displayName: 'Team',
      });
      expectRefusal(refused, 405);
      expect(refused.headers.get('allow')).toBe('GET, PUT, PATCH, DELETE');
    }
    expect((await get(path)).body.Resources).toEqual([one]);
  }
});
