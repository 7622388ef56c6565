import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import type { AttributeDefinition } from '../../src/index.ts';
import {
  attributesOf,
  BADGE_URN,
  CUSTODY_URN,
  openLaboratory,
  SAMPLE_URN,
  STORAGE_URN,
  sample,
} from '../support/laboratory.ts';
import { SEARCH_URN, user } from '../support/scim.ts';

// Each test makes many requests; on a busy machine they take their time.
vi.setConfig({ testTimeout: 30_000 });

/** `readOnlyDefault`, `immutableRequest` …: one attribute for every mutability and returned. */
const COMBINATIONS = attributesOf(SAMPLE_URN)
  .filter(({ name }) => /^(readOnly|readWrite|immutable|writeOnly)[A-Z]/.test(name))
  .map(({ name, mutability = 'readWrite', returned = 'default' }) => ({ name, mutability, returned }));

const combinations = (wanted: Partial<(typeof COMBINATIONS)[number]>) =>
  COMBINATIONS.filter((combination) =>
    Object.entries(wanted).every(([key, value]) => Reflect.get(combination, key) === value),
  );

/** A sample with every combination sent. */
const everything = (value: string) =>
  sample({ number: 'N1', ...Object.fromEntries(COMBINATIONS.map(({ name }) => [name, value])) });

/** Which combinations an answer shows. */
const shownIn = (body: object) => COMBINATIONS.filter(({ name }) => name in body).map(({ name }) => name);

const named = (...returned: string[]) =>
  COMBINATIONS.filter((combination) => returned.includes(combination.returned)).map(({ name }) => name);

test('there is a combination of every mutability and returned', () => {
  expect(COMBINATIONS).toHaveLength(13);
});

