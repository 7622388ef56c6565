import { expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { createScim, refuse } from '../../src/index.ts';
import { expectRefusal } from '../support/answers.ts';
import { openClient, openSecondClient } from '../support/client.ts';
import {
  BASE,
  GROUP_URN,
  group,
  ORIGIN,
  patch,
  readAnswer,
  SEARCH_URN,
  USER_URN,
  user,
} from '../support/scim.ts';
import { sendTo, serve } from '../support/serve.ts';

const BULK_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';

test('rfc 66: the base URL has no query, and what a request asks does not get into any location', async () => {
  for (const endpointUrl of [
    `${BASE}?tenant=1`,
    `${BASE}#x`,
    'https://a:b@app.example/scim',
    'ftp://app.example',
    '/scim',
  ])
    expect(() => createScim({ database: 'sqlite::memory:', endpointUrl }), endpointUrl).toThrow(
      /endpointUrl/,
    );

  const { call, connectionId } = await openClient({ endpointUrl: `${BASE}/` });
  for (const base of ['', `/${connectionId}`]) {
    const made = await call(`${base}/Users?tenant=1&attributes=meta`, { body: user(`ann${base}`) });
    const path = `${base}/Users/${made.body.id}`;
    const read = await call(`${path}?tenant=1&x=%3F`);
    for (const location of [
      made.headers.get('location'),
      made.body.meta.location,
      read.headers.get('content-location'),
      read.body.meta.location,
    ])
      expect(location).toBe(BASE + path);
  }
});

test('rfc 66: the customer is named by the key, or by key and path together, and both see the same', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  await client.make('/Users', user('ann'));
  const plain = await client.get('/Users');
  const named = await client.get(`/${client.connectionId}/Users`);
  expect(named.body.Resources[0]).toMatchObject({ id: plain.body.Resources[0].id, userName: 'ann' });
  expect((await other.get('/Users')).body.totalResults).toBe(0);
  expectRefusal(await other.get(`/${client.connectionId}/Users`), 401);
});

test('rfc 67: a 401 names Bearer and has a SCIM body, on every route and method', async () => {
  const { call } = await openClient();
  for (const path of [
    '/Users',
    '/Users/x',
    '/Users/.search',
    '/Groups',
    '/Schemas',
    '/Bulk',
    '/Me',
    '/',
    '/nowhere',
  ]) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const key of [null, 'nonsense']) {
        const answer = await call(path, { method, key });
        expectRefusal(answer, 401);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="scim"/);
      }
    }
  }
});

test('rfc 68: a key gives access to its own connection; who is known but not allowed gets 403', async () => {
  const hooks = {
    userCreated() {
      throw refuse({ status: 403, detail: 'Contractors are not let in.' });
    },
  };
  const client = await openClient({ hooks });
  const { management } = client.scim;
  const refused = await client.post('/Users', user('ann'));
  expectRefusal(refused, 403);
  expect(refused.body.detail).toBe('Contractors are not let in.');
  expect(refused.headers.get('www-authenticate')).toBeNull();
  expect((await client.get('/Users')).body.totalResults).toBe(0);

  const selector = { scimConnectionId: client.connectionId };
  await management.pauseScimConnection(selector);
  expectRefusal(await client.get('/Users'), 401);
  await management.resumeScimConnection(selector);
  expect((await client.get('/Users')).status).toBe(200);
});

