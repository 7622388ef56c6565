import { describe, expect, test, vi } from 'vitest';
import { CUSTODY_URN, openLaboratory, STORAGE_URN, sample } from '../support/laboratory.ts';

// Each test makes many requests; on a busy machine they take their time.
vi.setConfig({ testTimeout: 30_000 });

/** What a value of a type may be on the wire, and what it may not. */
interface Values {
  readonly valid: readonly unknown[];
  readonly invalid: readonly unknown[];
}

const NO_TEXT = [7, true, { value: 'x' }];

const VALUES = {
  string: { valid: ['a', 'Ä "quoted" \\ text', '😀', ' '], invalid: [...NO_TEXT, 'x'.repeat(1025)] },
  boolean: { valid: [true, false], invalid: [0, 1, 'yes', '', {}] },
  integer: {
    valid: [0, -7, 42, 9007199254740991, -9007199254740991],
    invalid: [1.5, 9007199254740992, 1e300, '1', '', true, {}],
  },
  decimal: { valid: [0, -0.5, 0.1, 3, 1e21, 5e-7], invalid: ['1.5', '', false, {}] },
  dateTime: {
    valid: [
      '2026-01-31T09:00:00Z',
      '2026-01-31T09:00:00.123456789Z',
      '2024-02-29T23:59:59-05:30',
      '2026-01-31T09:00:00',
      '0001-01-01T00:00:00Z',
    ],
    invalid: [
      ...NO_TEXT,
      '',
      'now',
      '2026-01-31',
      '09:00:00Z',
      '2026-01-31 09:00:00Z',
      '2026-02-30T09:00:00Z',
      '2026-13-01T09:00:00Z',
      '2026-01-31T24:30:00Z',
      '2026-01-31T09:60:00Z',
      '2026-01-31T09:00:00+15:00',
      '2026-01-31T09:00Z',
    ],
  },
  binary: {
    valid: ['', 'QQ==', 'QUI=', 'QUJD', 'QQ', 'QUI', '+/+/', '-_-_', 'A'.repeat(65_536)],
    invalid: [...NO_TEXT, 'Q', 'Q===', 'QQ=', 'QU=D', '+/-_', 'Q Q=', 'ü'],
  },
  reference: {
    valid: [
      'https://a.example/x?y#z',
      '/Users/1',
      '../Users/1',
      'urn:example:a',
      'mailto:a@b.example',
      'ä/ö',
    ],
    invalid: NO_TEXT,
  },
} satisfies Record<string, Values>;

type Simple = keyof typeof VALUES;
const TYPES = Object.keys(VALUES) as Simple[];

/** Where a value of each type can stand: in the type itself, in a part, in an extension. */
const SINGLE: Record<Simple, string> = {
  string: 'remark',
  boolean: 'sealed',
  integer: 'tubes',
  decimal: 'mass',
  dateTime: 'takenAt',
  binary: 'scan',
  reference: 'origin',
};
const SEVERAL: Record<Simple, string> = {
  string: 'tags',
  boolean: 'checks',
  integer: 'counts',
  decimal: 'readings',
  dateTime: 'seenAt',
  binary: 'images',
  reference: 'links',
};
const SITE_PART: Record<Simple, string> = {
  string: 'note',
  boolean: 'cold',
  integer: 'floor',
  decimal: 'area',
  dateTime: 'builtAt',
  binary: 'plan',
  reference: 'map',
};
const ALIQUOT_PART: Record<Simple, string> = {
  string: 'display',
  boolean: 'primary',
  integer: 'cells',
  decimal: 'volume',
  dateTime: 'frozenAt',
  binary: 'trace',
  reference: '$ref',
};
const STORAGE: Record<Exclude<Simple, 'reference'>, string> = {
  string: 'room',
  boolean: 'frozen',
  integer: 'shelf',
  decimal: 'temperature',
  dateTime: 'until',
  binary: 'label',
};

/** Bodies with the value in every place. */
function places(type: Simple, value: unknown): readonly object[] {
  const bodies: object[] = [
    { [SINGLE[type]]: value },
    { [SEVERAL[type]]: [value] },
    { site: { [SITE_PART[type]]: value } },
    { aliquots: [{ value: 'one', [ALIQUOT_PART[type]]: value }] },
  ];
  // The reference of this extension leads to another place, which has a test of its own.
  return type === 'reference' || (type === 'string' && value === ' ')
    ? bodies
    : [...bodies, { [STORAGE_URN]: { room: 'R1', [STORAGE[type]]: value } }];
}

