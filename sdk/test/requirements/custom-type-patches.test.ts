import { describe, expect, test, vi } from 'vitest';
import { CUSTODY_URN, openLaboratory, STORAGE_URN, sample } from '../support/laboratory.ts';

// Each test makes many requests; on a busy machine they take their time.
vi.setConfig({ testTimeout: 30_000 });

/** Two values of each type, and the attributes that take one and several. */
const TYPES = [
  { type: 'string', one: 'remark', many: 'tags', part: 'note', values: ['a', 'b'] },
  { type: 'boolean', one: 'sealed', many: 'checks', part: 'cold', values: [true, false] },
  { type: 'integer', one: 'tubes', many: 'counts', part: 'floor', values: [1, 2] },
  { type: 'decimal', one: 'mass', many: 'readings', part: 'area', values: [0.5, 1.5] },
  {
    type: 'dateTime',
    one: 'takenAt',
    many: 'seenAt',
    part: 'builtAt',
    values: ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
  },
  { type: 'binary', one: 'scan', many: 'images', part: 'plan', values: ['QQ==', 'Qg=='] },
  { type: 'reference', one: 'origin', many: 'links', part: 'map', values: ['/a', '/b'] },
] as const;

describe.each(TYPES)('PATCH of $type', ({ one, many, part, values: [first, second] }) => {
  test('rfc 129, 131, 134: one value: add and replace set it, remove unassigns it', async () => {
    const { get, make, patch } = await openLaboratory();
    const { path } = await make('/Samples', sample());
    const values: unknown[] = [];
    for (const operation of [
      { op: 'add', path: one, value: first },
      { op: 'add', path: one, value: second },
      { op: 'replace', path: one, value: first },
      { op: 'replace', value: { [one]: second } },
      { op: 'remove', path: one },
      { op: 'replace', path: one, value: first },
      { op: 'add', path: one, value: null },
    ])
      values.push((await patch(path, operation)).body[one]);

    expect(values).toEqual([first, second, first, second, undefined, first, undefined]);
    expect((await get(path)).body[one]).toBeUndefined();
  });

  test('rfc 129, 132, 134: several values: add appends, replace exchanges, remove empties', async () => {
    const { get, make, patch } = await openLaboratory();
    const { path } = await make('/Samples', sample());
    const values: unknown[] = [];
    for (const operation of [
      { op: 'add', path: many, value: [first] },
      { op: 'add', path: many, value: [second, first] },
      { op: 'replace', path: many, value: [second] },
      { op: 'add', value: { [many]: [first] } },
      { op: 'remove', path: many },
      { op: 'replace', value: { [many]: [first, second] } },
      { op: 'replace', path: many, value: [] },
    ])
      values.push((await patch(path, operation)).body[many]);

    expect(values).toEqual([
      [first],
      [first, second],
      [second],
      [second, first],
      undefined,
      [first, second],
      undefined,
    ]);
    expect((await get(path)).body[many]).toBeUndefined();
  });

  test('rfc 129, 132, 134: a part of one value: others stay, and the last to go takes the value along', async () => {
    const { make, patch } = await openLaboratory();
    const { path } = await make('/Samples', sample({ site: { bench: 'North' } }));
    const values: unknown[] = [];
    for (const operation of [
      { op: 'add', path: `site.${part}`, value: first },
      { op: 'replace', path: 'site', value: { [part]: second } },
      { op: 'remove', path: 'site.bench' },
      { op: 'add', path: 'site', value: { [part]: first } },
      { op: 'remove', path: `site.${part}` },
      { op: 'replace', path: `site.${part}`, value: second },
      { op: 'remove', path: 'site' },
    ])
      values.push((await patch(path, operation)).body.site);

    expect(values).toEqual([
      { bench: 'North', [part]: first },
      { bench: 'North', [part]: second },
      { [part]: second },
      { [part]: first },
      undefined,
      { [part]: second },
      undefined,
    ]);
  });

  test('rfc 130: what is there already changes nothing, nor the version', async () => {
    const { make, patch } = await openLaboratory();
    const { path, body } = await make(
      '/Samples',
      sample({ [one]: first, [many]: [first], site: { [part]: first } }),
    );
    for (const operation of [
      { op: 'add', path: one, value: first },
      { op: 'replace', path: one, value: first },
      { op: 'add', path: many, value: [first] },
      { op: 'replace', path: many, value: [first] },
      { op: 'add', path: `site.${part}`, value: first },
      { op: 'replace', path: 'site', value: { [part]: first } },
    ])
      expect((await patch(path, operation)).body.meta, JSON.stringify(operation)).toEqual(body.meta);
  });
});

