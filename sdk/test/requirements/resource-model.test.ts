import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { createScim } from '../../src/index.ts';
import { expectRefusal, runs, seconds } from '../support/answers.ts';
import { openClient, openSecondClient } from '../support/client.ts';
import {
  BASE,
  ENTERPRISE_URN,
  GROUP_URN,
  group,
  patch,
  SEARCH_URN,
  USER_URN,
  user,
} from '../support/scim.ts';
import { sendTo, serve } from '../support/serve.ts';

const BADGE_URN = 'urn:example:params:scim:schemas:extension:2.0:Badge';

/** An extension of User with the attributes of one test. */
const badge = (...attributes: readonly object[]) => ({
  extensions: [{ resourceType: 'User', schema: { id: BADGE_URN, name: 'Badge', attributes } }] as never,
});

/** A resource without what the server adds to it. */
const written = ({
  id: _id,
  meta: _meta,
  groups: _groups,
  active: _active,
  ...rest
}: Record<string, unknown>) => rest;

/** Every object in a JSON value. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const part of Object.values(value)) yield* objectsIn(part);
}

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
  const { get } = await openClient(badge({ name: 'card-no_1' }));
  const { Resources } = (await get('/Schemas')).body;
  const names = Resources.flatMap(({ attributes }: { attributes: unknown }) =>
    [...objectsIn(attributes)].map(({ name }) => name),
  );
  expect(names).toContain('card-no_1');
  expect(names).toContain('$ref');
  expect(names.filter((name: string) => !/^([A-Za-z][A-Za-z0-9_-]*|\$ref)$/.test(name))).toEqual([]);
});

test('rfc 2: an attribute with a name outside the grammar is refused at the start; one inside it is served', async () => {
  for (const name of ['1st', '-a', '_a', 'a b', 'a.b', 'a:b', 'a/b', 'ä', '', '$value', '$REF', 'a$'])
    expect(() => createScim({ database: 'sqlite::memory:', ...badge({ name }) }), name).toThrow(TypeError);

  const { make, find } = await openClient(badge({ name: 'card-no_1' }));
  const made = await make('/Users', user('ann', { [BADGE_URN]: { 'card-no_1': 'x' } }));
  expect(made[BADGE_URN]).toEqual({ 'card-no_1': 'x' });
  expect((await find('/Users', `${BADGE_URN}:card-no_1 eq "x"`)).body.totalResults).toBe(1);
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

test('rfc 4: an attribute declared by its name alone has the default characteristics, and behaves so', async () => {
  const { get, make, put, patch: change, find } = await openClient(badge({ name: 'colour' }));

  const { attributes } = (await get(`/Schemas/${BADGE_URN}`)).body;
  expect(attributes).toEqual([
    {
      name: 'colour',
      type: 'string',
      multiValued: false,
      description: '',
      required: false,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'none',
    },
  ]);
  const { id } = await make('/Users', user('ann', { [BADGE_URN]: { colour: 'Red' } }));
  await make('/Users', user('bob', { [BADGE_URN]: { colour: 'Red' } }));
  await make('/Users', user('eve'));
  expect((await find('/Users', `${BADGE_URN}:colour eq "RED"`)).body.totalResults).toBe(2);
  const patched = await change(`/Users/${id}`, { op: 'replace', path: `${BADGE_URN}:colour`, value: 'Blue' });
  expect(patched.body[BADGE_URN]).toEqual({ colour: 'Blue' });
  expect((await put(`/Users/${id}`, user('ann'))).body[BADGE_URN]).toBeUndefined();
  expectRefusal(
    await change(`/Users/${id}`, { op: 'replace', path: `${BADGE_URN}:colour`, value: ['a', 'b'] }),
    400,
    'invalidValue',
  );
});

test.each([
  ['1', 1],
  ['1.5', 1.5],
  ['-0.25', -0.25],
  ['12.50', 12.5],
  ['1e3', 1000],
])('rfc 6: the decimal %s is kept and shown as a number', async (text, value) => {
  const { call, get, find } = await openClient(badge({ name: 'weight', type: 'decimal' }));
  const body = `{"schemas":["${USER_URN}"],"userName":"ann","${BADGE_URN}":{"weight":${text}}}`;
  const made = await call('/Users', { method: 'POST', body });
  expect(made.status).toBe(201);
  const shown = await get(`/Users/${made.body.id}`);
  expect(shown.body[BADGE_URN]).toEqual({ weight: value });
  expect(shown.text).toMatch(/"weight":-?\d+(\.\d+)?\}/);
  expect((await find('/Users', `${BADGE_URN}:weight eq ${value}`)).body.totalResults).toBe(1);
});

test('rfc 6: a decimal is no text, and has a digit on each side of its period', async () => {
  const { call, post, get } = await openClient(badge({ name: 'weight', type: 'decimal' }));
  expectRefusal(await post('/Users', user('ann', { [BADGE_URN]: { weight: '1.5' } })), 400, 'invalidValue');
  for (const text of ['.5', '5.', '-.5', '+1.5', '1.5.5']) {
    const body = `{"schemas":["${USER_URN}"],"userName":"ann","${BADGE_URN}":{"weight":${text}}}`;
    expectRefusal(await call('/Users', { method: 'POST', body }), 400, 'invalidSyntax');
  }
  expect((await get('/Users')).body.totalResults).toBe(0);
});

test('rfc 7: a boolean is true or false; its words in quotation marks pass only where that is tolerated', async () => {
  const compat = await openClient();
  const strict = await openClient({ profile: 'strict' });
  for (const { post } of [compat, strict]) {
    for (const active of ['yes', '1', '', 1, 0, {}, [], ['true'], [true]])
      expectRefusal(await post('/Users', user('ann', { active })), 400, 'invalidValue');
  }
  for (const word of ['TRUE', 'True', 'False', 'FALSE']) {
    const body = `{"schemas":["${USER_URN}"],"userName":"ann","active":${word}}`;
    expectRefusal(await compat.call('/Users', { method: 'POST', body }), 400, 'invalidSyntax');
  }
  for (const [index, word] of ['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].entries()) {
    const expected = word.toLowerCase() === 'true';
    const emails = [{ value: 'a@x.example', primary: word }];
    expectRefusal(await strict.post('/Users', user('ann', { active: word })), 400, 'invalidValue');
    expectRefusal(await strict.post('/Users', user('ann', { emails })), 400, 'invalidValue');
    const made = await compat.make('/Users', user(`u${index}`, { active: word, emails }));
    expect([made.active, made.emails[0].primary]).toEqual([expected, expected]);
  }
});

test('rfc 7: no boolean is caseExact or unique', async () => {
  for (const wrong of [{ caseExact: true }, { uniqueness: 'server' }])
    expect(() =>
      createScim({ database: 'sqlite::memory:', ...badge({ name: 'valid', type: 'boolean', ...wrong }) }),
    ).toThrow(TypeError);
  const { get } = await openClient(badge({ name: 'valid', type: 'boolean' }));
  const booleans = [...objectsIn((await get('/Schemas')).body)].filter(({ type }) => type === 'boolean');
  expect(booleans.map(({ name }) => name)).toContain('valid');
  for (const boolean of booleans) expect(boolean).toMatchObject({ caseExact: false, uniqueness: 'none' });
});

test.each([
  ['eq "2026-01-01T00:00:00Z"', true],
  ['eq "2026-01-01T01:00:00+01:00"', true],
  ['eq "2025-12-31T19:00:00.000-05:00"', true],
  ['eq "2025-12-31T24:00:00Z"', true],
  ['ne "2026-01-01T01:00:00.000000+01:00"', false],
  // Later as text, earlier as an instant, and the other way round.
  ['gt "2026-01-01T00:30:00+01:00"', true],
  ['lt "2025-12-31T23:30:00-01:00"', true],
  ['ge "2026-01-01T00:00:00.001Z"', false],
  ['le "2025-12-31T23:59:59.999999999Z"', false],
])('rfc 8: meta.created %s compares instants, not text', async (comparison, isFound) => {
  const { make, find } = await openClient({ clock: () => Date.parse('2026-01-01T00:00:00Z') });
  const { meta } = await make('/Users', user('ann'));
  expect(meta.created).toBe('2026-01-01T00:00:00.000Z');
  expect((await find('/Users', `meta.created ${comparison}`)).body.totalResults).toBe(isFound ? 1 : 0);
});

test('rfc 8: a dateTime is a date and a time that exist, and keeps its precision and its zone', async () => {
  const { make, post, find } = await openClient(badge({ name: 'issued', type: 'dateTime' }));
  const good = [
    '2026-01-31T09:00:00Z',
    '2026-01-31T09:00:00.123456789+05:30',
    '2024-02-29T23:59:59-12:00',
    '2026-01-31T10:00:00',
    '2026-01-31T24:00:00Z',
  ];
  for (const [index, issued] of good.entries()) {
    const made = await make('/Users', user(`u${index}`, { [BADGE_URN]: { issued } }));
    expect(made[BADGE_URN]).toEqual({ issued });
    expect((await find('/Users', `${BADGE_URN}:issued eq "${issued}"`)).body.totalResults).toBe(1);
  }
  for (const issued of [
    '2026-01-31',
    '09:00:00Z',
    '2026-01-31T09:00Z',
    '2026-01-31 09:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-31T24:00:01Z',
    '2026-01-31T24:00:00.5Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T09:00:00+0100',
    '20260131T090000Z',
    'Sat, 31 Jan 2026 09:00:00 GMT',
    1_767_225_600,
  ])
    expectRefusal(await post('/Users', user('ann', { [BADGE_URN]: { issued } })), 400, 'invalidValue');
});

test('rfc 9: binary is base64 of either alphabet, with the padding that fits or none, compared by case', async () => {
  const { make, post, find } = await openClient();
  const certificate = (value: unknown) => ({ x509Certificates: [{ value }] });
  for (const [index, value] of ['QUI=', 'QUI', 'QUJD', 'QQ==', '_-8=', '+/8='].entries()) {
    const made = await make('/Users', user(`u${index}`, certificate(value)));
    expect(made.x509Certificates).toEqual([{ value }]);
  }
  for (const value of ['QUI==', 'QUJD=', 'A', 'QU=I', '====', '+_8=', 'QU I', 'QUI=\n', '***', 7, true])
    expectRefusal(await post('/Users', user('ann', certificate(value))), 400, 'invalidValue');
  const found = async (value: string) =>
    (await find('/Users', `x509Certificates.value eq "${value}"`)).body.totalResults;
  expect([await found('QUI='), await found('qui='), await found('QUi=')]).toEqual([1, 0, 0]);
});

test('rfc 10: a reference is a URI as text, compared by case, whose targets are declared', async () => {
  const { get, make, post, find } = await openClient();
  for (const wrong of [{ $ref: 'https://x.example' }, 7, true, ['https://x.example']]) {
    expectRefusal(await post('/Users', user('ann', { profileUrl: wrong })), 400, 'invalidValue');
    expectRefusal(await post('/Users', user('ann', { photos: [{ value: wrong }] })), 400, 'invalidValue');
    const manager = { value: 'x', $ref: wrong };
    expectRefusal(await post('/Users', user('ann', { [ENTERPRISE_URN]: { manager } })), 400, 'invalidValue');
  }
  const manager = { value: 'x', $ref: '../Users/x' };
  const made = await make(
    '/Users',
    user('ann', { profileUrl: 'https://X.example/Ann', [ENTERPRISE_URN]: { manager } }),
  );
  expect([made.profileUrl, made[ENTERPRISE_URN].manager]).toEqual(['https://X.example/Ann', manager]);
  const found = async (url: string) => (await find('/Users', `profileUrl eq "${url}"`)).body.totalResults;
  expect([await found('https://X.example/Ann'), await found('https://x.example/ann')]).toEqual([1, 0]);

  const references = [...objectsIn((await get('/Schemas')).body)].filter(({ type }) => type === 'reference');
  expect(new Set(references.flatMap(({ referenceTypes }) => referenceTypes))).toEqual(
    new Set(['external', 'User', 'Group']),
  );
  for (const { caseExact, referenceTypes } of references) {
    expect(caseExact).toBe(true);
    expect(referenceTypes).not.toEqual([]);
  }
});

test('rfc 11: every $ref and location of a resource leads to it, also a relative one, until it is deleted', async () => {
  const { get, make, remove } = await openClient();
  const boss = await make('/Users', user('boss'));
  const manager = { value: boss.id, $ref: `Users/${boss.id}` };
  const ann = await make('/Users', user('ann', { [ENTERPRISE_URN]: { manager } }));
  const team = await make('/Groups', group('Team', [ann.id]));
  const crew = await make('/Groups', group('Crew', [ann.id, team.id]));

  const follow = async (reference: string) => {
    const url = new URL(reference, `${BASE}/`).href;
    expect(url.startsWith(`${BASE}/`)).toBe(true);
    return get(url.slice(BASE.length));
  };
  const resources = [boss, ann, team, crew].map(({ id, meta }) => [id, meta.location]);
  const nested = [
    ...(await get(`/Groups/${crew.id}`)).body.members,
    ...(await get(`/Users/${ann.id}`)).body.groups,
    ann[ENTERPRISE_URN].manager,
  ].map(({ value, $ref }) => [value, $ref]);
  expect(nested.map(([id]) => id).sort()).toEqual([ann.id, boss.id, crew.id, team.id, team.id].sort());
  for (const [id, reference] of [...resources, ...nested]) {
    const target = await follow(reference);
    expect([target.status, target.body.id]).toEqual([200, id]);
  }
  const member = crew.members.find(({ value }: { value: string }) => value === ann.id);
  await remove(`/Users/${ann.id}`);
  expectRefusal(await follow(member.$ref), 404);
});

test('rfc 12: no sub-attribute is complex, in a schema or in a value', async () => {
  const nested = {
    name: 'a',
    type: 'complex',
    subAttributes: [{ name: 'b', type: 'complex', subAttributes: [{ name: 'c' }] }],
  };
  expect(() => createScim({ database: 'sqlite::memory:', ...badge(nested) })).toThrow(/complex/);

  const { get, post } = await openClient();
  const complex = [...objectsIn((await get('/Schemas')).body)].filter(({ type }) => type === 'complex');
  expect(complex.map(({ name }) => name)).toContain('emails');
  for (const { subAttributes } of complex)
    expect([...objectsIn(subAttributes)].filter(({ type }) => type === 'complex')).toEqual([]);
  for (const more of [{ name: { givenName: { a: 'x' } } }, { emails: [{ value: { value: 'x' } }] }])
    expectRefusal(await post('/Users', user('ann', more)), 400, 'invalidValue');
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

interface Described {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly mutability: string;
  readonly subAttributes?: readonly Described[];
}

/** Multi-valued attributes of User that a client may write, from /Schemas. */
async function readPlurals({ get }: Pick<Awaited<ReturnType<typeof openClient>>, 'get'>) {
  const { attributes } = (await get(`/Schemas/${USER_URN}`)).body as { attributes: readonly Described[] };
  return attributes.filter(({ multiValued, mutability }) => multiValued && mutability === 'readWrite');
}

