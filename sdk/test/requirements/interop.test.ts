import { describe, expect, test } from 'vitest';
import type { ProfileName } from '../../src/index.ts';
import { ENTERPRISE_URN, GROUP_URN, group, openScim, patch, send, USER_URN, user } from '../support/scim.ts';

const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

/** A connection of the profile, as its identity provider sees it. */
async function open(profile: ProfileName = 'interop') {
  const { scim } = openScim();
  const { scimApiKey: key } = (
    await scim.management.createScimConnection({ customerId: 'acme', profile })
  ).getOrThrow();
  const ask = (path: string, method?: string, body?: unknown, headers: Record<string, string> = {}) =>
    send(scim, path, { key, headers, ...(method && { method }), ...(body !== undefined && { body }) });
  return {
    scim,
    ask,
    get: (path: string, headers?: Record<string, string>) => ask(path, 'GET', undefined, headers),
    find: (filter: string) => ask(`/Users?filter=${encodeURIComponent(filter)}`),
    post: (path: string, body: unknown) => ask(path, 'POST', body),
    put: (path: string, body: unknown) => ask(path, 'PUT', body),
    remove: (path: string) => ask(path, 'DELETE'),
    patch: (path: string, ...operations: readonly object[]) => ask(path, 'PATCH', patch(...operations)),
    bulk: (...operations: readonly object[]) =>
      ask('/Bulk', 'POST', { schemas: [BULK_URN], Operations: operations }),
    async make(path: string, body: unknown) {
      const { status, body: made } = await ask(path, 'POST', body);
      expect(status).toBe(201);
      return { id: String(made.id), path: `${path}/${made.id}` };
    },
  };
}

const emails = [
  { value: 'ann@work.example', type: 'work' },
  { value: 'ann@home.example', type: 'home' },
];

describe('rfc 194: what the server says of itself', () => {
  test('rfc 194: an interop connection is told that the server conforms, and what that leaves out', async () => {
    const { get } = await open();

    const { body: config } = await get('/ServiceProviderConfig');
    const { body: types } = await get('/ResourceTypes');

    expect(config).toMatchObject({
      interopProfileConformant: true,
      patch: { supported: true },
      filter: { supported: true },
      etag: { supported: false },
    });
    expect(types.Resources.map(({ id }: { id: string }) => id)).toEqual(['User', 'Group']);
    for (const { id, name } of types.Resources) expect(id).toBe(name);
  });

  test('rfc 194: no other connection is told so, nor who asks without a key', async () => {
    const { get, scim } = await open();
    const unknown = await send(scim, '/ServiceProviderConfig');
    const others = [await open('compat'), await open('strict')];

    const configs = [unknown, ...(await Promise.all(others.map((one) => one.get('/ServiceProviderConfig'))))];

    expect((await get('/ServiceProviderConfig')).body).toHaveProperty('interopProfileConformant');
    for (const { status, body } of configs) {
      expect([status, body.etag.supported]).toEqual([200, true]);
      expect(body).not.toHaveProperty('interopProfileConformant');
    }
  });

  test('rfc 194: every answer with a body is application/scim+json', async () => {
    const { get, post, put } = await open();
    const answers = [
      await get('/ServiceProviderConfig'),
      await get('/Users'),
      await post('/Users', user('ann')),
      await post('/Users', user('ann')),
      await get('/Users/none'),
      await put('/Users/none', user('bob')),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 201, 409, 404, 405]);
    for (const { headers } of answers) expect(headers.get('content-type')).toBe('application/scim+json');
  });
});