describe('returned', () => {
  test('rfc 62, 63, 64: by default what is returned always and by default, in GET, lists and searches', async () => {
    const { find, get, make, post } = await openLaboratory();
    const { path } = await make('/Samples', everything('sent'));
    const bodies = [
      (await get(path)).body,
      (await find('/Samples', {})).body.Resources[0],
      (await get('/Samples?cursor&count=5')).body.Resources[0],
      (await post('/Samples/.search', { schemas: [SEARCH_URN] })).body.Resources[0],
      (await post('/.search', { schemas: [SEARCH_URN] })).body.Resources[0],
    ];
    for (const body of bodies) expect(shownIn(body)).toEqual(named('always', 'default'));
  });

  test('rfc 64: what is returned on request is answered to the POST, PUT and PATCH that set it', async () => {
    const { get, make, patch, put } = await openLaboratory();
    const { body: created, path } = await make('/Samples', everything('sent'));
    const replaced = await put(path, everything('sent'));
    const patched = await patch(path, { op: 'replace', path: 'readWriteRequest', value: 'again' });
    const noPath = await patch(path, { op: 'replace', value: { READWRITEREQUEST: 'thrice' } });
    const untouched = await patch(path, { op: 'replace', path: 'remark', value: 'x' });

    expect(shownIn(created)).toEqual(named('always', 'default', 'request'));
    expect(shownIn(replaced.body)).toEqual(named('always', 'default', 'request'));
    expect([patched.body.readWriteRequest, noPath.body.readWriteRequest]).toEqual(['again', 'thrice']);
    for (const { body } of [patched, noPath]) {
      expect(body.immutableRequest).toBeUndefined();
      expect(shownIn(body)).toEqual(expect.arrayContaining(named('always', 'default')));
    }
    expect(shownIn(untouched.body)).toEqual(named('always', 'default'));
    expect(shownIn((await get(path)).body)).toEqual(named('always', 'default'));
  });

  test('rfc 64: so is a part of a value, and an attribute of an extension', async () => {
    const { get, make, patch, put } = await openLaboratory();
    const parts = {
      vault: { room: 'R1', hint: 'left' },
      locks: [{ value: 'a', hint: 'up' }, { value: 'b' }],
      [CUSTODY_URN]: { department: 'Chemistry', clearance: 'two', witnesses: [{ value: 'w', hint: 'tall' }] },
    };
    const { body: created, path } = await make('/Samples', sample({ number: 'N1', ...parts }));
    const replaced = await put(path, sample({ number: 'N1', ...parts }));
    const hint = await patch(path, { op: 'add', path: 'vault.hint', value: 'right' });
    const locks = await patch(path, { op: 'replace', path: 'locks[value eq "b"].hint', value: 'down' });
    const custody = await patch(path, { op: 'replace', path: CUSTODY_URN, value: { Clearance: 'three' } });
    const clearance = await patch(path, { op: 'replace', path: `${CUSTODY_URN}:clearance`, value: 'four' });
    const { body: read } = await get(path);

    expect(created).toMatchObject(parts);
    expect(replaced.body).toMatchObject(parts);
    expect(hint.body.vault.hint).toBe('right');
    expect(locks.body.locks).toEqual([
      { value: 'a', hint: 'up' },
      { value: 'b', hint: 'down' },
    ]);
    expect([custody.body[CUSTODY_URN].clearance, clearance.body[CUSTODY_URN].clearance]).toEqual([
      'three',
      'four',
    ]);
    expect(hint.body[CUSTODY_URN].clearance).toBeUndefined();
    expect(read.vault).toEqual({ room: 'R1' });
    expect(read.locks).toEqual([{ value: 'a' }, { value: 'b' }]);
    expect(read[CUSTODY_URN]).toEqual({ department: 'Chemistry', witnesses: [{ value: 'w' }] });
    const asked = await get(`${path}?attributes=vault.hint,locks.hint,${CUSTODY_URN}:clearance`);
    expect(asked.body.vault).toEqual({ hint: 'right' });
    expect(asked.body.locks).toEqual([{ hint: 'up' }, { hint: 'down' }]);
    expect(asked.body[CUSTODY_URN]).toEqual({ clearance: 'four' });
  });

  test('rfc 62, 63, 64: attributes shows what it names and what is returned always, whatever the method', async () => {
    const { find, get, make, patch, post, put } = await openLaboratory();
    const { path } = await make('/Samples', everything('sent'));
    for (const { name, returned } of COMBINATIONS) {
      const expected = COMBINATIONS.filter(
        (one) => one.returned === 'always' || (one.name === name && returned !== 'never'),
      ).map((one) => one.name);
      const query = `?attributes=${name.toUpperCase()}`;
      const bodies = [
        (await get(path + query)).body,
        (await find('/Samples', { attributes: name })).body.Resources[0],
        (await post('/Samples/.search', { schemas: [SEARCH_URN], attributes: [name] })).body.Resources[0],
        (await post(`/Samples${query}`, { ...everything('sent'), number: `of ${name}` })).body,
        (await put(path + query, everything('sent'))).body,
        (await patch(path + query, { op: 'replace', path: 'remark', value: name })).body,
      ];
      for (const body of bodies) {
        expect(shownIn(body), name).toEqual(expected);
        expect([body.id, body.schemas.length, body.number]).toEqual([expect.any(String), 2, undefined]);
      }
    }
  });

  test('rfc 62, 63, 111: excludedAttributes leaves out all but what is returned always, whatever the method', async () => {
    const { find, get, make, patch, post, put } = await openLaboratory();
    const { path } = await make('/Samples', everything('sent'));
    for (const { name } of COMBINATIONS) {
      const remains = (...returned: string[]) =>
        COMBINATIONS.filter(
          (one) => returned.includes(one.returned) && (one.name !== name || one.returned === 'always'),
        ).map((one) => one.name);
      const query = `?excludedAttributes=${name}`;
      const reads = [
        (await get(path + query)).body,
        (await find('/Samples', { excludedAttributes: name })).body.Resources[0],
        (await post('/Samples/.search', { schemas: [SEARCH_URN], excludedAttributes: [name] })).body
          .Resources[0],
        (await patch(path + query, { op: 'replace', path: 'remark', value: name })).body,
      ];
      const writes = [
        (await post(`/Samples${query}`, { ...everything('sent'), number: `of ${name}` })).body,
        (await put(path + query, everything('sent'))).body,
      ];
      for (const body of reads) expect(shownIn(body), name).toEqual(remains('always', 'default'));
      for (const body of writes) expect(shownIn(body), name).toEqual(remains('always', 'default', 'request'));
    }
  });

  test('rfc 62, 112: parts that are returned always stay with their value', async () => {
    const { get, make } = await openLaboratory();
    const vault = { room: 'R1', lot: 'L', pin: '1234', code: '99' };
    const custody = { department: 'Chemistry', chain: 'kept' };
    const { path } = await make(
      '/Samples',
      sample({ vault, locks: [{ value: 'a', lot: 'M' }], [CUSTODY_URN]: custody }),
    );
    const show = async (query: string) => (await get(`${path}?${query}`)).body;

    expect((await show('attributes=vault.room')).vault).toEqual({ room: 'R1', lot: 'L' });
    expect((await show('excludedAttributes=vault.room,vault.lot')).vault).toEqual({ lot: 'L' });
    expect((await show('attributes=locks.value')).locks).toEqual([{ value: 'a', lot: 'M' }]);
    expect((await show('attributes=number'))[CUSTODY_URN]).toEqual({ chain: 'kept' });
    expect((await show(`excludedAttributes=${CUSTODY_URN}`))[CUSTODY_URN]).toEqual({ chain: 'kept' });
    expect((await show(`attributes=${CUSTODY_URN}`))[CUSTODY_URN]).toEqual(custody);
  });
});

