import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { attributesIn, BADGE_URN, badge, type ShownAttribute } from '../support/badge.ts';
import { type Client, openClient } from '../support/client.ts';
import { BASE, ENTERPRISE_URN, GROUP_URN, group, SEARCH_URN, USER_URN, user } from '../support/scim.ts';

const MESSAGES = ['ListResponse', 'SearchRequest', 'PatchOp', 'BulkRequest', 'BulkResponse', 'Error'].map(
  (name) => `urn:ietf:params:scim:api:messages:2.0:${name}`,
);

describe('/ServiceProviderConfig', () => {
  test('rfc 46: has every member the RFC asks for', async () => {
    const { body } = await (await openClient()).get('/ServiceProviderConfig');
    expect(body).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 },
      filter: { supported: true, maxResults: 200 },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
      meta: { resourceType: 'ServiceProviderConfig', location: `${BASE}/ServiceProviderConfig` },
    });
    expect(body.authenticationSchemes).toEqual([
      expect.objectContaining({
        type: 'oauthbearertoken',
        name: expect.stringMatching(/./),
        description: expect.stringMatching(/bearer/),
      }),
    ]);
  });

  test('rfc 46: what it says of PATCH, filter, sort, ETag and bulk is so', async () => {
    const limits = { maxPageSize: 2, maxBulkOperations: 2 };
    const { get, make, patch, post, find, call } = await openClient({ limits });
    const { body: config } = await get('/ServiceProviderConfig');
    const { id } = await make('/Users', user('b'));
    await make('/Users', user('a'));
    await make('/Users', user('c'));

    expect((await patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'x' })).body.title).toBe('x');
    const all = await find('/Users', 'userName pr');
    expect(config.filter.maxResults).toBe(2);
    expect([all.body.totalResults, all.body.Resources.length]).toEqual([3, 2]);
    const sorted = await get('/Users?sortBy=userName');
    expect(sorted.body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual(['a', 'b']);
    const etag = (await get(`/Users/${id}`)).headers.get('etag') ?? '';
    expect((await call(`/Users/${id}`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const operations = ['x', 'y', 'z'].map((name) => ({
      method: 'POST',
      path: '/Users',
      bulkId: name,
      data: user(name),
    }));
    const bulk = (count: number) =>
      post('/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: operations.slice(0, count),
      });
    expect(config.bulk.maxOperations).toBe(2);
    expectRefusal(await bulk(3), 413);
    expect((await bulk(2)).body.Operations).toHaveLength(2);
  });

  test('rfc 47: is read without a key, and names the scheme to authenticate with', async () => {
    const { call } = await openClient();
    const open = await call('/ServiceProviderConfig', { key: null });
    expect(open.status).toBe(200);
    expect(open.body.authenticationSchemes[0]).toMatchObject({
      type: 'oauthbearertoken',
      name: 'SCIM API key',
    });
    expect(open.text).toBe((await call('/ServiceProviderConfig')).text);
    for (const path of ['/Schemas', '/ResourceTypes', '/Users'])
      expectRefusal(await call(path, { key: null }), 401);
  });
});

describe('/ResourceTypes', () => {
  test('rfc 48: name, relative endpoint and schemas, each of them served', async () => {
    const extensions = [{ ...badge({ name: 'code' }).extensions[0], required: true }] as never;
    const { get, post } = await openClient({ extensions });
    const { body } = await get('/ResourceTypes');
    expect(body.Resources).toMatchObject([
      {
        id: 'User',
        name: 'User',
        endpoint: '/Users',
        schema: USER_URN,
        schemaExtensions: [
          { schema: ENTERPRISE_URN, required: false },
          { schema: BADGE_URN, required: true },
        ],
      },
      { id: 'Group', name: 'Group', endpoint: '/Groups', schema: GROUP_URN, schemaExtensions: [] },
    ]);
    for (const { name, endpoint, schema, schemaExtensions, meta } of body.Resources) {
      expect(meta).toEqual({ resourceType: 'ResourceType', location: `${BASE}/ResourceTypes/${name}` });
      expect((await get(endpoint)).body.totalResults).toBe(0);
      expect((await post(endpoint, {})).status).toBe(400);
      for (const urn of [
        schema,
        ...schemaExtensions.map((extension: { schema: string }) => extension.schema),
      ])
        expect((await get(`/Schemas/${urn}`)).body.id).toBe(urn);
    }
  });

  test('rfc 49: without a required extension, or its required attribute, a user is 400', async () => {
    const extension = badge({ name: 'code', required: true }, { name: 'colour' }).extensions[0];
    const { get, make, post, put, patch } = await openClient({
      extensions: [{ ...extension, required: true }] as never,
    });
    const { id } = await make('/Users', user('ann', { [BADGE_URN]: { code: '7' } }));
    const path = `/Users/${id}`;
    for (const given of [
      undefined,
      null,
      {},
      { colour: 'red' },
      { code: null },
      { code: '' },
      { code: '  ' },
    ]) {
      expectRefusal(await post('/Users', user('bob', { [BADGE_URN]: given })), 400, 'invalidValue');
      expectRefusal(await put(path, user('ann', { [BADGE_URN]: given })), 400, 'invalidValue');
    }
    for (const gone of [BADGE_URN, `${BADGE_URN}:code`])
      expectRefusal(await patch(path, { op: 'remove', path: gone }), 400, 'mutability');
    expect((await get('/Users')).body).toMatchObject({
      totalResults: 1,
      Resources: [{ schemas: [USER_URN, BADGE_URN], [BADGE_URN]: { code: '7' } }],
    });
  });
});

