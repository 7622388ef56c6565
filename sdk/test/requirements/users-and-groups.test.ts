import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectRefusal, runs, seconds } from '../support/answers.ts';
import { openClient, openSecondClient } from '../support/client.ts';
import { ENTERPRISE_URN, GROUP_URN, group, USER_URN, user } from '../support/scim.ts';

const NOBODY = '00000000-0000-7000-8000-000000000000';

type Client = Pick<
  Awaited<ReturnType<typeof openClient>>,
  'get' | 'make' | 'put' | 'post' | 'patch' | 'remove'
>;

/** What /Schemas says of one attribute, such as `emails.type`. */
async function describeAttribute(client: Pick<Client, 'get'>, urn: string, path: string) {
  let attributes = (await client.get(`/Schemas/${urn}`)).body.attributes;
  let found: Record<string, unknown> = {};
  for (const name of path.split('.')) {
    found = attributes.find((attribute: { name: string }) => attribute.name === name);
    attributes = found.subAttributes;
  }
  return found;
}

/** The ids of the members a group shows. */
async function membersOf(client: Pick<Client, 'get'>, id: string): Promise<readonly string[]> {
  const { members } = (await client.get(`/Groups/${id}`)).body;
  return members.map(({ value }: { value: string }) => value);
}

test('rfc 30: userName is required: missing, null, empty or blank is 400 on POST and PUT', async () => {
  const client = await openClient();
  const { id } = await client.make('/Users', user('ann'));
  for (const userName of [undefined, null, '', '   ', '\t']) {
    const body = { schemas: [USER_URN], userName };
    expectRefusal(await client.post('/Users', body), 400, 'invalidValue');
    expectRefusal(await client.put(`/Users/${id}`, body), 400, 'invalidValue');
  }
  expect((await client.get('/Users')).body).toMatchObject({
    totalResults: 1,
    Resources: [{ userName: 'ann' }],
  });
  expect(await describeAttribute(client, USER_URN, 'userName')).toMatchObject({
    type: 'string',
    multiValued: false,
    required: true,
    uniqueness: 'server',
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
  });
});

test('rfc 30: no two users have the same userName in any case, on POST, PUT and PATCH', async () => {
  const client = await openClient();
  const ann = await client.make('/Users', user('Ann.Straße@x.example'));
  const bob = await client.make('/Users', user('bob'));
  for (const userName of ['Ann.Straße@x.example', 'ANN.STRAßE@X.EXAMPLE', 'ann.straße@x.example']) {
    expectRefusal(await client.post('/Users', user(userName)), 409, 'uniqueness');
    expectRefusal(await client.put(`/Users/${bob.id}`, user(userName)), 409, 'uniqueness');
    const operation = { op: 'replace', path: 'userName', value: userName };
    expectRefusal(await client.patch(`/Users/${bob.id}`, operation), 409, 'uniqueness');
    const found = await client.find('/Users', `userName eq "${userName}"`);
    expect(found.body).toMatchObject({
      totalResults: 1,
      Resources: [{ id: ann.id, userName: ann.userName }],
    });
  }
  expect((await client.get(`/Users/${bob.id}`)).body.userName).toBe('bob');
});

test('rfc 31: a password is taken and never shown, listed, searched or given away by an error', async () => {
  const secret = 'correct-horse-7f3a';
  const client = await openClient();
  const made = await client.post('/Users?attributes=password,userName', user('ann', { password: secret }));
  expect(made.status).toBe(201);
  const path = `/Users/${made.body.id}`;
  const operation = { op: 'replace', path: 'password', value: secret };
  const answers = [
    made,
    await client.put(`${path}?attributes=password`, user('ann', { password: secret, title: 'x' })),
    await client.patch(`${path}?attributes=password`, operation),
    await client.get(`${path}?attributes=password`),
    await client.get('/Users?attributes=password'),
    await client.post('/Users/.search', { attributes: ['password', `${USER_URN}:password`] }),
  ];
  for (const { status, body } of answers) {
    expect([200, 201]).toContain(status);
    for (const shown of body.Resources ?? [body]) {
      expect(shown.id).toBe(made.body.id);
      expect(shown).not.toHaveProperty('password');
    }
  }
  const refused = await client.post('/Users', user('ann', { password: secret }));
  expectRefusal(refused, 409, 'uniqueness');
  for (const { text } of [...answers, refused]) expect(text).not.toContain(secret);
  const guesses = [];
  for (const guess of [`eq "${secret}"`, 'eq "wrong"', `sw "${secret.slice(0, 2)}"`, 'sw "zz"', 'pr'])
    guesses.push((await client.find('/Users', `password ${guess}`)).text);
  expect(new Set(guesses).size).toBe(1);
  expect(guesses[0]).not.toContain('ann');
});