test('rfc 69: a key has 43 random characters of 62, ends by itself within a year, and can be ended at once', async () => {
  const time = { now: Date.parse('2026-01-01T00:00:00Z') };
  const client = await openClient({ clock: () => time.now });
  const { management } = client.scim;
  const keys: string[] = [client.key];
  for (let index = 0; index < 30; index += 1) keys.push((await openSecondClient(client, `c${index}`)).key);
  const secrets = keys.map(
    (key) => /^scimk_[0-9A-Za-z]{12}_([0-9A-Za-z]{43})[0-9A-Za-z]{6}$/.exec(key)?.[1] ?? '',
  );
  expect(new Set(secrets).size).toBe(keys.length);
  // 1,333 characters: each of the 62 is there unless they are not drawn evenly.
  expect(new Set(secrets.join('')).size).toBe(62);
  for (const secret of secrets) expect(new Set(secret).size).toBeGreaterThan(15);

  const status = async (key: string) => (await client.call('/Users', { key })).status;
  expect(await status(client.key)).toBe(200);
  time.now += 364 * 86_400_000;
  expect(await status(client.key)).toBe(200);
  time.now += 2 * 86_400_000;
  expect(await status(client.key)).toBe(401);
  const selector = { scimConnectionId: client.connectionId };
  const second = (await management.resetScimApiKey(selector)).getOrThrow().scimApiKey;
  expect(await status(second)).toBe(200);
  const third = (await management.resetScimApiKey(selector)).getOrThrow().scimApiKey;
  expect([await status(second), await status(third)]).toEqual([401, 200]);
});

test('rfc 70: every message says which one it is, with a URN of the API', async () => {
  const { get, post, make, call } = await openClient();
  const { id } = await make('/Users', user('ann'));
  const data = { method: 'DELETE', path: `/Users/${id}` };
  const message = (name: string) => [`urn:ietf:params:scim:api:messages:2.0:${name}`];
  for (const [answer, name] of [
    [await get('/Users'), 'ListResponse'],
    [await get('/'), 'ListResponse'],
    [await get('/Schemas'), 'ListResponse'],
    [await post('/Users/.search', { schemas: [SEARCH_URN] }), 'ListResponse'],
    [await post('/Users', {}), 'Error'],
    [await get('/Users/nobody'), 'Error'],
    [await call('/Users', { method: 'DELETE' }), 'Error'],
    [await call('/Users', { key: null }), 'Error'],
    [await post('/Bulk', { schemas: [BULK_URN], Operations: [data] }), 'BulkResponse'],
  ] as const)
    expect(answer.body.schemas).toEqual(message(name));
});

test('rfc 70: a message under another name is 400 invalidSyntax, and does nothing', async () => {
  const { get, make, call, post } = await openClient();
  const { id } = await make('/Users', user('ann'));
  const path = `/Users/${id}`;
  for (const schemas of [[USER_URN], [GROUP_URN], ['urn:example:none'], 'urn:example:none', [7]]) {
    const change = { ...patch({ op: 'replace', path: 'title', value: 'x' }), schemas };
    expectRefusal(await call(path, { method: 'PATCH', body: change }), 400, 'invalidSyntax');
    expectRefusal(await post('/Users/.search', { schemas, count: 1 }), 400, 'invalidSyntax');
    const bulk = { schemas, Operations: [{ method: 'DELETE', path }] };
    expectRefusal(await post('/Bulk', bulk), 400, 'invalidSyntax');
  }
  expect((await get(path)).body).not.toHaveProperty('title');
});

test('rfc 72: UTF-8 comes in and goes out, whatever JSON type is named and whatever is accepted', async () => {
  const { scim, key, get } = await openClient();
  const port = await serve(nodeHandler(scim));
  const name = 'Zoë 李雷 𝒜 \u202e\u0301 "\\\n';
  let count = 0;
  for (const type of [
    'application/scim+json',
    'application/json',
    'application/scim+json; charset=utf-8',
    'APPLICATION/JSON',
  ]) {
    for (const accept of ['application/scim+json', 'application/json', '*/*', 'text/html', undefined]) {
      count += 1;
      const made = await sendTo(port, {
        method: 'POST',
        path: '/scim/v2/Users',
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': type,
          ...(accept === undefined ? {} : { accept }),
        },
        body: JSON.stringify(user(`u${count}`, { displayName: name })),
      });
      expect([made.status, made.body.displayName]).toEqual([201, name]);
      expect(made.headers['content-type']).toBe('application/scim+json');
      expect(made.text).toContain('李雷');
    }
  }
  expect(
    (await get('/Users')).body.Resources.every(
      ({ displayName }: { displayName: string }) => displayName === name,
    ),
  ).toBe(true);
});

