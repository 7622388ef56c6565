import { describe, expect, test, vi } from 'vitest';
import type { AttributeDefinition, ResourceTypeDefinition } from '../../src/index.ts';
import {
  attributesOf,
  BADGE_URN,
  CUSTODY_URN,
  laboratory,
  openLaboratory,
  openWith,
  SAMPLE_URN,
  STORAGE_URN,
  sample,
} from '../support/laboratory.ts';
import {
  BASE,
  ENTERPRISE_URN,
  GROUP_URN,
  openScim,
  patch as patchOf,
  send,
  USER_URN,
  user,
} from '../support/scim.ts';

// Each test makes many requests; on a busy machine they take their time.
vi.setConfig({ testTimeout: 30_000 });

/** RFC 7643 §2.2: what an attribute is where its declaration says nothing. */
const DEFAULTS = {
  type: 'string',
  multiValued: false,
  description: '',
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
};

/** An attribute as `/Schemas` has to show it. */
function toShown(attribute: AttributeDefinition): object {
  const { indexed, maxLength, default: _default, relation, subAttributes, ...declared } = attribute;
  const { type, mutability } = declared;
  return {
    ...DEFAULTS,
    ...declared,
    ...(type === 'binary' || type === 'reference' ? { caseExact: true } : {}),
    ...(mutability === 'writeOnly' ? { returned: 'never' } : {}),
    ...(subAttributes === undefined ? {} : { subAttributes: subAttributes.map(toShown) }),
  };
}

const everyAttribute = [SAMPLE_URN, CUSTODY_URN, STORAGE_URN].flatMap(attributesOf);
const everyPart = everyAttribute.flatMap(({ subAttributes = [] }) => subAttributes);

describe('the laboratory declares', () => {
  test('every type, once for one value and once for several', () => {
    const kinds = new Set(
      everyAttribute.map(({ type = 'string', multiValued = false }) => `${type} ${multiValued}`),
    );
    for (const type of [
      'string',
      'boolean',
      'decimal',
      'integer',
      'dateTime',
      'binary',
      'reference',
      'complex',
    ]) {
      expect(kinds).toContain(`${type} false`);
      expect(kinds).toContain(`${type} true`);
    }
  });

  test('every mutability with every returned', () => {
    const combinations = new Set(
      everyAttribute.map(({ mutability = 'readWrite', returned = 'default' }) => `${mutability} ${returned}`),
    );
    for (const mutability of ['readOnly', 'readWrite', 'immutable'])
      for (const returned of ['always', 'never', 'default', 'request'])
        expect(combinations).toContain(`${mutability} ${returned}`);
    expect(combinations).toContain('writeOnly never');
    expect(new Set(everyPart.map(({ mutability = 'readWrite' }) => mutability)).size).toBe(4);
    expect(new Set(everyPart.map(({ returned = 'default' }) => returned)).size).toBe(4);
  });

  test('every uniqueness, both cases, and parts of every simple type', () => {
    expect(new Set(everyAttribute.map(({ uniqueness = 'none' }) => uniqueness)).size).toBe(3);
    expect(new Set(everyAttribute.map(({ caseExact = false }) => caseExact)).size).toBe(2);
    expect(new Set(everyPart.map(({ type = 'string' }) => type)).size).toBe(7);
  });
});

describe('discovery', () => {
  test('rfc 50, 51, 206: /Schemas shows what is declared, each attribute with all its characteristics', async () => {
    const { get } = await openLaboratory();

    const all = (await get('/Schemas')).body;

    expect(all.Resources.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      [USER_URN, ENTERPRISE_URN, BADGE_URN, GROUP_URN, SAMPLE_URN, CUSTODY_URN, STORAGE_URN].toSorted(),
    );
    for (const urn of [SAMPLE_URN, CUSTODY_URN, STORAGE_URN, BADGE_URN]) {
      const { body } = await get(`/Schemas/${urn}`);
      expect(all.Resources).toContainEqual(body);
      expect(body.attributes, urn).toEqual(attributesOf(urn).map(toShown));
    }
  });

  test('rfc 48, 52: /ResourceTypes names the schemas of the type, each of which is served', async () => {
    const { get } = await openLaboratory();

    const { body } = await get('/ResourceTypes/Sample');

    expect(body).toMatchObject({
      id: 'Sample',
      name: 'Sample',
      endpoint: '/Samples',
      description: 'A sample in a laboratory.',
      schema: SAMPLE_URN,
      schemaExtensions: [
        { schema: CUSTODY_URN, required: true },
        { schema: STORAGE_URN, required: false },
      ],
    });
    for (const urn of [SAMPLE_URN, CUSTODY_URN, STORAGE_URN])
      expect((await get(`/Schemas/${encodeURIComponent(urn)}`)).body.id).toBe(urn);
  });

  test('rfc 48: an extension of User stands beside the enterprise one', async () => {
    const { get } = await openLaboratory();

    expect((await get('/ResourceTypes/User')).body.schemaExtensions).toEqual([
      { schema: ENTERPRISE_URN, required: false },
      { schema: BADGE_URN, required: false },
    ]);
  });

  test('rfc 4: an attribute of which nothing but the name is declared has the defaults, and works', async () => {
    const { get, make, patch } = await openLaboratory();

    const { body: schema } = await get(`/Schemas/${SAMPLE_URN}`);
    const { path } = await make('/Samples', sample({ remark: 'Once' }));
    const changed = await patch(path, { op: 'replace', path: 'REMARK', value: 'Twice' });

    expect(schema.attributes).toContainEqual({ name: 'remark', ...DEFAULTS });
    expect(changed.body.remark).toBe('Twice');
  });
});

