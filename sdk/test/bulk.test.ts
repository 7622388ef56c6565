import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refuse } from '../src/index.ts';
import { expectRefusal, findFaults, runs, seconds } from './support/answers.ts';
import {
  BASE,
  type Call,
  connect,
  ENTERPRISE_URN,
  ERROR_URN,
  group,
  type OpenOptions,
  openScim,
  patch,
  send,
  user,
} from './support/scim.ts';

const REQUEST_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

describe('a bulk request', () => {
  test('rfc 144, rfc 147: is a 200 with one result for each operation, in order', async () => {
    const { bulk, call } = await open();
    const [ann, ben] = [await create(call, user('ann')), await create(call, user('ben'))];

    const answer = await bulk([
      post('a', user('cy')),
      { method: 'PUT', path: `/Users/${ann}`, bulkId: 'mine', data: user('ann', { title: 'Boss' }) },
      { method: 'PATCH', path: `/Users/${ann}`, data: set('title', 'Chief') },
      { method: 'DELETE', path: `/Users/${ben}` },
      post('b', user('cy')),
      { method: 'DELETE', path: '/Users/unknown' },
    ]);

    expect(answer.status).toBe(200);
    expect(findFaults(answer)).toEqual([]);
    expect(answer.body).toEqual({
      schemas: [RESPONSE_URN],
      Operations: [
        {
          location: expect.stringMatching(`^${BASE}/Users/[0-9a-f-]{36}$`),
          method: 'POST',
          bulkId: 'a',
          version: 'W/"1"',
          status: '201',
        },
        {
          location: `${BASE}/Users/${ann}`,
          method: 'PUT',
          bulkId: 'mine',
          version: 'W/"2"',
          status: '200',
        },
        { location: `${BASE}/Users/${ann}`, method: 'PATCH', version: 'W/"3"', status: '200' },
        { location: `${BASE}/Users/${ben}`, method: 'DELETE', status: '204' },
        {
          method: 'POST',
          bulkId: 'b',
          status: '409',
          response: {
            schemas: [ERROR_URN],
            status: '409',
            scimType: 'uniqueness',
            detail: expect.any(String),
          },
        },
        {
          location: `${BASE}/Users/unknown`,
          method: 'DELETE',
          status: '404',
          response: { schemas: [ERROR_URN], status: '404', detail: expect.any(String) },
        },
      ],
    });
    expect((await call(`/Users/${ann}`)).body).toMatchObject({ title: 'Chief', meta: { version: 'W/"3"' } });
    expect((await call(`/Users/${ben}`)).status).toBe(404);
  });

  test('rfc 145: one that is malformed is a 400', async () => {
    const { call } = await open();
    for (const body of [
      {},
      { schemas: [RESPONSE_URN], Operations: [post('a', user('ann'))] },
      { schemas: [REQUEST_URN], Operations: {} },
      { schemas: [REQUEST_URN], Operations: [] },
    ])
      expectRefusal(await call('/Bulk', { body }), 400, 'invalidSyntax');
    for (const failOnErrors of [0, -1, 1.5, '1', true])
      expectRefusal(
        await call('/Bulk', { body: { ...envelope([post('a', user('ann'))]), failOnErrors } }),
        400,
        'invalidValue',
      );
    expectRefusal(await call('/Bulk', { body: '{"Operations":' }), 400, 'invalidSyntax');
    expect((await call('/Users')).body.totalResults).toBe(0);
  });

  test('rfc 145: a malformed operation fails alone', async () => {
    const { bulk, call } = await open();

    const answer = await bulk([
      'nothing',
      { method: 'POST', path: '/Users', data: user('no-bulk-id') },
      { method: 'GET', path: '/Users', bulkId: 'x' },
      post('a', user('ann')),
      post('a', user('same-bulk-id')),
      { method: 'PATCH', path: '/Users/bulkId:a' },
      post('c', []),
      post('d', user('ben', { active: 'perhaps' })),
    ]);

    expect(statuses(answer)).toBe('400 400 400 201 400 400 400 400');
    expect(answer.body.Operations[4]).toMatchObject({ bulkId: 'a', response: { scimType: 'invalidValue' } });
    expect(answer.body.Operations[2].response.scimType).toBe('invalidSyntax');
    expect((await call('/Users')).body.totalResults).toBe(1);
  });

  test('rfc 71: /Bulk answers POST alone, and needs a key', async () => {
    const { scim, call } = await open();
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
      expect((await call('/Bulk', { method })).headers.get('allow')).toBe('POST');
    expect((await send(scim, '/Bulk', { body: envelope([]) })).status).toBe(401);
    expect((await call('/Bulk/1', { body: envelope([]) })).status).toBe(404);
  });

  test('rfc 161: below the URL of a connection, locations are below it too', async () => {
    const { call, connectionId } = await open();

    const answer = await call(`/${connectionId}/Bulk`, { body: envelope([post('a', user('ann'))]) });

    const [{ location }] = answer.body.Operations;
    expect(location).toMatch(`${BASE}/${connectionId}/Users/`);
    expect((await call(location.slice(BASE.length))).body.userName).toBe('ann');
  });
});

