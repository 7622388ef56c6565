import { describe, expect, test, vi } from 'vitest';
import type { ProfileName } from '../../src/index.ts';
import { expectRefusal } from '../support/answers.ts';
import { openQuickClient } from '../support/client.ts';
import { openLaboratory, sample } from '../support/laboratory.ts';
import { ENTERPRISE_URN, GROUP_URN, group, SEARCH_URN, USER_URN, user } from '../support/scim.ts';

vi.setConfig({ testTimeout: 30_000 });

/** Users by their userName, in the order of their creation. */
type People = Readonly<Record<string, object>>;

const PEOPLE: People = {
  ann: {
    title: 'Engineer',
    name: { givenName: 'Ann', familyName: 'Archer' },
    emails: [
      { value: 'ann@a.example', type: 'work', primary: true },
      { value: 'ann@home.example', type: 'home' },
    ],
    [ENTERPRISE_URN]: { department: 'Research', manager: { value: 'boss-1' } },
  },
  ben: {
    title: 'engineer II',
    active: false,
    externalId: 'B',
    emails: [{ value: 'ben@b.example', type: 'work' }],
    [ENTERPRISE_URN]: { department: 'Sales' },
  },
  cyd: {
    name: { familyName: 'Archer' },
    externalId: 'b',
    emails: [
      { value: 'cyd@home.example', type: 'work' },
      { value: 'cyd@a.example', type: 'home' },
    ],
  },
  dee: { nickName: 'D', externalId: 'a' },
};

/** Asks by GET and by POST, which must agree. */
async function openPeople(people: People = PEOPLE, profile: ProfileName = 'compat') {
  const client = await openQuickClient({ profile });
  const { find, make, post } = client;
  for (const [name, more] of Object.entries(people)) {
    const extensions = Object.keys(more).filter((key) => key.startsWith('urn:'));
    await make('/Users', user(name, { ...more, schemas: [USER_URN, ...extensions] }));
  }
  const ask = async (filter: string, path = '/Users') => {
    const found = await find(path === '/' ? '/' : path, filter);
    const searched = await post(`${path === '/' ? '' : path}/.search`, { schemas: [SEARCH_URN], filter });
    expect([searched.status, searched.body], filter).toEqual([found.status, found.body]);
    return found;
  };
  return {
    ...client,
    match: async (filter: string) => {
      const { status, body, text } = await ask(filter);
      expect([status, text]).toEqual([200, text]);
      expect(body.totalResults).toBe(body.Resources.length);
      return body.Resources.map(({ userName }: { userName: string }) => userName).join(' ');
    },
    refuse: async (filter: string, path?: string) => {
      const answer = await ask(filter, path);
      expect([answer.status, answer.text], filter).toEqual([400, answer.text]);
      expectRefusal(answer, 400, 'invalidFilter');
    },
  };
}