test('rfc 14: multi-valued attributes have value, type, primary, display and $ref in their standard meaning', async () => {
  const { get, make } = await openClient();
  const standard: Record<string, object> = {
    type: { type: 'string', multiValued: false },
    primary: { type: 'boolean', multiValued: false },
    display: { type: 'string', multiValued: false },
    $ref: { type: 'reference', multiValued: false },
  };
  for (const urn of [USER_URN, GROUP_URN]) {
    for (const { name, multiValued, subAttributes = [] } of (await get(`/Schemas/${urn}`)).body.attributes) {
      if (!multiValued) continue;
      const subs = subAttributes.map((sub: Described) => sub.name);
      expect(subs, name).toEqual(
        expect.arrayContaining(
          name === 'addresses'
            ? ['type', 'primary']
            : /^(groups|members)$/.test(name)
              ? ['value', '$ref', 'display', 'type']
              : ['value', 'display', 'type', 'primary'],
        ),
      );
      for (const sub of subAttributes) expect(sub).toMatchObject(standard[sub.name] ?? {});
    }
  }
  const ann = await make('/Users', user('ann', { displayName: 'Ann' }));
  const crew = await make('/Groups', { ...group('Crew'), members: [{ value: ann.id, display: 'Ann' }] });
  expect(crew.members).toEqual([{ value: ann.id, $ref: ann.meta.location, type: 'User', display: 'Ann' }]);
  expect((await get(`/Users/${ann.id}`)).body.groups).toEqual([
    { value: crew.id, $ref: crew.meta.location, type: 'direct', display: 'Crew' },
  ]);
});