describe('failOnErrors', () => {
  const operations = [
    post('a', user('ann')),
    post('b', []),
    post('c', user('ben')),
    post('d', []),
    post('e', user('cy')),
  ];

  test.each([
    [undefined, '201 400 201 400 201'],
    [3, '201 400 201 400 201'],
    [2, '201 400 201 400'],
    [1, '201 400'],
  ])('rfc 146: of %s leaves %s', async (failOnErrors, expected) => {
    const { bulk, call } = await open();

    const answer = await bulk(operations, { failOnErrors });

    expect(statuses(answer)).toBe(expected);
    expect((await call('/Users')).body.totalResults).toBe(expected.split('201').length - 1);
  });

  test('rfc 146: what was begun in two parts is brought to its end', async () => {
    const { bulk, call } = await open();

    const answer = await bulk(
      [
        post('a', user('ann', managed('b'))),
        post('b', { ...managed('a'), userName: 1 }),
        post('c', user('cy')),
      ],
      { failOnErrors: 1 },
    );

    // The operations outside of the circle come first.
    expect(statuses(answer)).toBe('409 400 201');
    expect((await call('/Users')).body.Resources.map((one: { userName: string }) => one.userName)).toEqual([
      'cy',
    ]);
  });
});

describe('references', () => {
  test('rfc 148: stand for ids in members, extensions and path, backwards and forwards', async () => {
    const { bulk, call } = await open();

    const answer = await bulk([
      post(
        'team',
        { ...group('Team'), members: [{ value: 'bulkId:ann' }, { value: 'bulkId:ben' }] },
        '/Groups',
      ),
      { method: 'PATCH', path: '/Users/bulkId:ben', data: set('title', 'Boss') },
      post('ann', user('ann', managed('ben'))),
      post('ben', user('ben')),
      { method: 'PATCH', path: '/Groups/bulkId:team', data: set('displayName', 'Team 2') },
    ]);

    expect(statuses(answer)).toBe('201 200 201 201 200');
    const [team, , ann, ben] = idsOf(answer);
    expect((await call(`/Groups/${team}`)).body).toMatchObject({
      displayName: 'Team 2',
      members: expect.toSatisfy((members) => members.length === 2),
    });
    expect((await call(`/Users/${ann}`)).body[ENTERPRISE_URN].manager.value).toBe(ben);
    expect((await call(`/Users/${ben}`)).body.title).toBe('Boss');
    expect(answer.body.Operations[1].location).toBe(`${BASE}/Users/${ben}`);
  });

  test('rfc 148: stand for ids in the filter of a path, in $ref and in values to remove', async () => {
    const { bulk, call } = await open();
    const refer = (bulkId: string) => ({ value: `bulkId:${bulkId}`, $ref: `../Users/bulkId:${bulkId}` });

    const answer = await bulk([
      {
        method: 'PATCH',
        path: '/Groups/bulkId:team',
        data: patch({ op: 'remove', path: 'members[value eq "bulkId:ann"]' }),
      },
      {
        method: 'PATCH',
        path: '/Groups/bulkId:team',
        data: patch({ op: 'remove', path: 'members', value: [refer('ben')] }),
      },
      post('team', { ...group('Team'), members: ['ann', 'ben', 'cy'].map(refer) }, '/Groups'),
      post('ann', user('ann', { [ENTERPRISE_URN]: { manager: refer('cy') } })),
      post('ben', user('ben')),
      post('cy', user('cy')),
    ]);

    expect(statuses(answer)).toBe('200 200 201 201 201 201');
    const [, , team, ann, , cy] = idsOf(answer);
    expect((await call(`/Groups/${team}`)).body.members).toMatchObject([{ value: cy }]);
    const { manager } = (await call(`/Users/${ann}`)).body[ENTERPRISE_URN];
    expect([manager.value, manager.$ref]).toEqual([cy, expect.stringMatching(`/Users/${cy}$`)]);
    expect(JSON.stringify((await call('/Users')).body)).not.toContain('bulkId');
  });

  test('rfc 148: one in a path that stands for nothing is a 409, and nobody leaves the group', async () => {
    const { bulk, call } = await open();
    const team = await create(call, group('Team', [await create(call, user('ann'))]), '/Groups');

    const answer = await bulk([
      {
        method: 'PATCH',
        path: `/Groups/${team}`,
        data: patch({ op: 'remove', path: 'members[value eq "bulkId:b"]' }),
      },
    ]);

    expect(statuses(answer)).toBe('409');
    expect((await call(`/Groups/${team}`)).body).toMatchObject({
      members: [{ type: 'User' }],
      meta: { version: 'W/"1"' },
    });
  });

  test('rfc 148: one that stands for nothing is a 409 of its operation', async () => {
    const { bulk, call } = await open();

    const answer = await bulk([
      post('a', user('ann', managed('unknown'))),
      post('b', []),
      post('c', { ...group('Team'), members: [{ value: 'bulkId:b' }] }, '/Groups'),
      { method: 'DELETE', path: '/Users/bulkId:b' },
      { method: 'PATCH', path: '/Users/1', bulkId: 'p', data: set('title', 'bulkId:p') },
    ]);

    expect(statuses(answer)).toBe('409 400 409 409 409');
    for (const index of [0, 2, 3, 4])
      expect(answer.body.Operations[index].response.scimType).toBe('invalidValue');
    expect((await call('/Users')).body.totalResults).toBe(0);
    expect((await call('/Groups')).body.totalResults).toBe(0);
  });

  test('rfc 149: managers in a circle are created, then joined', async () => {
    const { bulk, call } = await open();

    const answer = await bulk([
      post('a', user('ann', managed('b'))),
      { method: 'PATCH', path: '/Users/bulkId:a', data: set('title', 'Boss') },
      post('b', user('ben', managed('c'))),
      post('c', user('cy', managed('a'))),
      post('d', user('di', managed('d'))),
    ]);

    expect(statuses(answer)).toBe('201 200 201 201 201');
    const [ann, , ben, cy, di] = idsOf(answer);
    const manager = async (id: string | undefined) =>
      (await call(`/Users/${id}`)).body[ENTERPRISE_URN].manager.value;
    expect([await manager(ann), await manager(ben), await manager(cy), await manager(di)]).toEqual([
      ben,
      cy,
      ann,
      di,
    ]);
    expect(answer.body.Operations[0].version).toBe('W/"2"');
    expect((await call(`/Users/${ann}`)).body).toMatchObject({ title: 'Boss', meta: { version: 'W/"3"' } });
  });

  test('rfc 149: groups in a circle are a 409, and leave nothing behind', async () => {
    const { bulk, call } = await open();
    const holding = (bulkId: string) => ({
      ...group(`of ${bulkId}`),
      members: [{ value: `bulkId:${bulkId}` }],
    });

    const answer = await bulk([
      post('a', holding('b'), '/Groups'),
      post('b', holding('a'), '/Groups'),
      post('c', holding('c'), '/Groups'),
      post('d', group('d'), '/Groups'),
    ]);

    expect(statuses(answer)).toBe('409 409 409 201');
    expect((await call('/Groups')).body.totalResults).toBe(1);
  });

  test('rfc 149: a circle with groups that are there already is a 409 too, a request by itself a 400', async () => {
    const { bulk, call } = await open();
    const inner = await create(call, group('inner'), '/Groups');
    const outer = await create(call, group('outer', [inner]), '/Groups');
    const closing = patch({ op: 'add', path: 'members', value: [{ value: outer }] });

    const answer = await bulk([
      { method: 'PATCH', path: `/Groups/${inner}`, data: closing },
      { method: 'PUT', path: `/Groups/${inner}`, data: group('inner', [outer]) },
      post('a', group('a', [outer, inner]), '/Groups'),
      { method: 'PATCH', path: `/Groups/${inner}`, data: set('members', [{ value: 'bulkId:a' }]) },
    ]);

    expect(statuses(answer)).toBe('409 409 201 409');
    for (const index of [0, 1, 3])
      expect(answer.body.Operations[index].response).toMatchObject({
        status: '409',
        scimType: 'invalidValue',
      });
    expectRefusal(await call(`/Groups/${inner}`, { method: 'PATCH', body: closing }), 400, 'invalidValue');
    expect((await call(`/Groups/${inner}`)).body).toMatchObject({ members: [], meta: { version: 'W/"1"' } });
  });

  test('a second write that is refused takes the first one back', async () => {
    const { bulk, call } = await open({
      hooks: {
        userUpdated() {
          throw refuse({ status: 403, detail: 'No changes today.' });
        },
      },
    });

    const answer = await bulk([post('a', user('ann', managed('b'))), post('b', user('ben', managed('a')))]);

    expect(statuses(answer)).toBe('403 201');
    expect(answer.body.Operations[0].location).toBeUndefined();
    expect((await call('/Users')).body.totalResults).toBe(1);
  });

  test('10,000 references in one request are resolved', async () => {
    const { bulk, call } = await open();
    const users = Array.from({ length: 500 }, (_value, index) => post(`u${index}`, user(`u${index}`)));
    const members = users.map(({ bulkId }) => ({ value: `bulkId:${bulkId}` }));
    const groups = Array.from({ length: 20 }, (_value, index) =>
      post(`g${index}`, { ...group(`g${index}`), members }, '/Groups'),
    );

    const answer = await bulk([...groups, ...users]);

    expect(new Set(statuses(answer).split(' '))).toEqual(new Set(['201']));
    expect((await call(`/Groups/${idsOf(answer)[19]}`)).body.members).toHaveLength(500);
  }, 30_000);
});