describe('registration', () => {
  const [SAMPLE] = laboratory.resourceTypes as readonly [ResourceTypeDefinition];
  const withAttribute = (attribute: AttributeDefinition) => ({
    ...laboratory,
    resourceTypes: [
      { ...SAMPLE, schema: { ...SAMPLE.schema, attributes: [...SAMPLE.schema.attributes, attribute] } },
    ],
  });

  test('rfc 2: a name outside of the grammar is refused at the start, one inside is served', async () => {
    for (const name of [
      '',
      '1st',
      '_first',
      '-first',
      'a b',
      'a.b',
      'a:b',
      'a"b',
      '$ref',
      '$first',
      'größe',
      'a\n',
    ])
      expect(() => openScim(withAttribute({ name })), name).toThrow(/RFC 7643 §2.1/);

    for (const name of ['a', 'A1', 'a-b_C-9']) {
      const { make } = await openWith(withAttribute({ name: `x${name}` }));
      expect((await make('/Samples', sample({ [`x${name}`]: 'kept' }))).body[`x${name}`]).toBe('kept');
    }
  });

  test('rfc 12: complex inside of complex is refused at the start; values of it are refused too', async () => {
    const nested: AttributeDefinition = {
      name: 'outer',
      type: 'complex',
      subAttributes: [{ name: 'inner', type: 'complex', subAttributes: [{ name: 'core' }] }],
    };
    expect(() => openScim(withAttribute(nested))).toThrow(
      /"inner" cannot be complex itself \(RFC 7643 §2.3.8\)/,
    );

    const { post } = await openLaboratory();
    const { status, body } = await post('/Samples', sample({ site: { note: { core: 'x' } } }));
    expect([status, body.scimType]).toEqual([400, 'invalidValue']);
  });
});

describe('names', () => {
  test('rfc 3, 99: attributes and URNs in any case; answers have the case of the schema', async () => {
    const { find, make, patch } = await openLaboratory();
    const { body, path } = await make('/Samples', {
      SCHEMAS: [SAMPLE_URN.toUpperCase()],
      NUMBER: 'N1',
      Purposes: ['test'],
      'BATCH-CODE': 'b',
      Site: { FLOOR: 2 },
      [CUSTODY_URN.toUpperCase()]: { DEPARTMENT: 'Physics' },
    });
    expect(body).toMatchObject({
      schemas: [SAMPLE_URN, CUSTODY_URN],
      number: 'N1',
      'batch-code': 'b',
      site: { floor: 2 },
      [CUSTODY_URN]: { department: 'Physics' },
    });

    const upper = `${CUSTODY_URN}:DEPARTMENT`.toUpperCase();
    const filter = `${SAMPLE_URN.toUpperCase()}:SITE.FLOOR EQ 2 and ${upper} eq "physics" and BATCH-code eq "b"`;
    expect((await find('/Samples', { filter })).body.totalResults).toBe(1);
    expect((await find('/Samples', { attributes: upper })).body.Resources[0]).toEqual({
      schemas: [SAMPLE_URN, CUSTODY_URN],
      id: body.id,
      readOnlyAlways: 'set by the server',
      [CUSTODY_URN]: { department: 'Physics' },
    });
    const patched = await patch(path, { op: 'replace', path: upper, value: 'Biology' });
    expect(patched.body[CUSTODY_URN]).toEqual({ department: 'Biology' });
  });

  test('rfc 1, 101: what no schema has is ignored in compat, and refused in strict', async () => {
    const lenient = await openLaboratory();
    const strict = await openLaboratory('strict');
    const bodies = [
      sample({ weight: 1 }),
      sample({ site: { weight: 1 } }),
      sample({ [STORAGE_URN]: { room: 'R', weight: 1 } }),
    ];
    for (const body of bodies) {
      expect((await lenient.make('/Samples', body)).text).not.toContain('weight');
      expect((await strict.post('/Samples', body)).status).toBe(400);
    }
    expect((await lenient.find('/Samples', { filter: 'weight eq 1' })).body.totalResults).toBe(0);
    expect((await strict.find('/Samples', { filter: 'weight eq 1' })).body.scimType).toBe('invalidFilter');
  });
});

