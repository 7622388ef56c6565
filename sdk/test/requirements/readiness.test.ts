import { execFileSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import { type Call, connect, ENTERPRISE_URN, group, openScim, patch, send, user } from '../support/scim.ts';

describe('the filters of IPSIE', () => {
  const ANN = {
    externalId: 'E-1',
    emails: [
      { value: 'ann@work.example', type: 'work', primary: true },
      { value: 'shared@x.example', type: 'home' },
    ],
  };
  const BEA = {
    externalId: 'e-1',
    emails: [
      { value: 'bea@work.example', type: 'work' },
      { value: 'ann@work.example', type: 'home' },
      { value: 'shared@x.example', type: 'work' },
    ],
  };

  test.each([
    ['userName eq "ANN"', ['ann']],
    ['userName eq "an"', []],
    // Case-exact, RFC 7643 §3.1.
    ['externalId eq "E-1"', ['ann']],
    ['externalId eq "e-1"', ['bea']],
    ['emails[value eq "ann@work.example"]', ['ann', 'bea']],
    ['emails[value eq "BEA@WORK.example"]', ['bea']],
    ['emails[type eq "work" and value eq "ann@work.example"]', ['ann']],
    ['emails[type eq "home" and value eq "ann@work.example"]', ['bea']],
    // Both of one value: Ann has a work address and this one, but this one is not for work.
    ['emails[type eq "work" and value eq "shared@x.example"]', ['bea']],
    ['emails[type eq "other" and value eq "ann@work.example"]', []],
  ])('rfc 203: of users: %s', async (filter, names) => {
    const { call, find } = await open();
    await call('/Users', { body: user('ann', ANN) });
    await call('/Users', { body: user('bea', BEA) });
    const { body } = await find('/Users', filter);
    expect(body.totalResults).toBe(names.length);
    expect(body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual(names);
  });

  test('rfc 203: of groups: displayName eq', async () => {
    const { call, find } = await open();
    for (const name of ['Sales', 'Sales North', 'Pre-Sales']) await call('/Groups', { body: group(name) });
    for (const [filter, names] of [
      ['displayName eq "SALES"', ['Sales']],
      ['displayName eq "Sale"', []],
    ] as const) {
      const { body } = await find('/Groups', filter);
      expect(body.Resources.map(({ displayName }: { displayName: string }) => displayName)).toEqual(names);
    }
  });
});

test('rfc 204: pages are of 1,000 at most, of 200 unless the host says so, and cursors are offered', async () => {
  for (const [limits, largest] of [
    [{}, 200],
    [{ maxPageSize: 3 }, 3],
  ] as const) {
    const { call } = await open({ limits });
    for (let index = 0; index < 5; index += 1) await call('/Users', { body: user(`u${index}`) });
    const { pagination, filter } = (await call('/ServiceProviderConfig')).body;
    expect([pagination.cursor, pagination.maxPageSize, filter.maxResults]).toEqual([true, largest, largest]);
    for (const query of ['count=100000', 'count=100000&cursor'])
      expect((await call(`/Users?${query}`)).body.itemsPerPage).toBe(Math.min(5, largest));
  }
});

test('rfc 204: a group without members is created, shown and emptied', async () => {
  const { call } = await open();
  const ann = (await call('/Users', { body: user('ann') })).body.id;
  for (const body of [group('none'), { schemas: group('x').schemas, displayName: 'not named' }]) {
    const made = await call('/Groups', { body });
    expect([made.status, made.body.members]).toEqual([201, []]);
    const path = `/Groups/${made.body.id}`;
    const members = async () => (await call(path)).body.members;
    const change = (op: string, value?: object) =>
      call(path, { method: 'PATCH', body: patch({ op, path: 'members', ...(value && { value }) }) });
    await change('add', [{ value: ann }]);
    expect(await members()).toMatchObject([{ value: ann }]);
    expect((await change('replace', [])).status).toBe(204);
    expect(await members()).toEqual([]);
    await change('add', [{ value: ann }]);
    expect((await change('remove')).status).toBe(204);
    expect(await members()).toEqual([]);
  }
});

test('rfc 204: one PATCH adds and removes many members, in as many operations', async () => {
  const { call } = await open();
  const ids: string[] = [];
  for (let index = 0; index < 60; index += 1)
    ids.push((await call('/Users', { body: user(`u${index}`) })).body.id);
  const { id } = (await call('/Groups', { body: group('all', ids.slice(0, 30)) })).body;
  const operations = [
    ...ids.slice(0, 30).map((member) => ({ op: 'remove', path: `members[value eq "${member}"]` })),
    ...ids.slice(30).map((value) => ({ op: 'add', path: 'members', value: [{ value }] })),
  ];
  expect((await call(`/Groups/${id}`, { method: 'PATCH', body: patch(...operations) })).status).toBe(204);
  const { members } = (await call(`/Groups/${id}`)).body;
  expect(members.map(({ value }: { value: string }) => value).sort()).toEqual(ids.slice(30).sort());
});

test('rfc 205: too many requests are 429 with a Retry-After in whole seconds, after which they are served', async () => {
  const time = { now: 1_800_000_000_000 };
  const { call } = await open({
    limited: true,
    clock: () => time.now,
    limits: { rateLimit: { requestsPerSecond: 0.5, burst: 2 } },
  });
  await call('/Users');
  await call('/Users');
  const refused = await call('/Users', { body: user('ann') });
  expectRefusal(refused, 429);
  expect(refused.headers.get('retry-after')).toBe('2');
  time.now += 2_000;
  expect((await call('/Users', { body: user('ann') })).status).toBe(201);
});

describe('the record of writes', () => {
  test('rfc 205: has every write: when, of which customer, with which key, what was before and what after', async () => {
    const { scim, file, call, key, connectionId } = await open();
    const second = (await scim.management.rotateScimApiKey({ scimConnectionId: connectionId })).getOrThrow()
      .scimApiKey;
    const { id } = (await call('/Users', { body: user('ann', { title: 'Clerk', password: 'hunter2' }) }))
      .body;
    const path = `/Users/${id}`;
    const change = (attribute: string, value: unknown) => patch({ op: 'replace', path: attribute, value });
    await call(path, { method: 'PATCH', key: second, body: change('title', 'Boss') });
    await call(path, {
      method: 'PUT',
      key: second,
      body: user('anna', { [ENTERPRISE_URN]: { department: 'R' } }),
    });
    await call(path, { method: 'PATCH', key: second, body: change('active', false) });
    // Nothing is changed by these, so nothing is recorded.
    await call(path, { method: 'PATCH', key: second, body: change('active', false) });
    await call(path, { method: 'PATCH', key: second, body: change('id', 'x') });
    await call('/Users', { key: second, body: user('ANNA') });
    const staff = (await call('/Groups', { key: second, body: group('Staff', [id]) })).body.id;
    await call(path, { method: 'DELETE', key: second });

    const [first, later] = [key, second].map((text) => text.split('_').at(-2));
    const written = readEvents(file, connectionId);
    expect(written).toMatchObject([
      {
        type: 'user.created',
        resource_id: id,
        data: { keyId: first, resource: { userName: 'ann', title: 'Clerk' } },
      },
      {
        type: 'user.updated',
        resource_id: id,
        resource_version: 2,
        data: { keyId: later, changed: ['title'], before: { title: 'Clerk' }, resource: { title: 'Boss' } },
      },
      {
        type: 'user.updated',
        resource_version: 3,
        data: {
          keyId: later,
          changed: expect.arrayContaining(['userName', 'title', ENTERPRISE_URN]),
          before: { userName: 'ann', title: 'Boss' },
          resource: { userName: 'anna', [ENTERPRISE_URN]: { department: 'R' } },
        },
      },
      { type: 'user.deactivated', data: { keyId: later, changed: ['active'], resource: { active: false } } },
      {
        type: 'group.created',
        resource_id: staff,
        data: { keyId: later, resource: { displayName: 'Staff' } },
      },
      { type: 'group.members_changed', data: { keyId: later, added: [{ value: id }], removed: [] } },
      {
        type: 'user.deleted',
        resource_id: id,
        data: { keyId: later, memberOf: [staff], resource: { userName: 'anna' } },
      },
    ]);
    for (const { occurred_at } of written) expect(occurred_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(JSON.stringify(written)).not.toContain('hunter2');
    for (const text of [key, second]) expect(JSON.stringify(written)).not.toContain(text.split('_').at(-1));
  });

  test('rfc 205: has each operation of a bulk request, and nothing of one that was refused', async () => {
    const { file, call, key, connectionId } = await open();
    const operation = (bulkId: string, userName: string) => ({
      method: 'POST',
      path: '/Users',
      bulkId,
      data: user(userName),
    });
    await call('/Bulk', {
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [operation('1', 'ann'), operation('2', 'ann'), operation('3', 'bea')],
      },
    });
    const keyId = key.split('_').at(-2);
    expect(
      readEvents(file, connectionId).map(({ type, data }) => [type, data.keyId, data.resource.userName]),
    ).toEqual([
      ['user.created', keyId, 'ann'],
      ['user.created', keyId, 'bea'],
    ]);
  });

  test('rfc 205: an administrator reads it with `scimkit why`', async () => {
    const { scim, file, call, key } = await open();
    const { id } = (await call('/Users', { body: user('ann') })).body;
    await call(`/Users/${id}`, { method: 'DELETE' });
    await scim.close();
    const command = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));
    const output = execFileSync(process.execPath, [
      command,
      'why',
      'ann',
      '--database',
      `sqlite:${file}`,
      '--json',
    ]);
    const keyId = key.split('_').at(-2);
    expect(JSON.parse(output.toString()).people).toMatchObject([
      {
        customerId: 'acme',
        state: 'deleted',
        history: [
          { sentence: 'Created by the identity provider.', keyId },
          { sentence: 'Deleted by the identity provider.', keyId },
        ],
      },
    ]);
  });
});