/** The attributes of an answer that a body had sent. */
const pick = (answer: object, sent: object) =>
  Object.fromEntries(Object.keys(sent).map((name) => [name, Reflect.get(answer, name)]));

describe.each(['compat', 'strict'] as const)('values of every type, read as %s', (profile) => {
  test.each(TYPES)('rfc 51, 56: a valid %s is kept as it was sent, in every place', async (type) => {
    const { get, make } = await openLaboratory(profile);
    for (const value of VALUES[type].valid)
      for (const body of places(type, value)) {
        const { body: created, path } = await make('/Samples', sample(body));
        expect(created).toMatchObject(body);
        expect((await get(path)).body).toEqual(created);
      }
  });

  test.each(TYPES)(
    'rfc 51, 56: an invalid %s is refused on POST, PUT and PATCH, in every place',
    async (type) => {
      const { find, get, make, patch, post, put } = await openLaboratory(profile);
      const { path, body: before } = await make('/Samples', sample({ number: 'N1' }));
      for (const value of VALUES[type].invalid)
        for (const body of places(type, value)) {
          const answers = [
            await post('/Samples', sample(body)),
            await put(path, sample({ number: 'N1', ...body })),
            await patch(path, { op: 'replace', value: body }),
          ];
          for (const { status, body: error } of answers)
            expect([status, error.scimType], JSON.stringify(body).slice(0, 80)).toEqual([
              400,
              'invalidValue',
            ]);
        }
      expect((await get(path)).body).toEqual(before);
      expect((await find('/Samples', {})).body.totalResults).toBe(1);
    },
  );
});

test('rfc 5: a whole number is answered as it was sent, to its last digit', async () => {
  const { get, make, post } = await openLaboratory();
  const text = JSON.stringify(sample({ tubes: 0 })).replace('"tubes":0', '"tubes":9007199254740991');
  const { body } = await post('/Samples', text);
  expect((await get(`/Samples/${body.id}`)).text).toContain('"tubes":9007199254740991');
  expect((await make('/Samples', sample({ counts: [3, -3] }))).text).toContain('"counts":[3,-3]');
});

test('rfc 6: a decimal is answered as a JSON number', async () => {
  const { make, post } = await openLaboratory();
  expect((await make('/Samples', sample({ mass: 1.5 }))).text).toContain('"mass":1.5');
  const texts = ['1.0', '1e2', '-0.25', '100'];
  for (const text of texts) {
    const raw = JSON.stringify(sample({ mass: 0 })).replace('"mass":0', `"mass":${text}`);
    expect((await post('/Samples', raw)).body.mass).toBe(Number(text));
  }
});

test('rfc 7: text for a boolean is read in compat, whatever its case, and refused in strict', async () => {
  const lenient = await openLaboratory();
  const strict = await openLaboratory('strict');
  for (const [text, value] of [
    ['true', true],
    ['True', true],
    ['FALSE', false],
  ] as const)
    for (const body of places('boolean', text)) {
      const { body: created } = await lenient.make('/Samples', sample(body));
      expect(places('boolean', value)).toContainEqual(pick(created, body));
      expect((await strict.post('/Samples', sample(body))).status).toBe(400);
    }
  const { body } = await lenient.make('/Samples', sample({ sealed: 'True', checks: ['false', true] }));
  expect([body.sealed, body.checks]).toEqual([true, [false, true]]);
});

test('rfc 8: dateTimes are compared by instant and keep the precision they came with', async () => {
  const { find, make } = await openLaboratory();
  const sent = '2026-06-30T12:00:00.123456789+02:00';
  const { body } = await make('/Samples', sample({ takenAt: sent, seenAt: [sent] }));
  const matches = async (filter: string) => (await find('/Samples', { filter })).body.totalResults;

  expect([body.takenAt, body.seenAt]).toEqual([sent, [sent]]);
  for (const path of ['takenAt', 'seenAt']) {
    expect(await matches(`${path} eq "2026-06-30T10:00:00.123456789Z"`)).toBe(1);
    expect(await matches(`${path} eq "2026-06-30T05:00:00.123456789-05:00"`)).toBe(1);
    expect(await matches(`${path} gt "2026-06-30T10:00:00.123456788Z"`)).toBe(1);
    expect(await matches(`${path} lt "2026-06-30T10:00:00.12345679Z"`)).toBe(1);
    expect(await matches(`${path} gt "2026-06-30T11:00:00Z"`)).toBe(0);
    expect(await matches(`${path} ne "2026-06-30T10:00:00.123456789Z"`)).toBe(0);
  }
});

