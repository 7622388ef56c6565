import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../support/answers.ts';
import {
  type Answer,
  BASE,
  type Call,
  connect,
  group,
  type OpenOptions,
  openScim,
  patch,
  send,
  user,
} from '../support/scim.ts';

describe('the customer of a request', () => {
  test('rfc 161: is that of the key, by the common URL or by one that names the connection', async () => {
    const { acme, globex } = await open();
    const { body: made } = await acme.call('/Users', { body: user('ann') });
    const named = `/${acme.connectionId}`;

    const read = await acme.call(`${named}/Users/${made.id}`);
    expect(read.body.userName).toBe('ann');
    expect(read.body.meta.location).toBe(`${BASE}${named}/Users/${made.id}`);
    expect((await acme.call(`${named}/Users`, { body: user('bea') })).status).toBe(201);
    expect((await acme.call('/Users')).body.totalResults).toBe(2);

    expectRefusal(await globex.call(`${named}/Users`), 401);
    expectRefusal(await globex.call(`${named}/Users`, { body: user('eve') }), 401);
    expect((await acme.call('/Users')).body.totalResults).toBe(2);
  });

  test('rfc 161: is not chosen by header, query or body', async () => {
    const { acme, globex } = await open();
    await globex.call('/Users', { body: user('eve') });
    const headers = {
      'x-customer-id': 'globex',
      'x-tenant-id': 'globex',
      'x-scim-connection': globex.connectionId,
    };
    const list = await acme.call(`/Users?customerId=globex&connectionId=${globex.connectionId}`, { headers });
    expect(list.body.totalResults).toBe(0);
    const more = { customerId: 'globex', connectionId: globex.connectionId };
    expect((await acme.call('/Users', { headers, body: user('mallory', more) })).status).toBe(201);
    expect((await globex.call('/Users')).body.Resources.map(nameOf)).toEqual(['eve']);
  });

  test('rfc 161: two customers may hold the same names, external ids and groups, each counted apart', async () => {
    const { acme, globex } = await open();
    const body = user('ann@shared.example', { externalId: 'e-1' });
    const made = [await acme.call('/Users', { body }), await globex.call('/Users', { body })];
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
    expect(made[0]?.body.id).not.toBe(made[1]?.body.id);
    for (const [index, { call }] of [acme, globex].entries()) {
      const own = made[index]?.body.id;
      expect((await call('/Groups', { body: group('Staff', [own]) })).status).toBe(201);
      expectRefusal(await call('/Users', { body: user('ANN@SHARED.EXAMPLE') }), 409, 'uniqueness');
      for (const filter of [
        'userName eq "ann@shared.example"',
        'externalId eq "e-1"',
        'groups.display eq "Staff"',
      ])
        expect((await call(`/Users?filter=${encodeURIComponent(filter)}`)).body.Resources.map(idOf)).toEqual([
          own,
        ]);
    }
  });

  test('rfc 161: bulkIds, cursors and versions are its own', async () => {
    const { acme, globex } = await open();
    const bulk = (data: object, path = '/Users', bulkId = 'shared') => ({
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [{ method: 'POST', path, bulkId, data }],
      },
    });
    const mine = (await acme.call('/Bulk', bulk(user('ann')))).body.Operations[0];
    expect(mine.status).toBe('201');
    await acme.call('/Users', { body: user('bea') });
    // A bulkId is gone with its request: it stands for nothing in the next one, whoever sends it.
    const staff = { ...group('Staff'), members: [{ value: 'bulkId:shared' }] };
    for (const { call } of [acme, globex])
      expect((await call('/Bulk', bulk(staff, '/Groups', 'g'))).body.Operations[0].status).toBe('409');

    const cursor = (await acme.call('/Users?cursor&count=1')).body.nextCursor;
    for (const name of ['eve', 'fay']) await globex.call('/Users', { body: user(name) });
    expectRefusal(await globex.call(`/Users?count=1&cursor=${cursor}`), 400, 'invalidCursor');
    expect((await acme.call(`/Users?count=1&cursor=${cursor}`)).body.Resources.map(nameOf)).toEqual(['bea']);

    const id = mine.location.split('/').at(-1);
    const headers = { 'if-none-match': mine.version, 'if-match': mine.version };
    expectRefusal(await globex.call(`/Users/${id}`, { headers }), 404);
    expectRefusal(await globex.call(`/Users/${id}`, { method: 'DELETE', headers }), 404);
    expect((await acme.call(`/Users/${id}`, { headers })).status).toBe(304);
  });
});