describe('/Schemas', () => {
  test('rfc 50: each attribute states all its characteristics', async () => {
    const { body } = await (await openClient()).get('/Schemas');
    for (const { id, name, attributes, meta } of body.Resources) {
      expect(id).toMatch(/^urn:/);
      expect(name).toMatch(/./);
      expect(attributes.length).toBeGreaterThan(0);
      expect(meta).toEqual({ resourceType: 'Schema', location: `${BASE}/Schemas/${id}` });
    }
    const attributes = attributesIn(body);
    expect(attributes.length).toBeGreaterThan(60);
    for (const attribute of attributes) {
      expect(attribute, attribute.name).toMatchObject({
        type: expect.stringMatching(/^(string|boolean|decimal|integer|dateTime|reference|complex|binary)$/),
        multiValued: expect.any(Boolean),
        description: expect.any(String),
        required: expect.any(Boolean),
        caseExact: expect.any(Boolean),
        mutability: expect.stringMatching(/^(readOnly|readWrite|immutable|writeOnly)$/),
        returned: expect.stringMatching(/^(always|never|default|request)$/),
        uniqueness: expect.stringMatching(/^(none|server|global)$/),
      });
      expect('subAttributes' in attribute).toBe(attribute.type === 'complex');
      expect('referenceTypes' in attribute).toBe(attribute.type === 'reference');
    }
  });

  test('rfc 50: canonical values are suggestions: any other is taken', async () => {
    const { get, make } = await openClient({ profile: 'strict' });
    const { attributes } = (await get(`/Schemas/${USER_URN}`)).body;
    const emails = attributes.find(({ name }: ShownAttribute) => name === 'emails');
    const type = emails.subAttributes.find(({ name }: ShownAttribute) => name === 'type');
    expect(type.canonicalValues).toEqual(['work', 'home', 'other']);
    const sent = [{ value: 'a@x.example', type: 'school' }];
    expect((await make('/Users', user('ann', { emails: sent }))).emails).toEqual(sent);
  });

  test('rfc 51: lists the schemas of the resource types, those declared by the host among them, and no other', async () => {
    const idsOf = async ({ get }: Pick<Client, 'get'>) =>
      (await get('/Schemas')).body.Resources.map(({ id }: { id: string }) => id);
    expect(await idsOf(await openClient())).toEqual([USER_URN, ENTERPRISE_URN, GROUP_URN]);
    const extended = await openClient(badge({ name: 'code', type: 'integer' }));
    expect(await idsOf(extended)).toEqual([USER_URN, ENTERPRISE_URN, BADGE_URN, GROUP_URN]);
    expect((await extended.get(`/Schemas/${BADGE_URN}`)).body.attributes).toMatchObject([
      { name: 'code', type: 'integer' },
    ]);
  });

  test.each([
    ['/Users', USER_URN, [ENTERPRISE_URN]],
    ['/Groups', GROUP_URN, []],
  ] as const)(
    'rfc 51: %s keep every attribute that is listed, and show none that is not',
    async (path, urn, extensions) => {
      const { get, make } = await openClient({ profile: 'strict' });
      const member = await make('/Users', user('member'));
      const sampleOf = async (schema: string) => {
        const { attributes } = (await get(`/Schemas/${schema}`)).body as {
          attributes: readonly ShownAttribute[];
        };
        return Object.fromEntries(
          attributes.filter(isWritable).map((attribute) => [attribute.name, sample(attribute)]),
        );
      };
      const sent: Record<string, unknown> = { schemas: [urn, ...extensions], ...(await sampleOf(urn)) };
      for (const extension of extensions) sent[extension] = await sampleOf(extension);
      if (path === '/Groups')
        sent.members = [{ value: member.id, $ref: member.meta.location, type: 'User', display: 'x' }];
      const { id, meta: _meta, groups = [], ...shown } = await make(path, sent);
      expect(shown).toEqual(sent);
      expect(groups).toEqual([]);
      expect((await get(`${path}/${id}`)).body).toMatchObject(sent);
    },
  );

  const isWritable = ({ mutability }: ShownAttribute) => mutability !== 'readOnly';

  /** A value of the attribute's type. */
  function sample(attribute: ShownAttribute): unknown {
    const value = sampleOne(attribute);
    return attribute.multiValued ? [value] : value;
  }

  function sampleOne({ name, type, referenceTypes, subAttributes = [] }: ShownAttribute): unknown {
    switch (type) {
      case 'complex':
        return Object.fromEntries(subAttributes.filter(isWritable).map((sub) => [sub.name, sample(sub)]));
      case 'boolean':
        return true;
      case 'binary':
        return 'QUJD';
      case 'reference':
        return referenceTypes?.includes('external') ? `https://x.example/${name}` : `../Users/${name}`;
      default:
        return `a ${name}`;
    }
  }

  test('rfc 55: the URNs of messages are no schemas', async () => {
    const { get } = await openClient();
    expect(JSON.stringify((await get('/Schemas')).body.Resources)).not.toContain(':messages:');
    for (const urn of MESSAGES) expectRefusal(await get(`/Schemas/${urn}`), 404);
  });
});