describe('rfc 195: only what the schemas have', () => {
  test.each([
    ['an attribute', { department: 'Tours' }],
    ['a password', { password: 'secret' }],
    ['a part of a complex attribute', { name: { nick: 'Annie' } }],
    ['a part of a value in a list', { emails: [{ value: 'a@b.example', verified: true }] }],
    ['an attribute of the extension', { schemas: [USER_URN, ENTERPRISE_URN], [ENTERPRISE_URN]: { desk: 1 } }],
    ['a schema', { schemas: [USER_URN, 'urn:example:none'] }],
    ['a schema of another type', { schemas: [GROUP_URN] }],
  ])('rfc 195: %s that nobody has declared is refused with invalidSyntax', async (_what, more) => {
    const { post, get } = await open();

    const refused = await post('/Users', user('ann', more));

    expect(refused).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } });
    expect((await get('/Users')).body.totalResults).toBe(0);
  });

  test('rfc 195: a body without schemas is refused with invalidSyntax', async () => {
    const { post } = await open();
    const refused = await post('/Users', { userName: 'ann' });
    expect(refused).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } });
  });

  test('rfc 195: in a PATCH an unknown part is invalidSyntax, an unknown path invalidPath', async () => {
    const interop = await open();
    const { path } = await interop.make('/Users', user('ann'));

    const part = await interop.patch(path, { op: 'add', path: 'name', value: { nick: 'Annie' } });
    const unknown = await interop.patch(path, { op: 'add', path: 'shoeSize', value: 42 });

    expect(part).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } });
    expect(unknown).toMatchObject({ status: 400, body: { scimType: 'invalidPath' } });
  });

  test('rfc 195: where the schema lists values no other is taken, in POST, in PATCH and for members', async () => {
    const interop = await open();
    const { id, path } = await interop.make('/Users', user('ann', { emails }));
    const { path: groupPath } = await interop.make('/Groups', group('Staff', [id]));
    const strange = [{ value: 'a@b.example', type: 'school' }];

    const refused = [
      await interop.post('/Users', user('bob', { emails: strange })),
      await interop.patch(path, { op: 'add', path: 'emails', value: strange }),
      await interop.patch(path, { op: 'replace', path: 'emails[type eq "work"].type', value: 'school' }),
      await interop.patch(groupPath, { op: 'add', path: 'members', value: [{ value: id, type: 'Robot' }] }),
    ];

    for (const answer of refused)
      expect(answer).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    expect(refused[0]?.body.detail).toContain('work, home, other');
    expect((await interop.get(path)).body.emails).toEqual(emails);
  });

  test('rfc 195: a listed value is taken in any case, and a list that is a suggestion elsewhere stays one', async () => {
    const interop = await open();
    const listed = [{ value: 'a@b.example', type: 'Work' }];
    const strange = [{ value: 'a@b.example', type: 'school' }];

    expect((await interop.post('/Users', user('ann', { emails: listed }))).body.emails).toEqual(listed);
    for (const name of ['compat', 'strict'] as const) {
      const { post } = await open(name);
      expect((await post('/Users', user('ann', { emails: strange }))).body.emails).toEqual(strange);
    }
  });

  test('rfc 195: what a connection held before it became interop stays and does not stand in the way', async () => {
    const { scim, make, patch: change } = await open('compat');
    const strange = [{ value: 'a@b.example', type: 'school' }];
    const { path } = await make('/Users', user('ann', { emails: strange }));
    await scim.management.patchScimConnection({ customerId: 'acme', profile: 'interop' });

    const changed = await change(path, { op: 'replace', path: 'title', value: 'Guide' });

    expect(changed).toMatchObject({ status: 200, body: { title: 'Guide', emails: strange } });
  });
});