test('rfc 32: a password is thrown away: setting one changes nothing, and changePassword is not offered', async () => {
  const client = await openClient();
  const bare = await client.make('/Users', user('ann'));
  const path = `/Users/${bare.id}`;
  const set = { op: 'replace', path: 'password', value: 'correct-horse-7f3a' };
  const patched = await client.patch(path, set);
  const replaced = await client.put(path, user('ann', { password: 'correct-horse-7f3a' }));
  expect([patched.status, patched.body]).toEqual([200, bare]);
  expect([replaced.status, replaced.body]).toEqual([200, bare]);
  expect((await client.get('/ServiceProviderConfig')).body.changePassword).toEqual({ supported: false });
});

test.each([
  [
    'rfc 33',
    'emails',
    ['work', 'home', 'other'],
    ['ann@x.example', '"ann lee"+t@x.example', 'ä@例え.example'],
  ],
  [
    'rfc 34',
    'phoneNumbers',
    ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
    ['tel:+1-201-555-0123', 'tel:7042;phone-context=example.com', '+49 30 123456 / 7'],
  ],
])(
  '%s: %s suggest types, take any other, and keep each form of address',
  async (_tag, name, types, values) => {
    const client = await openClient();
    expect(await describeAttribute(client, USER_URN, `${name}.type`)).toMatchObject({
      canonicalValues: types,
      required: false,
    });
    const list = [...types, 'my own', undefined].flatMap((type) => values.map((value) => ({ value, type })));
    const made = await client.make('/Users', user('ann', { [name]: list }));
    expect(made[name]).toEqual(JSON.parse(JSON.stringify(list)));
  },
);

test('rfc 35: a photo is an https: URI; another is left out, or 400 where the connection is strict', async () => {
  const compat = await openClient();
  const strict = await openClient({ profile: 'strict' });
  expect(await describeAttribute(compat, USER_URN, 'photos.value')).toMatchObject({
    type: 'reference',
    referenceTypes: ['external'],
  });
  const good = { value: 'https://x.example/ann.jpg', type: 'thumbnail', primary: true };
  expect((await strict.make('/Users', user('ann', { photos: [good] }))).photos).toEqual([good]);
  for (const [index, value] of [
    'http://x.example/a.jpg',
    'data:image/png;base64,iVBORw0KGgo=',
    'javascript:alert(1)',
    'https://',
    'ann.jpg',
    '//x.example/ann.jpg',
    ' https://x.example/a.jpg',
  ].entries()) {
    const body = user(`u${index}`, { photos: [{ value }, good] });
    expectRefusal(await strict.post('/Users', body), 400, 'invalidValue');
    expect((await compat.make('/Users', body)).photos).toEqual([good]);
  }
});

test('rfc 35: a country is kept as it was sent, and no list of countries is enforced', async () => {
  const client = await openClient({ profile: 'strict' });
  const addresses = ['DE', 'us', 'Germany', 'XX'].map((country) => ({ country, type: 'work' }));
  expect((await client.make('/Users', user('ann', { addresses }))).addresses).toEqual(addresses);
  expect(await describeAttribute(client, USER_URN, 'addresses.country')).not.toHaveProperty(
    'canonicalValues',
  );
});