test('rfc 14, rfc 15: one value of each list is primary; two are 400 on POST, PUT and PATCH', async () => {
  const client = await openClient();
  const { id } = await client.make('/Users', user('ann'));
  const plurals = await readPlurals(client);
  expect(plurals.map(({ name }) => name)).toEqual([
    'emails',
    'phoneNumbers',
    'ims',
    'photos',
    'addresses',
    'entitlements',
    'roles',
    'x509Certificates',
  ]);
  for (const [index, { name, subAttributes = [] }] of plurals.entries()) {
    const key = name === 'addresses' ? 'locality' : 'value';
    const { type } = subAttributes.find((sub) => sub.name === key) ?? {};
    const [first, second, third] = ['QUJD', 'REVG', 'R0hJ'].map((text) => ({
      [key]: type === 'reference' ? `https://x.example/${text}` : text,
      type: 'other',
    }));
    const two = [
      { ...first, primary: true },
      { ...second, primary: true },
    ];
    expectRefusal(await client.post('/Users', user('bob', { [name]: two })), 400, 'invalidValue');
    expectRefusal(await client.put(`/Users/${id}`, user('ann', { [name]: two })), 400, 'invalidValue');
    for (const op of ['add', 'replace']) {
      const refused = await client.patch(`/Users/${id}`, { op, path: name, value: two });
      expectRefusal(refused, 400, 'invalidValue');
    }
    const one = [{ ...first, primary: true }, second];
    expect((await client.make('/Users', user(`u${index}`, { [name]: one })))[name]).toEqual(one);
    // A new primary value ends the old one's being so.
    await client.patch(`/Users/${id}`, { op: 'add', path: name, value: one });
    const { body } = await client.patch(`/Users/${id}`, {
      op: 'add',
      path: name,
      value: [{ ...third, primary: true }],
    });
    expect(body[name].map(({ primary }: { primary?: boolean }) => primary)).toEqual([false, undefined, true]);
  }
});

