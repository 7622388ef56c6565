import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expressHandler } from '../src/adapters/express.ts';
import type { SetupAct, SetupActor, SetupRefusal } from '../src/index.ts';
import { connect, openScim, patch, send, user } from './support/scim.ts';

const BASE = 'https://app.example/api/setup/scim';
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

type Answerer = (request: Request, act: SetupAct) => SetupActor | SetupRefusal | null;

/** The setup API of an app whose session is a header. */
function openSetup({ authorize = bySession, ...options }: { authorize?: Answerer } & OpenOptions = {}) {
  const opened = openScim(options);
  const setup = opened.scim.setupApi({
    authorize,
    names: (ids) => Object.fromEntries(ids.map((id) => [id, `${id} by name`])),
  });
  const ask = async (method: string, path = '', { body, headers = {} }: Asked = {}) => {
    const response = await setup.fetch(
      new Request(BASE + path, {
        method,
        headers: {
          'x-session': 'acme:ann',
          ...(method === 'GET' ? {} : OWN_PAGE),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
    return { status: response.status, headers: response.headers, body: (await response.json()) as Shown };
  };
  return { ...opened, setup, ask };
}

type OpenOptions = NonNullable<Parameters<typeof openScim>[0]>;

/** What the tests look at of any answer. */
interface Shown {
  readonly scimApiKey: string;
  readonly keys: readonly object[];
  readonly provider: string;
  readonly status: string;
  readonly activity: readonly object[];
  readonly userMapping: { readonly userSchema: readonly object[] };
}

interface Asked {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const bySession: Answerer = (request) => {
  const [customerId, actorId] = (request.headers.get('x-session') ?? '').split(':');
  if (!customerId) return null;
  return actorId === 'guest' ? { refused: 'forbidden' } : { customerId, ...(actorId && { actorId }) };
};

describe('C1, A3: setupApi answers as the setup routes do', () => {
  test('from nothing to a key, a new one, a second one, and to nothing again', async () => {
    const { ask } = openSetup();
    expect(await ask('GET')).toMatchObject({ status: 200, body: { hasApiKey: false } });
    expect(await ask('PUT', '', { body: {} })).toMatchObject({
      status: 404,
      body: { error: { code: 'not_configured' } },
    });

    const created = await ask('POST', '', { body: {} });
    expect(created).toMatchObject({ status: 201, body: { scimApiKey: expect.stringMatching(/^scimk_/) } });
    expect(await ask('POST', '', { body: {} })).toMatchObject({
      status: 409,
      body: { error: { code: 'exists_already' } },
    });
    const shown = await ask('GET');
    expect(shown.body).toMatchObject({
      hasApiKey: true,
      status: 'active',
      keys: [{ createdBy: 'ann by name' }],
    });
    expect(JSON.stringify(shown.body)).not.toContain(created.body.scimApiKey);

    expect(await ask('PUT', '/provider', { body: { provider: 'okta' } })).toMatchObject({ status: 200 });
    expect(await ask('POST', '/rotate', { body: { overlapSeconds: 3600 } })).toMatchObject({ status: 200 });
    const rotating = await ask('GET');
    expect(rotating.body.keys).toHaveLength(2);
    expect(rotating.body.provider).toBe('okta');
    expect(await ask('PUT', '', { body: { expiresAt: null } })).toMatchObject({ status: 200 });
    expect((await ask('GET')).body).toMatchObject({ expiresAt: null, keys: [{ expiresAt: null }] });

    expect(await ask('POST', '/pause')).toMatchObject({ status: 200 });
    expect((await ask('GET')).body.status).toBe('paused');
    expect(await ask('POST', '/resume', { body: {} })).toMatchObject({ status: 200 });
    expect(await ask('DELETE')).toMatchObject({ status: 200, body: { message: expect.any(String) } });
    expect(await ask('DELETE')).toMatchObject({ status: 404 });
    expect((await ask('GET')).body).toEqual({ hasApiKey: false });
  });

  test.each([
    ['in the past', 1_000],
    ['in milliseconds', 1_893_456_000_000],
    ['of no whole number', 1_893_456_000.5],
    ['that is no number', '2030'],
  ])('a key whose end is %s is refused with 422', async (_what, expiresAt) => {
    const { ask } = openSetup();
    const refused = await ask('POST', '', { body: { expiresAt } });
    expect(refused).toMatchObject({ status: 422, body: { error: { code: 'invalid_fields' } } });
    expect((await ask('GET')).body).toEqual({ hasApiKey: false });
  });

  test('activity, held changes and the mapping are read and decided on', async () => {
    const { scim, ask } = openSetup();
    const { key } = await connect(scim);
    const { id } = (await send(scim, '/Users', { key, body: user('ann') })).body;
    await send(scim, '/Users', { key, body: user('ann') });
    await send(scim, `/Users/${id}`, {
      key,
      method: 'PATCH',
      body: patch({ op: 'replace', path: 'active', value: false }),
    });

    const failed = await ask('GET', '/activity?outcome=failed');
    expect(failed.body.activity).toMatchObject([{ status: 409, name: 'ann' }]);
    expect((await ask('GET', '/activity?limit=2')).body).toMatchObject({ next: expect.any(String) });
    expect(await ask('GET', '/activity?outcome=odd')).toMatchObject({ status: 422 });
    expect((await ask('GET', '/held?size=10')).body).toMatchObject({
      changes: [],
      waiting: 0,
      page: 0,
      size: 10,
    });
    expect(await ask('POST', '/held/release', { body: { all: true } })).toMatchObject({ status: 200 });
    expect(await ask('POST', '/held/reject', { body: {} })).toMatchObject({ status: 422 });

    const { userMapping } = (await ask('GET', '/mapping')).body;
    expect(userMapping.userSchema.length).toBeGreaterThan(0);
    const customMapping = { userSchema: userMapping.userSchema.slice(0, 1) };
    expect((await ask('POST', '/mapping/preview', { body: { customMapping } })).body).toMatchObject({
      checked: 1,
    });
    expect(await ask('PUT', '/mapping', { body: { customMapping } })).toMatchObject({ status: 200 });
    expect((await ask('GET', '/mapping')).body.userMapping.userSchema).toHaveLength(1);
    expect(await ask('PUT', '/mapping', { body: { customMapping: { userSchema: 1 } } })).toMatchObject({
      status: 422,
    });
    expect(await ask('PUT', '/mapping', { body: {} })).toMatchObject({ status: 422 });
  });

  test('A10: role rules are read, looked at before they are saved, and saved', async () => {
    const { scim, ask } = openSetup({
      roles: [
        { id: 'admin', displayName: 'Administrator' },
        { id: 'member', displayName: 'Member' },
      ],
    });
    const { key } = await connect(scim);
    await send(scim, '/Users', { key, body: user('ann') });
    const rules = { rules: [], defaultRoleId: 'member' };

    expect((await ask('GET', '/roles')).body).toMatchObject({
      rules: [],
      roles: [{ id: 'admin' }, { id: 'member' }],
    });
    expect((await ask('POST', '/roles/preview', { body: rules })).body).toMatchObject({ gains: 1, loses: 0 });
    expect((await ask('PUT', '/roles', { body: rules })).status).toBe(200);
    expect((await ask('GET', '/roles')).body).toMatchObject({ defaultRoleId: 'member' });
    expect(await ask('PUT', '/roles', { body: { rules: [{ kind: 'odd' }] } })).toMatchObject({ status: 422 });
  });

  test('A10: without roles of the app there is nothing at their address', async () => {
    const { ask } = openSetup();
    expect(await ask('GET', '/roles')).toMatchObject({ status: 404 });
  });
});

describe('security: who may use setupApi', () => {
  test('nobody gets 401, others than administrators 403, and nothing of anybody is shown to them', async () => {
    const { scim, ask } = openSetup();
    await connect(scim);
    for (const [session, status] of [
      ['', 401],
      ['acme:guest', 403],
    ] as const)
      for (const [method, path] of [
        ['GET', ''],
        ['POST', ''],
        ['DELETE', ''],
        ['GET', '/activity'],
        ['POST', '/held/release'],
      ] as const) {
        const { status: answered, body } = await ask(method, path, { headers: { 'x-session': session } });
        expect({ method, path, answered, keys: Object.keys(body) }).toEqual({
          method,
          path,
          answered: status,
          keys: ['error'],
        });
      }
    expect(await ask('GET')).toMatchObject({ body: { hasApiKey: true } });
  });

  test('one customer sees and changes nothing of another, also by the id of its connection', async () => {
    const acts: SetupActor[] = [];
    const { scim, ask } = openSetup({
      authorize(request) {
        const actor = bySession(request, 'read');
        if (actor === null || 'refused' in actor) return actor;
        const scimConnectionId = request.headers.get('x-connection');
        const chosen = { ...actor, ...(scimConnectionId !== null && { scimConnectionId }) };
        acts.push(chosen);
        return chosen;
      },
    });
    const { key, connectionId } = await connect(scim);
    const headers = { 'x-session': 'other:bob', 'x-connection': connectionId };
    expect((await ask('GET', '', { headers })).body).toEqual({ hasApiKey: false });
    for (const [method, path] of [
      ['DELETE', ''],
      ['PUT', ''],
      ['POST', '/pause'],
      ['GET', '/activity'],
      ['GET', '/held'],
      ['GET', '/mapping'],
    ] as const)
      expect(
        await ask(method, path, {
          headers,
          ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
        }),
      ).toMatchObject({ status: 404 });
    expect((await send(scim, '/Users', { key })).status).toBe(200);
    expect(acts.length).toBeGreaterThan(0);
  });

  test('work on keys may ask for a recent sign-in, and reading does not', async () => {
    const acts: [string, SetupAct][] = [];
    const { ask } = openSetup({
      authorize(request, act) {
        acts.push([request.method, act]);
        return act === 'key' ? { refused: 'reauthenticate' } : { customerId: 'acme' };
      },
    });
    expect(await ask('POST', '', { body: {} })).toMatchObject({
      status: 403,
      body: { error: { code: 'reauthentication_required' } },
    });
    expect(await ask('GET')).toMatchObject({ status: 200 });
    await ask('POST', '/pause');
    expect(acts).toEqual([
      ['POST', 'key'],
      ['GET', 'read'],
      ['POST', 'change'],
    ]);
  });

  test.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    ['a sibling host', { 'sec-fetch-site': 'same-site', origin: 'https://evil.app.example' }, 403],
    ['a page without origin', { 'sec-fetch-site': 'cross-site', origin: 'null' }, 403],
    ['no browser at all', { 'sec-fetch-site': '' }, 403],
    ['an older browser on a page of its own', { 'sec-fetch-site': '', origin: 'https://app.example' }, 201],
  ])('a change asked for by %s', async (_from, headers, status) => {
    const { ask } = openSetup();
    expect((await ask('POST', '', { body: {}, headers })).status).toBe(status);
  });

  test('a front end on another host may ask once it is named, and only by its exact origin', async () => {
    const { scim } = openScim();
    const authorize = () => ({ customerId: 'acme' });
    const setup = scim.setupApi({ authorize, origins: ['https://admin.example'] });
    const from = async (origin: string) => {
      const headers = { origin, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' };
      return (await setup.fetch(new Request(BASE, { method: 'POST', headers, body: '{}' }))).status;
    };
    expect(await from('https://admin.example.evil.example')).toBe(403);
    expect(await from('https://admin.example')).toBe(201);
  });

  test('what a form can send is not read', async () => {
    const { ask } = openSetup();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await ask('POST', '', { body: 'expiresAt=', headers })).toMatchObject({ status: 415 });
    expect(
      await ask('POST', '', { body: '{', headers: { 'content-type': 'application/json' } }),
    ).toMatchObject({ status: 400 });
    expect(await ask('POST', '', { body: '[]' })).toMatchObject({ status: 422 });
    expect(await ask('POST', '', { body: JSON.stringify({ a: 'x'.repeat(2 ** 20) }) })).toMatchObject({
      status: 413,
    });
  });

  test('no answer is kept by anything on the way, and none is taken for a page', async () => {
    const { ask } = openSetup();
    for (const { headers } of [
      await ask('GET'),
      await ask('POST', '', { body: {} }),
      await ask('GET', '/nothing'),
      await ask('GET', '', { headers: { 'x-session': '' } }),
    ]) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-type')).toContain('application/json');
    }
  });

  test('other addresses are 404, other methods 405, and neither asks who it is', async () => {
    let asked = 0;
    const { ask } = openSetup({
      authorize() {
        asked += 1;
        return null;
      },
    });
    expect(await ask('GET', '/keys/a/b')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
    const refused = await ask('DELETE', '/pause');
    expect(refused).toMatchObject({ status: 405, body: { error: { code: 'method_not_allowed' } } });
    expect(refused.headers.get('allow')).toBe('POST');
    expect(asked).toBe(0);
  });

  test('a session store that fails is an opaque 500, and the whole of it is in the log', async () => {
    const errors: { message: string; details: object | undefined }[] = [];
    const logger = {
      error: (message: string, details?: object) => void errors.push({ message, details }),
      warn() {},
      info() {},
    };
    const { scim } = openScim({ logger });
    const cause = new Error('redis at 10.0.0.7 is gone');
    const setup = scim.setupApi({
      authorize() {
        throw cause;
      },
    });
    const response = await setup.fetch(new Request(BASE));
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('redis');
    expect(errors).toEqual([{ message: expect.any(String), details: { cause } }]);
  });

  test('an authorize that names no customer lets nobody in', async () => {
    const { scim } = openScim({ logger: { error() {}, warn() {}, info() {} } });
    await connect(scim);
    for (const answer of [{ customerId: '' }, {}, { customerId: undefined }, { refused: 'odd' }]) {
      const setup = scim.setupApi({ authorize: () => answer as never });
      expect((await setup.fetch(new Request(BASE))).status).toBeGreaterThanOrEqual(403);
    }
  });

  test('misuse fails at the start', () => {
    const { scim } = openScim();
    expect(() => scim.setupApi({} as never)).toThrow(/setupApi: authorize/);
    expect(() => scim.setupApi({ authorize: () => null, origins: ['https://a.example/'] })).toThrow(
      /origins/,
    );
  });
});

describe('setupApi behind Express', () => {
  test.each([
    ['without a body parser', false],
    ['behind express.json()', true],
  ])('%s', async (_how, parses) => {
    const { scim } = openScim();
    const app = express();
    if (parses) app.use(express.json());
    const authorize = (request: express.Request) =>
      request.get('x-session') === 'ann' ? { customerId: 'acme', actorId: 'ann' } : null;
    app.use('/api/setup/scim', expressHandler(scim.setupApi({ authorize })));
    const server = app.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (method: string, session: string, body?: string) =>
      fetch(`${origin}/api/setup/scim`, {
        method,
        headers: {
          'x-session': session,
          origin,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
      });

    expect((await ask('GET', '')).status).toBe(401);
    const created = await ask('POST', 'ann', '{"expiresAt":null}');
    expect(created.status).toBe(201);
    expect(await created.json()).toEqual({ scimApiKey: expect.any(String) });
    expect(await (await ask('GET', 'ann')).json()).toMatchObject({ hasApiKey: true, expiresAt: null });
    expect((await ask('DELETE', 'ann')).status).toBe(200);
  });
});