test.each([
  { preferredLanguage: 'en-US,en;q=0.8, de;q=0.5', locale: 'en-US', timezone: 'America/Los_Angeles' },
  { preferredLanguage: 'zh-Hant', locale: 'pt_BR', timezone: 'Etc/GMT+12' },
  { preferredLanguage: 'i-klingon', locale: 'sr-Latn-RS', timezone: 'UTC' },
])('rfc 36: language, locale and time zone are kept: %o', async (places) => {
  const client = await openClient({ profile: 'strict' });
  const { id } = await client.make('/Users', user('ann', places));
  expect((await client.get(`/Users/${id}`)).body).toMatchObject(places);
  expect((await client.find('/Users', `locale eq "${places.locale}"`)).body.totalResults).toBe(1);
});

test('rfc 37: groups of a user are changed through the groups alone', async () => {
  const client = await openClient();
  const ann = await client.make('/Users', user('ann'));
  const crew = await client.make('/Groups', group('Crew', [ann.id]));
  const team = await client.make('/Groups', group('Team'));
  const groups = [{ value: crew.id, $ref: crew.meta.location, display: 'Crew', type: 'direct' }];
  const path = `/Users/${ann.id}`;
  const sent = [{ value: team.id, display: 'x' }];

  expect((await client.make('/Users', user('bob', { groups: sent }))).groups).toEqual([]);
  for (const body of [
    user('ann', { groups: sent }),
    user('ann', { groups: [] }),
    user('ann', { groups: null }),
  ])
    expect((await client.put(path, body)).body.groups).toEqual(groups);
  for (const operation of [
    { op: 'add', path: 'groups', value: sent },
    { op: 'replace', path: 'groups', value: [] },
    { op: 'remove', path: 'groups' },
    { op: 'remove', path: `groups[value eq "${crew.id}"]` },
    { op: 'replace', path: `groups[value eq "${crew.id}"].display`, value: 'x' },
    { op: 'replace', path: 'groups.type', value: 'indirect' },
  ])
    expectRefusal(await client.patch(path, operation), 400, 'mutability');
  expect((await client.get(path)).body.groups).toEqual(groups);
  expect([await membersOf(client, crew.id), await membersOf(client, team.id)]).toEqual([[ann.id], []]);
  for (const sub of ['value', '$ref', 'display', 'type'])
    expect(await describeAttribute(client, USER_URN, `groups.${sub}`)).toMatchObject({
      mutability: 'readOnly',
    });
});

/** One change of a membership, of whatever kind. */
const arbitraryStep = fc.record({
  kind: fc.constantFrom('add', 'remove', 'removeByFilter', 'replace', 'put', 'delete', 'deleteUser'),
  group: fc.nat(2),
  users: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }),
});

test(
  'rfc 38: after any change, the groups of each user are the groups it is a member of',
  async () => {
    const client = await openClient();
    const makeAll = async (count: number, make: (name: string) => Promise<{ id: string }>) => {
      const ids: string[] = [];
      while (ids.length < count) ids.push((await make(randomUUID())).id);
      return ids;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryStep, { minLength: 1, maxLength: 8 }), async (steps) => {
        const users = await makeAll(4, (name) => client.make('/Users', user(name)));
        const groups = await makeAll(3, (name) => client.make('/Groups', group(name)));
        // What the steps must lead to: the members of each group.
        const expected = new Map(groups.map((id) => [id, new Set<string>()]));
        for (const step of steps) await take(client, step, { users, groups, expected });
        for (const id of users) {
          const answer = await client.get(`/Users/${id}`);
          const shown = answer.body.groups?.map(
            ({ value, type }: Record<string, string>) => `${value} ${type}`,
          );
          const isMember = groups.filter((groupId) => expected.get(groupId)?.has(id));
          expect(answer.status === 404 ? [] : shown.sort()).toEqual(
            isMember.map((groupId) => `${groupId} direct`).sort(),
          );
        }
        for (const [id, members] of expected) {
          const answer = await client.get(`/Groups/${id}`);
          if (answer.status === 404) continue;
          expect(new Set(await membersOf(client, id))).toEqual(members);
        }
      }),
      { numRuns: runs(25) },
    );
  },
  seconds(30),
);

interface World {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly expected: Map<string, Set<string>>;
}