test('rfc 16: values come back as they were sent, letter by letter', async () => {
  const { make, get, put } = await openClient();
  const sent = {
    schemas: [USER_URN, ENTERPRISE_URN],
    userName: 'Ann.LEE@X.Example',
    externalId: ' 00uA ',
    name: { formatted: '  Dr.  Ann\tLEE ', familyName: 'İstanbul Straße', givenName: 'A\u030a' },
    displayName: 'ﬁ — 𝒜nn',
    preferredLanguage: 'EN-us, de;q=0.5',
    locale: 'en_us',
    timezone: 'america/Los_Angeles',
    profileUrl: 'https://X.example:443/a/../B?q=%7e',
    emails: [
      { value: 'Ann@EXAMPLE.com', type: 'WORK', display: 'ann', primary: false },
      { value: '"a b"@x.example', type: 'Werk' },
    ],
    phoneNumbers: [{ value: '+1 (201) 555-0123 ext. 9', type: 'Mobile' }, { value: 'tel:+1-201-555-0123' }],
    addresses: [{ country: 'usa', postalCode: '01234', formatted: 'Line 1\r\nLine 2' }],
    x509Certificates: [{ value: '_-8' }],
    [ENTERPRISE_URN]: {
      employeeNumber: '007',
      manager: { value: 'No-Such-ID', $ref: '../Users/No-Such-ID' },
    },
  };
  const { id, ...made } = await make('/Users', sent);
  expect(written(made)).toEqual(sent);
  expect(written((await get(`/Users/${id}`)).body)).toEqual(sent);
  expect(written((await put(`/Users/${id}`, { ...sent, title: ' x ' })).body)).toEqual({
    ...sent,
    title: ' x ',
  });
});

