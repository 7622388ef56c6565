import { describe, expect, test, vi } from 'vitest';
import type { ProfileName } from '../../src/index.ts';
import { expectRefusal } from '../support/answers.ts';
import { openQuickClient, written } from '../support/client.ts';
import { findChangedPrototypes } from '../support/prototypes.ts';
import {
  BASE,
  ENTERPRISE_URN,
  group,
  PATCH_URN,
  patch,
  SEARCH_URN,
  USER_URN,
  user,
} from '../support/scim.ts';

vi.setConfig({ testTimeout: 30_000 });

const ENTERPRISE = { department: 'Research', manager: { value: 'boss-1' } };

const WORK = { value: 'ann@a.example', type: 'work', primary: true };

const ANN = user('ann', {
  schemas: [USER_URN, ENTERPRISE_URN],
  title: 'Engineer',
  name: { givenName: 'Ann', familyName: 'Archer' },
  emails: [WORK, { value: 'ann@home.example', type: 'home' }],
  [ENTERPRISE_URN]: ENTERPRISE,
});

/** A user to be changed, and what is seen of the change. */
async function openAnn(profile: ProfileName = 'compat') {
  const client = await openQuickClient({ profile });
  const ann = await client.make('/Users', ANN);
  const path = `/Users/${ann.id}`;
  const send = (body: unknown) => client.call(path, { method: 'PATCH', body });
  return {
    ...client,
    ann,
    path,
    send,
    /** What a client may have written, afterwards. */
    accept: async (body: unknown) => {
      const answer = await send(body);
      expect([answer.status, answer.text]).toEqual([200, answer.text]);
      expect((await client.get(path)).body).toEqual(answer.body);
      return written(answer.body);
    },
    refuse: async (body: unknown, scimType: string) => {
      const answer = await send(body);
      expect([answer.status, answer.text], JSON.stringify(body)).toEqual([400, answer.text]);
      expectRefusal(answer, 400, scimType);
      expect((await client.get(path)).body).toEqual(ann);
    },
  };
}

const CHANGE = { op: 'replace', path: 'title', value: 'Chief' };
const CHANGED = { ...ANN, title: 'Chief' };

describe('the request', () => {
  test('rfc 121: a PATCH names PatchOp in its schemas', async () => {
    const { accept } = await openAnn('strict');
    for (const schemas of [[PATCH_URN], [PATCH_URN.toUpperCase()], [PATCH_URN, USER_URN]])
      expect(await accept({ schemas, Operations: [CHANGE] })).toEqual(CHANGED);
    for (const profile of ['compat', 'strict'] as const) {
      const { refuse } = await openAnn(profile);
      for (const schemas of [[], [USER_URN], [SEARCH_URN], [`${PATCH_URN}2`], PATCH_URN, null, {}, [1]])
        await refuse({ schemas, Operations: [CHANGE] }, 'invalidSyntax');
    }
    const { refuse } = await openAnn('strict');
    await refuse({ Operations: [CHANGE] }, 'invalidSyntax');
  });

  test('rfc 121, T29: without schemas it is a PATCH all the same where that is tolerated', async () => {
    const { accept } = await openAnn();
    expect(await accept({ Operations: [CHANGE] })).toEqual(CHANGED);
  });

  test('rfc 121: Operations is a list with something in it, its name in any case', async () => {
    const { refuse, accept } = await openAnn();
    const schemas = [PATCH_URN];
    for (const Operations of [[], {}, CHANGE, null, 'add', 1, true, [null], ['add'], [[CHANGE]], [CHANGE, 7]])
      await refuse({ schemas, Operations }, 'invalidSyntax');
    for (const body of [{ schemas }, { schemas, Operation: [CHANGE] }, { schemas, ...CHANGE }, [CHANGE], 'x'])
      await refuse(typeof body === 'string' ? JSON.stringify(body) : body, 'invalidSyntax');
    for (const name of ['Operations', 'operations', 'OPERATIONS'])
      expect(await accept({ schemas, [name]: [{ ...CHANGE, value: name }] })).toEqual({
        ...ANN,
        title: name,
      });
  });

  test('rfc 122: an operation adds, removes or replaces, and nothing else', async () => {
    const { refuse } = await openAnn();
    for (const op of [
      'move',
      'copy',
      'test',
      'set',
      'delete',
      'adds',
      ' add',
      '',
      null,
      1,
      true,
      ['add'],
      {},
    ])
      await refuse(patch(CHANGE, { ...CHANGE, op }), 'invalidSyntax');
    await refuse(patch({ path: 'title', value: 'x' }), 'invalidSyntax');
  });

  test('rfc 122, T1: Add, Replace and Remove are understood in any case, or refused where it is read strictly', async () => {
    for (const [op, value, left] of [
      ['Add', 'x', { ...ANN, title: 'x' }],
      ['REPLACE', 'x', { ...ANN, title: 'x' }],
      ['Remove', undefined, { ...ANN, title: undefined }],
    ] as const) {
      const { accept } = await openAnn();
      expect(await accept(patch({ op, path: 'title', value }))).toEqual(left);
      const { refuse } = await openAnn('strict');
      await refuse(patch({ op, path: 'title', value }), 'invalidSyntax');
    }
  });
});