describe('operators', () => {
  test.each([
    ['userName eq "ann"', 'ann'],
    ['userName ne "ann"', 'ben cyd dee'],
    ['title ne "Engineer"', 'ben cyd dee'],
    ['title co "gin"', 'ann ben'],
    ['title sw "engineer"', 'ann ben'],
    ['title ew "ii"', 'ben'],
    ['title pr', 'ann ben'],
    ['userName gt "ben"', 'cyd dee'],
    ['userName ge "ben"', 'ben cyd dee'],
    ['userName lt "ben"', 'ann'],
    ['userName le "ben"', 'ann ben'],
    ['title pr and active eq false', 'ben'],
    ['userName eq "ann" or userName eq "cyd"', 'ann cyd'],
    ['not (title pr)', 'cyd dee'],
    ['(userName eq "ann" or userName eq "ben") and active eq false', 'ben'],
    ['emails[type eq "work"]', 'ann ben cyd'],
    ['emails[type eq "home" and value ew "a.example"]', 'cyd'],
    ['emails[not (type eq "work") or primary eq true]', 'ann cyd'],
    ['title pr and not (emails[type eq "home"])', 'ben'],
  ])('rfc 90: %s finds %s, its names and operators in any case', async (filter, found) => {
    const { match } = await openPeople();
    expect(await match(filter)).toBe(found);
    // What stands in quotation marks stays as it is.
    const inCase = (change: (text: string) => string) =>
      filter
        .split(/("[^"]*")/)
        .map((part) => (part.startsWith('"') ? part : change(part)))
        .join('');
    expect(await match(inCase((text) => text.toUpperCase()))).toBe(found);
    expect(await match(inCase((text) => text.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())))).toBe(
      found,
    );
  });

  test('rfc 90: groups are found by name and by member in the same way', async () => {
    const { find, make } = await openQuickClient();
    const ann = await make('/Users', user('ann'));
    const ben = await make('/Users', user('ben'));
    const crew = await make('/Groups', group('Crew', [ann.id]));
    const team = await make('/Groups', group('Team', [ann.id, ben.id, crew.id]));
    for (const [filter, found] of [
      ['displayName eq "crew"', [crew]],
      ['displayName sw "t" or displayName ew "W"', [crew, team]],
      [`members.value eq "${ben.id}"`, [team]],
      [`members eq "${ann.id}"`, [crew, team]],
      ['members[type eq "Group"]', [team]],
      [`members[type eq "User" and value eq "${crew.id}"]`, []],
      [`not (members[value eq "${ben.id}"])`, [crew]],
    ] as const) {
      const { body } = await find('/Groups', filter);
      expect(
        body.Resources.map(({ id }: { id: string }) => id),
        filter,
      ).toEqual(found.map(({ id }) => id));
    }
  });
});

/** Every user has or has not a title (a), a nickName (b) and a displayName (c), and is called after it. */
const COMBINATIONS = ['none', 'c', 'b', 'bc', 'a', 'ac', 'ab', 'abc'];

const PRECEDENCE: readonly (readonly [string, (a: boolean, b: boolean, c: boolean) => boolean])[] = [
  ['A or B and C', (a, b, c) => a || (b && c)],
  ['A and B or C', (a, b, c) => (a && b) || c],
  ['A or B and not (C)', (a, b, c) => a || (b && !c)],
  ['not (A) and B or C', (a, b, c) => (!a && b) || c],
  ['not (A) or B and C', (a, b, c) => !a || (b && c)],
  ['not (A or B) and C', (a, b, c) => !(a || b) && c],
  ['not (A and B) or C', (a, b, c) => !(a && b) || c],
  ['not (A) and not (B) or not (C)', (a, b, c) => (!a && !b) || !c],
  ['(A or B) and C', (a, b, c) => (a || b) && c],
  ['A and (B or C)', (a, b, c) => a && (b || c)],
  ['A and B or B and C or C and A', (a, b, c) => (a && b) || (b && c) || (c && a)],
  ['A or B or C and A and B', (a, b, c) => a || b || (c && a && b)],
  ['(A or (B and (not (C))))', (a, b, c) => a || (b && !c)],
  ['not (A and (B or not (C)))', (a, b, c) => !(a && (b || !c))],
];

test('rfc 91: brackets bind first, then not, then and, then or', async () => {
  const { match } = await openPeople(
    Object.fromEntries(
      COMBINATIONS.map((name) => [
        name,
        {
          ...(name.includes('a') ? { title: 'x' } : {}),
          ...(name.includes('b') ? { nickName: 'x' } : {}),
          ...(name.includes('c') && name !== 'none' ? { displayName: 'x' } : {}),
        },
      ]),
    ),
  );
  const terms = { A: 'title pr', B: 'nickName eq "x"', C: 'displayName sw "x"' };
  for (const [formula, holds] of PRECEDENCE) {
    const filter = formula.replaceAll(/[ABC]/g, (letter) => terms[letter as keyof typeof terms]);
    const expected = COMBINATIONS.filter((name) =>
      holds(name.includes('a'), name.includes('b'), name !== 'none' && name.includes('c')),
    );
    expect(await match(filter), formula).toBe(expected.join(' '));
  }
});

