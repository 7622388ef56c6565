import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createScimApi } from './create-scim-api';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const closers: Array<() => void> = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(handler: Handler): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    handler(request, response, body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/setup/scim`;
}

function answer(status: number, body: unknown): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

test('get answers the configuration with all its further facts', async () => {
  const configuration = { hasApiKey: true, expiresAt: 1_900_000_000, users: 3, provider: 'okta' };
  const api = createScimApi({ baseUrl: await serve(answer(200, configuration)) });
  expect(await api.get()).toEqual({ ok: true, data: configuration });
});

test('get reads 404 as not configured', async () => {
  const api = createScimApi({ baseUrl: await serve(answer(404, { error: { code: 'not_found' } })) });
  expect(await api.get()).toEqual({ ok: true, data: { hasApiKey: false } });
});

test('get reads 500 as an error, never as not configured', async () => {
  const body = { error: { code: 'unexpected', message: 'Try again later.' } };
  const api = createScimApi({ baseUrl: await serve(answer(500, body)) });
  expect(await api.get()).toEqual({
    ok: false,
    error: { status: 500, code: 'unexpected', message: 'Try again later.' },
  });
});

test('403 keeps the code that asks for a fresh sign-in', async () => {
  const body = { error: { code: 'reauthentication_required', message: 'Sign in again.' } };
  const api = createScimApi({ baseUrl: await serve(answer(403, body)) });
  expect(await api.create({})).toMatchObject({
    ok: false,
    error: { status: 403, code: 'reauthentication_required' },
  });
});

test('an error without a JSON body still has a message', async () => {
  const baseUrl = await serve((_request, response) => {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
  });
  expect(await createScimApi({ baseUrl }).get()).toEqual({
    ok: false,
    error: { status: 502, message: 'The server answered 502.' },
  });
});

test('an unreachable server is an error with status 0', async () => {
  const baseUrl = await serve(answer(200, {}));
  for (const close of closers.splice(0)) close();
  expect(await createScimApi({ baseUrl }).get()).toMatchObject({
    ok: false,
    error: { status: 0, code: 'network' },
  });
});

test('a silent server is given up after the time-out', async () => {
  const api = createScimApi({ baseUrl: await serve(() => {}), timeoutMs: 50 });
  expect(await api.get()).toMatchObject({ ok: false, error: { status: 0, code: 'timeout' } });
});

test('a body that stalls half-way is given up too', async () => {
  const baseUrl = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"hasApiKey"');
  });
  expect(await createScimApi({ baseUrl, timeoutMs: 80 }).get()).toMatchObject({
    ok: false,
    error: { code: 'timeout' },
  });
});

test.each(['get', 'create', 'reset', 'remove'] as const)(
  '%s refuses a sign-in page answered with 200',
  async (method) => {
    const baseUrl = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    });
    expect(await createScimApi({ baseUrl })[method]({})).toMatchObject({
      ok: false,
      error: { status: 200, code: 'unexpected_answer' },
    });
  },
);

test('create without a key in the answer is an error', async () => {
  const api = createScimApi({ baseUrl: await serve(answer(201, { key: 'abc' })) });
  expect(await api.create({})).toMatchObject({ ok: false, error: { code: 'unexpected_answer' } });
});

test('remove accepts a message, and an empty answer', async () => {
  const withMessage = createScimApi({ baseUrl: await serve(answer(200, { message: 'Deleted' })) });
  const empty = createScimApi({ baseUrl: await serve((_, response) => response.writeHead(204).end()) });
  expect(await withMessage.remove()).toEqual({ ok: true, data: undefined });
  expect(await empty.remove()).toEqual({ ok: true, data: undefined });
});

test.each([
  { method: 'create', args: [{ expiresAt: null }], sent: 'POST /api/setup/scim {"expiresAt":null}' },
  { method: 'create', args: [{}], sent: 'POST /api/setup/scim {}' },
  { method: 'reset', args: [{ expiresAt: 9 }], sent: 'PUT /api/setup/scim {"expiresAt":9}' },
  { method: 'remove', args: [], sent: 'DELETE /api/setup/scim ' },
  {
    method: 'rotate',
    args: [{ overlapSeconds: 60 }],
    sent: 'POST /api/setup/scim/rotate {"overlapSeconds":60}',
  },
  { method: 'pause', args: [], sent: 'POST /api/setup/scim/pause {}' },
  { method: 'resume', args: [], sent: 'POST /api/setup/scim/resume {}' },
  {
    method: 'chooseProvider',
    args: [{ provider: 'okta' }],
    sent: 'PUT /api/setup/scim/provider {"provider":"okta"}',
  },
] as const)('$method $args sends $sent', async ({ method, args, sent }) => {
  const requests: string[] = [];
  const baseUrl = await serve((request, response, body) => {
    requests.push(`${request.method} ${request.url} ${body}`);
    answer(200, { scimApiKey: 'scimk_1' })(request, response, body);
  });
  const api = createScimApi({ baseUrl: `${baseUrl}/`, features: ['rotate', 'pause', 'provider'] });
  const call = api[method] as (...args: readonly unknown[]) => Promise<{ ok: boolean }>;
  expect((await call(...args)).ok).toBe(true);
  expect(requests).toEqual([sent]);
});

test('methods of features that were not named are absent', () => {
  const api = createScimApi({ baseUrl: '/api/setup/scim', features: ['rotate'] });
  expect(Object.keys(api).sort()).toEqual(['create', 'get', 'remove', 'reset', 'rotate']);
});

test('headers may be an object, or a function asked at each request', async () => {
  const tokens: unknown[] = [];
  const baseUrl = await serve((request, response, body) => {
    tokens.push(request.headers['x-csrf-token']);
    answer(200, { hasApiKey: false })(request, response, body);
  });
  let asked = 0;
  const changing = createScimApi({ baseUrl, headers: async () => ({ 'x-csrf-token': `t${++asked}` }) });
  await createScimApi({ baseUrl, headers: { 'x-csrf-token': 'fixed' } }).get();
  await changing.get();
  await changing.get();
  expect(tokens).toEqual(['fixed', 't1', 't2']);
});

test('a header function that throws is a failure, not an exception', async () => {
  const headers = () => {
    throw new Error('no token');
  };
  expect(await createScimApi({ baseUrl: '/x', headers }).get()).toMatchObject({ ok: false });
});

test('requests are never cached and carry the session of this origin only', async () => {
  const seen: Array<RequestInit | undefined> = [];
  const spy: typeof fetch = async (_url, init) => {
    seen.push(init);
    return Response.json({ hasApiKey: false });
  };
  await createScimApi({ baseUrl: '/x', fetch: spy }).get();
  expect(seen[0]).toMatchObject({ cache: 'no-store', credentials: 'same-origin' });
});