describe('the path', () => {
  test.each([
    ['title', { title: 'x' }],
    ['TITLE', { title: 'x' }],
    ['name.familyName', { name: { givenName: 'Ann', familyName: 'x' } }],
    [`${USER_URN}:title`, { title: 'x' }],
    [`${USER_URN}:name.familyName`, { name: { givenName: 'Ann', familyName: 'x' } }],
    [`${ENTERPRISE_URN}:department`, { [ENTERPRISE_URN]: { ...ENTERPRISE, department: 'x' } }],
    [`${ENTERPRISE_URN}:manager.value`, { [ENTERPRISE_URN]: { ...ENTERPRISE, manager: { value: 'x' } } }],
    ['emails[type eq "home"].value', { emails: [WORK, { value: 'x', type: 'home' }] }],
    ['emails[value ew "home.example"].value', { emails: [WORK, { value: 'x', type: 'home' }] }],
    [`${USER_URN}:emails[type eq "home"].value`, { emails: [WORK, { value: 'x', type: 'home' }] }],
    ['emails[not (primary eq true)].value', { emails: [WORK, { value: 'x', type: 'home' }] }],
  ])('rfc 123: %s is a path', async (path, changed) => {
    for (const profile of ['compat', 'strict'] as const) {
      const { accept } = await openAnn(profile);
      expect(await accept(patch({ op: 'replace', path, value: 'x' }))).toEqual({ ...ANN, ...changed });
    }
  });

  test('rfc 123: a path that is none, or chooses among the values of what has one, is invalidPath', async () => {
    const { refuse } = await openAnn();
    for (const path of [
      'emails[type eq "work"',
      'emails[type eq "work"].',
      'emails[type eq "work"]value',
      'emails[type eq "work"].value.x',
      'emails[type eq "work"] value',
      'emails[type eq "work"]]',
      'emails[]',
      'emails[type]',
      'emails[type is "work"]',
      'emails[type eq work]',
      'emails[primary gt true]',
      'emails]',
      'emails[type eq "work"][value pr]',
      'emails.value[type eq "work"]',
      'displayName[value eq "x"]',
      'name.',
      '.name',
      'name..givenName',
      'name.givenName.x',
      'family name',
      '1title',
      'title eq "x"',
      '(title)',
      '$',
      '/title',
      '*',
      '[type eq "work"]',
      7,
      true,
      {},
      ['title'],
    ])
      for (const op of ['add', 'replace', 'remove'])
        await refuse(patch(CHANGE, { op, path, ...(op === 'remove' ? {} : { value: 'x' }) }), 'invalidPath');
  });

  test('rfc 123: remove needs a path', async () => {
    const { refuse } = await openAnn();
    for (const more of [{}, { path: '' }, { path: null }, { value: { title: 'Engineer' } }])
      await refuse(patch(CHANGE, { op: 'remove', ...more }), 'noTarget');
  });

  test('rfc 123, T32: a path to what nobody declared is passed over, or invalidPath where it is read strictly', async () => {
    for (const path of [
      'unknown',
      'name.unknown',
      'urn:example:none:x',
      `${ENTERPRISE_URN}:x`,
      'emails[type eq "work"].x',
    ]) {
      const { accept } = await openAnn();
      expect(await accept(patch(CHANGE, { op: 'add', path, value: 'x' }))).toEqual(CHANGED);
      const { refuse } = await openAnn('strict');
      await refuse(patch(CHANGE, { op: 'add', path, value: 'x' }), 'invalidPath');
    }
  });
});