describe('rfc 196: filters', () => {
  test('rfc 196: eq and and are served, and so are all the others', async () => {
    const { make, find } = await open();
    await make('/Users', user('ann', { title: 'Guide', emails }));
    await make('/Users', user('bob', { title: 'Guide' }));
    const found = async (filter: string) =>
      (await find(filter)).body.Resources.map(({ userName }: { userName: string }) => userName);

    expect(await found('userName eq "ann"')).toEqual(['ann']);
    expect(await found('title eq "Guide" and userName eq "bob"')).toEqual(['bob']);
    expect(await found('emails[type eq "work" and value eq "ann@work.example"]')).toEqual(['ann']);
    expect(await found('userName sw "b" or not (title pr)')).toEqual(['bob']);
  });

  test.each([
    'favouriteColour eq "green"',
    'name.nick eq "Annie"',
    'emails[verified eq true]',
    'userName eq "ann" and shoeSize eq 42',
    'manager eq "1"',
    'urn:example:none:desk eq "1"',
  ])('rfc 196: %s names an attribute nobody has declared: invalidFilter', async (filter) => {
    const { find } = await open();
    expect(await find(filter)).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
  });

  test('rfc 196: a filter and uniqueness tell names apart, or not, in the same way', async () => {
    const { make, find, post } = await open();
    await make('/Users', user('Ann', { externalId: 'x1' }));

    for (const name of ['Ann', 'ANN', 'ann']) {
      expect((await find(`userName eq "${name}"`)).body.totalResults).toBe(1);
      expect(await post('/Users', user(name))).toMatchObject({
        status: 409,
        body: { scimType: 'uniqueness' },
      });
    }
    expect((await find('userName eq "Anna"')).body.totalResults).toBe(0);
    expect((await post('/Users', user('Anna', { externalId: 'X1' }))).status).toBe(201);
    expect((await find('externalId eq "x1"')).body.totalResults).toBe(1);
  });
});

test('rfc 197: a page has 100 resources unless another count is asked for, and can have more', async () => {
  const { bulk, get } = await open();
  const make = (index: number) => ({
    method: 'POST',
    path: '/Users',
    bulkId: `${index}`,
    data: user(`user-${index}`),
  });
  expect((await bulk(...Array.from({ length: 120 }, (_, index) => make(index)))).status).toBe(200);

  const [unasked, hundred, more] = [
    await get('/Users'),
    await get('/Users?count=100'),
    await get('/Users?count=120'),
  ];

  expect([unasked, hundred, more].map(({ body }) => body.Resources.length)).toEqual([100, 100, 120]);
  expect(unasked.body).toMatchObject({ totalResults: 120, itemsPerPage: 100, startIndex: 1 });
  expect((await get('/ServiceProviderConfig')).body.filter.maxResults).toBeGreaterThanOrEqual(100);
});