test('rfc 92: text without case, text with case and instants each have their own order', async () => {
  const { match, find } = await openPeople();
  expect(await match('userName gt "BEN"')).toBe('cyd dee');
  expect(await match('userName lt "CYD"')).toBe('ann ben');
  // externalId is caseExact: B stands before a and b.
  expect(await match('externalId lt "a"')).toBe('ben');
  expect(await match('externalId ge "a"')).toBe('cyd dee');
  expect(await match('externalId le "B"')).toBe('ben');

  const [{ meta }] = (await find('/Users', 'userName eq "ann"')).body.Resources;
  const shift = (hours: number, zone: string) =>
    new Date(Date.parse(meta.created) + hours * 3_600_000).toISOString().replace('Z', zone);
  const everybody = 'ann ben cyd dee';
  // The same instant in other zones, where its text is greater or less.
  for (const [hours, zone] of [
    [14, '+14:00'],
    [-11, '-11:00'],
  ] as const) {
    const same = JSON.stringify(shift(hours, zone));
    expect(await match(`userName eq "ann" and meta.created eq ${same}`)).toBe('ann');
    expect(await match(`meta.created ge ${same}`)).toBe(everybody);
    expect(await match(`meta.created lt ${same}`)).toBe('');
  }
  // An hour later, though less as a text, and an hour earlier, though more.
  expect(await match(`meta.created lt "${shift(-10, '-11:00')}"`)).toBe(everybody);
  expect(await match(`meta.created gt "${shift(13, '+14:00')}"`)).toBe(everybody);
});

test('rfc 93: what is true or false, or binary, has no order', async () => {
  const { refuse, match } = await openPeople();
  for (const operator of ['gt', 'ge', 'lt', 'le']) {
    for (const value of ['true', 'false', '"true"', '1']) await refuse(`active ${operator} ${value}`);
    await refuse(`emails.primary ${operator} true`);
    await refuse(`emails[type eq "work" and primary ${operator} true]`);
    await refuse(`x509Certificates.value ${operator} "QUJD"`);
    await refuse(`x509Certificates ${operator} "QUJD"`);
    await refuse(`userName pr or not (active ${operator} false)`);
    await refuse(`active ${operator} true`, '/');
  }
  expect(await match('active eq false')).toBe('ben');
});

/** Each is outside the grammar of RFC 7644 §3.4.2.2. */
const BROKEN = [
  '',
  ' ',
  '\t',
  'userName',
  'userName eq',
  'userName eq ',
  'userName is "ann"',
  'userName = "ann"',
  'userName == "ann"',
  'userName like "a%"',
  'userName eqq "ann"',
  'userName eq"ann"',
  'userName "ann"',
  'eq "ann"',
  '"ann" eq userName',
  'userName eq ann',
  "userName eq 'ann'",
  'userName eq "ann',
  'userName eq ann"',
  'userName eq "a"nn"',
  'userName eq "ann" "ben"',
  'userName eq "ann" ben',
  'userName eq "ann";',
  'userName eq "ann" --',
  'userName pr "ann"',
  'userName pr title pr',
  'userName eq "ann" and',
  'userName eq "ann" or',
  'and userName eq "ann"',
  'userName eq "ann" and or title pr',
  'userName eq "ann" & title pr',
  'userName eq "ann" && title pr',
  'userName eq "ann" xor title pr',
  'not userName eq "ann"',
  'not',
  'not ()',
  '!(userName pr)',
  '()',
  '(',
  ')',
  '(userName pr',
  'userName pr)',
  '((userName pr)',
  '(userName pr))',
  '(userName) pr',
  'userName (eq) "ann"',
  'emails[',
  'emails]',
  'emails[]',
  'emails[type eq "work"',
  'emails[type eq "work"]]',
  'emails[type eq "work")',
  'emails[type eq "work"] pr title',
  'emails[type eq "work"].',
  'emails[type eq "work"].value',
  'emails[[type eq "work"]]',
  'emails.[type eq "work"]',
  '[type eq "work"]',
  'displayName[value eq "ann"]',
  '.userName pr',
  'userName. pr',
  'user Name pr',
  '1userName pr',
  'user%Name pr',
  'userName eq undefined',
  'userName eq NaN',
  'userName eq {}',
  'userName eq []',
  'userName eq ["ann"]',
  'userName eq "\\x41"',
  'userName eq "\\u00"',
  'userName eq "\n"',
  'active eq +1',
  'active eq 01',
  'active eq .5',
  'active eq 1.',
  'active eq 1e',
  'active eq yes',
  'true',
  '*',
];