test('rfc 17: no list shows one value with one type twice, whichever way it came', async () => {
  const { make, put, patch: change } = await openClient();
  const twice = [
    { value: 'a@x.example', type: 'work' },
    { value: 'a@x.example', type: 'home' },
    { value: 'a@x.example', type: 'work', display: 'Ann' },
    { value: 'a@x.example', type: 'work' },
  ];
  const once = [
    { value: 'a@x.example', type: 'work', display: 'Ann' },
    { value: 'a@x.example', type: 'home' },
  ];
  const { id, emails } = await make('/Users', user('ann', { emails: twice }));
  expect(emails).toEqual(once);
  const path = `/Users/${id}`;
  expect((await put(path, user('ann', { emails: twice }))).body.emails).toEqual(once);
  for (const operation of [
    { op: 'add', path: 'emails', value: twice },
    { op: 'replace', path: 'emails', value: twice },
    { op: 'add', value: { emails: twice } },
  ])
    expect((await change(path, operation)).body.emails).toEqual(once);
  const made = await change(path, { op: 'replace', path: 'emails[type eq "home"].type', value: 'work' });
  expect(made.body.emails).toEqual([once[0]]);
});

test('rfc 18: null, an empty list and nothing at all are the same: unassigned, and not shown', async () => {
  const { make } = await openClient();
  const bare = written(await make('/Users', user('bare')));
  expect(bare).toEqual(user('bare'));
  const empties = {
    externalId: null,
    name: null,
    title: null,
    emails: [],
    roles: null,
    phoneNumbers: [null],
    addresses: [{}],
    photos: [{ value: null }],
    [ENTERPRISE_URN]: null,
  };
  for (const [index, more] of [
    empties,
    { name: {} },
    { name: { givenName: null } },
    { [ENTERPRISE_URN]: {} },
    { [ENTERPRISE_URN]: { manager: null, department: null } },
  ].entries()) {
    const made = await make('/Users', user(`u${index}`, more));
    expect(written(made)).toEqual({ ...bare, userName: `u${index}` });
  }
});

