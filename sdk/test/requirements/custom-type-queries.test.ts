import { describe, expect, test, vi } from 'vitest';
import { CUSTODY_URN, openLaboratory, STORAGE_URN, sample } from '../support/laboratory.ts';

// Each test makes many requests; on a busy machine they take their time.
vi.setConfig({ testTimeout: 30_000 });

/** Three values of a type, from the least to the greatest; `equal` is the middle one in another spelling. */
interface Scale {
  readonly low: unknown;
  readonly middle: unknown;
  readonly high: unknown;
  readonly equal: unknown;
}

const SCALES = {
  string: { low: 'Beta', middle: 'gamma', high: 'Zeta', equal: 'GAMMA' },
  integer: { low: -3, middle: 9, high: 10, equal: 9 },
  decimal: { low: -0.5, middle: 1.5, high: 12.25, equal: 15e-1 },
  // The middle instant is one second after the first, though its text is greater than that of the last.
  dateTime: {
    low: '2025-12-31T23:30:00Z',
    middle: '2026-01-01T00:30:01+01:00',
    high: '2026-01-01T00:00:00Z',
    equal: '2025-12-31T23:30:01.000Z',
  },
  reference: { low: '/A', middle: '/Z', high: '/a', equal: '/Z' },
  binary: { low: 'QUE=', middle: 'QUI=', high: 'QUM=', equal: 'QUI=' },
} satisfies Record<string, Scale>;

type Type = keyof typeof SCALES;

/** Where a value can stand, and what a sample with the given values there looks like. */
interface Place {
  readonly type: Type;
  readonly path: string;
  readonly isMultiValued: boolean;
  readonly toBody: (values: readonly unknown[]) => object;
}

const single = (type: Type, path: string): Place => ({
  type,
  path,
  isMultiValued: false,
  toBody: ([value]) => ({ [path]: value }),
});
const several = (type: Type, path: string): Place => ({
  type,
  path,
  isMultiValued: true,
  toBody: (values) => ({ [path]: values }),
});
const inSite = (type: Type, name: string): Place => ({
  type,
  path: `site.${name}`,
  isMultiValued: false,
  toBody: ([value]) => ({ site: { [name]: value } }),
});
const inAliquots = (type: Type, name: string): Place => ({
  type,
  path: `aliquots.${name}`,
  isMultiValued: true,
  toBody: (values) => ({
    aliquots: values.map((value, index) => ({ value: `part ${index}`, [name]: value })),
  }),
});
const inStorage = (type: Type, name: string): Place => ({
  type,
  path: `${STORAGE_URN}:${name}`,
  isMultiValued: false,
  toBody: ([value]) => ({ [STORAGE_URN]: { room: 'R1', [name]: value } }),
});

const PLACES: readonly Place[] = [
  single('string', 'remark'),
  single('string', 'label'),
  single('integer', 'tubes'),
  single('decimal', 'mass'),
  single('dateTime', 'takenAt'),
  single('reference', 'origin'),
  single('binary', 'scan'),
  several('string', 'tags'),
  several('integer', 'counts'),
  several('decimal', 'readings'),
  several('dateTime', 'seenAt'),
  several('reference', 'links'),
  several('binary', 'images'),
  inSite('string', 'note'),
  inSite('integer', 'floor'),
  inSite('decimal', 'area'),
  inSite('dateTime', 'builtAt'),
  inSite('reference', 'map'),
  inSite('binary', 'plan'),
  inAliquots('string', 'display'),
  inAliquots('integer', 'cells'),
  inAliquots('decimal', 'volume'),
  inAliquots('dateTime', 'frozenAt'),
  inAliquots('reference', '$ref'),
  inAliquots('binary', 'trace'),
  inStorage('integer', 'shelf'),
  inStorage('decimal', 'temperature'),
  inStorage('dateTime', 'until'),
  inStorage('binary', 'label'),
];

const TYPES = Object.keys(SCALES) as Type[];
const placesOf = (type: Type) => PLACES.filter((place) => place.type === type);