/** Takes a step, and says in `expected` what it must do; what no longer exists is left alone. */
async function take(
  client: Client,
  step: typeof arbitraryStep extends fc.Arbitrary<infer T> ? T : never,
  world: World,
) {
  const id = world.groups[step.group] ?? '';
  const path = `/Groups/${id}`;
  const members = world.expected.get(id);
  if (step.kind === 'deleteUser') {
    const gone = world.users[step.users[0] ?? 0] ?? '';
    await client.remove(`/Users/${gone}`);
    for (const set of world.expected.values()) set.delete(gone);
    return;
  }
  if (members === undefined) return;
  const alive: string[] = [];
  for (const index of step.users) {
    const userId = world.users[index] ?? '';
    if ((await client.get(`/Users/${userId}`)).status === 200) alive.push(userId);
  }
  const values = alive.map((value) => ({ value }));
  const [first] = alive;
  switch (step.kind) {
    case 'add':
      await client.patch(path, { op: 'add', path: 'members', value: values });
      for (const userId of alive) members.add(userId);
      return;
    case 'remove':
      if (first === undefined) return;
      await client.patch(path, { op: 'remove', path: 'members', value: values });
      for (const userId of alive) members.delete(userId);
      return;
    case 'removeByFilter':
      await client.patch(path, { op: 'remove', path: `members[value eq "${first}"]` });
      if (first !== undefined) members.delete(first);
      return;
    case 'delete':
      await client.remove(path);
      world.expected.delete(id);
      return;
    default:
      if (step.kind === 'put') await client.put(path, group(id, alive));
      else await client.patch(path, { op: 'replace', path: 'members', value: values });
      members.clear();
      for (const userId of alive) members.add(userId);
  }
}

test('rfc 39: certificates are base64 of DER, one to a value, kept to the letter', async () => {
  const client = await openClient();
  const der = (first: number) => Buffer.from([first, 0x82, 0x03, 0xff, 0x00, 0xfe]).toString('base64');
  const certificates = [
    { value: der(0x30), type: 'work', primary: true },
    { value: der(0x31), display: 'second' },
  ];
  const { id } = await client.make('/Users', user('ann', { x509Certificates: certificates }));
  expect((await client.get(`/Users/${id}`)).body.x509Certificates).toEqual(certificates);
  expect(await describeAttribute(client, USER_URN, 'x509Certificates.value')).toMatchObject({
    type: 'binary',
    multiValued: false,
    caseExact: true,
  });
  for (const value of [
    `-----BEGIN CERTIFICATE-----\n${der(0x30)}\n-----END CERTIFICATE-----`,
    `${der(0x30)}\n`,
    `${der(0x30)},${der(0x31)}`,
    [der(0x30), der(0x31)],
    'MII!',
  ])
    expectRefusal(
      await client.post('/Users', user('bob', { x509Certificates: [{ value }] })),
      400,
      'invalidValue',
    );
});

test('rfc 40: a group needs a displayName; what is a member stays so until it is removed as a whole', async () => {
  const client = await openClient();
  const ann = await client.make('/Users', user('ann'));
  const bob = await client.make('/Users', user('bob'));
  const crew = await client.make('/Groups', group('Crew', [ann.id]));
  const path = `/Groups/${crew.id}`;
  for (const displayName of [undefined, null, '', '  ']) {
    const body = { schemas: [GROUP_URN], displayName };
    expectRefusal(await client.post('/Groups', body), 400, 'invalidValue');
    expectRefusal(await client.put(path, body), 400, 'invalidValue');
  }
  expect(await describeAttribute(client, GROUP_URN, 'displayName')).toMatchObject({
    required: true,
    type: 'string',
  });
  for (const [sub, value] of [
    ['value', bob.id],
    ['$ref', bob.meta.location],
    ['type', 'Group'],
    ['display', 'x'],
  ] as const) {
    expect(await describeAttribute(client, GROUP_URN, `members.${sub}`)).toMatchObject({
      mutability: 'immutable',
    });
    for (const op of ['replace', 'add']) {
      const operation = { op, path: `members[value eq "${ann.id}"].${sub}`, value };
      expectRefusal(await client.patch(path, operation), 400, 'mutability');
    }
  }
  expect((await client.get(path)).body).toEqual(crew);
  expect(await describeAttribute(client, GROUP_URN, 'members.type')).toMatchObject({
    canonicalValues: ['User', 'Group'],
  });
});

