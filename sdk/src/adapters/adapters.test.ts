import type { RequestListener } from 'node:http';
import { connect as openSocket } from 'node:net';
import express, { type RequestHandler } from 'express';
import { describe, expect, test } from 'vitest';
import { BASE, connect, openScim, patch, send, USER_URN, user } from '../../test/support/scim.ts';
import { sendRaw, sendTo, serve } from '../../test/support/serve.ts';
import type { Scim } from '../create-scim.ts';
import { expressHandler } from './express.ts';
import { nodeHandler } from './node.ts';

const jsonTypes = ['application/json', 'application/scim+json'];

function withExpress(...before: RequestHandler[]) {
  return (scim: Scim): RequestListener => {
    const app = express();
    for (const handler of before) app.use(handler);
    app.use('/scim/v2', expressHandler(scim));
    return app;
  };
}

/** Every way into the server over a socket. */
const ADAPTERS: readonly (readonly [string, (scim: Scim) => RequestListener])[] = [
  ['node:http', (scim) => nodeHandler(scim)],
  ['Express, body not parsed', withExpress()],
  ['Express, express.json', withExpress(express.json({ type: jsonTypes, limit: '64mb' }))],
  ['Express, express.json for application/json only', withExpress(express.json({ limit: '64mb' }))],
  ['Express, express.raw', withExpress(express.raw({ type: () => true, limit: '64mb' }))],
  ['Express, express.text', withExpress(express.text({ type: () => true, limit: '64mb' }))],
  [
    'Express, a parser that leaves {} where it read nothing',
    withExpress((request, _response, next) => {
      request.body = {};
      setTimeout(next, 20);
    }),
  ],
];

describe.each(ADAPTERS)('%s', (_name, listen) => {
  test('answers a life of a user as scim.fetch does', async () => {
    const { scim } = openScim({ clock: () => 1_767_225_600_000 });
    const { key } = await connect(scim);
    const port = await serve(listen(scim));
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' };
    const call = (method: string, path: string, body?: object) =>
      sendTo(port, {
        method,
        path: `/scim/v2${path}`,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });

    const made = await call('POST', '/Users', user('ada@acme.example', { displayName: 'Ada \u{1f980}' }));
    expect(made.status).toBe(201);
    expect(made.headers['content-type']).toBe('application/scim+json');
    expect(made.headers['cache-control']).toBe('no-store');
    expect(made.headers.location).toBe(`${BASE}/Users/${made.body.id}`);
    expect(made.headers['content-length']).toBe(String(Buffer.byteLength(made.text)));
    expect(made.body.displayName).toBe('Ada \u{1f980}');
    const path = `/Users/${made.body.id}`;

    const filter = `/Users?filter=${encodeURIComponent('userName eq "ADA@acme.example"')}&count=1`;
    for (const read of [path, '/Users', filter, '/Users?attributes=userName', '/Schemas', '/nowhere']) {
      const [over, direct] = [await call('GET', read), await send(scim, read, { key })];
      expect([over.status, over.text], read).toEqual([direct.status, direct.text]);
    }
    const changed = await call('PATCH', path, patch({ op: 'replace', path: 'title', value: 'Countess' }));
    expect([changed.status, changed.body.title]).toEqual([200, 'Countess']);
    const put = await call('PUT', path, user('ada@acme.example', { title: 'Lady' }));
    expect([put.status, put.body.title]).toEqual([200, 'Lady']);
    const found = await call('POST', '/Users/.search', { filter: 'title eq "lady"' });
    expect(found.body.totalResults).toBe(1);
    const gone = await call('DELETE', path);
    expect([gone.status, gone.text, gone.headers['content-type']]).toEqual([204, '', undefined]);
    expect((await call('GET', path)).status).toBe(404);
    const wrong = await call('PUT', '/Users', user('x'));
    expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET, POST']);
  });

  test('answers a body over the limit with 413, given its length and without', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    const port = await serve(listen(scim));
    const text = JSON.stringify(user('a', { displayName: 'x'.repeat(3_000_000) }));
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' };
    const sized = await sendTo(port, { method: 'POST', path: '/scim/v2/Users', headers, body: text });
    expect([sized.status, sized.body.status]).toEqual([413, '413']);
    const chunked = await sendTo(port, {
      method: 'POST',
      path: '/scim/v2/Users',
      headers: { ...headers, 'transfer-encoding': 'chunked', 'content-length': [] },
      body: text,
    });
    expect(chunked.status).toBe(413);
    expect(chunked.body.detail).toBe('The body is larger than 1048576 bytes.');
  });

  test('refuses a compressed body with 415', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    const port = await serve(listen(scim));
    const answer = await sendTo(port, {
      method: 'POST',
      path: '/scim/v2/Users',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/scim+json',
        'content-encoding': 'x-gzip-not',
      },
      body: JSON.stringify(user('a')),
    });
    // Express's own parsers answer 415 before us.
    expect(answer.status).toBe(415);
  });

  test('enforces the limit on headers it was given', async () => {
    const { scim } = openScim({ limits: { maxHeaderBytes: 1000 } });
    const { key } = await connect(scim);
    const port = await serve(listen(scim));
    const call = (filler: string) =>
      sendTo(port, {
        path: '/scim/v2/Users',
        headers: { authorization: `Bearer ${key}`, 'x-filler': filler },
      });
    expect((await call('a'.repeat(500))).status).toBe(200);
    const long = await call('a'.repeat(1000));
    expect([long.status, long.body?.status]).toEqual([431, '431']);
  });
});