/**
 * Samples that have the values low, middle and high in every place of the type, and one that has none. Of two
 * values, low and high, `both` has the places that take several, and nothing in the others.
 */
async function openScale(type: Type) {
  const { find, make } = await openLaboratory();
  const { low, middle, high } = SCALES[type];
  const rows = { low: [low], middle: [middle], high: [high], none: [], both: [low, high] };
  for (const [number, values] of Object.entries(rows)) {
    const places = placesOf(type).filter(({ isMultiValued }) => isMultiValued || values.length < 2);
    const bodies = values.length === 0 ? [] : places.map(({ toBody }) => toBody(values));
    await make('/Samples', sample(Object.assign({ number }, ...bodies)));
  }
  const ask = async (query: Record<string, string>): Promise<readonly string[]> => {
    const { status, body } = await find('/Samples', query);
    expect(status, JSON.stringify(query)).toBe(200);
    return body.Resources.map(({ number }: { number: string }) => number);
  };
  return {
    ask,
    match: async (filter: string) => (await ask({ filter })).toSorted().join(' '),
    refuse: async (filter: string) => {
      const { status, body } = await find('/Samples', { filter });
      expect([status, body.scimType], filter).toEqual([400, 'invalidFilter']);
    },
  };
}

const ORDERED = TYPES.filter((type) => type !== 'binary');
const TEXTS = ['string', 'reference', 'binary'] as const satisfies readonly Type[];
const OTHERS = ['integer', 'decimal', 'dateTime'] as const satisfies readonly Type[];