test.each([
  ['null', null],
  ['[]', []],
  ['nothing', undefined],
])('rfc 18: PUT with %s clears a list, PUT with null or nothing a single value', async (_name, empty) => {
  const { make, put } = await openClient();
  const full = {
    title: 'x',
    name: { givenName: 'A', familyName: 'L' },
    emails: [{ value: 'a@x.example' }],
    [ENTERPRISE_URN]: { department: 'x' },
  };
  const { id } = await make('/Users', user('ann', full));
  const single = Array.isArray(empty) ? null : empty;
  const body = {
    title: single,
    name: { givenName: single, familyName: 'L' },
    emails: empty,
    [ENTERPRISE_URN]: single,
  };
  const replaced = await put(`/Users/${id}`, user('ann', body));
  expect(written(replaced.body)).toEqual(user('ann', { name: { familyName: 'L' } }));
});

test('rfc 18: an empty list is no value of a single-valued attribute', async () => {
  const { make, post, put } = await openClient();
  const { id } = await make('/Users', user('ann'));
  for (const more of [
    { title: [] },
    { name: [] },
    { active: [] },
    { externalId: [] },
    { name: { givenName: [] } },
    { [ENTERPRISE_URN]: [] },
    { [ENTERPRISE_URN]: { manager: [] } },
  ]) {
    expectRefusal(await post('/Users', user('bob', more)), 400, 'invalidValue');
    expectRefusal(await put(`/Users/${id}`, user('ann', more)), 400, 'invalidValue');
  }
});

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

test('rfc 21: id, externalId and meta are on users and groups, and not id and externalId on the server’s own', async () => {
  const { make, get } = await openClient();
  const ann = await make('/Users', user('ann', { externalId: 'e1' }));
  const crew = await make('/Groups', { ...group('Crew'), externalId: 'e2' });
  for (const [path, externalId] of [
    [`/Users/${ann.id}`, 'e1'],
    [`/Groups/${crew.id}`, 'e2'],
  ]) {
    const { body } = await get(String(path));
    expect(body).toMatchObject({
      id: expect.stringMatching(/./),
      externalId,
      meta: { created: expect.any(String) },
    });
  }
  for (const path of ['/ServiceProviderConfig', '/ResourceTypes/User']) {
    const { body } = await get(path);
    expect(body).not.toHaveProperty('externalId');
    expect(Object.keys(body.meta).sort()).toEqual(['location', 'resourceType']);
  }
  expect((await get('/ServiceProviderConfig')).body).not.toHaveProperty('id');
});