describe('hidden values', () => {
  const PATHS = [...named('never'), 'vault.code', 'vault.pin', 'locks.code', `${CUSTODY_URN}:signature`];

  test('rfc 61, 63: they are in no answer, even when they are asked for', async () => {
    const { find, get, make, patch, put } = await openLaboratory();
    const secret = 'open sesame';
    const hidden = {
      ...Object.fromEntries(named('never').map((name) => [name, secret])),
      vault: { room: 'R1', code: secret, pin: secret },
      locks: [{ value: 'a', code: secret }, { code: secret }],
      [CUSTODY_URN]: { department: 'Chemistry', signature: secret },
    };
    const body = sample({ number: 'N1', ...hidden });
    const { text, path } = await make('/Samples', body);
    const asked = PATHS.join(',');
    const answers = [
      await put(path, body),
      await patch(path, { op: 'replace', path: 'writeOnlyNever', value: `${secret}!` }),
      await get(path),
      await get(`${path}?attributes=${asked}`),
      await find('/Samples', { attributes: asked }),
    ];
    for (const answer of [text, ...answers.map((answer) => answer.text)])
      expect(answer).not.toContain(secret);
  });

  test('rfc 61, 100: no filter and no order finds out about them', async () => {
    const { find, make } = await openLaboratory();
    await make('/Samples', sample({ writeOnlyNever: 'b', vault: { code: 'b', pin: 'b' } }));
    await make('/Samples', sample({ writeOnlyNever: 'a', vault: { code: 'a', pin: 'a' } }));
    const unsorted = (await find('/Samples', {})).body.Resources;
    for (const path of PATHS) {
      for (const filter of [`${path} eq "a"`, `${path} pr`, `${path} ne null`, `not (${path} sw "a")`]) {
        const { status, body } = await find('/Samples', { filter });
        expect([status, body.scimType], filter).toEqual([400, 'invalidFilter']);
      }
      for (const sortOrder of ['ascending', 'descending'])
        expect((await find('/Samples', { sortBy: path, sortOrder })).body.Resources, path).toEqual(unsorted);
    }
    for (const filter of ['vault[code eq "a"]', 'vault[pin pr]', 'locks[code eq "a" and value pr]'])
      expect((await find('/Samples', { filter })).body.scimType, filter).toBe('invalidFilter');
  });

  test('rfc 61, 98: a value of hidden parts alone is not present', async () => {
    const { find, make } = await openLaboratory();
    const { body } = await make('/Samples', sample({ vault: { code: 'x' }, locks: [{ code: 'y' }] }));
    expect([body.vault, body.locks]).toEqual([undefined, undefined]);
    for (const path of ['vault', 'locks'])
      expect((await find('/Samples', { filter: `${path} pr` })).body.totalResults, path).toBe(0);
    expect((await find('/Samples', { filter: 'locks[not (value pr)]' })).body.totalResults).toBe(0);
  });
});