describe('all of them', () => {
  test('rfc 52: a list is a ListResponse, one is a single object, an unknown one is 404', async () => {
    const { get } = await openClient();
    for (const [path, key, count] of [
      ['/Schemas', 'id', 3],
      ['/ResourceTypes', 'name', 2],
    ] as const) {
      const { body } = await get(path);
      expect(body).toMatchObject({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: count,
        itemsPerPage: count,
        startIndex: 1,
      });
      expect(body.Resources).toHaveLength(count);
      for (const resource of body.Resources) {
        const plain = await get(`${path}/${resource[key]}`);
        const encoded = await get(`${path}/${encodeURIComponent(resource[key])}`);
        expect([plain.status, plain.body]).toEqual([200, resource]);
        expect(encoded.text).toBe(plain.text);
      }
      for (const unknown of [
        'nothing',
        'urn:example:none',
        `${USER_URN}x`,
        `${USER_URN}/x`,
        '%00',
        'constructor',
      ])
        expectRefusal(await get(`${path}/${unknown}`), 404);
    }
    expect((await get('/ServiceProviderConfig')).body).not.toHaveProperty('Resources');
  });

  test('rfc 53: filters, orders and pages asked for are ignored', async () => {
    const { get } = await openClient();
    for (const path of ['/ServiceProviderConfig', '/Schemas', '/ResourceTypes', `/Schemas/${USER_URN}`]) {
      const plain = await get(path);
      expect(plain.status).toBe(200);
      for (const query of [
        'filter=name%20eq%20%22nothing%22',
        'filter=((',
        'sortBy=name&sortOrder=descending',
        'sortOrder=sideways',
        'startIndex=2&count=1',
        'count=0',
        'count=x',
      ])
        expect((await get(`${path}?${query}`)).text, `${path}?${query}`).toBe(plain.text);
    }
  });

  test('rfc 54: nothing is written there: every other method is 405 and says GET', async () => {
    const { call, get } = await openClient();
    const before = [];
    const paths = [
      '/ServiceProviderConfig',
      '/Schemas',
      `/Schemas/${USER_URN}`,
      '/ResourceTypes',
      '/ResourceTypes/User',
    ];
    for (const path of paths) before.push((await get(path)).text);
    for (const path of paths) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const body = { schemas: [SEARCH_URN], id: USER_URN, name: 'Changed', attributes: [] };
        const answer = await call(path, { method, body });
        expectRefusal(answer, 405);
        expect(answer.headers.get('allow')).toBe('GET');
      }
    }
    const after = [];
    for (const path of paths) after.push((await get(path)).text);
    expect(after).toEqual(before);
    expectRefusal(await call('/Schemas/.search', { body: { schemas: [SEARCH_URN] } }), 405);
  });
});

test('rfc 51: an attribute that is written but not listed is not kept', async () => {
  const { make } = await openClient();
  const { nickname, ...made } = await make('/Users', user('ann', { nickname: 'A', shoeSize: 7, group: 'x' }));
  expect([nickname, made.nickName]).toEqual([undefined, 'A']);
  expect(made).not.toHaveProperty('shoeSize');
  expect(made).not.toHaveProperty('group');
  expect((await make('/Groups', { ...group('Crew'), owner: 'x' })).owner).toBeUndefined();
});
