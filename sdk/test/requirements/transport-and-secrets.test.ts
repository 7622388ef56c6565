import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { expectRefusal } from '../support/answers.ts';
import { type Call, connect, group, openScim, patch, SEARCH_URN, send, user } from '../support/scim.ts';
import { sendTls, serveTls } from '../support/serve-tls.ts';

describe('TLS', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'rfc 163: over %s every URL of an answer is https',
    async (version) => {
      const { scim } = openDerived();
      const { key } = await connect(scim);
      const port = await serveTls(nodeHandler(scim));

      const answer = await sendTls(port, version, '/scim/v2/Users', { key, body: user('ann') });

      expect(answer.status).toBe(201);
      const url = `https://app.example/scim/v2/Users/${answer.body.id}`;
      expect([answer.headers.get('location'), answer.body.meta.location]).toEqual([url, url]);
    },
  );

  test.each([
    ['https://app.example/scim/v2', false],
    ['http://localhost:3000/scim/v2', false],
    ['http://demo.localhost/scim/v2', false],
    ['http://127.0.0.1/scim/v2', false],
    ['http://[::1]:8080/scim/v2', false],
    ['http://app.example/scim/v2', true],
    ['http://10.0.0.7/scim/v2', true],
    ['http://127.0.0.1.example/scim/v2', true],
    ['http://localhost.example/scim/v2', true],
  ])(
    'rfc 163: the host is warned at the start where keys would travel in the clear: %s',
    async (endpointUrl, isWarned) => {
      const { scim, log } = openScim({ endpointUrl });
      const { key } = await connect(scim);
      const { body } = await send(scim, '/Users', { key, body: user('ann') });
      expect(body.meta.location).toBe(`${endpointUrl}/Users/${body.id}`);
      const warnings = log.filter(({ level }) => level === 'warn').map(({ message }) => message);
      expect(warnings).toEqual(
        isWarned
          ? ['scimkit: endpointUrl is http, so SCIM API keys travel in the clear. Give the https URL.']
          : [],
      );
    },
  );
});

/** Names that mean the same to a person, and names that do not. */
const SAME = [
  ['café', 'cafe\u0301'],
  ['CAFE\u0301', 'café'],
  ['\u212Aelvin', 'kelvin'],
  ['\u212Bngström', 'ångström'],
  ['ΟΔΟΣ', 'οδος'],
  ['οδοσ', 'οδος'],
  ['Ann@Example.COM', 'ann@example.com'],
  ['Жук', 'жУК'],
] as const;
const OTHER = [
  ['ad\u0430', 'ada'],
  ['ırmak', 'irmak'],
  ['stra\u00DFe', 'strasse'],
  ['café', 'cafe'],
  ['\uFF41nn', 'ann'],
  ['ann', 'ann\u200B'],
] as const;

describe('userName', () => {
  test.each(SAME)(
    'rfc 164: %j and %j are one name: in a POST, a rename and a filter',
    async (first, second) => {
      const { call } = await open();
      const { body: made } = await call('/Users', { body: user(first) });
      const other = (await call('/Users', { body: user('other') })).body.id;
      const rename = patch({ op: 'replace', path: 'userName', value: second });

      expectRefusal(await call('/Users', { body: user(second) }), 409, 'uniqueness');
      expectRefusal(await call(`/Users/${other}`, { method: 'PATCH', body: rename }), 409, 'uniqueness');
      expectRefusal(await call(`/Users/${other}`, { method: 'PUT', body: user(second) }), 409, 'uniqueness');
      const { body } = await call(`/Users?filter=${encodeURIComponent(`userName eq "${second}"`)}`);
      expect(body.Resources.map(({ id }: { id: string }) => id)).toEqual([made.id]);
      // The same person may be written the other way, and is then shown so.
      const renamed = await call(`/Users/${made.id}`, { method: 'PATCH', body: rename });
      expect([renamed.status, renamed.body.userName]).toEqual([200, second]);
    },
  );

  test.each(OTHER)('rfc 164: %j and %j are two names', async (first, second) => {
    const { call } = await open();
    const ids: string[] = [];
    for (const name of [first, second]) {
      const made = await call('/Users', { body: user(name) });
      expect(made.status).toBe(201);
      ids.push(made.body.id);
    }
    for (const [index, name] of [first, second].entries()) {
      const { body } = await call(`/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`);
      expect(body.Resources.map(({ id }: { id: string }) => id)).toEqual([ids[index]]);
    }
  });
});

