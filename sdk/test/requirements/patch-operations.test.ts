import { describe, expect, test, vi } from 'vitest';
import type { ProfileName } from '../../src/index.ts';
import { expectRefusal } from '../support/answers.ts';
import { openQuickClient, written } from '../support/client.ts';
import { ENTERPRISE_URN, group, patch, USER_URN, user } from '../support/scim.ts';

vi.setConfig({ testTimeout: 30_000 });

const NAME = { givenName: 'Ann', familyName: 'Archer' };
const WORK = { value: 'ann@a.example', type: 'work', primary: true };
const HOME = { value: 'ann@home.example', type: 'home' };
const OTHER = { value: 'ann@other.example', type: 'other' };
const ENTERPRISE = { department: 'Research', manager: { value: 'boss-1' } };

const ANN = user('ann', {
  schemas: [USER_URN, ENTERPRISE_URN],
  title: 'Engineer',
  name: NAME,
  emails: [WORK, HOME],
  [ENTERPRISE_URN]: ENTERPRISE,
});

type Operation = Readonly<Record<string, unknown>>;

const add = (path: string | undefined, value: unknown): Operation => ({ op: 'add', path, value });
const replace = (path: string | undefined, value: unknown): Operation => ({ op: 'replace', path, value });
const remove = (path: string): Operation => ({ op: 'remove', path });

/** A user to be changed in a profile, its state read back after every change. */
async function openAnn({ profile = 'strict', ann = ANN }: { profile?: ProfileName; ann?: object } = {}) {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const client = await openQuickClient({ profile, clock: () => now });
  const made = await client.make('/Users', ann);
  const path = `/Users/${made.id}`;
  const send = (operations: readonly Operation[]) => {
    now += 60_000;
    return client.call(path, { method: 'PATCH', body: patch(...operations) });
  };
  return {
    ...client,
    made,
    path,
    /** The user after the operations, without what the server adds. */
    change: async (...operations: readonly Operation[]) => {
      const answer = await send(operations);
      expect([answer.status, answer.text]).toEqual([200, answer.text]);
      expect((await client.get(path)).body).toEqual(answer.body);
      return written(answer.body);
    },
    /** Operations after which there is nothing new to see, and no new version. */
    keep: async (...operations: readonly Operation[]) => {
      const answer = await send(operations);
      expect([answer.status, answer.body], JSON.stringify(operations)).toEqual([200, made]);
      expect(answer.headers.get('etag')).toBe(made.meta.version);
    },
    refuse: async (operation: Operation, scimType: string) => {
      const answer = await send([replace('title', 'Chief'), operation]);
      expect([answer.status, answer.text], JSON.stringify(operation)).toEqual([400, answer.text]);
      expectRefusal(answer, 400, scimType);
      expect((await client.get(path)).body).toEqual(made);
    },
  };
}

/** One operation on ANN, and what of her is different afterwards. */
type Case = readonly [name: string, operation: Operation, changed: object];

function testCases(cases: readonly Case[]) {
  for (const profile of ['strict', 'compat'] as const)
    test.each(cases)(`%s (${profile})`, async (_name, operation, changed) => {
      const { change } = await openAnn({ profile });
      expect(await change(operation)).toEqual({ ...ANN, ...changed });
    });
}

const NEW = { value: 'new@a.example', type: 'other' };
const LEFT = { ...WORK, primary: false };

describe('primary', () => {
  testCases([
    [
      'rfc 127: added',
      add('emails', [{ ...NEW, primary: true }]),
      { emails: [LEFT, HOME, { ...NEW, primary: true }] },
    ],
    [
      'rfc 127: added without a path',
      add(undefined, { emails: [{ ...NEW, primary: true }] }),
      { emails: [LEFT, HOME, { ...NEW, primary: true }] },
    ],
    [
      'rfc 127: replaced by a filter',
      replace('emails[type eq "home"].primary', true),
      { emails: [LEFT, { ...HOME, primary: true }] },
    ],
    [
      'rfc 127: added by a filter',
      add('emails[type eq "home"]', { primary: true }),
      { emails: [LEFT, { ...HOME, primary: true }] },
    ],
    [
      'rfc 127: in a whole value',
      replace('emails[type eq "home"]', { ...NEW, primary: true }),
      { emails: [LEFT, { ...NEW, primary: true }] },
    ],
    [
      'rfc 127: another list has its own',
      add('phoneNumbers', [{ value: '+1', primary: true }]),
      { phoneNumbers: [{ value: '+1', primary: true }] },
    ],
    [
      'rfc 127: false says nothing of the others',
      add('emails', [{ ...NEW, primary: false }]),
      { emails: [WORK, HOME, { ...NEW, primary: false }] },
    ],
  ]);
});