describe('mutability', () => {
  test('rfc 25, 59: readOnly is ignored on POST and PUT, and refused in a path of PATCH', async () => {
    const { get, make, patch, put } = await openLaboratory();
    const { path } = await make('/Samples', everything('sent'));
    await put(path, everything('sent'));
    for (const { name, returned } of combinations({ mutability: 'readOnly' })) {
      for (const op of ['add', 'replace', 'remove']) {
        const { status, body } = await patch(path, { op, path: name, value: 'mine' });
        expect([status, body.scimType], `${op} ${name}`).toEqual([400, 'mutability']);
      }
      const { body } = await get(`${path}?attributes=${name}`);
      expect(body[name]).toBe(returned === 'never' ? undefined : 'set by the server');
    }
    for (const target of ['vault.stamp', 'groups', 'groups[value eq "x"]', 'meta.version', 'id', 'schemas'])
      expect((await patch(path, { op: 'replace', path: target, value: 'x' })).body.scimType, target).toBe(
        'mutability',
      );
  });

  test('rfc 59: in a value of PATCH readOnly is ignored in compat, and refused in strict', async () => {
    const lenient = await openLaboratory();
    const strict = await openLaboratory('strict');
    const value = { readOnlyDefault: 'mine', remark: 'x' };
    const one = await lenient.make('/Samples', sample());
    const other = await strict.make('/Samples', sample());

    const ignored = await lenient.patch(one.path, { op: 'replace', value });
    const refused = await strict.patch(other.path, { op: 'replace', value });

    expect(ignored.body).toMatchObject({ remark: 'x', readOnlyDefault: 'set by the server' });
    expect([refused.status, refused.body.scimType]).toEqual([400, 'mutability']);
    expect((await strict.get(other.path)).body).toEqual(other.body);
  });

  test('rfc 60, 117: immutable is set once, by POST, PUT or PATCH, and then stays', async () => {
    const { make, patch, put } = await openLaboratory();
    for (const { name } of combinations({ mutability: 'immutable' })) {
      const number = `of ${name}`;
      const { path } = await make('/Samples', sample({ number, [name]: 'first' }));
      const refused = [
        await put(path, sample({ number, [name]: 'second' })),
        await put(path, sample({ number })),
        await patch(path, { op: 'replace', path: name, value: 'second' }),
        await patch(path, { op: 'add', value: { [name]: 'second' } }),
        await patch(path, { op: 'remove', path: name }),
      ];
      for (const { status, body } of refused)
        expect([status, body.scimType], name).toEqual([400, 'mutability']);
      expect((await put(path, sample({ number, [name]: 'first' }))).status).toBe(200);
      expect((await patch(path, { op: 'add', path: name, value: 'first' })).status).toBe(200);

      const byPut = await make('/Samples', sample({ number: `${number} 2` }));
      expect((await put(byPut.path, sample({ number: `${number} 2`, [name]: 'late' }))).status).toBe(200);
      expect((await patch(byPut.path, { op: 'replace', path: name, value: 'later' })).body.scimType).toBe(
        'mutability',
      );
      const byPatch = await make('/Samples', sample({ number: `${number} 3` }));
      expect((await patch(byPatch.path, { op: 'add', path: name, value: 'late' })).status).toBe(200);
      expect(
        (await put(byPatch.path, sample({ number: `${number} 3`, [name]: 'later' }))).body.scimType,
      ).toBe('mutability');
    }
  });

  test('rfc 60: so is an immutable part, as long as its value is there, and one of an extension', async () => {
    const { make, patch, put } = await openLaboratory();
    const custody = { department: 'Chemistry', stamp: 'first' };
    const body = {
      number: 'N1',
      vault: { mark: 'first' },
      locks: [{ value: 'a', mark: 'first' }],
      [CUSTODY_URN]: custody,
    };
    const { path } = await make('/Samples', sample(body));
    const refused = [
      await patch(path, { op: 'replace', path: 'vault.mark', value: 'second' }),
      await patch(path, { op: 'remove', path: 'vault.mark' }),
      await patch(path, { op: 'add', path: 'vault', value: { mark: 'second' } }),
      await patch(path, { op: 'replace', path: 'locks[value eq "a"].mark', value: 'second' }),
      await patch(path, { op: 'replace', path: `${CUSTODY_URN}:stamp`, value: 'second' }),
      await patch(path, { op: 'remove', path: `${CUSTODY_URN}:stamp` }),
      await put(path, sample({ ...body, vault: { mark: 'second' } })),
      await put(path, sample({ ...body, [CUSTODY_URN]: { ...custody, stamp: 'second' } })),
    ];
    for (const { status, body: error } of refused)
      expect([status, error.scimType]).toEqual([400, 'mutability']);
    await patch(path, { op: 'replace', path: 'vault.room', value: 'R2' }, { op: 'remove', path: 'vault' });
    const changed = await patch(path, { op: 'add', path: 'vault', value: { mark: 'second' } });
    expect(changed.body.vault).toEqual({ mark: 'second' });
  });

  test('rfc 61, 116: writeOnly stays when PUT leaves it out, as who has read it has to; null takes it away', async () => {
    const { file, get, make, put } = await openLaboratory();
    const hidden = {
      writeOnlyNever: 'a',
      vault: { room: 'R1', code: 'b' },
      locks: [
        { value: 'x', code: 'c' },
        { value: 'y', code: 'd' },
      ],
      [CUSTODY_URN]: { department: 'Chemistry', signature: 'e' },
    };
    const { path } = await make('/Samples', sample({ number: 'N1', ...hidden }));
    const readStored = () => {
      const handle = new DatabaseSync(file, { readOnly: true });
      const row = handle
        .prepare("SELECT attributes FROM scim_resources WHERE resource_type = 'Sample'")
        .get();
      handle.close();
      const { writeOnlyNever, vault, locks, [CUSTODY_URN]: custody } = JSON.parse(String(row?.attributes));
      return { writeOnlyNever, vault, locks, [CUSTODY_URN]: custody };
    };

    expect((await put(path, (await get(path)).body)).status).toBe(200);
    expect(readStored()).toEqual(hidden);
    const cleared = { vault: { room: 'R1', CODE: null }, locks: [{ value: 'y' }], WRITEONLYNEVER: null };
    expect((await put(path, sample({ number: 'N1', ...cleared }))).status).toBe(200);
    expect(readStored()).toEqual({
      writeOnlyNever: undefined,
      vault: { room: 'R1' },
      locks: [{ value: 'y', code: 'd' }],
      [CUSTODY_URN]: { department: 'Chemistry', signature: 'e' },
    });
  });

  test('rfc 116: readWrite is replaced, and what PUT leaves out is gone', async () => {
    const { get, make, put } = await openLaboratory();
    const { path } = await make(
      '/Samples',
      sample({ number: 'N1', readWriteDefault: 'a', site: { floor: 1, note: 'x' } }),
    );
    const replaced = await put(path, sample({ number: 'N1', site: { floor: 2 } }));
    expect(replaced.body.site).toEqual({ floor: 2 });
    expect(replaced.body.readWriteDefault).toBeUndefined();
    expect((await get(path)).body).toEqual(replaced.body);
  });
});

