import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectRefusal, runs, seconds } from '../support/answers.ts';
import { attributesIn } from '../support/badge.ts';
import { openClient, written } from '../support/client.ts';
import { ENTERPRISE_URN, GROUP_URN, group, patch, SEARCH_URN, USER_URN, user } from '../support/scim.ts';

test('rfc 1: every resource is a JSON object whose schemas are served under /Schemas', async () => {
  const { get, make } = await openClient();
  const { id } = await make('/Users', user('ann', { [ENTERPRISE_URN]: { department: 'x' } }));
  const crew = await make('/Groups', group('Crew', [id]));
  for (const path of [`/Users/${id}`, `/Groups/${crew.id}`]) {
    const { text, body } = await get(path);
    expect(text).toMatch(/^\{.*\}$/);
    expect(body.schemas.length).toBeGreaterThan(0);
    for (const urn of body.schemas) expect((await get(`/Schemas/${urn}`)).body.id).toBe(urn);
  }
  const own = [
    ['/ServiceProviderConfig', 'ServiceProviderConfig'],
    ['/ResourceTypes/User', 'ResourceType'],
    [`/Schemas/${USER_URN}`, 'Schema'],
  ] as const;
  for (const [path, name] of own)
    expect((await get(path)).body.schemas).toEqual([`urn:ietf:params:scim:schemas:core:2.0:${name}`]);
});

test('rfc 1: what belongs to another schema is no attribute of this one', async () => {
  const stranger = {
    department: 'x',
    members: [],
    [GROUP_URN]: { displayName: 'x' },
    'urn:example:none': { a: 1 },
  };
  const compat = await openClient();
  const strict = await openClient({ profile: 'strict' });

  expect(written(await compat.make('/Users', user('ann', stranger)))).toEqual(user('ann'));
  for (const [name, value] of Object.entries(stranger))
    expectRefusal(await strict.post('/Users', user('ann', { [name]: value })), 400, 'invalidSyntax');
});

test('rfc 2: every name under /Schemas is an ATTRNAME, and $ref alone begins with a dollar', async () => {
  const { get } = await openClient();
  const names = attributesIn((await get('/Schemas')).body).map(({ name }) => name);
  expect(names).toContain('$ref');
  expect(names.filter((name) => !/^([A-Za-z][A-Za-z0-9_-]*|\$ref)$/.test(name))).toEqual([]);
});

test('rfc 3: names and URNs are read in any case, and shown as their schemas write them', async () => {
  const { make, put, patch: change, get, find } = await openClient();
  const shown = {
    schemas: [USER_URN, ENTERPRISE_URN],
    userName: 'ann',
    name: { familyName: 'Lee' },
    emails: [{ value: 'a@x.example', primary: true }],
    [ENTERPRISE_URN]: { costCenter: '7', manager: { value: 'x' } },
  };
  const sent = {
    SCHEMAS: [USER_URN.toUpperCase(), ENTERPRISE_URN.toLowerCase()],
    USERNAME: 'ann',
    nAmE: { FAMILYname: 'Lee' },
    Emails: [{ VALUE: 'a@x.example', Primary: true }],
    [ENTERPRISE_URN.toUpperCase()]: { COSTCENTER: '7', Manager: { VALUE: 'x' } },
  };
  const { id, ...made } = await make('/Users', sent);
  expect(written(made)).toEqual(shown);
  expect(
    written((await put(`/Users/${id}`, { ...sent, SchemaS: sent.SCHEMAS, SCHEMAS: undefined })).body),
  ).toEqual(shown);

  const path = `${ENTERPRISE_URN.toUpperCase()}:COSTcenter`;
  const patched = await change(
    `/Users/${id}`,
    { op: 'replace', path: 'NAME.familyNAME', value: 'Ray' },
    { op: 'replace', path: 'EMAILS[Value eq "a@x.example"].VALUE', value: 'b@x.example' },
    { op: 'replace', path, value: '8' },
  );
  expect(written(patched.body)).toEqual({
    ...shown,
    name: { familyName: 'Ray' },
    emails: [{ value: 'b@x.example', primary: true }],
    [ENTERPRISE_URN]: { costCenter: '8', manager: { value: 'x' } },
  });

  for (const filter of ['USERNAME eq "ann"', 'Name.FamilyName eq "Ray"', `${path} eq "8"`])
    expect((await find('/Users', filter)).body.totalResults, filter).toBe(1);
  const few = await get(`/Users/${id}?attributes=username,NAME.FAMILYNAME,${path}`);
  expect(few.body).toEqual({
    schemas: shown.schemas,
    id,
    userName: 'ann',
    name: { familyName: 'Ray' },
    [ENTERPRISE_URN]: { costCenter: '8' },
  });
  const { schemas: _schemas, ...only } = (await get(`/Users?sortby=USERNAME&ATTRIBUTES=userName`)).body
    .Resources[0];
  expect(only).toEqual({ id, userName: 'ann' });
});