describe('PATCH of several complex values', () => {
  const aliquots = [
    { value: 'a', type: 'test', cells: 5, places: ['x'] },
    { value: 'b', type: 'reserve', cells: 9, primary: true },
  ];
  const open = async () => {
    const { get, make, patch } = await openLaboratory();
    const { path } = await make('/Samples', sample({ aliquots }));
    return {
      apply: async (...operations: readonly object[]) => {
        const answer = await patch(path, ...operations);
        expect(answer.status, answer.text).toBe(200);
        expect((await get(path)).body).toEqual(answer.body);
        return answer.body.aliquots;
      },
      refuse: async (operation: object) => {
        const { status, body } = await patch(path, operation);
        expect((await get(path)).body.aliquots).toEqual(aliquots);
        return [status, body.scimType];
      },
    };
  };
  const [a, b] = aliquots;

  test('rfc 129: add appends, and completes a value that is there', async () => {
    const { apply } = await open();
    expect(await apply({ op: 'add', path: 'aliquots', value: [{ value: 'c' }] })).toEqual([
      a,
      b,
      { value: 'c' },
    ]);
    const added = { op: 'add', path: 'aliquots', value: [{ value: 'a', type: 'test', barcode: 'A1' }] };
    expect(await apply(added)).toEqual([{ ...a, barcode: 'A1' }, b, { value: 'c' }]);
  });

  test('rfc 127: a new primary value ends the other one’s', async () => {
    const { apply } = await open();
    const added = { op: 'add', path: 'aliquots', value: [{ value: 'c', primary: true }] };
    expect(await apply(added)).toEqual([a, { ...b, primary: false }, { value: 'c', primary: true }]);
    expect(await apply({ op: 'replace', path: 'aliquots[value eq "a"].primary', value: true })).toEqual([
      { ...a, primary: true },
      { ...b, primary: false },
      { value: 'c', primary: false },
    ]);
  });

  test('rfc 132, 136: a filter chooses the values that are changed, in whole or in part', async () => {
    for (const [filter, changesA, changesB] of [
      ['value eq "A"', true, false],
      ['cells gt 4', true, true],
      ['cells gt 5 and type sw "res"', false, true],
      ['not (primary eq true)', true, false],
      ['places eq "x" or value eq "none"', true, false],
    ] as const) {
      const { apply } = await open();
      const change = (value: object | undefined, isChanged: boolean, parts: object) =>
        isChanged ? { ...value, ...parts } : value;
      const path = `aliquots[${filter}]`;
      expect(await apply({ op: 'replace', path: `${path}.volume`, value: 1.5 }), filter).toEqual([
        change(a, changesA, { volume: 1.5 }),
        change(b, changesB, { volume: 1.5 }),
      ]);
      expect(await apply({ op: 'add', path, value: { display: 'x' } }), filter).toEqual([
        change(a, changesA, { volume: 1.5, display: 'x' }),
        change(b, changesB, { volume: 1.5, display: 'x' }),
      ]);
      await apply({ op: 'remove', path: `${path}.display` }, { op: 'remove', path: `${path}.volume` });
      const rest = [...(changesA ? [] : [a]), ...(changesB ? [] : [b])];
      expect(await apply({ op: 'remove', path }), filter).toEqual(rest.length === 0 ? undefined : rest);
    }
  });

  test('rfc 129, 132: a list inside of a value: add appends, replace exchanges, remove empties', async () => {
    const { apply } = await open();
    const path = 'aliquots[value eq "a"].places';
    expect((await apply({ op: 'add', path, value: ['y', 'x'] }))[0].places).toEqual(['x', 'y']);
    expect((await apply({ op: 'replace', path, value: ['z'] }))[0].places).toEqual(['z']);
    expect((await apply({ op: 'remove', path }))[0]).toEqual({ value: 'a', type: 'test', cells: 5 });
  });

  test('rfc 134, 135: replace takes the whole list, and needs a match where there is a filter', async () => {
    const { apply, refuse } = await open();
    const missing = { op: 'replace', path: 'aliquots[value sw "zz"].cells', value: 1 };
    expect(await refuse(missing)).toEqual([400, 'noTarget']);
    expect(await apply({ op: 'replace', path: 'aliquots', value: [{ value: 'z' }] })).toEqual([
      { value: 'z' },
    ]);
    expect(await apply({ op: 'remove', path: 'aliquots[value eq "none"]' })).toEqual([{ value: 'z' }]);
    expect(await apply({ op: 'replace', path: 'aliquots', value: [] })).toBeUndefined();
  });

  test('rfc 123, 124: faults in path and value are named as such, and nothing changes', async () => {
    const { refuse } = await open();
    for (const [operation, scimType] of [
      [{ op: 'replace', path: 'aliquots[cells gt 5', value: {} }, 'invalidPath'],
      [{ op: 'replace', path: 'aliquots[cells co 5].cells', value: 1 }, 'invalidPath'],
      [{ op: 'replace', path: 'tags[value eq "a"]', value: 'b' }, 'invalidPath'],
      [{ op: 'replace', path: 'aliquots[value eq "a"].cells', value: 'five' }, 'invalidValue'],
      [{ op: 'replace', path: 'aliquots[value eq "a"].frozenAt', value: 'now' }, 'invalidValue'],
      [{ op: 'add', path: 'aliquots', value: [{ cells: 1 }] }, 'invalidValue'],
      [{ op: 'add', path: 'aliquots', value: [{ value: 'a', cells: 1.5 }] }, 'invalidValue'],
      [{ op: 'remove', path: 'purposes' }, 'mutability'],
      [{ op: 'remove', path: 'number' }, 'mutability'],
      [{ op: 'add' }, 'invalidValue'],
      [{ op: 'remove' }, 'noTarget'],
    ] as const)
      expect(await refuse(operation), JSON.stringify(operation)).toEqual([400, scimType]);
  });
});