describe('one after the other', () => {
  test('rfc 128: each operation sees what the one before it left', async () => {
    const { change } = await openAnn();
    expect(
      await change(
        add('emails', [NEW]),
        replace('emails[value eq "new@a.example"].type', 'first'),
        remove('emails[type eq "work"]'),
        add('emails[type eq "first"]', { display: 'D' }),
        replace('title', 'A'),
        remove('title'),
        add('title', 'B'),
        replace('name', { givenName: 'X' }),
        add('name', { middleName: 'Y' }),
        remove('name.givenName'),
      ),
    ).toEqual({
      ...ANN,
      title: 'B',
      name: { familyName: 'Archer', middleName: 'Y' },
      emails: [HOME, { ...NEW, type: 'first', display: 'D' }],
    });
    // The other way round it is something else.
    expect(await change(remove('title'), add('title', 'C'))).toMatchObject({ title: 'C' });
    expect(await change(add('title', 'C'), remove('title'))).not.toHaveProperty('title');
  });

  test('rfc 128: of a group too', async () => {
    const { make, patch: change, get } = await openQuickClient();
    const [ann, ben] = [await make('/Users', user('ann')), await make('/Users', user('ben'))];
    const { id } = await make('/Groups', group('Crew'));
    const members = async () =>
      (await get(`/Groups/${id}`)).body.members.map(({ value }: { value: string }) => value);
    const addBoth = add('members', [{ value: ann.id }, { value: ben.id }]);
    await change(`/Groups/${id}`, addBoth, remove(`members[value eq "${ann.id}"]`));
    expect(await members()).toEqual([ben.id]);
    await change(`/Groups/${id}`, remove(`members[value eq "${ann.id}"]`), addBoth);
    expect((await members()).toSorted()).toEqual([ann.id, ben.id].toSorted());
    await change(`/Groups/${id}`, remove('members'), add('members', [{ value: ann.id }]));
    expect(await members()).toEqual([ann.id]);
    await change(`/Groups/${id}`, addBoth, replace('members', []));
    expect(await members()).toEqual([]);
  });

  test('rfc 128: schemas names an extension exactly as long as there is something of it', async () => {
    const { change } = await openAnn({ ann: user('ann') });
    const urns = async (...operations: readonly Operation[]) => (await change(...operations)).schemas;
    const [none, both] = [[USER_URN], [USER_URN, ENTERPRISE_URN]];
    expect(await urns(add(`${ENTERPRISE_URN}:department`, 'x'))).toEqual(both);
    expect(await urns(remove(`${ENTERPRISE_URN}:department`))).toEqual(none);
    expect(await urns(add(undefined, { [ENTERPRISE_URN]: { costCenter: '1' } }))).toEqual(both);
    expect(await urns(replace(`${ENTERPRISE_URN}:costCenter`, null))).toEqual(none);
    expect(await urns(add(`${ENTERPRISE_URN}:manager.value`, 'm'))).toEqual(both);
    expect(await urns(remove(`${ENTERPRISE_URN}:manager`))).toEqual(none);
    expect(await urns(replace(ENTERPRISE_URN, { division: 'd' }))).toEqual(both);
    expect(await urns(remove(ENTERPRISE_URN))).toEqual(none);
    expect(await urns(add(`${ENTERPRISE_URN}:division`, 'x'), remove(`${ENTERPRISE_URN}:division`))).toEqual(
      none,
    );
  });
});