test('rfc 206: /Schemas lists the schemas resources have, and filters know the attributes it lists, and no other', async () => {
  const { scim, call, connectionId } = await open();
  await scim.management.patchScimConnection({ scimConnectionId: connectionId, profile: 'strict' });
  const types: { schema: string; endpoint: string; schemaExtensions?: { schema: string }[] }[] = (
    await call('/ResourceTypes')
  ).body.Resources;
  const named = types.flatMap(({ schema, schemaExtensions = [] }) => [
    schema,
    ...schemaExtensions.map((one) => one.schema),
  ]);
  const schemas: { id: string; attributes: { name: string }[] }[] = (await call('/Schemas')).body.Resources;
  expect(schemas.map(({ id }) => id).sort()).toEqual([...named].sort());

  for (const { endpoint, schema, schemaExtensions = [] } of types)
    for (const urn of [schema, ...schemaExtensions.map((one) => one.schema)])
      for (const { name } of schemas.find(({ id }) => id === urn)?.attributes ?? []) {
        const filter = encodeURIComponent(`${urn}:${name} pr`);
        expect([urn, name, (await call(`${endpoint}?filter=${filter}`)).status]).toEqual([urn, name, 200]);
        expectRefusal(
          await call(`${endpoint}?filter=${encodeURIComponent(`${urn}:${name}X eq "a"`)}`),
          400,
          'invalidFilter',
        );
      }
});

interface Written {
  readonly type: string;
  readonly resource_id: string;
  readonly resource_version: number;
  readonly occurred_at: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read records of many shapes
  readonly data: any;
}

/** What is recorded of a connection, in order. */
function readEvents(file: string, connectionId: string): readonly Written[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database
    .prepare('SELECT * FROM scim_events WHERE connection_id = ? ORDER BY position')
    .all(connectionId) as unknown as Written[];
  database.close();
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) }));
}

async function open(options: Parameters<typeof openScim>[0] = {}) {
  const opened = openScim(options);
  const connection = await connect(opened.scim);
  const call = (path: string, more: Call = {}) => send(opened.scim, path, { key: connection.key, ...more });
  const find = (path: string, filter: string) => call(`${path}?filter=${encodeURIComponent(filter)}`);
  return { ...opened, ...connection, call, find };
}
