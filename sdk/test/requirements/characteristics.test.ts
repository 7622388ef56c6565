import { expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import type { ShownAttribute } from '../support/badge.ts';
import { openClient, openSecondClient } from '../support/client.ts';
import { type Answer, ENTERPRISE_URN, GROUP_URN, group, USER_URN, user } from '../support/scim.ts';

/** How many of the answers have each status. */
const countStatuses = (answers: readonly Answer[]) => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

test('rfc 56: what /Schemas calls required is refused where it is missing, null or empty', async () => {
  const { get, post } = await openClient();
  const required: string[] = [];
  for (const [path, urn, good] of [
    ['/Users', USER_URN, user('ann')],
    ['/Groups', GROUP_URN, group('Crew')],
  ] as const) {
    const { attributes } = (await get(`/Schemas/${urn}`)).body as { attributes: readonly ShownAttribute[] };
    for (const attribute of attributes) {
      if (attribute.required) required.push(attribute.name);
      const bodies = attribute.required
        ? [undefined, null, ''].map((value) => ({ [attribute.name]: value }))
        : [];
      for (const sub of attribute.subAttributes ?? []) {
        if (!sub.required) continue;
        required.push(`${attribute.name}.${sub.name}`);
        for (const value of [undefined, null, ''])
          bodies.push({ [attribute.name]: [{ display: 'x', [sub.name]: value }] as never });
      }
      for (const body of bodies) expectRefusal(await post(path, { ...good, ...body }), 400, 'invalidValue');
    }
    expect((await get(path)).body.totalResults).toBe(0);
  }
  expect(required).toEqual(['userName', 'displayName', 'members.value']);
});

test.each([
  ['externalId', 'aBcD', true],
  ['profileUrl', 'https://x.example/aBcD', true],
  ['x509Certificates.value', 'aBcD', true],
  ['userName', 'aBcD', false],
  ['displayName', 'aBcD', false],
  ['name.familyName', 'ÄbcΣ', false],
  ['emails.value', 'aBcD@x.example', false],
  ['roles.value', 'aBcD', false],
])(
  'rfc 57, rfc 58: %s is compared as it is declared, and shown as it was sent',
  async (path, value, isExact) => {
    const { make, get, find } = await openClient();
    const [name = '', sub] = path.split('.');
    const given = name === 'name' ? { familyName: value } : sub === undefined ? value : [{ value }];
    const { id } = await make('/Users', user('somebody', { [name]: given }));
    const shown = async () => (await get(`/Users/${id}`)).body[name];
    expect(await shown()).toEqual(given);
    for (const other of [value.toUpperCase(), value.toLowerCase()]) {
      const { totalResults } = (await find('/Users', `${path} eq "${other}"`)).body;
      expect(totalResults, other).toBe(isExact ? 0 : 1);
    }
    for (const operator of ['eq', 'sw', 'co', 'ew'])
      expect((await find('/Users', `${path} ${operator} "${value}"`)).body.totalResults, operator).toBe(1);
    if (name === 'externalId') return;
    const { attributes } = (await get(`/Schemas/${USER_URN}`)).body as {
      attributes: readonly ShownAttribute[];
    };
    const attribute = attributes.find((one) => one.name === name);
    const leaf = sub === undefined ? attribute : attribute?.subAttributes?.find((one) => one.name === sub);
    expect(leaf?.caseExact).toBe(isExact);
  },
);

test.each([
  ['/Users', 'userName', user],
  ['/Groups', 'displayName', group],
] as const)(
  'rfc 58: %s may change the case of their %s, which is then shown so and still taken',
  async (path, name, toBody) => {
    const { make, get, put, patch, post } = await openClient();
    const { id, meta } = await make(path, toBody('Ann'));
    await patch(`${path}/${id}`, { op: 'replace', path: name, value: 'ANN' });
    const patched = await get(`${path}/${id}`);
    expect(patched.body[name]).toBe('ANN');
    expect(patched.body.meta.version).not.toBe(meta.version);
    expect((await put(`${path}/${id}`, toBody('ann'))).body[name]).toBe('ann');
    expectRefusal(await post(path, toBody('aNN')), 409, 'uniqueness');
  },
);

test.each(['compat', 'strict'] as const)(
  'rfc 59: what is readOnly is 400 as the path of a PATCH (%s)',
  async (profile) => {
    const { make, get, patch } = await openClient({ profile });
    const { id } = await make('/Users', user('ann'));
    const crew = await make('/Groups', group('Crew', [id]));
    const before = await get(`/Users/${id}`);
    for (const [path, value] of [
      ['id', 'x'],
      ['schemas', ['urn:example:none']],
      ['meta', { created: '2001-01-01T00:00:00Z' }],
      ['meta.lastModified', '2001-01-01T00:00:00Z'],
      ['META.Version', 'W/"1"'],
      [`${USER_URN}:id`, 'x'],
      ['groups', [{ value: crew.id }]],
      [`groups[value eq "${crew.id}"]`, { value: 'x' }],
      ['groups.display', 'x'],
      [`${ENTERPRISE_URN}:manager.displayName`, 'x'],
    ] as const) {
      for (const op of ['add', 'replace', 'remove']) {
        const operation = op === 'remove' ? { op, path } : { op, path, value };
        expectRefusal(await patch(`/Users/${id}`, operation), 400, 'mutability');
      }
    }
    expect((await get(`/Users/${id}`)).text).toBe(before.text);
  },
);

test.each([
  ['compat', [200, undefined, 'x']],
  ['strict', [400, 'mutability', undefined]],
] as const)(
  'rfc 59: what is readOnly is ignored on POST and PUT, and in a value of PATCH: %s %s',
  async (profile, outcome) => {
    const { make, put, patch, get } = await openClient({ profile });
    const readOnly = {
      id: 'mine',
      meta: { resourceType: 'Robot', version: 'W/"9"' },
      groups: [{ value: 'x' }],
    };
    const made = await make('/Users', user('ann', readOnly));
    const path = `/Users/${made.id}`;
    expect(made).toMatchObject({ groups: [], meta: { resourceType: 'User', version: 'W/"1"' } });
    expect(made.id).not.toBe('mine');
    const same = await put(path, user('ann', readOnly));
    expect([same.status, same.body]).toEqual([200, made]);
    const { status, body } = await patch(path, { op: 'replace', value: { ...readOnly, title: 'x' } });
    expect([status, body.scimType, body.title]).toEqual(outcome);
    expect((await get(path)).body).toMatchObject({ id: made.id, groups: [], meta: { resourceType: 'User' } });
  },
);

test('rfc 60: a member is what it was when it came, until it is removed whole', async () => {
  const { make, patch, get } = await openClient();
  const ann = await make('/Users', user('ann'));
  const bob = await make('/Users', user('bob'));
  const crew = await make('/Groups', { ...group('Crew'), members: [{ value: ann.id, display: 'Ann' }] });
  const path = `/Groups/${crew.id}`;
  for (const [sub, value] of [
    ['value', bob.id],
    ['display', 'Anna'],
    ['type', 'Group'],
    ['$ref', bob.meta.location],
  ])
    for (const target of [`members[value eq "${ann.id}"].${sub}`, `members.${sub}`])
      expectRefusal(await patch(path, { op: 'replace', path: target, value }), 400, 'mutability');
  expect((await get(path)).body).toEqual(crew);
  await patch(path, { op: 'remove', path: `members[value eq "${ann.id}"]` });
  await patch(path, { op: 'add', path: 'members', value: [{ value: ann.id, display: 'Anna' }] });
  expect((await get(path)).body.members).toMatchObject([{ value: ann.id, display: 'Anna' }]);
});

test('rfc 62, rfc 64: id and schemas are always shown, the rest by default until something else is asked for', async () => {
  const { make, get, post, put, patch } = await openClient();
  const { id, ...full } = await make(
    '/Users',
    user('ann', { title: 'x', emails: [{ value: 'a@x.example' }] }),
  );
  const path = `/Users/${id}`;
  expect(Object.keys(full).sort()).toEqual([
    'active',
    'emails',
    'groups',
    'meta',
    'schemas',
    'title',
    'userName',
  ]);
  for (const [query, search, expected] of [
    ['attributes=title', { attributes: ['title'] }, { schemas: [USER_URN], id, title: 'x' }],
    ['attributes=nothing', { attributes: ['nothing'] }, { schemas: [USER_URN], id }],
    [
      'excludedAttributes=id,schemas,meta,active,groups,emails',
      { excludedAttributes: ['id', 'schemas', 'meta', 'active', 'groups', 'emails'] },
      { schemas: [USER_URN], id, userName: 'ann', title: 'x' },
    ],
  ] as const) {
    const change = { op: 'replace', path: 'title', value: 'x' };
    for (const { body } of [
      await get(`${path}?${query}`),
      await patch(`${path}?${query}`, change),
      await put(`${path}?${query}`, { ...full, id }),
    ])
      expect(body, query).toEqual(expected);
    expect((await get(`/Users?${query}`)).body.Resources).toEqual([expected]);
    expect((await post('/Users/.search', search)).body.Resources).toEqual([expected]);
  }
});

test.each([
  ['/Users', 'userName', user],
  ['/Groups', 'displayName', group],
] as const)(
  'rfc 65: of many who want one name at once, one gets it: %s by POST, PUT and PATCH',
  async (path, name, toBody) => {
    const { make, post, put, patch, find } = await openClient();
    const spellings = Array.from({ length: 12 }, (_none, index) => (index % 2 === 0 ? 'Wanted' : 'WANTED'));

    const posted = await Promise.all(spellings.map((spelling) => post(path, toBody(spelling))));
    expect(countStatuses(posted)).toEqual({ 201: 1, 409: 11 });
    const ids: string[] = [];
    for (let index = 0; index < 8; index += 1) ids.push((await make(path, toBody(`n${index}`))).id);
    const mixed = await Promise.all(
      ids.map((id, index) =>
        index % 2 === 0
          ? put(`${path}/${id}`, toBody('Other'))
          : patch(`${path}/${id}?attributes=${name}`, { op: 'replace', path: name, value: 'OTHER' }),
      ),
    );
    expect(countStatuses(mixed)).toEqual({ 200: 1, 409: 7 });
    for (const answer of [...posted, ...mixed])
      if (answer.status === 409) expectRefusal(answer, 409, 'uniqueness');
    for (const wanted of ['wanted', 'other'])
      expect((await find(path, `${name} eq "${wanted}"`)).body.totalResults).toBe(1);
  },
);

test('rfc 65: a name is taken within its customer and its resource type alone, until it is given up', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  const { id } = await client.make('/Users', user('ann'));
  await other.make('/Users', user('ann'));
  await client.make('/Groups', group('ann'));
  expectRefusal(await client.post('/Users', user('ANN')), 409, 'uniqueness');
  await client.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: 'anna' });
  const second = await client.make('/Users', user('ANN'));
  await client.remove(`/Users/${second.id}`);
  await client.make('/Users', user('ann'));
  expect((await other.find('/Users', 'userName eq "ann"')).body.totalResults).toBe(1);
});