describe('filters', () => {
  test.each(TYPES)('rfc 90, rfc 97: %s: equal, not equal, present, in every place', async (type) => {
    const { match } = await openScale(type);
    const value = JSON.stringify(SCALES[type].equal);
    for (const { path, isMultiValued } of placesOf(type)) {
      const present = isMultiValued ? 'both high low middle' : 'high low middle';
      const absent = isMultiValued ? 'none' : 'both none';
      expect(await match(`${path} eq ${value}`), path).toBe('middle');
      expect(await match(`${path} ne ${value}`), path).toBe('both high low none');
      expect(await match(`not (${path} eq ${value})`), path).toBe('both high low none');
      expect(await match(`not (${path} ne ${value})`), path).toBe('middle');
      expect(await match(`${path} pr`), path).toBe(present);
      expect(await match(`not (${path} pr)`), path).toBe(absent);
      expect(await match(`${path} eq null`), path).toBe(absent);
      expect(await match(`${path} ne null`), path).toBe(present);
    }
  });

  test.each(ORDERED)('rfc 92: %s: before and after, in every place', async (type) => {
    const { match } = await openScale(type);
    const value = JSON.stringify(SCALES[type].equal);
    for (const { path, isMultiValued } of placesOf(type)) {
      const both = isMultiValued ? 'both ' : '';
      expect(await match(`${path} gt ${value}`), path).toBe(`${both}high`);
      expect(await match(`${path} ge ${value}`), path).toBe(`${both}high middle`);
      expect(await match(`${path} lt ${value}`), path).toBe(`${both}low`);
      expect(await match(`${path} le ${value}`), path).toBe(`${both}low middle`);
      expect(await match(`${path} ge ${value} and not (${path} gt ${value})`), path).toBe('middle');
      expect(await match(`${path} lt ${value} or ${path} eq null`), path).toBe('both low none');
    }
  });

  test('rfc 93: binary has no order, in any place', async () => {
    const { refuse } = await openScale('binary');
    for (const { path } of placesOf('binary'))
      for (const operator of ['gt', 'ge', 'lt', 'le']) await refuse(`${path} ${operator} "QUI="`);
  });

  test.each(TEXTS)('rfc 90, 103: %s: parts of text, in every place', async (type) => {
    const { match } = await openScale(type);
    const text = SCALES[type].equal;
    for (const { path } of placesOf(type)) {
      expect(await match(`${path} sw "${text.slice(0, -1)}"`), path).toContain('middle');
      expect(await match(`${path} ew "${text.slice(1)}"`), path).toContain('middle');
      expect(await match(`${path} co "${text.slice(1)}"`), path).toContain('middle');
      for (const operator of ['sw', 'ew', 'co']) {
        expect(await match(`${path} ${operator} "${text}"`), path).toBe('middle');
        expect(await match(`${path} ${operator} "${text}%"`), path).toBe('');
        expect(await match(`${path} ${operator} "_"`), path).toBe('');
      }
    }
  });

  test.each(OTHERS)('rfc 94: %s has no parts, and is not compared with other types', async (type) => {
    const { refuse } = await openScale(type);
    const value = JSON.stringify(SCALES[type].equal);
    for (const { path } of placesOf(type)) {
      for (const operator of ['co', 'sw', 'ew']) await refuse(`${path} ${operator} ${value}`);
      for (const other of ['"text"', 'true', '{}', '']) await refuse(`${path} eq ${other}`);
    }
  });

  test('rfc 90, 93: booleans are equal or not, and nothing else', async () => {
    const { find, make } = await openLaboratory();
    const places: readonly (readonly [string, (value: boolean) => object])[] = [
      ['sealed', (value) => ({ sealed: value })],
      ['active', (value) => ({ active: value })],
      ['checks', (value) => ({ checks: [value] })],
      ['site.cold', (value) => ({ site: { cold: value } })],
      ['aliquots.primary', (value) => ({ aliquots: [{ value: 'a', primary: value }] })],
      [`${STORAGE_URN}:frozen`, (value) => ({ [STORAGE_URN]: { room: 'R1', frozen: value } })],
    ];
    for (const value of [true, false])
      await make(
        '/Samples',
        sample(Object.assign({}, { number: String(value) }, ...places.map(([, toBody]) => toBody(value)))),
      );
    for (const [path] of places) {
      const match = async (filter: string) => {
        const { body } = await find('/Samples', { filter: `${path} ${filter}` });
        return body.scimType ?? body.Resources.map(({ number }: { number: string }) => number).join(' ');
      };
      expect([await match('eq true'), await match('eq false')], path).toEqual(['true', 'false']);
      expect([await match('ne true'), await match('ne false')], path).toEqual(['false', 'true']);
      expect(await match('pr'), path).toBe('true false');
      for (const filter of [
        'gt true',
        'ge false',
        'lt true',
        'le true',
        'co true',
        'sw "t"',
        'eq 1',
        'eq "x"',
      ])
        expect(await match(filter), `${path} ${filter}`).toBe('invalidFilter');
    }
  });

  test('rfc 97: conditions in brackets hold for one value, those beside each other for any', async () => {
    const { find, make } = await openLaboratory();
    const aliquots = (...parts: readonly object[]) => ({ aliquots: parts });
    await make(
      '/Samples',
      sample({
        number: 'one',
        ...aliquots({ value: 'a', cells: 5, places: ['x', 'y'] }, { value: 'b', cells: 9 }),
      }),
    );
    await make(
      '/Samples',
      sample({
        number: 'two',
        ...aliquots({ value: 'a', cells: 9 }, { value: 'b', cells: 5, type: 'test' }),
      }),
    );
    const match = async (filter: string) => {
      const { body } = await find('/Samples', { filter });
      return body.Resources.map(({ number }: { number: string }) => number).join(' ');
    };
    expect(await match('aliquots[value eq "a" and cells eq 9]')).toBe('two');
    expect(await match('aliquots.value eq "a" and aliquots.cells eq 9')).toBe('one two');
    expect(await match('aliquots[cells gt 5 and not (type pr)]')).toBe('one two');
    expect(await match('aliquots[type eq "TEST" or places eq "Y"]')).toBe('one two');
    expect(await match('aliquots[places co "x" and value sw "A"]')).toBe('one');
    expect(await match('aliquots eq "B"')).toBe('one two');
    expect(await match('not (aliquots[value eq "a" and cells lt 9])')).toBe('two');
    expect(await match('site[floor eq 1]')).toBe('');
  });

  test('rfc 96: a complex value is not compared as a whole', async () => {
    const { find } = await openLaboratory();
    for (const filter of [
      'site eq "x"',
      'vault ne "x"',
      'site gt 1',
      `${CUSTODY_URN}:meta eq "x"`,
      CUSTODY_URN,
    ])
      expect((await find('/Samples', { filter })).body.scimType, filter).toBe('invalidFilter');
  });
});