test('rfc 124: what is readOnly, or immutable and set, is no target', async () => {
  const { refuse, make, call, get, ann } = await openAnn();
  for (const path of [
    'id',
    'ID',
    `${USER_URN}:id`,
    'meta',
    'meta.created',
    'meta.version',
    'groups',
    'groups[value pr]',
    'groups.display',
    `${ENTERPRISE_URN}:manager.displayName`,
  ])
    for (const op of ['add', 'replace', 'remove'])
      await refuse(patch(CHANGE, { op, path, ...(op === 'remove' ? {} : { value: 'x' }) }), 'mutability');

  const crew = await make('/Groups', group('Crew', [ann.id]));
  for (const part of ['value', 'type', '$ref', 'display']) {
    for (const path of [`members.${part}`, `members[value eq "${ann.id}"].${part}`]) {
      const body = patch({ op: 'replace', path, value: 'x' });
      expectRefusal(await call(`/Groups/${crew.id}`, { method: 'PATCH', body }), 400, 'mutability');
    }
  }
  expect((await get(`/Groups/${crew.id}`)).body).toEqual(crew);
});

test('rfc 124: a value of another type is 400 invalidValue', async () => {
  const { refuse } = await openAnn();
  for (const [path, values] of [
    ['title', [1, true, {}, ['x'], ['x', 'y']]],
    ['userName', [1, true, {}, ['x']]],
    ['active', [1, 'maybe', {}, [true]]],
    ['name', ['x', 1, [{ givenName: 'x' }, {}]]],
    ['name.givenName', [1, {}, ['x']]],
    ['emails', [1, true, [1], [[{ value: 'x' }]], [{ value: 1 }], [{ value: 'x', primary: 'maybe' }]]],
    ['emails[type eq "home"].value', [1, {}, ['x']]],
    ['emails[type eq "home"].primary', ['maybe', 1]],
    [ENTERPRISE_URN, ['x', 1, true]],
    [`${ENTERPRISE_URN}:department`, [1, {}, ['x']]],
  ] as const)
    for (const value of values)
      for (const op of ['add', 'replace']) await refuse(patch(CHANGE, { op, path, value }), 'invalidValue');
});

describe('all or nothing', () => {
  const EARLIER = [
    { op: 'replace', path: 'title', value: 'Chief' },
    { op: 'remove', path: 'name.givenName' },
    { op: 'add', path: 'emails', value: [{ value: 'new@a.example' }] },
    { op: 'remove', path: 'emails[type eq "work"]' },
    { op: 'replace', path: 'active', value: false },
    { op: 'remove', path: ENTERPRISE_URN },
    { op: 'replace', path: 'userName', value: 'anna' },
  ];

  test.each([
    [{ op: 'replace', path: 'userName', value: 'BEN' }, 409, 'uniqueness'],
    [{ op: 'replace', path: 'userName', value: '' }, 400, 'invalidValue'],
    [{ op: 'remove', path: 'userName' }, 400, 'mutability'],
    [{ op: 'replace', path: 'id', value: 'x' }, 400, 'mutability'],
    [{ op: 'replace', path: 'title', value: 7 }, 400, 'invalidValue'],
    [{ op: 'replace', path: 'emails[type eq "none" or type eq "x"].value', value: 'x' }, 400, 'noTarget'],
    [{ op: 'add', path: 'emails[', value: 'x' }, 400, 'invalidPath'],
    [{ op: 'move', path: 'title' }, 400, 'invalidSyntax'],
    [{ op: 'remove' }, 400, 'noTarget'],
  ])('rfc 125: of a user nothing changes when the last operation is %j', async (last, status, scimType) => {
    const { make, send, get, find, path, ann } = await openAnn();
    await make('/Users', user('ben'));
    expectRefusal(await send(patch(...EARLIER, last)), status, scimType);
    const read = await get(path);
    expect(read.body).toEqual(ann);
    expect(read.headers.get('etag')).toBe(ann.meta.version);
    expect(
      (await find('/Users', 'userName eq "anna" or emails eq "new@a.example" or title eq "Chief"')).body
        .totalResults,
    ).toBe(0);
    expect((await find('/Users', 'emails[type eq "work"] and active eq true')).body.Resources[0]).toEqual(
      ann,
    );
    // Without the last one they are all carried out.
    expect((await send(patch(...EARLIER))).body).toMatchObject({ userName: 'anna', active: false });
  });

  test.each([
    [{ op: 'replace', path: 'displayName', value: 'TAKEN' }, 409, 'uniqueness'],
    [{ op: 'add', path: 'members', value: [{ value: 'nobody' }] }, 400, 'invalidValue'],
    [{ op: 'replace', path: 'members', value: [{ value: 'nobody' }] }, 400, 'invalidValue'],
    [{ op: 'remove', path: 'displayName' }, 400, 'mutability'],
    [{ op: 'replace', path: 'members.value', value: 'x' }, 400, 'mutability'],
    [{ op: 'replace', path: 'displayName', value: {} }, 400, 'invalidValue'],
    [{ op: 'remove' }, 400, 'noTarget'],
  ])(
    'rfc 125: of a group and its members nothing changes when the last operation is %j',
    async (last, status, scimType) => {
      const { make, call, get } = await openQuickClient();
      const [ann, ben, cyd] = [
        await make('/Users', user('ann')),
        await make('/Users', user('ben')),
        await make('/Users', user('cyd')),
      ];
      await make('/Groups', group('Taken'));
      const { id } = await make('/Groups', group('Crew', [ann.id, ben.id]));
      const path = `/Groups/${id}`;
      const see = async () => [(await get('/Groups')).body, (await get('/Users')).body];
      const before = await see();
      const earlier = [
        { op: 'add', path: 'members', value: [{ value: cyd.id }] },
        { op: 'remove', path: `members[value eq "${ann.id}"]` },
        { op: 'replace', path: 'externalId', value: 'x' },
        { op: 'replace', path: 'displayName', value: 'Team' },
      ];
      expectRefusal(await call(path, { method: 'PATCH', body: patch(...earlier, last) }), status, scimType);
      expect(await see()).toEqual(before);
      expect((await call(path, { method: 'PATCH', body: patch(...earlier) })).status).toBe(204);
      expect((await get(path)).body.members.map(({ value }: { value: string }) => value).toSorted()).toEqual(
        [ben.id, cyd.id].toSorted(),
      );
    },
  );
});