test(
  'rfc 13: the order of attributes and sub-attributes in a body means nothing',
  async () => {
    const { make, put } = await openClient();
    const content = {
      schemas: [USER_URN, ENTERPRISE_URN],
      userName: 'ann',
      externalId: 'e1',
      name: { formatted: 'A L', givenName: 'A', familyName: 'L' },
      emails: [{ value: 'a@x.example', type: 'work', primary: true, display: 'a' }],
      addresses: [{ country: 'DE', locality: 'Berlin', type: 'home' }],
      [ENTERPRISE_URN]: { department: 'd', manager: { value: 'x', $ref: 'Users/x' } },
    };
    const { id, ...made } = await make('/Users', content);
    expect(written(made)).toEqual(content);
    await fc.assert(
      fc.asyncProperty(arbitraryOrder(content), async (body) => {
        const replaced = await put(`/Users/${id}`, JSON.stringify(body));
        expect([replaced.status, replaced.body.meta.version]).toEqual([200, made.meta.version]);
        expect(replaced.body).toEqual({ id, ...made });
      }),
      { numRuns: runs(60) },
    );
  },
  seconds(10),
);

/** The same value with the names of every object in some order. */
function arbitraryOrder(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return fc.constant(value);
  if (Array.isArray(value)) return fc.tuple(...value.map(arbitraryOrder));
  const entries = Object.entries(value);
  return fc
    .tuple(
      fc.tuple(...entries.map(([, part]) => arbitraryOrder(part))),
      fc.shuffledSubarray([...entries.keys()], {
        minLength: entries.length,
      }),
    )
    .map(([parts, order]) => Object.fromEntries(order.map((index) => [entries[index]?.[0], parts[index]])));
}

test('rfc 19: every answer names its schemas, each once', async () => {
  const { call, get, post, put, patch: change, make } = await openClient();
  const body = user('ann', {
    schemas: [ENTERPRISE_URN, USER_URN, USER_URN],
    [ENTERPRISE_URN]: { department: 'x' },
  });
  const ann = await make('/Users', body);
  const path = `/Users/${ann.id}`;
  const answers = [
    await get(path),
    await put(path, body),
    await change(path, { op: 'add', path: 'title', value: 'x' }),
    await get(`${path}?attributes=title`),
    await get('/Users'),
    await post('/Users/.search', { schemas: [SEARCH_URN] }),
    await get('/Schemas'),
    await get('/ResourceTypes'),
    await get('/ServiceProviderConfig'),
    await get('/Users/nobody'),
    await call('/Users', { key: null }),
    await post('/Groups', {}),
    await post('/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [{ method: 'DELETE', path }],
    }),
  ];
  for (const answer of answers) {
    const listed = answer.body.Resources ?? [];
    for (const { schemas } of [answer.body, ...listed]) {
      expect(schemas).toEqual([...new Set(schemas)]);
      expect(schemas.length).toBeGreaterThan(0);
      for (const urn of schemas) expect(urn).toMatch(/^urn:ietf:params:scim:(schemas|api:messages):/);
    }
  }
  expect(ann.schemas).toEqual([USER_URN, ENTERPRISE_URN]);
});