describe('extensions', () => {
  test('rfc 49: without its required extension nothing is created', async () => {
    const { find, post } = await openLaboratory();
    const faults = [
      undefined,
      null,
      {},
      { level: 1 },
      { department: null },
      { department: '' },
      { department: ' ' },
    ];
    for (const extension of faults) {
      const { status, body } = await post('/Samples', sample({ [CUSTODY_URN]: extension }));
      expect([status, body.scimType], JSON.stringify(extension)).toEqual([400, 'invalidValue']);
    }
    expect((await find('/Samples', {})).body.totalResults).toBe(0);
  });

  test('rfc 49: neither PUT nor PATCH takes it away, nor what it requires', async () => {
    const { get, make, patch, put } = await openLaboratory();
    const { path, body: before } = await make('/Samples', sample({ number: 'N1' }));
    const refused = [
      await put(path, { schemas: [SAMPLE_URN], number: 'N1', purposes: ['test'] }),
      await put(path, sample({ number: 'N1', [CUSTODY_URN]: { level: 1 } })),
      await patch(path, { op: 'remove', path: CUSTODY_URN }),
      await patch(path, { op: 'replace', path: CUSTODY_URN, value: null }),
      await patch(path, { op: 'remove', path: `${CUSTODY_URN}:department` }),
      await patch(path, { op: 'replace', path: `${CUSTODY_URN}:department`, value: null }),
      await patch(path, { op: 'replace', value: { [CUSTODY_URN]: { department: null } } }),
      await patch(path, { op: 'replace', path: `${CUSTODY_URN}:department`, value: '' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 400));
    expect((await get(path)).body).toEqual(before);
  });

  test('rfc 49, 56: an optional extension may be left out; given, it has what it requires', async () => {
    const { make, patch, post } = await openLaboratory();
    const { path } = await make('/Samples', sample());
    const incomplete = await post('/Samples', sample({ [STORAGE_URN]: { shelf: 1 } }));
    const patched = await patch(path, { op: 'add', path: `${STORAGE_URN}:shelf`, value: 1 });
    const whole = await patch(path, { op: 'add', path: STORAGE_URN, value: { shelf: 1, room: 'R1' } });

    expect([incomplete.status, incomplete.body.scimType]).toEqual([400, 'invalidValue']);
    expect([patched.status, patched.body.scimType]).toEqual([400, 'invalidValue']);
    expect(whole.body[STORAGE_URN]).toEqual({ shelf: 1, room: 'R1' });
  });

  test('rfc 20, 128: a URN stands in schemas exactly while its extension has data', async () => {
    const { get, make, patch, put } = await openLaboratory();
    const { path, body: created } = await make('/Samples', sample({ number: 'N1' }));
    const added = await patch(path, { op: 'add', path: `${STORAGE_URN}:room`, value: 'R1' });
    const removed = await patch(path, { op: 'remove', path: STORAGE_URN });
    const again = await patch(path, { op: 'add', value: { [STORAGE_URN]: { room: 'R2' } } });
    const replaced = await put(path, sample({ number: 'N1' }));

    const without = [SAMPLE_URN, CUSTODY_URN];
    const withStorage = [...without, STORAGE_URN];
    expect(
      [created, added.body, removed.body, again.body, replaced.body].map(({ schemas }) => schemas),
    ).toEqual([without, withStorage, without, withStorage, without]);
    expect((await get(path)).body).toEqual(replaced.body);
  });

  test('rfc 20: attributes that are called id, schemas and meta belong to their extension', async () => {
    const { find, make, patch } = await openLaboratory();
    const custody = {
      department: 'Chemistry',
      id: 'C-1',
      schemas: ['rule 7'],
      meta: { version: 'second', checkedAt: '2026-01-01T00:00:00Z' },
    };
    const one = await make('/Samples', sample({ [CUSTODY_URN]: custody }));
    const other = await make('/Samples', sample());
    const findIds = async (filter: string) => {
      const { body } = await find('/Samples', { filter });
      return body.Resources.map(({ id }: { id: string }) => id);
    };

    expect(one.body[CUSTODY_URN]).toEqual(custody);
    expect(one.body.id).not.toBe('C-1');
    expect(one.body.schemas).toEqual([SAMPLE_URN, CUSTODY_URN]);
    for (const filter of [
      `${CUSTODY_URN}:id eq "C-1"`,
      `${CUSTODY_URN}:id pr`,
      `${CUSTODY_URN}:schemas eq "rule 7"`,
      `${CUSTODY_URN}:schemas pr`,
      `${CUSTODY_URN}:meta pr`,
      `${CUSTODY_URN}:meta.version eq "SECOND"`,
      `${CUSTODY_URN}:meta[version eq "second" and checkedAt gt "2025-12-31T00:00:00Z"]`,
    ])
      expect(await findIds(filter), filter).toEqual([one.body.id]);
    expect(await findIds(`not (${CUSTODY_URN}:id pr)`)).toEqual([other.body.id]);
    const sorted = await find('/Samples', { sortBy: `${CUSTODY_URN}:schemas`, sortOrder: 'descending' });
    expect(sorted.body.Resources[0].id).toBe(other.body.id);
    const patched = await patch(one.path, { op: 'replace', path: `${CUSTODY_URN}:id`, value: 'C-2' });
    expect([patched.body.id, patched.body[CUSTODY_URN].id]).toEqual([one.body.id, 'C-2']);
  });

  test('rfc 20, 49: an extension of User is served like the type’s own', async () => {
    const { find, make, patch, post } = await openLaboratory();
    const { body, path } = await make('/Users', user('ann', { [BADGE_URN]: { colour: 'red', serial: 'A' } }));
    const incomplete = await post('/Users', user('bob', { [BADGE_URN]: { serial: 'B' } }));
    const taken = await post('/Users', user('bob', { [BADGE_URN]: { colour: 'red', serial: 'A' } }));
    const other = await post('/Users', user('bob', { [BADGE_URN]: { colour: 'red', serial: 'a' } }));
    const found = await find('/Users', { filter: `${BADGE_URN}:serial eq "A"` });
    const patched = await patch(path, { op: 'remove', path: BADGE_URN });

    expect(body).toMatchObject({
      schemas: [USER_URN, BADGE_URN],
      [BADGE_URN]: { colour: 'red', serial: 'A' },
    });
    expect([incomplete.status, taken.status, other.status]).toEqual([400, 409, 201]);
    expect(found.body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual(['ann']);
    expect(patched.body.schemas).toEqual([USER_URN]);
  });
});

describe('the protocol around a custom type', () => {
  const headersOf = ({ headers }: { headers: Headers }) => [headers.get('location'), headers.get('etag')];

  test('rfc 27, 28, 79: a new resource says where it is and which version it has', async () => {
    const { get, make, patch } = await openLaboratory();
    const created = await make('/Samples', sample());
    const { meta } = created.body;
    const patched = await patch(created.path, { op: 'add', path: 'tubes', value: 1 });

    expect(meta).toMatchObject({
      resourceType: 'Sample',
      location: `${BASE}${created.path}`,
      created: meta.lastModified,
    });
    expect(headersOf(created)).toEqual([meta.location, meta.version]);
    expect(patched.body.meta.version).not.toBe(meta.version);
    const read = await get(created.path);
    expect([read.headers.get('content-location'), read.headers.get('etag')]).toEqual([
      meta.location,
      patched.body.meta.version,
    ]);
  });

  test('rfc 154, 155: versions are honoured', async () => {
    const { scim, make, patch } = await openLaboratory();
    const { body, path, key } = await make('/Samples', sample());
    await patch(path, { op: 'add', path: 'tubes', value: 1 });
    const ask = (method: string, headers: Record<string, string>, content?: object) =>
      send(scim, path, { key, method, headers, ...(content && { body: content }) });
    const old = { 'if-match': body.meta.version };

    const statuses = [
      (await ask('PUT', old, sample())).status,
      (await ask('PATCH', old, patchOf({ op: 'add', path: 'tubes', value: 2 }))).status,
      (await ask('DELETE', old)).status,
      (await ask('GET', { 'if-none-match': body.meta.version })).status,
      (await ask('GET', { 'if-none-match': '*' })).status,
    ];
    expect(statuses).toEqual([412, 412, 412, 200, 304]);
  });

  test('rfc 141, 142: deleted, it is gone, and what was unique about it is free', async () => {
    const { find, get, make, patch, put, remove } = await openLaboratory();
    const body = sample({ number: 'N1' });
    const { path } = await make('/Samples', body);
    const answers = [
      await remove(path),
      await get(path),
      await put(path, body),
      await patch(path, { op: 'remove', path: 'remark' }),
      await remove(path),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 404, 404, 404, 404]);
    expect((await find('/Samples', {})).body.totalResults).toBe(0);
    await make('/Samples', body);
  });

  test('rfc 144, 148: bulk makes one, and names it in others', async () => {
    const { get, post } = await openLaboratory();
    const { status, body } = await post('/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Samples', bulkId: 'a', data: sample({ origin: '/Samples/bulkId:b' }) },
        { method: 'POST', path: '/Samples', bulkId: 'b', data: sample({ tubes: 'many' }) },
        {
          method: 'POST',
          path: '/Samples',
          bulkId: 'c',
          data: sample({ aliquots: [{ value: 'bulkId:d' }] }),
        },
        { method: 'POST', path: '/Samples', bulkId: 'd', data: sample() },
        {
          method: 'POST',
          path: '/Groups',
          bulkId: 'e',
          data: { schemas: [GROUP_URN], displayName: 'Frozen', members: [{ value: 'bulkId:d' }] },
        },
      ],
    });
    const results = new Map<string, { status: string; location?: string }>(
      body.Operations.map((result: { bulkId: string }) => [result.bulkId, result]),
    );
    const pathOf = (bulkId: string) => results.get(bulkId)?.location?.slice(BASE.length) ?? '';

    expect(status).toBe(200);
    expect(['b', 'c', 'd', 'e'].map((bulkId) => results.get(bulkId)?.status)).toEqual([
      '400',
      '201',
      '201',
      '201',
    ]);
    const made = (await get(pathOf('d'))).body;
    expect((await get(pathOf('c'))).body.aliquots).toEqual([{ value: made.id }]);
    expect((await get(pathOf('e'))).body.members[0].value).toBe(made.id);
  });

  test('rfc 85, 162: another customer’s is not there', async () => {
    const { get, make, openOther } = await openLaboratory();
    const { path } = await make('/Samples', sample());
    const ask = await openOther();
    const foreign = await ask(path, 'GET');
    const unknown = await get('/Samples/unknown');
    expect([foreign.status, foreign.text]).toEqual([404, unknown.text]);
    expect((await ask(path, 'DELETE')).status).toBe(404);
    expect((await ask('/Samples', 'GET')).body.totalResults).toBe(0);
  });
});