test('rfc 94: what is outside the grammar is invalidFilter at every endpoint, and never everybody', async () => {
  const { refuse } = await openPeople();
  for (const filter of BROKEN) for (const path of ['/Users', '/Groups', '/']) await refuse(filter, path);
});

describe('values', () => {
  const TEXTS = [
    'plain',
    'She said "hi"',
    'C:\\dir\\',
    'a/b',
    'tab\tline\nend\r\f\b',
    'Ω≈ç√ é 漢字',
    '😀 face',
    "100% _under_ 'quote' ; -- ) or (userName pr",
  ];

  test('rfc 95: a text is a JSON string, its characters as they are or escaped', async () => {
    const { match } = await openPeople(
      Object.fromEntries(TEXTS.map((displayName, index) => [`u${index}`, { displayName }])),
    );
    const escapeAll = (text: string) =>
      [...Array(text.length).keys()]
        .map((index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`)
        .join('');
    for (const [index, text] of TEXTS.entries()) {
      const spellings = [
        JSON.stringify(text),
        JSON.stringify(text).replaceAll('/', '\\/'),
        `"${escapeAll(text)}"`,
        `"${escapeAll(text).toUpperCase().replaceAll('U', 'u')}"`,
      ];
      for (const spelling of spellings) expect(await match(`displayName eq ${spelling}`)).toBe(`u${index}`);
    }
  });

  test('rfc 95: true, false and null are what they are in JSON; null is being without value', async () => {
    const { match, refuse } = await openPeople();
    expect(await match('active eq true')).toBe('ann cyd dee');
    expect(await match('active eq false')).toBe('ben');
    expect(await match('title eq null')).toBe('cyd dee');
    expect(await match('title ne null')).toBe('ann ben');
    expect(await match('emails eq null')).toBe('dee');
    expect(await match('name eq null')).toBe('ben dee');
    expect(await match(`${ENTERPRISE_URN}:manager.value eq null`)).toBe('ben cyd dee');
    // A text is not the word it is made of.
    expect(await match('title eq "null"')).toBe('');
    for (const filter of ['title gt null', 'title co null', 'title eq 1', 'title eq true', 'active eq 0'])
      await refuse(filter);
  });

  test('rfc 95: a number is the same in all its spellings', async () => {
    const { find, make } = await openLaboratory();
    for (const [number, mass, tubes] of [
      ['low', -1.5, -2],
      ['high', 1500, 3],
    ] as const)
      await make('/Samples', sample({ number, mass, tubes }));
    const match = async (filter: string) => {
      const { body } = await find('/Samples', { filter });
      return body.Resources.map(({ number }: { number: string }) => number).join(' ');
    };
    for (const spelling of ['1500', '1500.0', '1.5e3', '1.5E+3', '15e2', '150000e-2'])
      expect(await match(`mass eq ${spelling}`), spelling).toBe('high');
    for (const spelling of ['-1.5', '-1.50', '-15e-1', '-0.15E1'])
      expect(await match(`mass eq ${spelling}`), spelling).toBe('low');
    expect(await match('tubes eq 3')).toBe('high');
    expect(await match('tubes gt -2')).toBe('high');
    expect(await match('tubes lt 10')).toBe('low high');
    for (const filter of ['mass eq "1500"', 'tubes eq "3"', 'mass eq true'])
      expectRefusal(await find('/Samples', { filter }), 400, 'invalidFilter');
  });
});

test('rfc 96: a complex value is not compared as a whole; of several, value is meant', async () => {
  const { match, refuse } = await openPeople();
  for (const operator of ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']) {
    await refuse(`name ${operator} "Archer"`);
    await refuse(`addresses ${operator} "Archer"`);
    await refuse(`meta ${operator} "User"`);
    await refuse(`title pr or name ${operator} "Archer"`);
  }
  await refuse('name eq "Archer"', '/');
  await refuse(`${ENTERPRISE_URN} eq "Research"`);
  expect(await match('emails co "@home."')).toBe('ann cyd');
  expect(await match('emails eq "ben@b.example"')).toBe('ben');
  expect(await match('emails sw "cyd"')).toBe('cyd');
  expect(await match('name pr')).toBe('ann cyd');

  const strict = await openPeople(PEOPLE, 'strict');
  await strict.refuse(`${ENTERPRISE_URN}:manager eq "boss-1"`);
  expect(await strict.match('emails co "@home."')).toBe('ann cyd');
});

test('rfc 97: one of several values is enough; conditions in brackets are about the same one', async () => {
  const { match } = await openPeople();
  expect(await match('emails.value ew "home.example"')).toBe('ann cyd');
  expect(await match('emails.type eq "work" and emails.value co "@a."')).toBe('ann cyd');
  expect(await match('emails[type eq "work" and value co "@a."]')).toBe('ann');
  expect(await match('emails[type eq "home" and value co "@a."]')).toBe('cyd');
  expect(await match('emails[type eq "work"] and emails[value co "@a."]')).toBe('ann cyd');
  expect(await match('emails[type eq "work" and not (value co "@a.")]')).toBe('ben cyd');
  expect(await match('not (emails[type eq "work" and value co "@a."])')).toBe('ben cyd dee');
  expect(await match('emails[type eq "home" or primary eq true]')).toBe('ann cyd');
  expect(await match('emails[primary pr and type eq "home"]')).toBe('');
});

test('rfc 98: present is what has something in it, the parts of a value too', async () => {
  const { match } = await openPeople({
    bare: {},
    nulls: { title: null, name: null, emails: null },
    hollow: { name: {}, emails: [] },
    parts: { name: { givenName: null }, [ENTERPRISE_URN]: { manager: {} } },
    full: {
      title: 'x',
      name: { givenName: 'G' },
      emails: [{ value: 'a@x.example' }],
      [ENTERPRISE_URN]: { manager: { value: 'm' } },
    },
    typed: { emails: [{ value: 'b@x.example', type: 'work' }] },
    off: { active: false },
  });
  expect(await match('title pr')).toBe('full');
  expect(await match('name pr')).toBe('full');
  expect(await match('name.givenName pr')).toBe('full');
  expect(await match('name.familyName pr')).toBe('');
  expect(await match('emails pr')).toBe('full typed');
  expect(await match('emails.value pr')).toBe('full typed');
  expect(await match('emails.type pr')).toBe('typed');
  expect(await match('emails[value pr and not (type pr)]')).toBe('full');
  expect(await match(`${ENTERPRISE_URN}:manager pr`)).toBe('full');
  expect(await match(`${ENTERPRISE_URN}:manager.value pr`)).toBe('full');
  // active is true where nobody said so; false is a value like any other.
  expect(await match('not (active pr)')).toBe('');
  expect(await match('active eq true')).toBe('bare nulls hollow parts full typed');
  // What the server gives is there too.
  expect(await match('id pr and meta.created pr and schemas pr and meta pr')).toBe(
    'bare nulls hollow parts full typed off',
  );
});

test('rfc 99: attributes are called by their URN in filters, in order and in what is shown', async () => {
  const { match, get } = await openPeople();
  for (const urn of [USER_URN, USER_URN.toUpperCase()]) {
    expect(await match(`${urn}:userName eq "ann"`)).toBe('ann');
    expect(await match(`${urn}:name.familyName eq "archer"`)).toBe('ann cyd');
    expect(await match(`${urn}:emails[type eq "home" and value co "@a."]`)).toBe('cyd');
    expect(await match(`not (${urn}:title pr) and ${urn}:active eq true`)).toBe('cyd dee');
  }
  for (const urn of [ENTERPRISE_URN, ENTERPRISE_URN.toUpperCase()]) {
    expect(await match(`${urn}:department sw "res"`)).toBe('ann');
    expect(await match(`${urn}:manager.value eq "boss-1"`)).toBe('ann');
    expect(await match(`${urn}:manager[value eq "boss-1"]`)).toBe('ann');
    expect(await match(`${urn}:department pr and not (${urn}:manager pr)`)).toBe('ben');
  }
  // A name of one schema is none of the other’s.
  expect(await match(`${USER_URN}:department pr`)).toBe('');
  expect(await match(`${ENTERPRISE_URN}:userName pr`)).toBe('');
  expect(await match(`${GROUP_URN}:displayName pr`)).toBe('');

  const namesBy = async (sortBy: string) =>
    (await get(`/Users?sortBy=${sortBy}&sortOrder=descending`)).body.Resources.map(
      ({ userName }: { userName: string }) => userName,
    ).join(' ');
  expect(await namesBy(`${USER_URN}:userName`)).toBe('dee cyd ben ann');
  expect(await namesBy(`${ENTERPRISE_URN}:department`)).toBe('cyd dee ben ann');
  expect(await namesBy(`${ENTERPRISE_URN}:manager.value`)).toBe('ben cyd dee ann');

  const filter = encodeURIComponent('userName eq "ann"');
  for (const [attributes, expected] of [
    [
      `${USER_URN}:name.familyName,${ENTERPRISE_URN}:manager.value`,
      { name: { familyName: 'Archer' }, [ENTERPRISE_URN]: { manager: { value: 'boss-1' } } },
    ],
    [
      ENTERPRISE_URN.toUpperCase(),
      { [ENTERPRISE_URN]: { department: 'Research', manager: { value: 'boss-1' } } },
    ],
  ] as const) {
    const [shown] = (await get(`/Users?filter=${filter}&attributes=${attributes}`)).body.Resources;
    expect(shown).toEqual({ id: shown.id, schemas: [USER_URN, ENTERPRISE_URN], ...expected });
  }
});

test('rfc 100: no filter and no order tells anything of a password', async () => {
  const passwords = { ann: { password: 'Tr0ub4dor' }, ben: { password: 'hunter2' }, cyd: {} };
  const { match, get } = await openPeople(passwords);
  for (const path of ['password', `${USER_URN}:password`, 'PASSWORD']) {
    for (const filter of ['eq "Tr0ub4dor"', 'sw "T"', 'co "r"', 'gt "A"', 'pr'])
      expect(await match(`${path} ${filter}`)).toBe('');
    // Being without a password, nobody's differs from another's.
    for (const value of ['"Tr0ub4dor"', '"hunter2"', '"x"'])
      expect(await match(`${path} ne ${value}`)).toBe('ann ben cyd');
    const sorted = (await get(`/Users?sortBy=${path}&sortOrder=descending`)).body.Resources;
    expect(sorted.map(({ userName }: { userName: string }) => userName)).toEqual(['ann', 'ben', 'cyd']);
  }
  for (const profile of ['strict', 'interop'] as const) {
    const narrow = await openPeople({}, profile);
    await narrow.refuse('password eq "Tr0ub4dor"');
    await narrow.refuse('password pr');
  }
});

test('rfc 101: an attribute nobody declared is without value, or invalidFilter where names are read strictly', async () => {
  const { match } = await openPeople();
  for (const path of ['unknown', 'name.unknown', 'email', 'urn:example:none:x', `${ENTERPRISE_URN}:x`]) {
    expect(await match(`${path} eq "x"`)).toBe('');
    expect(await match(`${path} pr`)).toBe('');
    expect(await match(`${path} ne "x"`)).toBe('ann ben cyd dee');
    expect(await match(`${path} eq "x" or title pr`)).toBe('ann ben');
    expect(await match(`not (${path} pr) and active eq false`)).toBe('ben');
  }
  expect(await match('emails[unknown eq "x"]')).toBe('');
  expect(await match('unknown[value eq "x"]')).toBe('');
  for (const profile of ['strict', 'interop'] as const) {
    const { refuse } = await openPeople({}, profile);
    for (const path of ['unknown', 'name.unknown', 'email', 'urn:example:none:x', `${ENTERPRISE_URN}:x`])
      for (const filter of ['eq "x"', 'ne "x"', 'pr']) await refuse(`${path} ${filter}`);
    await refuse('emails[unknown eq "x"]');
    await refuse('title pr or unknown pr');
  }
});

describe('bounds', () => {
  const nest = (depth: number) => `${'('.repeat(depth)}title pr${')'.repeat(depth)}`;
  const join = (terms: number) => Array(terms).fill('title pr').join(' or ');
  const pad = (length: number) => `title eq "${'x'.repeat(length - 'title eq ""'.length)}" `.slice(0, length);

  test.each([
    ['brackets, 32 and 33 deep', nest(32), nest(33)],
    ['not, 32 and 33 deep', nest(32).replaceAll('(', 'not ('), nest(33).replaceAll('(', 'not (')],
    [
      'a value path, 32 and 33 deep',
      nest(31).replace('title pr', 'emails[value pr]'),
      nest(32).replace('title pr', 'emails[value pr]'),
    ],
    ['64 and 65 terms', join(64), join(65)],
    ['4096 and 4097 characters', pad(4096), pad(4097)],
  ])('rfc 102: %s: the one is answered, the other is invalidFilter', async (_name, most, tooMuch) => {
    const { match, refuse } = await openPeople();
    expect(most.length).toBeLessThanOrEqual(4096);
    await match(most);
    await refuse(tooMuch);
    await refuse(tooMuch, '/Groups');
  });

  test('rfc 102: a filter the URL has no room for is 414', async () => {
    const { get } = await openPeople();
    for (const length of [9_000, 100_000])
      expectRefusal(await get(`/Users?filter=${'('.repeat(length)}`), 414);
  });
});

test('rfc 103: the signs of patterns and of SQL are letters like any other', async () => {
  const texts = ['100%', '100 percent', 'a_b', 'axb', "o'hara", 'a\\b', '*', '?', '[a]', '^a$', '$x', ';--'];
  const people = Object.fromEntries(texts.map((displayName, index) => [`u${index}`, { displayName }]));
  const { match } = await openPeople(people);
  const found = (fits: (text: string) => boolean) =>
    texts.flatMap((text, index) => (fits(text) ? [`u${index}`] : [])).join(' ');
  for (const sign of [
    '%',
    '_',
    "'",
    '\\',
    '*',
    '?',
    '[',
    ']',
    '^',
    '$',
    '{',
    ';',
    '-',
    '--',
    '.',
    '%%',
    '0%',
  ]) {
    const value = JSON.stringify(sign);
    expect(await match(`displayName co ${value}`), sign).toBe(found((text) => text.includes(sign)));
    expect(await match(`displayName sw ${value}`), sign).toBe(found((text) => text.startsWith(sign)));
    expect(await match(`displayName ew ${value}`), sign).toBe(found((text) => text.endsWith(sign)));
    expect(await match(`displayName eq ${value}`), sign).toBe(found((text) => text === sign));
  }
});