describe('rfc 198: PATCH, and only PATCH', () => {
  test.each([
    ['add', { op: 'add', value: { title: 'Guide' } }],
    ['replace', { op: 'replace', value: { title: 'Guide' } }],
    ['replace with an empty path', { op: 'replace', path: '', value: { title: 'Guide' } }],
    ['replace without value', { op: 'replace' }],
  ])('rfc 198: %s without a path is refused, with a detail that says so', async (_name, operation) => {
    const interop = await open();
    const { path } = await interop.make('/Users', user('ann'));

    const refused = await interop.patch(path, { op: 'add', path: 'nickName', value: 'A' }, operation);

    expect(refused).toMatchObject({ status: 400, body: { scimType: 'invalidPath' } });
    expect(refused.body.detail).toContain('needs a path');
    expect((await interop.get(path)).body).not.toHaveProperty('nickName');
  });

  test('rfc 198: a remove without a path is refused with noTarget, as ever', async () => {
    const interop = await open();
    const { path } = await interop.make('/Users', user('ann'));
    expect(await interop.patch(path, { op: 'remove' })).toMatchObject({
      status: 400,
      body: { scimType: 'noTarget' },
    });
  });

  test('rfc 198: to a single value add and replace do the same', async () => {
    const interop = await open();
    for (const op of ['add', 'replace']) {
      const { path } = await interop.make('/Users', user(`ann-${op}`, { title: 'Guide' }));
      const answer = await interop.patch(
        path,
        { op, path: 'title', value: 'Lead' },
        { op, path: 'nickName', value: 'A' },
        { op, path: 'name.givenName', value: 'Ann' },
        { op, path: `${ENTERPRISE_URN}:manager.value`, value: '1' },
      );
      expect(answer).toMatchObject({
        status: 200,
        body: {
          title: 'Lead',
          nickName: 'A',
          name: { givenName: 'Ann' },
          [ENTERPRISE_URN]: { manager: { value: '1' } },
        },
      });
    }
  });

  test('rfc 198: replace of a complex attribute replaces the whole, add merges', async () => {
    const interop = await open();
    const name = { givenName: 'Ann', familyName: 'Lee' };
    const { path } = await interop.make('/Users', user('ann', { name }));
    const nameAfter = async (op: string, value: object) =>
      (await interop.patch(path, { op, path: 'name', value })).body.name;

    expect(await nameAfter('add', { middleName: 'Q' })).toEqual({ ...name, middleName: 'Q' });
    expect(await nameAfter('replace', { familyName: 'Poe' })).toEqual({ familyName: 'Poe' });
    expect(await nameAfter('replace', { givenName: 'Ann', familyName: null })).toEqual({ givenName: 'Ann' });
  });

  test('rfc 198: by the RFCs, replace of a complex attribute keeps what it does not name', async () => {
    const strict = await open('strict');
    const { path } = await strict.make(
      '/Users',
      user('ann', { name: { givenName: 'Ann', familyName: 'Lee' } }),
    );
    const answer = await strict.patch(path, { op: 'replace', path: 'name', value: { familyName: 'Poe' } });
    expect(answer.body.name).toEqual({ givenName: 'Ann', familyName: 'Poe' });
  });

  test('rfc 198: a path with a filter names the sub-attribute to set', async () => {
    const interop = await open();
    const { path } = await interop.make('/Users', user('ann', { emails }));
    const whole = 'emails[type eq "work"]';
    const value = { value: 'ann@new.example', type: 'work' };

    for (const op of ['add', 'replace']) {
      const refused = await interop.patch(path, { op, path: whole, value });
      expect(refused).toMatchObject({ status: 400, body: { scimType: 'invalidPath' } });
      expect(refused.body.detail).toContain('emails[…].value');
    }
    const set = await interop.patch(path, {
      op: 'replace',
      path: `${whole}.value`,
      value: 'ann@new.example',
    });
    expect(set.body.emails).toEqual([value, emails[1]]);
  });

  test('rfc 198: whole values that a filter finds can be removed: a member leaves a group in no other way', async () => {
    const interop = await open();
    const ann = await interop.make('/Users', user('ann', { emails }));
    const bob = await interop.make('/Users', user('bob'));
    const staff = await interop.make('/Groups', group('Staff', [ann.id, bob.id]));

    await interop.patch(ann.path, { op: 'remove', path: 'emails[type eq "work"]' });
    await interop.patch(staff.path, { op: 'remove', path: `members[value eq "${bob.id}"]` });
    const named = await interop.patch(staff.path, {
      op: 'remove',
      path: 'members',
      value: [{ value: ann.id }],
    });

    expect((await interop.get(ann.path)).body.emails).toEqual([emails[1]]);
    expect(named).toMatchObject({ status: 400, body: { scimType: 'invalidValue' } });
    expect((await interop.get(staff.path)).body.members).toMatchObject([{ value: ann.id }]);
  });

  test('rfc 198: PUT is 405, alone and in a bulk request, and Allow says what there is instead', async () => {
    const interop = await open();
    const { path } = await interop.make('/Users', user('ann'));

    const alone = await interop.put(path, user('bob'));
    const { body } = await interop.bulk({ method: 'PUT', path, data: user('bob') });

    expect([alone.status, alone.headers.get('allow')]).toEqual([405, 'GET, PATCH, DELETE']);
    expect(alone.body.detail).toContain('PATCH');
    expect(body.Operations).toMatchObject([{ status: '405', response: { status: '405' } }]);
    expect((await interop.get(path)).body.userName).toBe('ann');
  });
});