const ANY = [
  ['GET', undefined],
  ['PUT', user('stolen')],
  ['PATCH', patch({ op: 'replace', path: 'title', value: 'stolen' })],
  ['DELETE', undefined],
] as const;

describe('another customer’s id', () => {
  test.each(ANY)('rfc 162: to %s it is the 404 of an id nobody has, to the byte', async (method, body) => {
    const { acme, globex } = await open();
    const foreign = (await globex.call('/Users', { body: user('eve') })).body.id;
    const before = (await globex.call(`/Users/${foreign}`)).text;
    const unknown = foreign.replace(/^.{8}/, '00000000');
    for (const query of ['', '?attributes=userName'])
      for (const headers of [{}, { 'if-match': 'W/"1"' }, { 'if-match': 'W/"9"', 'if-none-match': '*' }]) {
        const ask = (id: string) =>
          acme.call(`/Users/${id}${query}`, { method, headers, ...(body && { body }) });
        const answer = await ask(foreign);
        expectRefusal(answer, 404);
        expect(toBytes(answer)).toBe(toBytes(await ask(unknown)));
      }
    expect((await globex.call(`/Users/${foreign}`)).text).toBe(before);
  });

  test('rfc 162: as a member or in a filter it is nobody, by the same words', async () => {
    const { acme, globex } = await open();
    const foreign = (await globex.call('/Users', { body: user('eve') })).body.id;
    const unknown = foreign.replace(/^.{8}/, '00000000');
    const asks = (id: string) => [
      acme.call('/Groups', { body: group('Staff', [id]) }),
      acme.call(`/Users?filter=${encodeURIComponent(`id eq "${id}"`)}`),
      acme.call(`/Groups?filter=${encodeURIComponent(`members.value eq "${id}"`)}`),
    ];
    const [foreigners, nobodies] = [await Promise.all(asks(foreign)), await Promise.all(asks(unknown))];
    expect(foreigners.map(({ status }) => status)).toEqual([400, 200, 200]);
    expect(foreigners.map(toBytes)).toEqual(nobodies.map(toBytes));
  });
});

test('rfc 162: no refusal names a customer or a connection', async () => {
  const { acme, globex } = await open();
  const foreign = (await globex.call('/Users', { body: user('eve@globex.example') })).body.id;
  const { acme: limited } = await open({
    limited: true,
    limits: { rateLimit: { requestsPerSecond: 1, burst: 1 } },
  });
  await limited.call('/Users');
  const refusals = [
    await acme.call(`/Users/${foreign}`),
    await acme.call(`/${globex.connectionId}/Users`),
    await acme.call('/Users', { key: `${acme.key}x` }),
    await acme.call('/Users', { key: null }),
    await acme.call('/Users', { body: {} }),
    await acme.call('/Nothing'),
    await acme.call('/Users', { method: 'PUT', body: {} }),
    await limited.call('/Users'),
  ];
  expect(refusals.map(({ status }) => status)).toEqual([404, 401, 401, 401, 400, 404, 405, 429]);
  for (const answer of refusals)
    for (const name of ['acme', 'globex', acme.connectionId, globex.connectionId, limited.connectionId])
      expect(toBytes(answer)).not.toContain(name);
});

test('rfc 162: a connection that asks too often is refused alone', async () => {
  const rateLimit = { requestsPerSecond: 0.1, burst: 3 };
  const { acme, globex } = await open({ limited: true, limits: { rateLimit } });
  const statuses = async ({ call }: typeof acme) => [
    (await call('/Users')).status,
    (await call(`/Users`)).status,
    (await call('/Groups')).status,
    (await call('/Users')).status,
  ];
  expect(await statuses(acme)).toEqual([200, 200, 200, 429]);
  expect(await statuses(globex)).toEqual([200, 200, 200, 429]);
});

const nameOf = ({ userName }: { readonly userName: string }) => userName;
const idOf = ({ id }: { readonly id: string }) => id;

function toBytes({ status, headers, text }: Answer): string {
  return [status, JSON.stringify([...headers]), text].join('\n');
}

/** One server, two customers. */
async function open(options: OpenOptions = {}) {
  const { scim } = openScim(options);
  const join = async (customerId: string) => {
    const connection = await connect(scim, customerId);
    const call = (path: string, more: Call = {}) => send(scim, path, { key: connection.key, ...more });
    return { ...connection, call };
  };
  return { acme: await join('acme'), globex: await join('globex') };
}