describe('add', () => {
  testCases([
    ['rfc 129: a value', add('nickName', 'x'), { nickName: 'x' }],
    [
      'rfc 129: attributes of an object',
      add(undefined, { nickName: 'x', name: { middleName: 'M' } }),
      { nickName: 'x', name: { ...NAME, middleName: 'M' } },
    ],
    [
      'rfc 129: an extension of an object',
      add(undefined, { [ENTERPRISE_URN]: { division: 'D' } }),
      { [ENTERPRISE_URN]: { ...ENTERPRISE, division: 'D' } },
    ],
    [
      'rfc 129: parts to an extension',
      add(ENTERPRISE_URN, { division: 'D', department: 'X' }),
      { [ENTERPRISE_URN]: { ...ENTERPRISE, division: 'D', department: 'X' } },
    ],
    [
      'rfc 129: parts to a value',
      add('name', { middleName: 'M', givenName: 'X' }),
      { name: { givenName: 'X', familyName: 'Archer', middleName: 'M' } },
    ],
    ['rfc 129: one part', add('name.middleName', 'M'), { name: { ...NAME, middleName: 'M' } }],
    [
      'rfc 129: a part of what is not there',
      add('addresses', [{ locality: 'Bern' }]),
      { addresses: [{ locality: 'Bern' }] },
    ],
    ['rfc 129: to several values', add('emails', [NEW, OTHER]), { emails: [WORK, HOME, NEW, OTHER] }],
    [
      'rfc 129: to several values, without a path',
      add(undefined, { emails: [NEW] }),
      { emails: [WORK, HOME, NEW] },
    ],
    [
      'rfc 129: to the values chosen',
      add('emails[type eq "home"]', { display: 'D' }),
      { emails: [WORK, { ...HOME, display: 'D' }] },
    ],
    ['rfc 131: over a value', add('title', 'Chief'), { title: 'Chief' }],
    ['rfc 131: over a part', add('name.givenName', 'X'), { name: { ...NAME, givenName: 'X' } }],
    ['rfc 131: over a value, without a path', add(undefined, { title: 'Chief' }), { title: 'Chief' }],
    [
      'rfc 131: over a part of an extension',
      add(`${ENTERPRISE_URN}:department`, 'X'),
      { [ENTERPRISE_URN]: { ...ENTERPRISE, department: 'X' } },
    ],
    [
      'rfc 131: over a part of the values chosen',
      add('emails[type eq "home"].value', 'x'),
      { emails: [WORK, { ...HOME, value: 'x' }] },
    ],
  ]);

  test('rfc 129: members come to those there are', async () => {
    const { make, patch: change, get } = await openQuickClient();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c', 'd']) ids.push((await make('/Users', user(name))).id);
    const [a, b, c, d] = ids;
    const { id } = await make('/Groups', group('Crew', [String(a)]));
    await change(`/Groups/${id}`, add('members', [{ value: b }, { value: c }]));
    await change(`/Groups/${id}`, add(undefined, { members: [{ value: d }], externalId: 'x' }));
    const { body } = await get(`/Groups/${id}`);
    expect(body.members.map(({ value }: { value: string }) => value).toSorted()).toEqual(ids.toSorted());
    expect(body).toMatchObject({ displayName: 'Crew', externalId: 'x' });
  });

  test('rfc 129: without a value it is 400 invalidValue, and so is a value that is no object without a path', async () => {
    const { refuse } = await openAnn();
    for (const op of ['add', 'replace']) {
      await refuse({ op, path: 'title' }, 'invalidValue');
      await refuse({ op, path: 'emails' }, 'invalidValue');
      await refuse({ op, path: ENTERPRISE_URN }, 'invalidValue');
      await refuse({ op }, 'invalidValue');
      for (const value of ['x', 7, true, null, [{ title: 'x' }]]) await refuse({ op, value }, 'invalidValue');
    }
  });

  test('rfc 130: of what is there already changes nothing, neither version nor lastModified', async () => {
    for (const profile of ['strict', 'compat'] as const) {
      const { keep } = await openAnn({ profile });
      for (const operations of [
        [add('title', 'Engineer')],
        [add('name', NAME)],
        [add('name', { givenName: 'Ann' })],
        [add('name.givenName', 'Ann')],
        [add('emails', [HOME])],
        [add('emails', [HOME, WORK, HOME])],
        [add('emails[type eq "home"].value', HOME.value)],
        [add('active', true)],
        [add(`${ENTERPRISE_URN}:department`, 'Research')],
        [add(ENTERPRISE_URN, ENTERPRISE)],
        [
          add(undefined, {
            title: 'Engineer',
            emails: [WORK],
            [ENTERPRISE_URN]: { department: 'Research' },
          }),
        ],
        [replace('title', 'Engineer'), replace('emails', [WORK, HOME])],
        [replace('title', 'Chief'), replace('title', 'Engineer')],
      ])
        await keep(...operations);
    }
  });

  test('rfc 130: of a member who is one already changes nothing, and makes no second one', async () => {
    const { make, patch: change, get } = await openQuickClient();
    const ann = await make('/Users', user('ann'));
    const crew = await make('/Groups', group('Crew', [ann.id]));
    const before = (await get(`/Users/${ann.id}`)).body;
    for (const value of [[{ value: ann.id }], [{ value: ann.id }, { value: ann.id, type: 'User' }]]) {
      expect((await change(`/Groups/${crew.id}`, add('members', value))).status).toBe(204);
      expect((await get(`/Groups/${crew.id}`)).body).toEqual(crew);
      expect((await get(`/Users/${ann.id}`)).body).toEqual(before);
    }
  });
});