test('rfc 9: binary values of both alphabets are compared to the letter', async () => {
  const { find, make } = await openLaboratory();
  await make('/Samples', sample({ scan: 'QUJD', images: ['-_-_'] }));
  const matches = async (filter: string) => (await find('/Samples', { filter })).body.totalResults;
  expect([await matches('scan eq "QUJD"'), await matches('scan eq "qujd"')]).toEqual([1, 0]);
  expect([await matches('images eq "-_-_"'), await matches('images eq "+/+/"')]).toEqual([1, 0]);
  expect([await matches('scan sw "QU"'), await matches('scan co "uj"')]).toEqual([1, 0]);
});

test('rfc 10: text that is no URI is not kept in compat, and refused in strict; case matters', async () => {
  const lenient = await openLaboratory();
  const strict = await openLaboratory('strict');
  for (const text of ['two words', '<a>', 'a"b', 'back\\slash', '100%', '%zz', 'a\nb', '{x}'])
    for (const body of places('reference', text)) {
      const { body: created } = await lenient.make('/Samples', sample(body));
      expect(JSON.stringify(created)).not.toContain(JSON.stringify(text));
      const { status, body: error } = await strict.post('/Samples', sample(body));
      expect([status, error.scimType], text).toEqual([400, 'invalidValue']);
    }
  await lenient.make('/Samples', sample({ origin: 'https://a.example/X', links: ['/Samples/A'] }));
  const matches = async (filter: string) => (await lenient.find('/Samples', { filter })).body.totalResults;
  expect(await matches('origin eq "https://a.example/X"')).toBe(1);
  expect(await matches('origin eq "https://a.example/x"')).toBe(0);
  expect(await matches('links eq "/samples/a"')).toBe(0);
});

test('rfc 10: of references to other places only https: is kept', async () => {
  const lenient = await openLaboratory();
  const strict = await openLaboratory('strict');
  for (const url of ['http://a.example/', 'javascript:alert(1)', '/report', 'https://', 'data:text/html,x']) {
    const bodies = [{ report: url }, { [STORAGE_URN]: { room: 'R1', camera: url } }];
    for (const body of bodies) {
      const { body: created } = await lenient.make('/Samples', sample(body));
      expect([created.report, created[STORAGE_URN]?.camera]).toEqual([undefined, undefined]);
      expect((await strict.post('/Samples', sample(body))).body.scimType).toBe('invalidValue');
    }
  }
  const { body } = await strict.make('/Samples', sample({ report: 'https://a.example/r' }));
  expect(body.report).toBe('https://a.example/r');
});

test('rfc 18: null, no value and an empty list are one state; a single value is never a list', async () => {
  const { get, make, post, put } = await openLaboratory('strict');
  const everything = {
    ...Object.fromEntries(TYPES.map((type) => [SINGLE[type], null])),
    ...Object.fromEntries(TYPES.map((type) => [SEVERAL[type], []])),
    site: {},
    aliquots: [],
    vault: { room: null },
    [STORAGE_URN]: null,
  };
  const { body: empty, path } = await make('/Samples', sample({ number: 'N1', ...everything }));
  const { body: plain } = await make('/Samples', sample());
  expect(Object.keys(empty).toSorted()).toEqual(Object.keys(plain).toSorted());

  await put(
    path,
    sample({ number: 'N1', remark: 'x', tags: ['x'], site: { floor: 1 }, aliquots: [{ value: 'x' }] }),
  );
  const cleared = await put(path, sample({ number: 'N1', ...everything }));
  expect(Object.keys(cleared.body).toSorted()).toEqual(Object.keys(plain).toSorted());
  expect((await get(path)).body).toEqual(cleared.body);
  for (const type of TYPES)
    for (const list of [[], [VALUES[type].valid[0]]])
      expect((await post('/Samples', sample({ [SINGLE[type]]: list }))).status).toBe(400);
});