test('rfc 40: what a member is, and where, is told by the server', async () => {
  const client = await openClient();
  const ann = await client.make('/Users', user('ann'));
  const team = await client.make('/Groups', group('Team'));
  const members = [
    { value: ann.id, type: 'Group', $ref: 'https://evil.example/1' },
    { value: team.id, type: 'User', $ref: 'https://evil.example/2' },
  ];
  const crew = await client.make('/Groups', { ...group('Crew'), members });
  expect(crew.members).toEqual([
    { value: ann.id, type: 'User', $ref: ann.meta.location },
    { value: team.id, type: 'Group', $ref: team.meta.location },
  ]);
});

test('rfc 41: a member that does not exist here is 400 on every way in, the same for another customer’s', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  const ann = await client.make('/Users', user('ann'));
  const theirs = await other.make('/Users', user('theirs'));
  const theirGroup = await other.make('/Groups', group('Theirs', [theirs.id]));
  const crew = await client.make('/Groups', group('Crew', [ann.id]));
  const path = `/Groups/${crew.id}`;
  const answers = new Set<string>();
  for (const id of [NOBODY, theirs.id, theirGroup.id, 'x', '', ENTERPRISE_URN]) {
    const value = [{ value: ann.id }, { value: id }];
    for (const answer of [
      await client.post('/Groups', { ...group('New'), members: value }),
      await client.put(path, { ...group('Crew'), members: value }),
      await client.patch(path, { op: 'add', path: 'members', value }),
      await client.patch(path, { op: 'replace', path: 'members', value }),
      await client.patch(path, { op: 'add', value: { members: value } }),
    ]) {
      expectRefusal(answer, 400, 'invalidValue');
      if (id !== '') answers.add(answer.text);
    }
  }
  expect(answers.size).toBe(1);
  expect((await client.get(path)).body).toEqual(crew);
  expect((await client.get('/Groups')).body.totalResults).toBe(1);
  expect((await other.get(`/Users/${theirs.id}`)).body.groups).toHaveLength(1);
});

test('rfc 42: who is deleted is in no group any more, a group no less than a user', async () => {
  const client = await openClient();
  const ann = await client.make('/Users', user('ann'));
  const bob = await client.make('/Users', user('bob'));
  const team = await client.make('/Groups', group('Team', [ann.id]));
  const crew = await client.make('/Groups', group('Crew', [ann.id, bob.id, team.id]));
  const company = await client.make('/Groups', group('Company', [team.id, crew.id]));

  await client.remove(`/Users/${ann.id}`);
  expect(await membersOf(client, team.id)).toEqual([]);
  expect(new Set(await membersOf(client, crew.id))).toEqual(new Set([bob.id, team.id]));
  await client.remove(`/Groups/${crew.id}`);
  expect(await membersOf(client, company.id)).toEqual([team.id]);
  expect((await client.get(`/Users/${bob.id}`)).body.groups).toEqual([]);
  expect((await client.find('/Groups', `members.value eq "${ann.id}"`)).body.totalResults).toBe(0);
  expect((await client.find('/Groups', `members.value eq "${crew.id}"`)).body.totalResults).toBe(0);
  // Nor does it come back with the name.
  const again = await client.make('/Users', user('ann'));
  expect(again.groups).toEqual([]);
});