describe('remove', () => {
  testCases([
    ['rfc 132: a value', remove('title'), { title: undefined }],
    ['rfc 132: a value with its parts', remove('name'), { name: undefined }],
    ['rfc 132: a part', remove('name.givenName'), { name: { familyName: 'Archer' } }],
    ['rfc 132: all of several values', remove('emails'), { emails: undefined }],
    ['rfc 132: the values chosen', remove('emails[type eq "work"]'), { emails: [HOME] }],
    ['rfc 132: all of them, chosen', remove('emails[value pr]'), { emails: undefined }],
    [
      'rfc 132: a part of the values chosen',
      remove('emails[type eq "home"].type'),
      { emails: [WORK, { value: HOME.value }] },
    ],
    [
      'rfc 132: a part of all values',
      remove('emails.type'),
      { emails: [{ value: WORK.value, primary: true }, { value: HOME.value }] },
    ],
    [
      'rfc 132: a part of an extension',
      remove(`${ENTERPRISE_URN}:manager`),
      { [ENTERPRISE_URN]: { department: 'Research' } },
    ],
    ['rfc 132: an extension', remove(ENTERPRISE_URN), { schemas: [USER_URN], [ENTERPRISE_URN]: undefined }],
  ]);

  test('rfc 132: the last part takes its value along, and the last value the list', async () => {
    const { change, find } = await openAnn();
    expect(await change(remove('name.givenName'), remove('name.familyName'))).not.toHaveProperty('name');
    expect(
      await change(remove('emails[type eq "work"]'), remove('emails[type eq "home"]')),
    ).not.toHaveProperty('emails');
    const gone = `name pr or name.givenName pr or emails pr`;
    expect((await find('/Users', gone)).body.totalResults).toBe(0);
    expect((await find('/Users', 'title pr')).body.totalResults).toBe(1);
  });

  test('rfc 133: what is required or readOnly is 400 mutability', async () => {
    for (const profile of ['strict', 'compat'] as const) {
      const { refuse, make, patch: change, get } = await openAnn({ profile });
      for (const path of [
        'userName',
        'USERNAME',
        `${USER_URN}:userName`,
        'id',
        'meta',
        'meta.created',
        'groups',
      ])
        await refuse(remove(path), 'mutability');
      await refuse(replace('userName', null), 'mutability');
      const crew = await make('/Groups', group('Crew'));
      expectRefusal(await change(`/Groups/${crew.id}`, remove('displayName')), 400, 'mutability');
      expect((await get(`/Groups/${crew.id}`)).body).toEqual(crew);
    }
  });

  test('rfc 133: what is not there is removed with success, and nothing changes', async () => {
    for (const profile of ['strict', 'compat'] as const) {
      const { keep } = await openAnn({ profile });
      for (const path of [
        'nickName',
        'name.middleName',
        'phoneNumbers',
        'phoneNumbers[type eq "work"]',
        'emails[type eq "other"]',
        'emails[type eq "other"].value',
        'emails[type eq "home"].display',
        `${ENTERPRISE_URN}:costCenter`,
      ])
        await keep(remove(path), remove(path));
    }
  });

  test('rfc 133, T6: who is no member is removed with success, and nobody else', async () => {
    const { make, patch: change, get } = await openQuickClient();
    const [ann, ben] = [await make('/Users', user('ann')), await make('/Users', user('ben'))];
    const crew = await make('/Groups', group('Crew', [ann.id]));
    for (const id of [ben.id, 'nobody', ben.id]) {
      expect((await change(`/Groups/${crew.id}`, remove(`members[value eq "${id}"]`))).status).toBe(204);
      expect((await get(`/Groups/${crew.id}`)).body).toEqual(crew);
    }
    for (const members of [[], []]) {
      expect((await change(`/Groups/${crew.id}`, remove(`members[value eq "${ann.id}"]`))).status).toBe(204);
      expect((await get(`/Groups/${crew.id}`)).body.members).toEqual(members);
    }
  });
});