test('rfc 126: PATCH of a user is 200 with the whole user, or as much as is asked for', async () => {
  const { call, get, path, ann } = await openAnn();
  const whole = await call(path, { method: 'PATCH', body: patch(CHANGE) });
  expect(whole.status).toBe(200);
  expect(whole.body).toEqual({ ...ann, title: 'Chief', meta: expect.anything() });
  expect(whole.body).toEqual((await get(path)).body);
  expect(whole.headers.get('content-type')).toBe('application/scim+json');
  expect(whole.headers.get('content-location')).toBe(BASE + path);
  expect(whole.headers.get('etag')).toBe(whole.body.meta.version);
  const body = patch({ ...CHANGE, value: 'Boss' });
  const part = await call(`${path}?attributes=title`, { method: 'PATCH', body });
  expect([part.status, part.body]).toEqual([200, { schemas: ann.schemas, id: ann.id, title: 'Boss' }]);
});

test('rfc 126: PATCH of a group is 204 and says its version, or 200 with as much as is asked for', async () => {
  const { make, call, get } = await openQuickClient();
  const ann = await make('/Users', user('ann'));
  const { id, schemas } = await make('/Groups', group('Crew'));
  const path = `/Groups/${id}`;
  const add = patch({ op: 'add', path: 'members', value: [{ value: ann.id }] });
  const silent = await call(path, { method: 'PATCH', body: add });
  const read = await get(path);
  expect([silent.status, silent.text]).toEqual([204, '']);
  expect(silent.headers.get('etag')).toBe(read.headers.get('etag'));
  expect(read.body.members).toHaveLength(1);
  const rename = patch({ op: 'replace', path: 'displayName', value: 'Team' });
  const asked = await call(`${path}?attributes=displayName`, { method: 'PATCH', body: rename });
  expect([asked.status, asked.body]).toEqual([200, { schemas, id, displayName: 'Team' }]);
  const without = await call(`${path}?excludedAttributes=members`, { method: 'PATCH', body: rename });
  expect([without.status, without.body]).toEqual([200, { ...(await get(path)).body, members: undefined }]);
});