test('rfc 51: one value where a list belongs is read in compat alone; objects and text for each other never', async () => {
  const lenient = await openLaboratory();
  const strict = await openLaboratory('strict');
  for (const type of TYPES) {
    const [value] = VALUES[type].valid;
    const body = sample({ [SEVERAL[type]]: value });
    expect((await lenient.make('/Samples', body)).body[SEVERAL[type]]).toEqual([value]);
    expect((await strict.post('/Samples', body)).body.scimType).toBe('invalidValue');
  }
  const faults = [
    { site: 'cellar' },
    { site: 7 },
    { tags: { value: 'x' } },
    { aliquots: [7] },
    { [STORAGE_URN]: 'R1' },
  ];
  for (const fault of faults)
    expect((await lenient.post('/Samples', sample(fault))).body.scimType, JSON.stringify(fault)).toBe(
      'invalidValue',
    );
});

test('rfc 14, 15, 17: one primary at most, no value twice, and parts that a value needs', async () => {
  const { make, post } = await openLaboratory();
  const one = { value: 'a', type: 'test', primary: true };
  const faults = [
    [one, { value: 'b', primary: true }],
    [{ display: 'without its value' }],
    [{ value: '' }],
    [{ value: null, type: 'test' }],
  ];
  for (const aliquots of faults) {
    const { status, body } = await post('/Samples', sample({ aliquots }));
    expect([status, body.scimType], JSON.stringify(aliquots)).toEqual([400, 'invalidValue']);
  }
  const { body } = await make(
    '/Samples',
    sample({ aliquots: [one, { value: 'a' }, { value: 'a' }], tags: ['x', 'x', 'X'] }),
  );
  expect([body.aliquots, body.tags]).toEqual([
    [one, { value: 'a' }],
    ['x', 'X'],
  ]);
});

test('rfc 56: what is required has a value, whatever its shape', async () => {
  const { post } = await openLaboratory();
  const faults = [
    { number: undefined },
    { number: null },
    { number: '' },
    { number: '  ' },
    { purposes: undefined },
    { purposes: null },
    { purposes: [] },
    { purposes: [null] },
    { [CUSTODY_URN]: { department: null } },
  ];
  for (const fault of faults) {
    const { status, body } = await post('/Samples', sample(fault));
    expect([status, body.scimType], JSON.stringify(fault)).toEqual([400, 'invalidValue']);
  }
});

test('rfc 50: text is as long as its declaration allows, and not longer', async () => {
  const { make, post } = await openLaboratory();
  const lengths = [
    ['number', 64],
    ['remark', 1024],
    ['scan', 65_536],
  ] as const;
  for (const [name, length] of lengths) {
    expect((await make('/Samples', sample({ [name]: 'A'.repeat(length) }))).body[name]).toHaveLength(length);
    expect((await post('/Samples', sample({ [name]: 'A'.repeat(length + 4) }))).status, name).toBe(400);
  }
});

test('rfc 50: canonical values are suggestions', async () => {
  const { make } = await openLaboratory('strict');
  const { body } = await make(
    '/Samples',
    sample({ label: 'dust', aliquots: [{ value: 'a', type: 'unheard of' }] }),
  );
  expect([body.label, body.aliquots[0].type]).toEqual(['dust', 'unheard of']);
});

test('rfc 195: in the interop profile canonical values are the only ones', async () => {
  const { make, post } = await openLaboratory('interop');
  expect((await post('/Samples', sample({ label: 'dust' }))).body.scimType).toBe('invalidValue');
  expect((await make('/Samples', sample({ label: 'blood' }))).body.label).toBe('blood');
});

test('rfc 83: a new resource has the defaults its declaration names; PUT does not bring them back', async () => {
  const { make, patch, put } = await openLaboratory();
  const defaults = { active: true, state: 'new', priority: 3, share: 0.5, dueAt: '2030-01-01T00:00:00Z' };
  const given = { active: false, state: 'done', priority: 0, share: 0, dueAt: '2031-01-01T00:00:00Z' };
  expect((await make('/Samples', sample())).body).toMatchObject(defaults);
  const { body, path } = await make('/Samples', sample({ number: 'N1', ...given }));
  expect(body).toMatchObject(given);
  expect((await put(path, sample({ number: 'N1' }))).body).toMatchObject(given);
  expect((await patch(path, { op: 'remove', path: 'state' })).body.state).toBeUndefined();
});