describe('what URLs and logs hold', () => {
  test('rfc 165: URLs of resources name ids that tell nothing of the person', async () => {
    const { call } = await open();
    const body = user('ada.lovelace@acme.example', {
      externalId: 'e-4711',
      emails: [{ value: 'ada@home.example' }],
    });
    const made = await call('/Users', { body });
    const staff = await call('/Groups', { body: group('Analysts', [made.body.id]) });
    const list = await call('/Users');
    const urls = [made, staff, list].flatMap(({ text, headers }) => [
      ...(text.match(/https:[^"]+/g) ?? []),
      ...[...headers.values()].filter((value) => value.startsWith('https:')),
    ]);
    expect(urls.length).toBeGreaterThan(5);
    for (const url of urls) {
      expect(url).toMatch(/^https:\/\/app\.example\/scim\/v2\/(Users|Groups)\/[0-9a-f-]{36}$/);
    }
  });

  test('rfc 165: a search with personal data needs no URL for it: .search finds what GET finds', async () => {
    const { call } = await open();
    for (const name of ['ada', 'bea'])
      await call('/Users', { body: user(name, { emails: [{ value: `${name}@x.example` }] }) });
    const filter = 'emails.value eq "ada@x.example"';
    const got = await call(`/Users?filter=${encodeURIComponent(filter)}`);
    const searched = await call('/Users/.search', { body: { schemas: [SEARCH_URN], filter } });
    expect(got.body.totalResults).toBe(1);
    expect(searched.text).toBe(got.text);
  });

  test('rfc 165: keys and personal data are in no line of the host’s log, a failure’s own cause aside', async () => {
    let isFailing = false;
    const { scim, log } = openScim({
      hooks: {
        userCreated() {
          if (isFailing) throw new Error('the database of the app is away');
        },
      },
      limits: { hookTimeoutMs: 20 },
    });
    const { key } = await connect(scim);
    const call = (path: string, more: Call = {}) => send(scim, path, { key, ...more });
    await call('/Users', { body: user('lovelace') });
    await call('/Users', { body: user('lovelace') });
    await call('/Users', { key: `${key.slice(0, -1)}!`, body: user('lovelace') });
    await call('/Users?filter=userName%20eq%20%22lovelace', {});
    await call('/Users/lovelace');
    isFailing = true;
    expect((await call('/Users', { body: user('lovelace 2') })).status).toBe(500);
    expectRefusal(await call(`/Users?access_token=${key}`, { key: null }), 400, 'invalidSyntax');

    const text = inspect(log, { depth: 10 });
    expect(text).toContain('the database of the app is away');
    for (const secret of ['lovelace', key, key.split('_').at(-1) ?? '']) expect(text).not.toContain(secret);
  });
});

describe('somebody who guesses keys', () => {
  test('rfc 166: is refused after a number of tries, while the right key of the same address goes on', async () => {
    const { scim } = openScim({ limited: true });
    const { key } = await connect(scim);
    const from = (address: string, guess: string) => send(scim, '/Users', { key: guess, address });
    const statuses: number[] = [];
    for (let index = 0; index < 12; index += 1)
      statuses.push((await from('192.0.2.1', `${key}${index}`)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    expect((await from('192.0.2.1', 'wrong')).headers.get('retry-after')).toMatch(/^([1-9]|[12]\d|30)$/);
    expect((await from('192.0.2.1', key)).status).toBe(200);
    expect((await from('192.0.2.2', 'wrong')).status).toBe(401);
  });

  test('rfc 166: without a key nothing but GET /ServiceProviderConfig is answered', async () => {
    const { scim } = openScim();
    const open: string[] = [];
    const paths = [
      '/',
      '/Users',
      '/Users/1',
      '/Users/.search',
      '/Groups',
      '/.search',
      '/Bulk',
      '/Me',
      '/Schemas',
    ];
    for (const path of [...paths, '/ResourceTypes', '/ServiceProviderConfig', '/Nothing'])
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const answer = await send(scim, path, { method, ...(method === 'GET' ? {} : { body: {} }) });
        if (answer.status === 200) open.push(`${method} ${path}`);
        else expectRefusal(answer, 401);
      }
    expect(open).toEqual(['GET /ServiceProviderConfig']);
  });
});

/** scimkit without an `endpointUrl`: it goes by the request. */
function openDerived() {
  return openScim({ endpointUrl: undefined as never });
}

async function open() {
  const { scim } = openScim();
  const { key } = await connect(scim);
  return { call: (path: string, more: Call = {}) => send(scim, path, { key, ...more }) };
}