test('rfc 22: an id is there at once, is nobody else’s, stays, and never comes back', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  const ids: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (const { make, remove } of [client, other]) {
      const ann = await make('/Users', user('ann', { externalId: 'e1' }));
      const crew = await make('/Groups', group('Crew', [ann.id]));
      ids.push(ann.id, crew.id);
      await remove(`/Users/${ann.id}`);
      await remove(`/Groups/${crew.id}`);
    }
  }
  expect(new Set(ids).size).toBe(80);
  for (const id of ids) expect(id).toMatch(/^\S+$/);

  const { id } = await client.make('/Users', user('ann'));
  const path = `/Users/${id}`;
  await client.put(path, user('eve', { id: ids[0] }));
  await client.patch(path, { op: 'replace', value: { userName: 'eva', externalId: 'e9' } });
  expect((await client.get(path)).body).toMatchObject({ id, userName: 'eva' });
  for (const gone of ids) expectRefusal(await client.get(`/Users/${gone}`), 404);
});

test('rfc 23: an id the client names is not taken, and none contains bulkId', async () => {
  const { make, put, post, get } = await openClient();
  for (const [index, id] of ['mine', 'bulkId:1', 'bulkid', null, 7, { a: 1 }].entries()) {
    const made = await make('/Users', user(`u${index}`, { id }));
    expect(made.id).not.toBe(id);
    expect((await put(`/Users/${made.id}`, user(`u${index}`, { id }))).body.id).toBe(made.id);
    expectRefusal(await get(`/Users/${encodeURIComponent(String(id))}`), 404);
  }
  const made = await post('/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      { method: 'POST', path: '/Users', bulkId: 'bulkId', data: user('bulk') },
      { method: 'POST', path: '/Groups', bulkId: 'g', data: group('g', ['bulkId:bulkId']) },
    ],
  });
  expect(made.body.Operations.map(({ status }: { status: string }) => status)).toEqual(['201', '201']);
  for (const path of ['/Users', '/Groups']) expect((await get(path)).text).not.toMatch(/bulkid/i);
});

test('rfc 24: externalId is the client’s alone: never made up, exact in case, and not unique', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  const { make, get, find, put } = client;
  const bare = await make('/Users', user('bare'));
  expect((await get(`/Users/${bare.id}`)).body).not.toHaveProperty('externalId');
  const first = await make('/Users', user('old', { externalId: '00uA' }));
  const second = await make('/Users', user('new', { externalId: '00uA' }));
  await make('/Users', user('third', { externalId: '00Ua' }));
  await make('/Groups', { ...group('Crew'), externalId: '00uA' });
  await other.make('/Users', user('theirs', { externalId: '00uA' }));

  const idsOf = ({ body }: { body: { Resources: { id: string }[] } }) => body.Resources.map(({ id }) => id);
  expect(idsOf(await find('/Users', 'externalId eq "00uA"'))).toEqual([first.id, second.id]);
  expect(idsOf(await find('/Users', 'externalId eq "00ua"'))).toEqual([]);
  expect((await other.find('/Users', 'externalId eq "00uA"')).body.totalResults).toBe(1);
  expect((await put(`/Users/${first.id}`, user('old'))).body).not.toHaveProperty('externalId');
});

test('rfc 25: meta is the server’s: what a client sends of it is ignored, or 400 where it is the target', async () => {
  const {
    make,
    put,
    patch: change,
    get,
  } = await openClient({ clock: () => Date.parse('2026-01-01T00:00:00Z') });
  const meta = {
    resourceType: 'Group',
    created: '2001-01-01T00:00:00Z',
    lastModified: '2001-01-01T00:00:00Z',
    location: 'https://evil.example/1',
    version: 'W/"99"',
  };
  const { id } = await make('/Users', user('ann', { meta }));
  const path = `/Users/${id}`;
  const expected = (version: string) => ({
    resourceType: 'User',
    created: '2026-01-01T00:00:00.000Z',
    lastModified: '2026-01-01T00:00:00.000Z',
    location: `${BASE}${path}`,
    version,
  });
  expect((await get(path)).body.meta).toEqual(expected('W/"1"'));
  expect((await put(path, user('ann', { meta, title: 'x' }))).body.meta).toEqual(expected('W/"2"'));
  expect((await change(path, { op: 'replace', value: { meta, title: 'y' } })).body.meta).toEqual(
    expected('W/"3"'),
  );
  for (const [name, value] of Object.entries(meta))
    expectRefusal(await change(path, { op: 'replace', path: `meta.${name}`, value }), 400, 'mutability');
  expectRefusal(await change(path, { op: 'remove', path: 'meta' }), 400, 'mutability');
});