test('rfc 43: the enterprise extension has five texts and a manager whose displayName is the server’s', async () => {
  const client = await openClient();
  const texts = {
    employeeNumber: '701984',
    costCenter: '4130',
    organization: 'Universal Studios',
    division: 'Theme Park',
    department: 'Tour Operations',
  };
  const boss = await client.make('/Users', user('boss'));
  const manager = { value: boss.id, $ref: boss.meta.location };
  const sent = { ...texts, manager: { ...manager, displayName: 'Somebody' } };
  const ann = await client.make('/Users', user('ann', { [ENTERPRISE_URN]: sent }));
  expect(ann[ENTERPRISE_URN]).toEqual({ ...texts, manager });
  const rename = { op: 'replace', path: `${ENTERPRISE_URN}:manager.displayName`, value: 'x' };
  expectRefusal(await client.patch(`/Users/${ann.id}`, rename), 400, 'mutability');
  for (const name of Object.keys(texts)) {
    expect(await describeAttribute(client, ENTERPRISE_URN, name)).toMatchObject({
      type: 'string',
      multiValued: false,
    });
    for (const wrong of [7, true, {}, ['x']])
      expectRefusal(
        await client.post('/Users', user('bob', { [ENTERPRISE_URN]: { [name]: wrong } })),
        400,
        'invalidValue',
      );
  }
  expect((await client.get(`/Schemas/${ENTERPRISE_URN}`)).body.attributes).toHaveLength(6);
  expect(await describeAttribute(client, ENTERPRISE_URN, 'manager.displayName')).toMatchObject({
    mutability: 'readOnly',
  });
  expect(await describeAttribute(client, ENTERPRISE_URN, 'manager.$ref')).toMatchObject({
    referenceTypes: ['User'],
  });
});

test('rfc 44: a manager nobody knows yet is accepted and kept as it was sent', async () => {
  const client = await openClient({ profile: 'strict' });
  const schemas = [USER_URN, ENTERPRISE_URN];
  const manager = { value: NOBODY, $ref: `../Users/${NOBODY}` };
  const { id, ...made } = await client.make(
    '/Users',
    user('ann', { schemas, [ENTERPRISE_URN]: { manager } }),
  );
  expect(made[ENTERPRISE_URN]).toEqual({ manager });
  const patched = await client.patch(`/Users/${id}`, {
    op: 'replace',
    path: `${ENTERPRISE_URN}:manager`,
    value: { value: 'later' },
  });
  expect(patched.body[ENTERPRISE_URN]).toEqual({ manager: { value: 'later' } });
  expect((await client.find('/Users', `${ENTERPRISE_URN}:manager.value eq "later"`)).body.totalResults).toBe(
    1,
  );
  // Deleting a manager leaves the name of it, as the identity provider wrote it.
  const boss = await client.make('/Users', user('boss'));
  const value = { value: boss.id };
  await client.patch(`/Users/${id}`, { op: 'replace', path: `${ENTERPRISE_URN}:manager`, value });
  await client.remove(`/Users/${boss.id}`);
  expect((await client.get(`/Users/${id}`)).body[ENTERPRISE_URN]).toEqual({ manager: value });
});

test('rfc 45: groups stand in groups to any depth, and a circle is refused on every way in', async () => {
  const client = await openClient();
  const ann = await client.make('/Users', user('ann'));
  const chain: string[] = [];
  for (let depth = 0; depth < 60; depth += 1)
    chain.push((await client.make('/Groups', group(`G${depth}`, [chain.at(-1) ?? ann.id]))).id);
  const { groups } = (await client.get(`/Users/${ann.id}`)).body;
  const types = new Map(groups.map(({ value, type }: Record<string, string>) => [value, type]));
  expect(chain.map((id) => types.get(id))).toEqual(
    chain.map((_id, depth) => (depth === 0 ? 'direct' : 'indirect')),
  );

  expect(await describeAttribute(client, GROUP_URN, 'members')).toMatchObject({
    description: expect.stringContaining('to any depth, but never in a circle'),
  });

  const [lowest = ''] = chain;
  const path = `/Groups/${lowest}`;
  for (const above of [lowest, chain[1] ?? '', chain.at(-1) ?? '']) {
    const value = [{ value: above }];
    for (const answer of [
      await client.put(path, group('G0', [ann.id, above])),
      await client.patch(path, { op: 'add', path: 'members', value }),
      await client.patch(path, { op: 'replace', path: 'members', value }),
      await client.patch(path, { op: 'add', value: { members: value } }),
    ])
      expectRefusal(answer, 400, 'invalidValue');
  }
  expect(await membersOf(client, lowest)).toEqual([ann.id]);
});