describe('sorting', () => {
  test.each(TYPES)('rfc 105: %s: by value, what has none last, and first when descending', async (type) => {
    const { ask } = await openScale(type);
    for (const { path, isMultiValued } of placesOf(type)) {
      const sorted = (sortOrder: string) => ask({ sortBy: path.toUpperCase(), sortOrder });
      // Of several values the first one counts; `both` begins with the least, and is younger than `low`.
      const least = isMultiValued ? ['low', 'both'] : ['low'];
      const absent = isMultiValued ? ['none'] : ['none', 'both'];
      expect(await sorted('ascending'), path).toEqual([...least, 'middle', 'high', ...absent]);
      expect(await sorted('descending'), path).toEqual([...absent, 'high', 'middle', ...least]);
    }
  });

  test.each(TYPES)('rfc 105, 110: %s: pages of two are the whole list', async (type) => {
    const { ask } = await openScale(type);
    for (const { path } of placesOf(type)) {
      const query = { sortBy: path, sortOrder: 'descending', count: '2' };
      const pages = [
        await ask(query),
        await ask({ ...query, startIndex: '3' }),
        await ask({ ...query, startIndex: '5' }),
      ];
      expect(pages.flat(), path).toEqual(await ask({ ...query, count: '100' }));
    }
  });

  test('rfc 105: of several values the primary one counts', async () => {
    const { find, make } = await openLaboratory();
    const rows = { one: [9, 1], two: [1, 5], three: [5, 9] };
    for (const [number, [first, second]] of Object.entries(rows))
      await make(
        '/Samples',
        sample({
          number,
          aliquots: [
            { value: 'a', cells: first },
            { value: 'b', cells: second, primary: true },
          ],
        }),
      );
    const { body } = await find('/Samples', { sortBy: 'aliquots.cells' });
    expect(body.Resources.map(({ number }: { number: string }) => number)).toEqual(['one', 'two', 'three']);
    const byValue = await find('/Samples', { sortBy: 'aliquots', sortOrder: 'descending' });
    expect(byValue.body.totalResults).toBe(3);
  });

  test('rfc 105, 175: ties stand in the order of their ids; cursors go through the same list', async () => {
    const { find, make } = await openLaboratory();
    const ids: string[] = [];
    for (const tubes of [2, 1, 2, undefined, 1, undefined])
      ids.push((await make('/Samples', sample({ tubes }))).body.id);
    const [a, b, c, d, e, f] = ids;
    const walk = async (sortOrder: string) => {
      const seen: string[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const { body }: { body: { Resources: { id: string }[]; nextCursor?: string } } = await find(
          '/Samples',
          {
            sortBy: 'tubes',
            sortOrder,
            count: '2',
            cursor,
          },
        );
        seen.push(...body.Resources.map(({ id }) => id));
        cursor = body.nextCursor;
      }
      return seen;
    };
    expect(await walk('ascending')).toEqual([b, e, a, c, d, f]);
    expect(await walk('descending')).toEqual([d, f, a, c, b, e]);
  });

  test('rfc 105: booleans too: false before true', async () => {
    const { find, make } = await openLaboratory();
    for (const sealed of [true, undefined, false])
      await make('/Samples', sample({ number: String(sealed), sealed }));
    const { body } = await find('/Samples', { sortBy: 'sealed' });
    expect(body.Resources.map(({ number }: { number: string }) => number)).toEqual([
      'false',
      'true',
      'undefined',
    ]);
  });
});