/** A unique attribute, with a value, other spellings of the same value, and values that differ. */
interface Unique {
  readonly name: string;
  readonly toBody: (value: unknown) => object;
  readonly path: string;
  readonly value: unknown;
  readonly same: readonly unknown[];
  readonly different: readonly unknown[];
}

const own = (name: string) => ({ name, path: name, toBody: (value: unknown) => ({ [name]: value }) });

const UNIQUE: readonly Unique[] = [
  { ...own('number'), value: 'Ab-ς', same: ['aB-Σ', 'AB-σ'], different: ['Ab', 'Ab-ς '] },
  { ...own('sealNumber'), value: 'Ab', same: [], different: ['AB', 'ab'] },
  { ...own('runNumber'), value: 7, same: [7.0], different: [-7, 77] },
  { ...own('dose'), value: 1.5, same: [15e-1], different: [1.25, 15] },
  {
    ...own('registeredAt'),
    value: '2026-01-01T00:00:00Z',
    same: ['2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00.000'],
    different: ['2026-01-01T00:00:00.000000001Z'],
  },
  { ...own('permit'), value: '/permits/A', same: [], different: ['/permits/a'] },
  { ...own('fingerprint'), value: 'QUJD', same: [], different: ['qujd'] },
  {
    name: 'site.bench',
    path: 'site.bench',
    toBody: (value) => ({ site: { bench: value } }),
    value: 'North',
    same: ['NORTH'],
    different: ['South'],
  },
  {
    name: 'id of an extension',
    path: `${CUSTODY_URN}:id`,
    toBody: (value) => ({ [CUSTODY_URN]: { department: 'Chemistry', id: value } }),
    value: 'C-1',
    same: [],
    different: ['c-1'],
  },
];

