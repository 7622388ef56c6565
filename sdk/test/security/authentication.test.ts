import { describe, expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { mintKey } from '../../src/connections/key-format.ts';
import { BASE62, platformRandom } from '../../src/connections/random-text.ts';
import { METHODS } from '../../src/http/route.ts';
import { createScim } from '../../src/index.ts';
import { connect, ERROR_URN, openScim, openSpied, send, user } from '../support/scim.ts';
import { sendRaw, sendTo, serve } from '../support/serve.ts';

const stranger = mintKey({ prefix: 'scimk', random: platformRandom }).text;

/** Ways to write a path that has led to a route past an authentication elsewhere. */
const SPELLINGS: readonly string[] = [
  '/Users',
  '/Users/',
  '//Users',
  '///Users///',
  '/./Users',
  '/../Users',
  '/Users/..',
  '/Users/../Users',
  '/ServiceProviderConfig/../Users',
  '/ServiceProviderConfig/%2e%2e/Users',
  '/ServiceProviderConfig/..%2fUsers',
  '/ServiceProviderConfig/%2e%2e%2fUsers',
  '/ServiceProviderConfig%2f..%2fUsers',
  '/ServiceProviderConfig/..;/Users',
  '/ServiceProviderConfig;/../Users',
  '/ServiceProviderConfig/;/../Users',
  '/ServiceProviderConfig%00/Users',
  '/ServiceProviderConfig%0a',
  '/ServiceProviderConfig/',
  '//ServiceProviderConfig',
  '/%53erviceProviderConfig',
  '/serviceproviderconfig',
  '/SERVICEPROVIDERCONFIG',
  '/ServiceProviderConfig/Users',
  '/ServiceProviderConfig;x',
  '/ServiceProviderConfig%20',
  '/ServiceProviderConfig.json',
  '/%55sers',
  '/%55%73%65%72%73',
  '/U%73ers',
  '/%2555sers',
  '/%25%35%35sers',
  '/%u0055sers',
  '/%c1%95sers',
  '/%ef%bc%b5sers',
  '/Users%2f',
  '/Users%2F1',
  '/Users%5c1',
  '/Users\\1',
  '/Users%00',
  '/Users%0d%0a',
  '/Users%09',
  '/Users%20',
  '/Users;x',
  '/Users;jsessionid=1',
  '/;x/Users',
  '/Users/;x',
  '/users',
  '/USERS',
  '/uSERS',
  '/Users.json',
  '/Users/.search',
  '/Users/%2esearch',
  '/Users/%2Esearch',
  '/.search',
  '/Users/%2e',
  '/Users/%2e%2e',
  '/Users/%2e%2e/Groups',
  '/%2e/Users',
  '/%2e%2e/Users',
  '/%2e%2e%2f%2e%2e%2fUsers',
  '/..%252fUsers',
  '/%2fUsers',
  '/%5cUsers',
  '/%2f%2fUsers',
  '/Groups',
  '/%47roups',
  '/Groups/1',
  '/Schemas',
  '/%53chemas',
  '/ResourceTypes',
  '/Bulk',
  '/Me',
  '/',
  '',
  '/%',
  '/%zz',
  '/Users/%',
  '/Users/%e0%a4%a',
  '/Users?',
  '/Users&',
  '/Users:80',
  '/Users@x',
  '/~/Users',
  '/aaaaaaaaaaaaaaaaaaaa/Users',
  '/aaaaaaaaaaaaaaaaaaaa/ServiceProviderConfig',
  '/healthz',
  '/metrics',
  '/admin',
];

describe('paths without a key (S6)', () => {
  test(`case-S6 path spellings never skip authentication (${SPELLINGS.length} spellings, fetch and node:http)`, async () => {
    expect(SPELLINGS.length).toBeGreaterThanOrEqual(60);
    const { scim, statements } = openSpied();
    const { key } = await connect(scim);
    await send(scim, '/Users', { key, body: user('somebody@acme.example') });
    const port = await serve(nodeHandler(scim));
    statements.length = 0;
    const wrong: string[] = [];
    for (const spelling of SPELLINGS) {
      const request = { method: 'GET', query: '', baseUrl: '', address: null, headerBytes: 0 };
      const path = spelling.replace(/\?$/, '');
      const direct = await scim.handle({
        ...request,
        path,
        header: () => null,
        readBody: () => Promise.reject(new Error('read')),
      });
      if (direct.status !== 401) wrong.push(`handle ${spelling}: ${direct.status}`);
      const { status, text } = await sendTo(port, { path: `/scim/v2${spelling}` });
      // Only what does not even begin with the mount's path is somebody else's.
      const isOutside = status === 404 && !/^\/scim\/v2(\/|$)/.test(`/scim/v2${path}`);
      if (status !== 401 && !isOutside) wrong.push(`node ${spelling}: ${status} ${text}`);
      const fetched = await scim.fetch(new Request(`https://app.example/scim/v2${spelling}`));
      if (fetched.status !== 401 && fetched.status !== 404 && !isPublic(fetched.status, spelling))
        wrong.push(`fetch ${spelling}: ${fetched.status}`);
      if ((await fetched.text()).includes('somebody')) wrong.push(`fetch ${spelling}: shows a user`);
    }
    expect(wrong).toEqual([]);
    expect(statements).toEqual([]);
  });

  /** `Request` resolves dot segments by itself, before anybody sees them. */
  const isPublic = (status: number, spelling: string) =>
    status === 200 &&
    new URL(`https://app.example/scim/v2${spelling}`).pathname.endsWith('/ServiceProviderConfig');

  test('case-S6 an absolute request target, CONNECT-like and asterisk forms need a key too', async () => {
    const { scim, statements } = openSpied();
    await scim.migrate();
    const port = await serve(nodeHandler(scim));
    statements.length = 0;
    for (const target of [
      'http://app.example/scim/v2/Users',
      'HTTP://app.example/scim/v2/Users',
      'https://other.example/scim/v2/Users',
      'http://x@y/scim/v2/Users',
    ]) {
      const text = await sendRaw(
        port,
        `GET ${target} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`,
      );
      expect(text, target).toMatch(/^HTTP\/1\.1 401 /);
    }
    const star = await sendRaw(port, 'OPTIONS * HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n');
    expect(star).toMatch(/^HTTP\/1\.1 404 /);
    expect(statements).toEqual([]);
  });
});

describe('routes without a right key (S7)', () => {
  const PATHS = [
    '/Users',
    '/Users/1',
    '/Users/.search',
    '/ServiceProviderConfig',
    '/ResourceTypes',
    '/Schemas',
    '/Bulk',
    '/Me',
    '/',
    '/.search',
  ];
  const CASES = Object.entries(METHODS).flatMap(([, methods], index) =>
    ['GET', 'HEAD', 'OPTIONS', ...methods, 'PROPFIND'].map(
      (method) => [method, PATHS[index] ?? '/'] as const,
    ),
  );

  test('case-S7 every method and route without a key or with garbage is 401 and reads nothing', async () => {
    const { scim, statements } = openSpied();
    await scim.migrate();
    statements.length = 0;
    for (const [method, path] of CASES) {
      for (const authorization of [undefined, 'Bearer garbage', `Bearer ${stranger.slice(0, -1)}`]) {
        if (method === 'GET' && path === '/ServiceProviderConfig' && authorization === undefined) continue;
        const answer = await send(scim, path, {
          method,
          headers: authorization === undefined ? {} : { authorization },
        });
        expect([answer.status, method, path, authorization]).toEqual([401, method, path, authorization]);
      }
    }
    expect(statements).toEqual([]);
  });

  test('case-S7 only /ServiceProviderConfig is public, and it names no customer', async () => {
    const { scim, statements } = openSpied();
    const { customerId, connectionId } = await connect(scim, 'a-customer-nobody-may-learn-of');
    statements.length = 0;
    const answer = await send(scim, '/ServiceProviderConfig');
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain(customerId);
    expect(answer.text).not.toContain(connectionId);
    expect(statements).toEqual([]);
  });

  test('case-S7 a well-formed key that was never issued costs one read and is 401', async () => {
    const { scim, statements } = openSpied();
    await connect(scim);
    statements.length = 0;
    const answer = await send(scim, '/Users', { key: stranger });
    expect(answer.status).toBe(401);
    expect(statements.map(({ sql }) => sql)).toEqual([
      expect.stringMatching(
        /^SELECT json_array\([\w,.\s()]+\) AS record FROM scim_connections c\s+JOIN scim_api_keys k ON [\w.\s=]+ WHERE k\.key_id = \?$/,
      ),
    ]);
  });
});

describe('credentials of other kinds (S8, S32)', () => {
  test('case-S8 no other credential of a request opens SCIM', async () => {
    const { scim } = openScim();
    const { key, connectionId, customerId } = await connect(scim);
    const jwt = 'eyJhbGciOiJub25lIn0.eyJvcmciOiJhY21lIn0.';
    const others: Record<string, string>[] = [
      { cookie: `session=${key}; scimApiKey=${key}; authorization=Bearer ${key}` },
      { authorization: `Bearer ${jwt}` },
      { authorization: `Basic ${Buffer.from(`${connectionId}:${key}`).toString('base64')}` },
      { authorization: `Bearer ${connectionId}` },
      { authorization: `Bearer ${customerId}` },
      { 'x-api-key': key },
      { 'x-authorization': `Bearer ${key}` },
      { 'proxy-authorization': `Bearer ${key}` },
      { 'x-forwarded-authorization': `Bearer ${key}` },
      { 'x-forwarded-user': 'admin' },
    ];
    for (const headers of others) {
      const answer = await send(scim, '/Users', { headers });
      expect(answer.status, Object.keys(headers).join()).toBe(401);
    }
  });

  test('case-S32 the connection comes from the key alone, never from body, query or header', async () => {
    const { scim } = openScim();
    const a = await connect(scim, 'a');
    const b = await connect(scim, 'b');
    await send(scim, '/Users', { key: b.key, body: user('only-b@b.example') });
    const named = {
      connectionId: b.connectionId,
      connection_id: b.connectionId,
      customerId: 'b',
      customer_id: 'b',
      tenant: 'b',
    };
    const headers = {
      'x-connection-id': b.connectionId,
      'x-customer-id': 'b',
      'x-tenant': 'b',
      'x-forwarded-host': 'b.app.example',
    };
    const listed = await send(scim, `/Users?${new URLSearchParams(named)}`, { key: a.key, headers });
    expect(listed.body.totalResults).toBe(0);
    const made = await send(scim, '/Users', { key: a.key, headers, body: user('a@a.example', named) });
    expect(made.status).toBe(201);
    expect((await send(scim, '/Users', { key: a.key })).body.totalResults).toBe(1);
    expect((await send(scim, '/Users', { key: b.key })).body.totalResults).toBe(1);
  });

  test("case-S32 a connection named in the URL must be the key's own, by the same 401 as no such connection", async () => {
    const { scim } = openScim();
    const a = await connect(scim, 'a');
    const b = await connect(scim, 'b');
    const foreign = await send(scim, `/${b.connectionId}/Users`, { key: a.key });
    const nobody = await send(scim, `/${'z'.repeat(20)}/Users`, { key: a.key });
    expect(foreign.status).toBe(401);
    expect(foreign.text).toBe(nobody.text);
    expect([...foreign.headers]).toEqual([...nobody.headers]);
    expect((await send(scim, `/${a.connectionId}/Users`, { key: a.key })).status).toBe(200);
  });
});

describe('the Authorization header over HTTP (S9)', () => {
  const spellings = (key: string): readonly (readonly [string, string | string[] | undefined])[] => [
    ['none', undefined],
    ['empty', ''],
    ['Bearer alone', 'Bearer'],
    ['Bearer and a blank', 'Bearer '],
    ['bearer undefined', 'bearer undefined'],
    ['Bearer null', 'Bearer null'],
    ['null', 'null'],
    ['undefined', 'undefined'],
    ['Bearer NaN', 'Bearer NaN'],
    ['Bearer true', 'Bearer true'],
    ['Bearer 0', 'Bearer 0'],
    ['Bearer [object Object]', 'Bearer [object Object]'],
    ['Bearer and quotes', 'Bearer ""'],
    ['Basic, empty', 'Basic'],
    ['Basic of a user', 'Basic dXNlcjpwYXNz'],
    ['Basic with a key', `Basic ${key}`],
    ['Basic of a key', `Basic ${Buffer.from(`:${key}`).toString('base64')}`],
    ['Digest', `Digest username="${key}"`],
    ['Token', `Token ${key}`],
    ['Negotiate', `Negotiate ${key}`],
    ['no blank', `Bearer${key}`],
    ['a colon', `Bearer: ${key}`],
    ['an equals sign', `Bearer=${key}`],
    ['a tab', `Bearer\t${key}`],
    ['a no-break space', `Bearer\u00a0${key}`],
    ['Bearer doubled', `Bearer Bearer ${key}`],
    ['a comma list', `Bearer ${key}, Bearer ${key}`],
    ['a comma list without blanks', `${key},${key}`],
    ['two keys', `Bearer ${key} ${key}`],
    ['a parameter', `Bearer ${key}; realm=x`],
    ['quoted', `Bearer "${key}"`],
    ['angle brackets', `Bearer <${key}>`],
    ['upper case key', `Bearer ${key.toUpperCase()}`],
    ['cut', `Bearer ${key.slice(0, -1)}`],
    ['one more', `Bearer ${key}0`],
    ['first secret byte wrong', `Bearer ${key.slice(0, 20)}${key[20] === 'a' ? 'b' : 'a'}${key.slice(21)}`],
    ['non-ASCII', 'Bearer schl\u00fcssel'],
    ['8 KB', `Bearer ${'a'.repeat(8_000)}`],
    ['two header lines', [`Bearer ${key}`, `Bearer ${key}`]],
    ['two header lines, the first wrong', ['Bearer x', `Bearer ${key}`]],
    ['two header lines, the second wrong', [`Bearer ${key}`, 'Bearer x']],
    ['two header lines, the first empty', ['', `Bearer ${key}`]],
    ['another prefix', `Bearer ${key.replace('scimk', 'other')}`],
    ['a stranger', `Bearer ${stranger}`],
  ];

  test('case-S9 over 40 header spellings are 401 on a real socket, in one and the same words', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    const port = await serve(nodeHandler(scim));
    const cases = spellings(key);
    expect(cases.length).toBeGreaterThanOrEqual(40);
    const wrong: string[] = [];
    const bodies = new Set<string>();
    for (const [name, value] of cases) {
      const answer = await sendTo(port, {
        path: '/scim/v2/Users',
        headers: value === undefined ? {} : { authorization: value },
      });
      if (answer.status !== 401) wrong.push(`${name}: ${answer.status}`);
      bodies.add(answer.text);
      expect(answer.text).not.toContain(key);
    }
    expect(wrong).toEqual([]);
    // One for a missing header, one for all others.
    expect(bodies.size).toBe(2);
    const right = await sendTo(port, { path: '/scim/v2/Users', headers: { authorization: `Bearer ${key}` } });
    expect(right.status).toBe(200);
  });

  test('case-S9 64 KB of headers are refused before they are looked into', async () => {
    const { scim, statements } = openSpied();
    await scim.migrate();
    const port = await serve(nodeHandler(scim));
    statements.length = 0;
    const text = await sendRaw(
      port,
      `GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(65_536)}\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    const viaFetch = await send(scim, '/Users', {
      headers: { authorization: `Bearer ${'a'.repeat(65_536)}` },
    });
    expect(viaFetch.status).toBe(431);
    expect(statements).toEqual([]);
  });

  test('case-S9 an empty secret is refused at the start', () => {
    for (const pepper of ['', ' ', { id: 'a', secret: '' }, { id: '', secret: 'x' }]) {
      expect(() => createScim({ database: 'sqlite::memory:', pepper })).toThrow(TypeError);
    }
  });

  test('rfc-67 a 401 has a SCIM body and names the scheme', async () => {
    const { scim } = openScim();
    const { connectionId, key } = await connect(scim);
    const missing = await send(scim, '/Users');
    expect(missing.status).toBe(401);
    expect(missing.headers.get('content-type')).toBe('application/scim+json');
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="scim"');
    expect(missing.body).toEqual({
      schemas: [ERROR_URN],
      status: '401',
      detail: 'Send the SCIM API key as "Authorization: Bearer <key>".',
    });
    const golden = {
      schemas: [ERROR_URN],
      status: '401',
      detail:
        'The SCIM API key is not valid. Generate a new one on the setup page and paste it into the identity provider.',
    };
    const wrong = await send(scim, '/Users', { key: stranger });
    expect(wrong.body).toEqual(golden);
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer realm="scim", error="invalid_token"');
    await scim.management.pauseScimConnection({ scimConnectionId: connectionId });
    expect((await send(scim, '/Users', { key })).body).toEqual(golden);
    await scim.management.deleteScimConnection({ scimConnectionId: connectionId });
    expect((await send(scim, '/Users', { key })).body).toEqual(golden);
  });
});

describe('the key in the URL', () => {
  test('a key in the query is 400 before anything is read, and reaches neither log nor answer', async () => {
    const { scim, log, statements } = openSpied();
    const { key } = await connect(scim);
    statements.length = 0;
    for (const name of [
      'access_token',
      'token',
      'scimApiKey',
      'api_key',
      'apikey',
      'ACCESS_TOKEN',
      'acc%65ss_token',
    ]) {
      for (const path of ['/Users', '/ServiceProviderConfig', '/nowhere']) {
        const answer = await send(scim, `${path}?${name}=${key}`);
        expect([answer.status, name, path]).toEqual([400, name, path]);
        expect(answer.text).not.toContain(key);
      }
    }
    expect(statements).toEqual([]);
    const withHeader = await send(scim, `/Users?access_token=${key}`, { key });
    expect(withHeader.status).toBe(400);
    expect(JSON.stringify(log)).not.toContain(key);
  });
});

test('nothing slow runs before authentication: 500 refusals take no time to speak of', async () => {
  const { scim } = openScim();
  await scim.migrate();
  const start = performance.now();
  for (let index = 0; index < 500; index += 1) {
    await send(scim, '/Users', { body: 'x'.repeat(1000), key: `${stranger}${index}` });
  }
  expect(performance.now() - start).toBeLessThan(3000);
});

test('case S30: keys that share their first 72 bytes do not let each other in', async () => {
  const keyPrefix = 'a'.repeat(32);
  const { scim, statements } = openSpied({ keyPrefix });
  const { key } = await connect(scim);
  const [, keyId = '', rest = ''] = key.split('_');
  // As the key is made, of the characters given.
  const spell = (secret: string) => {
    const places = [...keyId, ...secret].map((character) => BASE62.indexOf(character));
    return mintKey({ prefix: keyPrefix, random: (size) => Uint8Array.from(places.splice(0, size)) }).text;
  };
  const secret = rest.slice(0, -6);
  const twins = [42, 41, 30, 27, 26].map((place) => {
    const other = secret[place] === 'x' ? 'y' : 'x';
    return spell(secret.slice(0, place) + other + secret.slice(place + 1));
  });

  expect(spell(secret)).toBe(key);
  expect((await send(scim, '/Users', { key })).status).toBe(200);
  for (const twin of twins) {
    expect([twin.length, twin.slice(0, 72), twin === key]).toEqual([key.length, key.slice(0, 72), false]);
    statements.length = 0;
    expect((await send(scim, '/Users', { key: twin })).status).toBe(401);
    // Its form is right, so that it was compared with what is stored.
    expect(statements.some(({ values }) => values.includes(keyId))).toBe(true);
  }
});