test('rfc 73: every answer with a body is application/scim+json to the letter, errors too', async () => {
  const { get, post, put, remove, make, call, patch: change } = await openClient();
  const { id } = await make('/Users', user('ann'));
  const path = `/Users/${id}`;
  for (const [answer, status] of [
    [await get(path), 200],
    [await get('/Users'), 200],
    [await get('/'), 200],
    [await put(path, user('ann')), 200],
    [await change(path, { op: 'add', path: 'title', value: 'x' }), 200],
    [await post('/Users/.search', { schemas: [SEARCH_URN] }), 200],
    [await post('/Users', user('bob')), 201],
    [await get('/ServiceProviderConfig'), 200],
    [await get('/Users?filter=x'), 400],
    [await call('/Users', { key: null }), 401],
    [await get('/nowhere'), 404],
    [await call('/Users', { method: 'DELETE' }), 405],
    [await post('/Users', user('bob')), 409],
    [await call(path, { method: 'DELETE', headers: { 'if-match': 'W/"x"' } }), 412],
    [await call('/Users', { body: 'x'.repeat(1_048_577) }), 413],
    [await get(`/Users?x=${'x'.repeat(9_000)}`), 414],
    [await call('/Users', { body: user('x'), headers: { 'content-type': 'text/plain' } }), 415],
  ] as const) {
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/scim+json']);
    expect(answer.body.schemas.length).toBeGreaterThan(0);
  }
  const gone = await remove(path);
  expect([gone.status, gone.text, gone.headers.get('content-type')]).toEqual([204, '', null]);
});

test.each([
  ['a byte order mark', `\ufeff${JSON.stringify(user('ann'))}`],
  [
    'bytes that are no UTF-8',
    Uint8Array.from([...Buffer.from('{"userName":"'), 0xff, 0xfe, ...Buffer.from('"}')]),
  ],
  ['a body that is cut', '{"userName":"ann"'],
  ['a list', '[{"userName":"ann"}]'],
  ['null', 'null'],
  ['a text', '"ann"'],
  ['nothing', ''],
])('rfc 74: %s is 400 invalidSyntax wherever a body is read', async (_name, body) => {
  const { call, make, get } = await openClient();
  const { id } = await make('/Users', user('present'));
  for (const [method, path] of [
    ['POST', '/Users'],
    ['PUT', `/Users/${id}`],
    ['PATCH', `/Users/${id}`],
    ['POST', '/Users/.search'],
    ['POST', '/Bulk'],
  ] as const)
    expectRefusal(await call(path, { method, body }), 400, 'invalidSyntax');
  expect((await get('/Users')).body).toMatchObject({ totalResults: 1, Resources: [{ userName: 'present' }] });
});

test('rfc 74: a body of another type is 415 wherever one is read', async () => {
  const { call, make, get } = await openClient();
  const { id } = await make('/Users', user('present'));
  for (const [method, path, body] of [
    ['POST', '/Users', user('ann')],
    ['PUT', `/Users/${id}`, user('ann')],
    ['PATCH', `/Users/${id}`, patch({ op: 'add', path: 'title', value: 'x' })],
    ['POST', '/Users/.search', { schemas: [SEARCH_URN] }],
    ['POST', '/Bulk', { schemas: [BULK_URN], Operations: [] }],
  ] as const) {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])
      expectRefusal(await call(path, { method, body, headers: { 'content-type': type } }), 415);
  }
  expect((await get(`/Users/${id}`)).body).toMatchObject({ userName: 'present', meta: { version: 'W/"1"' } });
});