describe('uniqueness', () => {
  test('every unique attribute is in the table', () => {
    const isUnique = ({ uniqueness = 'none' }: AttributeDefinition) => uniqueness !== 'none';
    const paths = [SAMPLE_URN, CUSTODY_URN, STORAGE_URN].flatMap((urn) =>
      attributesOf(urn).flatMap((attribute) => [
        ...[attribute].filter(isUnique).map(({ name }) => (urn === SAMPLE_URN ? name : `${urn}:${name}`)),
        ...(attribute.subAttributes ?? []).filter(isUnique).map(({ name }) => `${attribute.name}.${name}`),
      ]),
    );
    expect(UNIQUE.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
  });

  test.each(UNIQUE)(
    'rfc 65, 80: $name: a value that is taken is 409 on POST, PUT and PATCH',
    async (unique) => {
      const { find, get, make, patch, post, put, remove } = await openLaboratory();
      const first = await make('/Samples', sample(unique.toBody(unique.value)));
      const second = await make('/Samples', sample());
      const { body: before } = await get(second.path);
      for (const value of [unique.value, ...unique.same]) {
        const answers = [
          await post('/Samples', sample(unique.toBody(value))),
          await put(second.path, sample({ number: before.number, ...unique.toBody(value) })),
          await patch(second.path, { op: 'replace', path: unique.path, value }),
          await patch(
            second.path,
            { op: 'add', path: 'remark', value: 'x' },
            { op: 'add', value: unique.toBody(value) },
          ),
        ];
        for (const { status, body } of answers)
          expect([status, body.scimType], String(value)).toEqual([409, 'uniqueness']);
      }
      expect((await get(second.path)).body).toEqual(before);
      expect((await find('/Samples', {})).body.totalResults).toBe(2);

      // Its own value is no conflict, neither is another's after it has gone.
      expect(
        (await patch(first.path, { op: 'replace', path: unique.path, value: unique.value })).status,
      ).toBe(200);
      await remove(first.path);
      expect(
        (await patch(second.path, { op: 'replace', path: unique.path, value: unique.value })).status,
      ).toBe(200);
    },
  );

  test.each(UNIQUE)(
    'rfc 57, 58, 65: $name: values that differ are no conflict',
    async ({ toBody, value, different }) => {
      const { make } = await openLaboratory();
      await make('/Samples', sample(toBody(value)));
      for (const other of different) await make('/Samples', sample(toBody(other)));
    },
  );

  test.each(UNIQUE)(
    'rfc 65, 209: $name: of many at once, one gets the value',
    async ({ toBody, path, value }) => {
      const { make, patch, post } = await openLaboratory();
      const others = await Promise.all([1, 2, 3].map(() => make('/Samples', sample())));
      const answers = await Promise.all([
        ...[1, 2, 3].map(() => post('/Samples', sample(toBody(value)))),
        ...others.map((other) => patch(other.path, { op: 'replace', path, value })),
      ]);
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status < 300)).toHaveLength(1);
      expect(statuses.filter((status) => status === 409)).toHaveLength(5);
    },
  );

  test.each(UNIQUE)(
    'rfc 65, 161: $name: another customer has values of its own',
    async ({ toBody, value }) => {
      const { make, openOther } = await openLaboratory();
      const ask = await openOther();
      await make('/Samples', sample(toBody(value)));
      expect((await ask('/Samples', 'POST', sample(toBody(value)))).status).toBe(201);
      expect((await ask('/Samples', 'POST', sample(toBody(value)))).status).toBe(409);
    },
  );

  test('rfc 65: so it is for an extension of User; resources without a value never conflict', async () => {
    const { make, post } = await openLaboratory();
    const badge = (serial?: string) => ({ [BADGE_URN]: { colour: 'red', ...(serial && { serial }) } });
    await make('/Users', user('ann', badge('A')));
    await make('/Users', user('bob', badge()));
    await make('/Users', user('cid', badge()));
    expect((await post('/Users', user('dee', badge('A')))).status).toBe(409);
  });
});