describe('rfc 199: deletion, uniqueness, no entity tags', () => {
  test('rfc 199: no answer has an ETag, a meta.version or a version in a bulk result', async () => {
    const interop = await open();
    const { id, path } = await interop.make('/Users', user('ann'));
    const staff = await interop.make('/Groups', group('Staff', [id]));
    const other = await interop.make('/Users', user('dan'));
    const member = { op: 'add', path: 'members', value: [{ value: other.id }] };
    const answers = [
      await interop.post('/Users', user('bob')),
      await interop.get(path),
      await interop.get(`${path}?attributes=meta.version,userName`),
      await interop.patch(path, { op: 'add', path: 'title', value: 'Guide' }),
      await interop.patch(staff.path, member),
      await interop.get(staff.path),
    ];
    const { body: list } = await interop.get('/Users');
    const { body: bulk } = await interop.bulk(
      { method: 'POST', path: '/Users', bulkId: '1', data: user('cid') },
      { method: 'PATCH', path, data: patch({ op: 'add', path: 'title', value: 'Lead' }) },
    );

    for (const { status, headers, text } of answers) {
      expect(status).toBeLessThan(400);
      expect(headers.has('etag')).toBe(false);
      expect(text).not.toContain('"version"');
    }
    for (const { meta } of list.Resources) expect(Object.keys(meta)).not.toContain('version');
    expect(bulk.Operations.map(({ status }: { status: string }) => status)).toEqual(['201', '200']);
    for (const result of bulk.Operations) expect(result).not.toHaveProperty('version');
  });

  test('rfc 199: there is nothing to be unmodified since: If-None-Match gives no 304', async () => {
    const interop = await open();
    const { path } = await interop.make('/Users', user('ann'));
    for (const tag of ['*', 'W/"1"'])
      expect((await interop.get(path, { 'if-none-match': tag })).status).toBe(200);
  });

  test('rfc 199: a condition that is sent all the same is held, so that nobody overwrites what they have not seen', async () => {
    const interop = await open();
    const { path } = await interop.make('/Users', user('ann'));
    const body = patch({ op: 'add', path: 'title', value: 'Guide' });

    const stale = await interop.ask(path, 'PATCH', body, { 'if-match': 'W/"old"' });
    const any = await interop.ask(path, 'PATCH', body, { 'if-match': '*' });

    expect([stale.status, any.status]).toEqual([412, 200]);
  });

  test('rfc 199: a deleted resource is gone, and its identifiers can be used again', async () => {
    const interop = await open();
    const body = user('ann', { externalId: 'x1' });
    const first = await interop.make('/Users', body);

    const deleted = await interop.remove(first.path);
    const second = await interop.post('/Users', body);

    expect([deleted.status, deleted.text]).toEqual([204, '']);
    const again = [
      await interop.get(first.path),
      await interop.patch(first.path, { op: 'add', path: 'title', value: 'x' }),
      await interop.remove(first.path),
    ];
    expect(again.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(second.status).toBe(201);
    expect(second.body.id).not.toBe(first.id);
    expect((await interop.find('externalId eq "x1"')).body.totalResults).toBe(1);
  });

  test('rfc 199: a name that is taken is 409 uniqueness in POST and in PATCH', async () => {
    const interop = await open();
    await interop.make('/Users', user('ann'));
    const { path } = await interop.make('/Users', user('bob'));

    const answers = [
      await interop.post('/Users', user('ann')),
      await interop.patch(path, { op: 'replace', path: 'userName', value: 'Ann' }),
    ];

    for (const answer of answers)
      expect(answer).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect((await interop.get(path)).body.userName).toBe('bob');
  });
});

test('rfc 149, rfc 198: two users of a bulk request who manage each other are created all the same', async () => {
  const { bulk, get } = await open();
  const data = (userName: string, manager: string) => ({
    schemas: [USER_URN, ENTERPRISE_URN],
    userName,
    [ENTERPRISE_URN]: { manager: { value: `bulkId:${manager}` } },
  });

  const { body } = await bulk(
    { method: 'POST', path: '/Users', bulkId: 'a', data: data('ann', 'b') },
    { method: 'POST', path: '/Users', bulkId: 'b', data: data('bob', 'a') },
  );

  expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual(['201', '201']);
  const { Resources } = (await get('/Users')).body;
  const [ann, bob] = Resources;
  expect(ann[ENTERPRISE_URN].manager.value).toBe(bob.id);
  expect(bob[ENTERPRISE_URN].manager.value).toBe(ann.id);
});