describe('replace', () => {
  testCases([
    ['rfc 134: what is not there', replace('nickName', 'x'), { nickName: 'x' }],
    ['rfc 134: a list that is not there', replace('roles', [{ value: 'r' }]), { roles: [{ value: 'r' }] }],
    [
      'rfc 134: a part of what is not there',
      replace(`${ENTERPRISE_URN}:costCenter`, '1'),
      { [ENTERPRISE_URN]: { ...ENTERPRISE, costCenter: '1' } },
    ],
    ['rfc 134: a value', replace('title', 'Chief'), { title: 'Chief' }],
    ['rfc 134: the parts given', replace('name', { givenName: 'X' }), { name: { ...NAME, givenName: 'X' } }],
    [
      'rfc 134: the attributes given',
      replace(undefined, { title: 'Chief', name: { givenName: 'X' } }),
      { title: 'Chief', name: { ...NAME, givenName: 'X' } },
    ],
    ['rfc 134: a whole list', replace('emails', [NEW]), { emails: [NEW] }],
    ['rfc 134: a whole list, without a path', replace(undefined, { emails: [NEW] }), { emails: [NEW] }],
    ['rfc 134: a list by an empty one', replace('emails', []), { emails: undefined }],
    [
      'rfc 134: an extension',
      replace(ENTERPRISE_URN, { department: 'X' }),
      { [ENTERPRISE_URN]: { ...ENTERPRISE, department: 'X' } },
    ],
    [
      'rfc 136: a part of one value',
      replace('emails[type eq "home"].value', 'x'),
      { emails: [WORK, { ...HOME, value: 'x' }] },
    ],
    [
      'rfc 136: a part of several',
      replace('emails[value co "ann@"].display', 'D'),
      {
        emails: [
          { ...WORK, display: 'D' },
          { ...HOME, display: 'D' },
        ],
      },
    ],
    [
      'rfc 136: one value as a whole',
      replace('emails[type eq "work"]', { value: 'x' }),
      { emails: [{ value: 'x' }, HOME] },
    ],
    [
      'rfc 136: a part of all values',
      replace('emails.display', 'D'),
      {
        emails: [
          { ...WORK, display: 'D' },
          { ...HOME, display: 'D' },
        ],
      },
    ],
  ]);

  test('rfc 136: several values chosen are replaced as wholes', async () => {
    const { change } = await openAnn({ ann: { ...ANN, emails: [WORK, HOME, OTHER] } });
    const left = await change(
      replace('emails[type eq "home" or type eq "other"]', { value: 'x', display: 'D' }),
    );
    // Two values that have become the same are one.
    expect(left.emails).toEqual([WORK, { value: 'x', display: 'D' }]);
  });

  test('rfc 134, T8, T9: the members are those given, none of them if the list is empty, all if it is not mentioned', async () => {
    const { make, patch: change, get } = await openQuickClient();
    const [ann, ben] = [await make('/Users', user('ann')), await make('/Users', user('ben'))];
    const { id } = await make('/Groups', group('Crew', [ann.id]));
    const after = async (...operations: readonly Operation[]) => {
      expect((await change(`/Groups/${id}`, ...operations)).status).toBe(204);
      return (await get(`/Groups/${id}`)).body.members.map(({ value }: { value: string }) => value);
    };
    expect(await after(replace('members', [{ value: ben.id }]))).toEqual([ben.id]);
    expect(await after(replace('displayName', 'Team'))).toEqual([ben.id]);
    expect(await after(replace(undefined, { displayName: 'Crew' }))).toEqual([ben.id]);
    expect(await after(replace(undefined, { members: [{ value: ann.id }] }))).toEqual([ann.id]);
    expect(await after(replace('members', []))).toEqual([]);
  });

  test('rfc 135: a filter that chooses none is 400 noTarget', async () => {
    const { refuse } = await openAnn();
    for (const path of [
      'emails[type eq "other"].value',
      'emails[type eq "other"]',
      'emails[type eq "other" and primary eq true].value',
      'phoneNumbers[type eq "work"].value',
      'name[givenName eq "Eve"].familyName',
    ])
      await refuse(replace(path, path.endsWith(']') ? { value: 'x' } : 'x'), 'noTarget');
  });

  test('rfc 135, T10: where that is tolerated, a filter that describes a value makes it; another is noTarget', async () => {
    for (const [op, path, made] of [
      ['replace', 'emails[type eq "other"].value', { type: 'other', value: 'x' }],
      ['add', 'emails[type eq "other"].value', { type: 'other', value: 'x' }],
      [
        'replace',
        'emails[type eq "other" and display eq "D"].value',
        { type: 'other', display: 'D', value: 'x' },
      ],
      ['add', 'emails[type eq "other"]', { type: 'other', value: 'x' }],
    ] as const) {
      const { change } = await openAnn({ profile: 'compat' });
      const value = path.endsWith(']') ? { value: 'x' } : 'x';
      expect(await change({ op, path, value })).toEqual({ ...ANN, emails: [WORK, HOME, made] });
    }
    const { refuse } = await openAnn({ profile: 'compat' });
    for (const filter of [
      'type ne "work" and type ne "home"',
      'type eq "a" or type eq "b"',
      'type co "x"',
      'not (type pr)',
    ])
      await refuse(replace(`emails[${filter}].value`, 'x'), 'noTarget');
  });
});