describe('case', () => {
  /** Text attributes, wherever they are, and whether their case matters. */
  const TEXTS: readonly (readonly [path: string, isExact: boolean, toBody: (value: string) => object])[] = [
    ['remark', false, (value) => ({ remark: value })],
    ['label', false, (value) => ({ label: value })],
    ['batch-code', true, (value) => ({ 'batch-code': value })],
    ['sealNumber', true, (value) => ({ sealNumber: value })],
    ['tags', false, (value) => ({ tags: ['other', value] })],
    ['shelf_codes', true, (value) => ({ shelf_codes: ['other', value] })],
    ['site.note', false, (value) => ({ site: { note: value } })],
    ['site.code', true, (value) => ({ site: { code: value } })],
    ['aliquots.display', false, (value) => ({ aliquots: [{ value: 'a', display: value }] })],
    ['aliquots.barcode', true, (value) => ({ aliquots: [{ value: 'a', barcode: value }] })],
    [`${CUSTODY_URN}:chain`, false, (value) => ({ [CUSTODY_URN]: { department: 'C', chain: value } })],
    [`${CUSTODY_URN}:id`, true, (value) => ({ [CUSTODY_URN]: { department: 'C', id: value } })],
  ];

  test.each(TEXTS)(
    'rfc 57, 58: %s is kept as it was sent and compared as declared (exact: %s)',
    async (path, isExact, toBody) => {
      const { find, make } = await openLaboratory();
      const { body } = await make('/Samples', sample(toBody('Grün-Α')));
      expect(body).toMatchObject(toBody('Grün-Α'));
      const matches = async (filter: string) => (await find('/Samples', { filter })).body.totalResults;
      for (const [operator, value] of [
        ['eq', 'GRÜN-α'],
        ['sw', 'gRÜN'],
        ['co', 'ÜN-'],
        ['ew', '-α'],
      ]) {
        expect(await matches(`${path} ${operator} "${value}"`), `${operator} ${value}`).toBe(isExact ? 0 : 1);
      }
      for (const filter of ['eq "Grün-Α"', 'sw "Gr"', 'co "ün-"', 'ew "-Α"'])
        expect(await matches(`${path} ${filter}`), filter).toBe(1);
    },
  );
});