describe('limits', () => {
  test('rfc 46, rfc 150: are those of /ServiceProviderConfig', async () => {
    const { call } = await open({ limits: { maxBulkOperations: 7, maxBodyBytes: 5000 } });
    expect((await call('/ServiceProviderConfig')).body.bulk).toEqual({
      supported: true,
      maxOperations: 7,
      maxPayloadSize: 5000,
    });
  });

  test('rfc 150: 1,000 operations are served, 1,001 are a 413 that names the limit', async () => {
    const { bulk, call } = await open();
    const operations = Array.from({ length: 1001 }, (_value, index) => post(`${index}`, user(`u${index}`)));

    const refused = await bulk(operations);
    expectRefusal(refused, 413);
    expect(refused.body.detail).toContain('maxOperations (1000)');
    expect((await call('/Users')).body.totalResults).toBe(0);

    const served = await bulk(operations.slice(1));
    expect(served.body.Operations).toHaveLength(1000);
    expect((await call('/Users')).body.totalResults).toBe(1000);
  }, 30_000);

  test('rfc 150: 1 MiB is served; one byte more is a 413 that names the limit, before it is parsed', async () => {
    const { call } = await open();
    const text = JSON.stringify(envelope([post('a', user('ann'))]));
    const fill = (bytes: number) => text + ' '.repeat(bytes - text.length);

    expect((await call('/Bulk', { body: fill(1_048_576) })).status).toBe(200);
    const refused = await call('/Bulk', { body: fill(1_048_577) });
    expectRefusal(refused, 413);
    expect(refused.body.detail).toContain('maxPayloadSize (1048576 bytes)');
    expectRefusal(await call('/Bulk', { body: '{'.repeat(1_048_577) }), 413);
  });

  test('a request is charged for each of its operations, below zero if need be', async () => {
    const time = { now: 1_800_000_000_000 };
    const rateLimit = { requestsPerSecond: 10, burst: 5, concurrent: 2 };
    const { bulk, call } = await open({ limited: true, limits: { rateLimit }, clock: () => time.now });
    const operations = Array.from({ length: 25 }, () => ({ method: 'DELETE', path: '/Users/1' }));

    expect((await bulk(operations)).status).toBe(200);

    const refused = await call('/Users');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3']);
    time.now += 2_000;
    expect((await call('/Users')).status).toBe(429);
    time.now += 200;
    expect((await call('/Users')).status).toBe(200);
  });

  test('operations for which no time is left are 503, each by itself', async () => {
    const time = { now: 1_800_000_000_000 };
    const { bulk, call } = await open({
      clock: () => time.now,
      hooks: {
        userCreated() {
          time.now += 9_000;
        },
      },
    });

    const answer = await bulk(['a', 'b', 'c', 'd'].map((name) => post(name, user(name))));

    expect(statuses(answer)).toBe('201 201 201 503');
    expect((await call('/Users')).body.totalResults).toBe(3);
  });
});