test('rfc 138: one PATCH takes 1,000 operations, and hundreds of members; one operation more is 413 that says so', async () => {
  const { make, call, get } = await openQuickClient();
  const ids: string[] = [];
  for (let index = 0; index < 300; index += 1) ids.push((await make('/Users', user(`u${index}`))).id);
  const { id } = await make('/Groups', group('Crew'));
  const change = (operations: readonly object[]) =>
    call(`/Groups/${id}`, { method: 'PATCH', body: patch(...operations) });
  const count = async () => (await get(`/Groups/${id}`)).body.members.length;
  const add = { op: 'add', path: 'members', value: ids.map((value) => ({ value })) };
  expect((await change([add])).status).toBe(204);
  expect(await count()).toBe(300);
  expect(
    (await change(ids.slice(50).map((value) => ({ op: 'remove', path: `members[value eq "${value}"]` }))))
      .status,
  ).toBe(204);
  expect(await count()).toBe(50);
  const rename = (length: number) =>
    Array.from({ length }, (_, index) => ({ op: 'replace', path: 'displayName', value: `Crew ${index}` }));
  expect((await change(rename(1000))).status).toBe(204);
  const tooMuch = await change(rename(1001));
  expectRefusal(tooMuch, 413);
  expect(tooMuch.body.detail).toContain('1000 operations');
  expect((await get(`/Groups/${id}`)).body.displayName).toBe('Crew 999');
});

test('rfc 138: operations on long lists that add up to more than 100,000 values are 413, and change nothing', async () => {
  const { make, call, get } = await openQuickClient();
  const emails = Array.from({ length: 500 }, (_, index) => ({
    value: `a${index}@corp.example`,
    type: `t${index}`,
  }));
  const { id } = await make('/Users', user('ann', { emails }));
  const change = (length: number) =>
    call(`/Users/${id}`, {
      method: 'PATCH',
      body: patch(
        ...Array.from({ length }, (_, index) => ({
          op: 'replace',
          path: 'emails.display',
          value: `d${index}`,
        })),
      ),
    });

  expect((await change(200)).status).toBe(200);
  const tooMuch = await change(201);

  expectRefusal(tooMuch, 413);
  expect(tooMuch.body.detail).toContain('100000 values');
  expect((await get(`/Users/${id}`)).body.emails[0].display).toBe('d199');
});

describe('names of JavaScript’s own', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', '__proto__.x', 'constructor.prototype'];
  const toPaths = (name: string) => [
    name,
    `name.${name}`,
    `${name}.polluted`,
    `emails[type eq "work"].${name}`,
    `emails[${name} pr].value`,
    `${ENTERPRISE_URN}:${name}`,
  ];

  test('rfc 139: in a path they name nothing', async () => {
    const { refuse } = await openAnn('strict');
    const { send, get, path: own } = await openAnn();
    const value = { polluted: 'yes' };
    for (const path of NAMES.flatMap(toPaths)) {
      for (const op of ['add', 'replace']) await refuse(patch(CHANGE, { op, path, value }), 'invalidPath');
      await refuse(patch(CHANGE, { op: 'remove', path }), 'invalidPath');
      const answer = await send(patch({ op: 'add', path, value }));
      if (answer.status !== 200) expectRefusal(answer, 400, answer.body.scimType);
      expect(written((await get(own)).body), path).toEqual(ANN);
    }
    expect(findChangedPrototypes()).toEqual([]);
  });

  test('rfc 139: in a value __proto__ is invalidSyntax, and the others are what nobody declared', async () => {
    const strict = await openAnn('strict');
    const { send, get, path } = await openAnn();
    const toValues = (name: string) => [
      `{"${name}":{"polluted":"yes"}}`,
      `{"name":{"${name}":{"polluted":"yes"}}}`,
      `{"emails":[{"value":"ann@a.example","type":"work","${name}":{"polluted":"yes"}}]}`,
      `{"${ENTERPRISE_URN}":{"${name}":{"polluted":"yes"}}}`,
    ];
    for (const name of NAMES) {
      for (const value of toValues(name)) {
        const body = `{"schemas":["${PATCH_URN}"],"Operations":[{"op":"add","value":${value}}]}`;
        const refused = await strict.send(body);
        expect([refused.status, (await strict.get(strict.path)).body]).toEqual([400, strict.ann]);
        const answer = await send(body);
        if (name === '__proto__') expectRefusal(answer, 400, 'invalidSyntax');
        else if (answer.status !== 200) expectRefusal(answer, 400, 'invalidPath');
        expect(written((await get(path)).body), body).toEqual(ANN);
      }
    }
    expect(findChangedPrototypes()).toEqual([]);
  });
});
