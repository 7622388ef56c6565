import { expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import type { ShownAttribute } from '../support/badge.ts';
import { type Client, openClient, written } from '../support/client.ts';
import { ENTERPRISE_URN, GROUP_URN, group, USER_URN, user } from '../support/scim.ts';

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
      const subs = subAttributes.map((sub: ShownAttribute) => sub.name);
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

/** Multi-valued attributes of User that a client may write, from /Schemas. */
async function readPlurals({ get }: Pick<Client, 'get'>) {
  const { attributes } = (await get(`/Schemas/${USER_URN}`)).body as {
    attributes: readonly ShownAttribute[];
  };
  return attributes.filter(({ multiValued, mutability }) => multiValued && mutability === 'readWrite');
}

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