describe('each operation is the single request it stands for', () => {
  test('rfc 145: version is If-Match', async () => {
    const { bulk, call } = await open();
    const id = await create(call, user('ann'));
    const change = (version: string) => ({
      method: 'PATCH',
      path: `/Users/${id}`,
      version,
      data: set('title', version),
    });

    const answer = await bulk([
      change('W/"7"'),
      change('W/"1"'),
      change('W/"1"'),
      change('"2"'),
      { method: 'DELETE', path: `/Users/${id}`, version: 'W/"2"' },
      { method: 'PUT', path: `/Users/${id}`, version: 'W/"3"', data: user('ann') },
    ]);

    expect(statuses(answer)).toBe('412 200 412 200 412 200');
  });

  test('rfc 151: what another connection has is a 404, or no member', async () => {
    const { scim, bulk, call } = await open();
    const other = await connect(scim, 'other');
    const foreign = (await send(scim, '/Users', { key: other.key, body: user('theirs') })).body.id;
    const mine = await create(call, group('mine'), '/Groups');

    const answer = await bulk([
      { method: 'PUT', path: `/Users/${foreign}`, data: user('stolen') },
      { method: 'PATCH', path: `/Users/${foreign}`, data: set('title', 'x') },
      { method: 'DELETE', path: `/Users/${foreign}` },
      { method: 'DELETE', path: `/${other.connectionId}/Users/${foreign}` },
      { method: 'PATCH', path: `/Groups/${mine}`, data: set('members', [{ value: foreign }]) },
      post('a', user('theirs')),
    ]);

    expect(statuses(answer)).toBe('404 404 404 400 400 201');
    const kept = await send(scim, `/Users/${foreign}`, { key: other.key });
    expect(kept.body).toMatchObject({ userName: 'theirs', meta: { version: 'W/"1"' } });
  });

  test.each([
    '/Bulk',
    '/Me',
    '/.search',
    '/ServiceProviderConfig',
    '/Schemas',
    '/Nothing',
    '/',
    'Users',
    '//Users',
    '//evil.example/Users',
    'https://evil.example/Users',
    `${BASE}/Users`,
    '/Users/..',
    '/Users/../Groups',
    '/Users/%2e%2e/Groups',
    '/Users/%2fetc',
    '/Users/%',
    '/Users?count=1',
    '/Users#x',
    '/aaaaaaaaaaaaaaaaaaaa/Users',
  ])('rfc 151: no operation has the path %s', async (path) => {
    const { bulk, call } = await open();

    const answer = await bulk([
      post('a', user('ann'), path),
      { method: 'PATCH', path, data: set('title', 'x') },
    ]);

    expect(statuses(answer)).toBe('400 400');
    expect((await call('/Users')).body.totalResults).toBe(0);
  });

  test('rfc 71: a method its path does not have is a 405; searching is no operation', async () => {
    const { bulk } = await open();

    const answer = await bulk([
      { method: 'DELETE', path: '/Users' },
      post('a', user('ann'), '/Users/1'),
      post('b', {}, '/Users/.search'),
    ]);

    expect(statuses(answer)).toBe('405 405 400');
  });

  test('a hook refuses one operation, and nothing of that one stays', async () => {
    const seen: string[] = [];
    const { bulk, call, log } = await open({
      hooks: {
        userCreated({ resource }) {
          seen.push(String(resource.userName));
          if (resource.userName === 'ben') throw refuse({ status: 403, detail: 'Not ben.' });
          if (resource.userName === 'cy') throw new Error('a fault of the app');
        },
      },
    });

    const answer = await bulk(['ann', 'ben', 'cy', 'di'].map((name) => post(name, user(name))));

    expect(statuses(answer)).toBe('201 403 500 201');
    expect(answer.body.Operations[1].response.detail).toBe('Not ben.');
    expect(answer.text).not.toContain('a fault of the app');
    expect(log.some(({ level }) => level === 'error')).toBe(true);
    expect(seen).toEqual(['ann', 'ben', 'cy', 'di']);
    expect((await call('/Users')).body.totalResults).toBe(2);
  });

  test('a group whose second member is unknown is not created with the first', async () => {
    const { bulk, call } = await open();

    const answer = await bulk([
      post('a', user('ann')),
      post('g', { ...group('g'), members: [{ value: 'bulkId:a' }, { value: 'unknown' }] }, '/Groups'),
    ]);

    expect(statuses(answer)).toBe('201 400');
    expect((await call('/Groups')).body.totalResults).toBe(0);
  });
});