describe.each(ADAPTERS.slice(0, 2))('%s, clients that misbehave', (_name, listen) => {
  test('answers 413 to a client that is still sending, and then lets it go', async () => {
    const { scim } = openScim();
    const { key } = await connect(scim);
    const port = await serve(listen(scim));
    const started = performance.now();
    const text = await new Promise<string>((resolve, reject) => {
      const socket = openSocket({ port, host: '127.0.0.1' });
      let seen = '';
      const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
      const timer = setInterval(() => socket.write(chunk), 5);
      socket.on('data', (data) => {
        seen += data.toString();
      });
      // Until the server hangs up.
      socket.on('close', () => {
        clearInterval(timer);
        resolve(seen);
      });
      socket.on('error', () => undefined);
      setTimeout(() => reject(new Error('still connected')), 8_000).unref();
      socket.write(
        `POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
    });
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text.toLowerCase()).toContain('connection: close');
    expect(performance.now() - started).toBeLessThan(6_000);
  });

  test('survives a client that goes away in the middle of its body', async () => {
    const { scim, log } = openScim();
    const { key } = await connect(scim);
    const port = await serve(listen(scim));
    const whole = JSON.stringify(user('ada@acme.example'));
    const head = `POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: ${whole.length}\r\n\r\n`;
    for (let cut = 0; cut < whole.length; cut += 9) {
      await new Promise<void>((resolve) => {
        const socket = openSocket({ port, host: '127.0.0.1' }, () => {
          socket.write(head + whole.slice(0, cut), () => socket.destroy());
        });
        socket.on('close', () => resolve());
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await send(scim, '/Users', { key })).body.totalResults).toBe(0);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('keeps a connection open after an ordinary refusal', async () => {
    const { scim } = openScim();
    const port = await serve(listen(scim));
    const request = 'POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}';
    const text = await sendRaw(port, [request, request], /401[\s\S]*HTTP\/1\.1 401/);
    expect(text.match(/HTTP\/1\.1 401/g)).toHaveLength(2);
  });
});

describe('where a resource says it lives', () => {
  const open = async (listen: (scim: Scim) => RequestListener, endpointUrl?: string) => {
    const file = openScim(endpointUrl === undefined ? {} : { endpointUrl });
    const { key, connectionId } = await connect(file.scim);
    const port = await serve(listen(file.scim));
    const locate = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await sendTo(port, {
        method: 'POST',
        path,
        headers: { authorization: `Bearer ${key}`, ...headers },
        body: JSON.stringify(user(`u${Math.random()}@acme.example`)),
      });
      expect(answer.status).toBe(201);
      expect(answer.headers.location).toBe(answer.body.meta.location);
      return (answer.headers.location ?? '').replace(`/${answer.body.id}`, '');
    };
    return { ...file, port, key, connectionId, locate };
  };
  /** `openScim` gives a public URL; these tests are about having none. */
  const withoutUrl = (scim: Scim): Scim => ({ ...scim, endpointUrl: undefined });
  const app = (mount: string, trust: boolean | number) => (scim: Scim) => {
    const server = express();
    server.set('trust proxy', trust);
    server.use(mount, expressHandler(withoutUrl(scim)));
    return server;
  };
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'public.example' };

  test('follows the mount path and the host of the request', async () => {
    const node = await open((scim) => nodeHandler(withoutUrl(scim), { mountPath: '/a/b/' }));
    expect(await node.locate('/a/b/Users')).toBe(`http://127.0.0.1:${node.port}/a/b/Users`);
    const root = await open((scim) => nodeHandler(withoutUrl(scim), { mountPath: '/' }));
    expect(await root.locate('/Users')).toBe(`http://127.0.0.1:${root.port}/Users`);
    const mounted = await open(app('/api/scim', false));
    expect(await mounted.locate('/api/scim/Users')).toBe(`http://127.0.0.1:${mounted.port}/api/scim/Users`);
    const bare = await open(app('/', false));
    expect(await bare.locate('/Users')).toBe(`http://127.0.0.1:${bare.port}/Users`);
  });

  test('believes forwarded headers only where it was told to', async () => {
    const wary = await open((scim) => nodeHandler(withoutUrl(scim)));
    expect(await wary.locate('/scim/v2/Users', forwarded)).toBe(
      `http://127.0.0.1:${wary.port}/scim/v2/Users`,
    );
    const trusting = await open((scim) => nodeHandler(withoutUrl(scim), { trustProxy: true }));
    expect(await trusting.locate('/scim/v2/Users', forwarded)).toBe('https://public.example/scim/v2/Users');
    const waryApp = await open(app('/scim/v2', false));
    expect(await waryApp.locate('/scim/v2/Users', forwarded)).toBe(
      `http://127.0.0.1:${waryApp.port}/scim/v2/Users`,
    );
    const trustingApp = await open(app('/scim/v2', true));
    expect(await trustingApp.locate('/scim/v2/Users', forwarded)).toBe(
      'https://public.example/scim/v2/Users',
    );
  });

  test('endpointUrl wins over everything a request says', async () => {
    for (const listen of [
      (scim: Scim) => nodeHandler(scim, { trustProxy: true }),
      (scim: Scim) => {
        const server = express();
        server.set('trust proxy', true);
        return server.use('/scim/v2', expressHandler(scim));
      },
    ]) {
      const { locate } = await open(listen, 'https://directory.example/x/');
      expect(await locate('/scim/v2/Users', { ...forwarded, host: 'evil.example' })).toBe(
        'https://directory.example/x/Users',
      );
    }
  });

  test('a hostile host or protocol never reaches an answer', async () => {
    for (const listen of [
      (scim: Scim) => nodeHandler(withoutUrl(scim), { trustProxy: true }),
      app('/scim/v2', true),
    ]) {
      const { locate } = await open(listen);
      for (const host of [
        'evil.example/path',
        'a"b',
        '<script>',
        'a b',
        'user@evil.example',
        'evil.example?x=',
      ]) {
        const direct = await locate('/scim/v2/Users', { host });
        expect(direct).toMatch(/^https?:\/\/localhost\/scim\/v2\/Users$/);
        const proxied = await locate('/scim/v2/Users', { 'x-forwarded-host': host });
        expect(proxied).toMatch(/^https?:\/\/localhost\/scim\/v2\/Users$/);
      }
      for (const protocol of ['javascript', 'ftp', 'https"', '']) {
        expect(await locate('/scim/v2/Users', { 'x-forwarded-proto': protocol })).toMatch(/^http:\/\//);
      }
    }
  });

  test('a URL that names the connection is kept in what it answers', async () => {
    const { locate, connectionId } = await open((scim) => nodeHandler(scim));
    expect(await locate(`/scim/v2/${connectionId}/Users`)).toBe(`${BASE}/${connectionId}/Users`);
  });

  test('an absolute request target is the same request', async () => {
    for (const listen of [(scim: Scim) => nodeHandler(scim), app('/scim/v2', false)]) {
      const { port, key } = await open(listen);
      for (const target of [
        'http://any.example/scim/v2/Users?count=1',
        'HTTP://any.example:80/scim/v2/Users',
      ]) {
        const text = await sendRaw(
          port,
          `GET ${target} HTTP/1.1\r\nHost: any.example\r\nAuthorization: Bearer ${key}\r\nConnection: close\r\n\r\n`,
        );
        expect(text).toMatch(/^HTTP\/1\.1 200 /);
      }
    }
  });

  test('a path outside the mount is 404 with a SCIM body', async () => {
    const { port, scim } = await open((served) => nodeHandler(served));
    for (const path of ['/', '/scim', '/scim/v2x', '/scim/v1/Users', '/SCIM/v2/Users', '/other']) {
      const answer = await sendTo(port, { path });
      expect([answer.status, answer.body.status, answer.headers['content-type']]).toEqual([
        404,
        '404',
        'application/scim+json',
      ]);
      const fetched = await scim.fetch(new Request(`https://app.example${path}`));
      expect(fetched.status).toBe(404);
    }
  });
});

test('scim.fetch answers a body that breaks off with 400, and logs nothing', async () => {
  const { scim, log } = openScim();
  const { key } = await connect(scim);
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from(`{"schemas":["${USER_URN}"],`));
      controller.error(new Error('the client went away'));
    },
  });
  const answer = await send(scim, '/Users', { key, body });
  expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidSyntax']);
  expect(log).toEqual([]);
});