describe('groups of custom types', () => {
  test('rfc 40, 41: a group holds resources of a type that says it may, and shows where they are', async () => {
    const { find, get, make } = await openLaboratory();
    const { body: held } = await make('/Samples', sample());
    const { body: created } = await make('/Groups', {
      schemas: [GROUP_URN],
      displayName: 'Frozen',
      members: [{ value: held.id }],
    });

    const location = new URL(held.meta.location);
    const { body: group } = await get(`/Groups/${created.id}`);
    expect(group.members).toEqual([{ value: held.id, type: 'Sample', $ref: location.href }]);
    const { body: shown } = await get(`/Samples/${held.id}`);
    expect(shown.groups).toEqual([
      { value: group.id, $ref: group.meta.location, display: 'Frozen', type: 'direct' },
    ]);
    const found = await find('/Samples', { filter: `groups.value eq "${group.id}"` });
    expect(found.body.Resources.map(({ id }: { id: string }) => id)).toEqual([held.id]);
    const { body: schema } = await get(`/Schemas/${GROUP_URN}`);
    const members = schema.attributes.find(({ name }: { name: string }) => name === 'members');
    const reference = members.subAttributes.find(({ name }: { name: string }) => name === '$ref');
    expect(reference.referenceTypes).toEqual(['User', 'Group', 'Sample']);
  });

  test('rfc 41: a group refuses resources of a type that does not say so', async () => {
    const [SAMPLE] = laboratory.resourceTypes as readonly [ResourceTypeDefinition];
    const { groupMember: _groupMember, ...type } = SAMPLE;
    const { find, get, make, patch, post } = await openWith({ ...laboratory, resourceTypes: [type] });
    const { body: held } = await make('/Samples', sample());
    const group = { schemas: [GROUP_URN], displayName: 'Frozen' };

    const refused = await post('/Groups', { ...group, members: [{ value: held.id }] });
    const { path } = await make('/Groups', group);
    const patched = await patch(path, { op: 'add', path: 'members', value: [{ value: held.id }] });

    expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidValue']);
    expect([patched.status, patched.body.scimType]).toEqual([400, 'invalidValue']);
    expect((await get(path)).body.members).toEqual([]);
    expect((await find('/Groups', {})).body.totalResults).toBe(1);
  });
});