describe('PATCH of extensions', () => {
  test('rfc 99, 128, 129: by URN, by name below it, and in a value without a path', async () => {
    const { get, make, patch } = await openLaboratory();
    const { path } = await make('/Samples', sample());
    const storage: unknown[] = [];
    for (const operations of [
      [{ op: 'add', path: STORAGE_URN, value: { room: 'R1', shelf: 1 } }],
      [{ op: 'replace', path: `${STORAGE_URN}:shelf`, value: 2 }],
      [{ op: 'add', path: `${STORAGE_URN}:box`, value: { colour: 'red' } }],
      [{ op: 'add', path: `${STORAGE_URN}:box.slots`, value: 81 }],
      [{ op: 'replace', value: { [STORAGE_URN]: { temperature: -79.5, positions: ['A1'] } } }],
      [{ op: 'add', path: `${STORAGE_URN}:positions`, value: ['A2'] }],
      [
        { op: 'remove', path: `${STORAGE_URN}:box` },
        { op: 'remove', path: `${STORAGE_URN}:positions` },
        { op: 'replace', path: STORAGE_URN, value: { room: 'R2', shelf: null } },
      ],
      [{ op: 'remove', path: STORAGE_URN }],
    ]) {
      const { body } = await patch(path, ...operations);
      storage.push(body[STORAGE_URN]);
      expect((await get(path)).body).toEqual(body);
    }
    expect(storage).toEqual([
      { room: 'R1', shelf: 1 },
      { room: 'R1', shelf: 2 },
      { room: 'R1', shelf: 2, box: { colour: 'red' } },
      { room: 'R1', shelf: 2, box: { colour: 'red', slots: 81 } },
      { room: 'R1', shelf: 2, box: { colour: 'red', slots: 81 }, temperature: -79.5, positions: ['A1'] },
      {
        room: 'R1',
        shelf: 2,
        box: { colour: 'red', slots: 81 },
        temperature: -79.5,
        positions: ['A1', 'A2'],
      },
      { room: 'R2', temperature: -79.5 },
      undefined,
    ]);
  });

  test('rfc 99, 136: a filter chooses values of an extension', async () => {
    const { make, patch } = await openLaboratory();
    const witnesses = [{ value: 'Ann', type: 'first' }, { value: 'Bob' }];
    const { path } = await make('/Samples', sample({ [CUSTODY_URN]: { department: 'C', witnesses } }));
    const target = `${CUSTODY_URN}:witnesses`;
    const changed = await patch(
      path,
      { op: 'replace', path: `${target}[value eq "bob"].type`, value: 'second' },
      { op: 'remove', path: `${target}[type eq "first"]` },
    );
    expect(changed.body[CUSTODY_URN].witnesses).toEqual([{ value: 'Bob', type: 'second' }]);
  });

  test('rfc 125: a fault in the last of many operations leaves nothing of the others', async () => {
    const { get, make, patch } = await openLaboratory();
    const taken = sample({ runNumber: 7 });
    await make('/Samples', taken);
    const { path, body } = await make(
      '/Samples',
      sample({ tags: ['x'], site: { bench: 'North', floor: 1 } }),
    );
    const before = [
      { op: 'add', path: 'tags', value: ['y'] },
      { op: 'remove', path: 'site.bench' },
      { op: 'add', path: `${STORAGE_URN}:room`, value: 'R1' },
      { op: 'replace', path: 'aliquots', value: [{ value: 'a' }] },
    ];
    for (const [last, status] of [
      [{ op: 'replace', path: 'runNumber', value: 7 }, 409],
      [{ op: 'replace', path: 'number', value: taken.number }, 409],
      [{ op: 'remove', path: `${STORAGE_URN}:room` }, 400],
      [{ op: 'replace', path: 'tubes', value: 'many' }, 400],
      [{ op: 'replace', path: 'readOnlyDefault', value: 'x' }, 400],
    ] as const) {
      expect((await patch(path, ...before, last)).status, JSON.stringify(last)).toBe(status);
      expect((await get(path)).body).toEqual(body);
    }
  });
});