describe('a filter in a path', () => {
  const ODD = [
    'a]b@x.example',
    'a[b@x.example',
    'quote"d@x.example',
    'back\\slash@x.example',
    'dots.a.b@x.example',
    'a].value eq "x',
    'urn:ietf:params:scim:schemas:core:2.0:User:emails@x.example',
    'x) or (value pr',
    'and or not @x.example',
    'tab\tnew\nline@x.example',
    'é😀@x.example',
  ];

  test('rfc 137: is read as a filter: what stands in quotation marks is text', async () => {
    for (const profile of ['strict', 'compat'] as const) {
      const emails = ODD.map((value, index) => ({ value, type: `t${index}` }));
      const { change } = await openAnn({ profile, ann: { ...ANN, emails } });
      for (const [index, value] of ODD.entries()) {
        const path = `emails[value eq ${JSON.stringify(value)}]`;
        const changed = emails.map((email, place) => (place === index ? { ...email, display: 'D' } : email));
        expect((await change(replace(`${path}.display`, 'D'))).emails).toEqual(changed);
        expect((await change(remove(`${path}.display`))).emails).toEqual(emails);
      }
      const rest = emails.slice(1);
      expect((await change(remove(`emails[value eq ${JSON.stringify(ODD[0])}]`))).emails).toEqual(rest);
    }
  });

  test.each([
    ['type eq "work" or type eq "home"', [0, 1]],
    ['type eq "work" and primary eq true', [0]],
    ['type eq "home" or type eq "work" and primary eq false', [1]],
    ['(type eq "work" or type eq "home") and not (primary eq true)', [1]],
    ['not (type eq "work" or (type eq "home" and value co "other"))', [1, 2]],
    ['not (not (type eq "other"))', [2]],
    ['value pr and not (primary pr)', [1, 2]],
    ['value ew "home.example" or value ew "other.example"', [1, 2]],
    ['VALUE SW "ANN@A" OR Type Eq "OTHER"', [0, 2]],
    ['value eq "x]" or type eq "]"', []],
  ] as const)('rfc 137: emails[%s]', async (filter, chosen) => {
    const emails = [WORK, HOME, OTHER];
    const { change } = await openAnn({ ann: { ...ANN, emails } });
    const isChosen = (index: number) => chosen.some((one) => one === index);
    for (const urn of ['', `${USER_URN}:`]) {
      const path = `${urn}emails[${filter}]`;
      if (chosen.length > 0)
        expect((await change(replace(`${path}.display`, 'D'))).emails).toEqual(
          emails.map((email, index) => (isChosen(index) ? { ...email, display: 'D' } : email)),
        );
      expect((await change(remove(`${path}.display`))).emails).toEqual(emails);
    }
    const rest = emails.filter((_email, index) => !isChosen(index));
    expect((await change(remove(`emails[${filter}]`))).emails).toEqual(rest.length === 0 ? undefined : rest);
  });
});