test(
  'rfc 144, rfc 147: whatever is sent, the answer is no 500 and every result is whole',
  async () => {
    const { call, log } = await open();
    const known = await create(call, user('known'));
    const name = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '');
    const reference = name.map((bulkId) => `bulkId:${bulkId}`);
    const text = fc.oneof(
      reference,
      fc.string({ maxLength: 8 }),
      fc.constantFrom('ann', known, 'W/"1"', '*'),
    );
    const odd = fc.jsonValue({ maxDepth: 2 });
    const mostly = <T>(arbitrary: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: odd });
    const members = fc.array(fc.record({ value: text }), { maxLength: 3 });
    const data = fc.oneof(
      fc.record(
        { userName: text, title: text, [ENTERPRISE_URN]: fc.record({ manager: fc.record({ value: text }) }) },
        { requiredKeys: [] },
      ),
      fc.record({ displayName: text, members }, { requiredKeys: ['displayName'] }),
      members.map((value) => set('members', value)),
      fc.record({ schemas: fc.array(text), id: text, meta: text, members: text }, { requiredKeys: [] }),
    );
    const path = fc
      .tuple(fc.constantFrom('/Users', '/Groups', '/Users', '/Bulk', ''), fc.option(text, { nil: undefined }))
      .map(([start, id]) => (id === undefined ? start : `${start}/${id}`));
    const operation = fc.record(
      {
        method: mostly(fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE')),
        path: mostly(path),
        bulkId: mostly(name),
        version: mostly(text),
        data: mostly(data),
      },
      { requiredKeys: ['method', 'path', 'data', 'bulkId'] },
    );
    const body = mostly(
      fc.record(
        {
          schemas: fc.constant([REQUEST_URN]),
          Operations: mostly(fc.array(mostly(operation), { maxLength: 8 })),
          failOnErrors: mostly(fc.integer({ min: 1, max: 4 })),
        },
        { requiredKeys: ['schemas', 'Operations'] },
      ),
    );

    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const answer = await call('/Bulk', { body: JSON.stringify(sent) });
        expect(findFaults(answer)).toEqual([]);
        if (answer.status === 200) for (const result of answer.body.Operations) expectWhole(result);
        else expect(answer.status).toBe(400);
      }),
      { numRuns: runs(300) },
    );
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  },
  seconds(60),
);