test('rfc 25: meta.resourceType is compared by case', async () => {
  const { make, find } = await openClient();
  await make('/Users', user('ann'));
  expect((await find('/Users', 'meta.resourceType eq "USER"')).body.totalResults).toBe(0);
  expect((await find('/Users', 'meta.resourceType eq "User"')).body.totalResults).toBe(1);
});

test('rfc 26: created stays, lastModified equals it until the first change and then tells of the last', async () => {
  const time = { now: Date.parse('2026-01-01T00:00:00Z') };
  const { make, put, patch: change, get } = await openClient({ clock: () => time.now });
  const at = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
  const { id, meta } = await make('/Users', user('ann'));
  const path = `/Users/${id}`;
  const times = ({ body }: { body: { meta: Record<string, string> } }) => [
    body.meta.created,
    body.meta.lastModified,
  ];
  expect([meta.created, meta.lastModified]).toEqual([at(1), at(1)]);

  time.now += 86_400_000;
  expect(times(await get(path))).toEqual([at(1), at(1)]);
  expect(times(await put(path, user('ann', { title: 'x' })))).toEqual([at(1), at(2)]);
  time.now += 86_400_000;
  expect(times(await change(path, { op: 'replace', path: 'title', value: 'y' }))).toEqual([at(1), at(3)]);
  time.now += 86_400_000;
  expect(times(await change(path, { op: 'replace', path: 'title', value: 'y' }))).toEqual([at(1), at(3)]);
});

test('rfc 27: meta.location is the URL of the resource, in the body and in the header', async () => {
  const { call, connectionId, get } = await openClient();
  for (const base of ['', `/${connectionId}`]) {
    for (const [endpoint, body] of [
      ['/Users', user(`ann${base}`)],
      ['/Groups', group(`Crew${base}`)],
    ] as const) {
      const made = await call(base + endpoint, { method: 'POST', body });
      const path = `${base}${endpoint}/${made.body.id}`;
      const read = await call(path);
      const listed = (await call(base + endpoint)).body.Resources;
      expect(made.headers.get('location')).toBe(BASE + path);
      expect(read.headers.get('content-location')).toBe(BASE + path);
      expect(listed.find(({ id }: { id: string }) => id === made.body.id).meta.location).toBe(BASE + path);
      for (const { meta } of [made.body, read.body]) expect(meta.location).toBe(BASE + path);
      expect((await get(read.body.meta.location.slice(BASE.length))).body).toEqual(read.body);
    }
  }
});

test('rfc 27: behind a proxy the public URL is shown; without one, the URL the client used', async () => {
  for (const [endpointUrl, expected] of [
    ['https://id.example/tenants/7/scim/v2', () => 'https://id.example/tenants/7/scim/v2'],
    [undefined, (port: number) => `http://127.0.0.1:${port}/scim/v2`],
  ] as const) {
    const { scim, key } = await openClient({ endpointUrl: endpointUrl as string });
    const port = await serve(nodeHandler(scim));
    const made = await sendTo(port, {
      method: 'POST',
      path: '/scim/v2/Users',
      headers: { authorization: `Bearer ${key}`, host: `127.0.0.1:${port}` },
      body: JSON.stringify(user('ann')),
    });
    const location = `${expected(port)}/Users/${made.body.id}`;
    expect([made.headers.location, made.body.meta.location]).toEqual([location, location]);
  }
});

test('rfc 28: the version of a group too is its ETag, weak, in single answers, lists and a 204', async () => {
  const { call, get, patch: change, make } = await openClient();
  const crew = await make('/Groups', group('Crew'));
  const path = `/Groups/${crew.id}`;
  const silent = await change(path, { op: 'replace', path: 'displayName', value: 'Team' });
  expect([silent.status, silent.text]).toEqual([204, '']);
  const read = await get(path);
  const listed = (await get('/Groups')).body.Resources[0];
  const asked = await call(`${path}?attributes=displayName`, {
    method: 'PATCH',
    body: patch({ op: 'replace', path: 'displayName', value: 'Team' }),
  });
  for (const tag of [
    silent.headers.get('etag'),
    read.headers.get('etag'),
    listed.meta.version,
    asked.headers.get('etag'),
  ]) {
    expect(tag).toMatch(/^W\/"[^"]+"$/);
    expect(tag).toBe(read.body.meta.version);
  }
  expect(read.body.meta.version).not.toBe(crew.meta.version);
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