test('rfc 19: a strict connection refuses a body whose schemas are missing, empty or another type’s', async () => {
  const { get, make, post, put, call } = await openClient({ profile: 'strict' });
  const { id } = await make('/Users', { ...user('ann'), schemas: [ENTERPRISE_URN, USER_URN] });
  for (const schemas of [
    undefined,
    null,
    [],
    [GROUP_URN],
    [ENTERPRISE_URN],
    [USER_URN, 'urn:example:none'],
    USER_URN,
    [7],
  ]) {
    expectRefusal(await post('/Users', { ...user('bob'), schemas }), 400, 'invalidSyntax');
    expectRefusal(await put(`/Users/${id}`, { ...user('bob'), schemas }), 400, 'invalidSyntax');
    const body = { ...patch({ op: 'add', path: 'title', value: 'x' }), schemas };
    expectRefusal(await call(`/Users/${id}`, { method: 'PATCH', body }), 400, 'invalidSyntax');
  }
  expect((await get('/Users')).body).toMatchObject({ totalResults: 1, Resources: [{ userName: 'ann' }] });
});

test('rfc 20: the data of an extension stands under its URN, which is listed exactly while there is some', async () => {
  const { make, put, patch: change, get } = await openClient();
  const path = `/Users/${(await make('/Users', user('ann'))).id}`;
  const shown = async () => {
    const { body } = await get(path);
    expect(body).not.toHaveProperty('department');
    return [body.schemas, body[ENTERPRISE_URN]];
  };
  const bare = [[USER_URN], undefined];
  const full = [[USER_URN, ENTERPRISE_URN], { department: 'x' }];
  const both = [USER_URN, ENTERPRISE_URN];

  expect(await shown()).toEqual(bare);
  await put(path, user('ann', { schemas: both }));
  expect(await shown()).toEqual(bare);
  await put(path, user('ann', { schemas: both, [ENTERPRISE_URN]: { department: 'x' } }));
  expect(await shown()).toEqual(full);
  await change(path, { op: 'remove', path: `${ENTERPRISE_URN}:department` });
  expect(await shown()).toEqual(bare);
  await change(path, { op: 'add', path: `${ENTERPRISE_URN}:department`, value: 'x' });
  expect(await shown()).toEqual(full);
  await change(path, { op: 'remove', path: ENTERPRISE_URN });
  expect(await shown()).toEqual(bare);
  await change(path, { op: 'add', value: { [ENTERPRISE_URN]: { department: 'x' } } });
  expect(await shown()).toEqual(full);
  // An unlisted schema with data is read where that is tolerated (T13).
  await put(path, user('ann', { [ENTERPRISE_URN]: { department: 'x' } }));
  expect(await shown()).toEqual(full);
  await put(path, user('ann', { schemas: both, [ENTERPRISE_URN]: { department: null } }));
  expect(await shown()).toEqual(bare);
});

test('rfc 29: the base schema is named, whatever the client named or asked for', async () => {
  const { make, put, patch: change, get, post } = await openClient();
  const enterprise = { schemas: [ENTERPRISE_URN], userName: 'ann', [ENTERPRISE_URN]: { department: 'x' } };
  const { id, schemas } = await make('/Users', enterprise);
  const path = `/Users/${id}`;
  const both = [USER_URN, ENTERPRISE_URN];
  const search = { schemas: [SEARCH_URN], attributes: ['title'] };
  expect(schemas).toEqual(both);
  for (const { body } of [
    await put(path, enterprise),
    await change(path, { op: 'add', path: 'title', value: 'x' }),
    await get(path),
    await get(`${path}?attributes=title`),
    await get(`${path}?excludedAttributes=schemas`),
  ])
    expect(body.schemas).toEqual(both);
  for (const { body } of [await get('/Users?attributes=title'), await post('/Users/.search', search)])
    expect(body.Resources[0].schemas).toEqual(both);
  expect((await make('/Groups', { displayName: 'Crew' })).schemas).toEqual([GROUP_URN]);
});