/** RFC 7644 §3.7.3: what each result has, and nothing else. */
function expectWhole(result: Readonly<Record<string, unknown>>): void {
  const { location, method, bulkId, version, status, response, ...more } = result;
  expect(more).toEqual({});
  expect(['POST', 'PUT', 'PATCH', 'DELETE', undefined]).toContain(method);
  expect(['string', 'undefined']).toContain(typeof bulkId);
  expect(status).toMatch(/^(20[014]|4\d\d)$/);
  if (String(status).startsWith('2')) {
    expect(location).toMatch(`${BASE}/`);
    expect(typeof version).toBe(method === 'DELETE' ? 'undefined' : 'string');
    expect(response).toBeUndefined();
  } else {
    if (method === 'POST') expect(location).toBeUndefined();
    expect(response).toMatchObject({ schemas: [ERROR_URN], status, detail: expect.any(String) });
  }
}

/** scimkit, a connection, and ways to speak to it. */
async function open(options: OpenOptions = {}) {
  const { scim, log } = openScim(options);
  const { key, connectionId } = await connect(scim);
  const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
  const bulk = (operations: readonly unknown[], more: object = {}) =>
    call('/Bulk', { body: { ...envelope(operations), ...more } });
  return { scim, log, connectionId, call, bulk };
}

type Speak = Awaited<ReturnType<typeof open>>['call'];

async function create(call: Speak, body: object, path = '/Users'): Promise<string> {
  return (await call(path, { body })).body.id;
}

function envelope(operations: readonly unknown[]) {
  return { schemas: [REQUEST_URN], Operations: operations };
}

function post(bulkId: string, data: unknown, path = '/Users') {
  return { method: 'POST', path, bulkId, data };
}

function set(path: string, value: unknown) {
  return patch({ op: 'replace', path, value });
}

function managed(bulkId: string) {
  return { [ENTERPRISE_URN]: { manager: { value: `bulkId:${bulkId}` } } };
}

interface Results {
  readonly body: { readonly Operations: readonly { readonly status: string; readonly location?: string }[] };
}

function statuses({ body }: Results): string {
  return body.Operations.map(({ status }) => status).join(' ');
}

function idsOf({ body }: Results): readonly string[] {
  return body.Operations.map(({ location = '' }) => location.slice(location.lastIndexOf('/') + 1));
}