test('rfc 75: parameters nobody knows change no answer', async () => {
  const { call, make } = await openClient();
  const { id } = await make('/Users', user('ann'));
  const query = '?aadOptscim062020&foo=bar&foo=baz&__proto__=1&filters=x&=&limit=0&page=9&%F0%9F%A6%80=%00';
  for (const path of [
    '/Users',
    `/Users/${id}`,
    '/Groups',
    '/',
    '/Schemas',
    '/ServiceProviderConfig',
    '/Users/nobody',
  ]) {
    const plain = await call(path);
    const asked = await call(path + query);
    expect([asked.status, asked.text]).toEqual([plain.status, plain.text]);
  }
  const search = { body: { schemas: [SEARCH_URN] } };
  expect((await call(`/Users/.search${query}`, search)).text).toBe(
    (await call('/Users/.search', search)).text,
  );
  const put = await call(`/Users/${id}${query}`, { method: 'PUT', body: user('ann') });
  const body = patch({ op: 'add', path: 'title', value: 'x' });
  const patched = await call(`/Users/${id}${query}`, { method: 'PATCH', body });
  const made = await call(`/Users${query}`, { body: user('bob') });
  const gone = await call(`/Users/${id}${query}`, { method: 'DELETE' });
  expect([put.status, patched.body.title, made.status, gone.status]).toEqual([200, 'x', 201, 204]);
});

test('rfc 76: PUT creates nobody: an id that is unknown, deleted or of another type or customer is 404', async () => {
  const client = await openClient();
  const other = await openSecondClient(client);
  const gone = await client.make('/Users', user('gone'));
  await client.remove(`/Users/${gone.id}`);
  const crew = await client.make('/Groups', group('Crew'));
  const theirs = await other.make('/Users', user('theirs'));
  const answers = new Set<string>();
  for (const id of ['00000000-0000-7000-8000-000000000000', 'mine', gone.id, crew.id, theirs.id]) {
    const answer = await client.put(`/Users/${id}`, user('ann', { id }));
    expectRefusal(answer, 404);
    answers.add(answer.text);
  }
  expectRefusal(await client.put(`/Groups/${gone.id}`, group('New')), 404);
  expect(answers.size).toBe(1);
  expect((await client.get('/Users')).body.totalResults).toBe(0);
  expect((await client.get('/')).body.Resources).toMatchObject([{ displayName: 'Crew' }]);
  expect((await other.get(`/Users/${theirs.id}`)).body).toEqual(theirs);
});

test('rfc 77: version 2 is served; another version in the path is 404', async () => {
  const { scim, key, call } = await openClient();
  const ask = async (path: string) =>
    readAnswer(await scim.fetch(new Request(ORIGIN + path, { headers: { authorization: `Bearer ${key}` } })));
  expect((await ask('/scim/v2/Users')).status).toBe(200);
  for (const path of [
    '/scim/v1/Users',
    '/scim/v3/Users',
    '/scim/v2.0/Users',
    '/scim/v22/Users',
    '/scim/Users',
    '/scim/V2/Users',
  ])
    expectRefusal(await ask(path), 404);
  for (const path of ['/v1/Users', '/v2/Users', '/v3/Users']) expectRefusal(await call(path), 404);
});

test('rfc 78: a path is decoded once; ids need no encoding, and may have any', async () => {
  const { get, make, remove } = await openClient();
  const { id } = await make('/Users', user('ann'));
  expect(id).toMatch(/^[A-Za-z0-9-]+$/);
  const encode = (text: string) =>
    [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  for (const path of [
    `/Users/${encode(id)}`,
    `/%55sers/${id}`,
    `/${encode('Users')}/${id}`,
    `/Users/${id}/`,
    `/Users//${id}`,
  ]) {
    const answer = await get(path);
    expect([answer.status, answer.body.id]).toEqual([200, id]);
  }
  for (const path of [
    `/Users/${encodeURIComponent(encode(id))}`,
    `/%2555sers/${id}`,
    `/Users%2f${id}`,
    `/Users/${id}%2f`,
    `/Users/${id}%00`,
    `/Users/${id}%20`,
    `/Users/x%2f..%2f${id}`,
    `/Users/${encodeURIComponent('a/b?c#d%e')}`,
    `/Users/%`,
    `/Users/%ff`,
  ])
    expectRefusal(await get(path), 404);
  for (const path of ['/Users/', '/Groups/', '/Schemas/', '/ResourceTypes/', '/ServiceProviderConfig/'])
    expect((await get(path)).text).toBe((await get(path.slice(0, -1))).text);
  expect((await remove(`/Users/${encode(id)}/`)).status).toBe(204);
});
