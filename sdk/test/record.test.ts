import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { nodeHandler } from '../src/adapters/node.ts';
import { RecordingError, record } from '../src/recorder/record.ts';
import { simulate } from '../src/simulator/simulate.ts';
import { createFolder } from './support/connections.ts';
import { readExchanges, startCommand, startRecordCommand, startRecorder } from './support/recorded.ts';
import { connect, group, openScim, patch, user } from './support/scim.ts';
import { type NodeCall, sendTo, serve } from './support/serve.ts';
import { serveScim } from './support/simulated.ts';

vi.setConfig({ testTimeout: 120_000 });

const scimHeaders = (key: string) => ({
  authorization: `Bearer ${key}`,
  'content-type': 'application/scim+json',
});

/** One request with a JSON body. */
const ask = (port: number, key: string, call: Omit<NodeCall, 'body'> & { readonly body?: object }) =>
  sendTo(port, {
    ...call,
    path: `/scim/v2${call.path}`,
    headers: { ...scimHeaders(key), ...call.headers },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  } as NodeCall);

/** Our server under its own name on its own port. */
async function serveNamed() {
  let listener: ReturnType<typeof nodeHandler> = () => undefined as never;
  const port = await serve((request, response) => void listener(request, response));
  const { scim } = openScim({ endpointUrl: `http://127.0.0.1:${port}/scim/v2` });
  listener = nodeHandler(scim);
  const { key } = await connect(scim);
  return { scim, key, port, url: `http://127.0.0.1:${port}/scim/v2` };
}

describe('the recorder in front of a server', () => {
  test('keeps the client on the recorder and the server at its own URL', async () => {
    const server = await serveNamed();
    const { url, port } = await startRecorder(server.url);

    const { body: ann, headers } = await ask(port, server.key, {
      method: 'POST',
      path: '/Users',
      body: user('ann@x.example'),
    });
    const { body: staff } = await ask(port, server.key, {
      method: 'POST',
      path: '/Groups',
      body: { ...group('Staff'), members: [{ value: ann.id, $ref: `${url}/Users/${ann.id}` }] },
    });
    const read = await ask(port, server.key, { path: `/Groups/${staff.id}` });
    const direct = await ask(server.port, server.key, { path: `/Groups/${staff.id}` });

    expect(headers.location).toBe(`${url}/Users/${ann.id}`);
    expect(ann.meta.location).toBe(`${url}/Users/${ann.id}`);
    expect(read.body.members[0].$ref).toBe(`${url}/Users/${ann.id}`);
    expect(direct.body.members[0].$ref).toBe(`${server.url}/Users/${ann.id}`);
    expect(read.headers['content-length']).toBe(String(Buffer.byteLength(read.text)));
  });

  test('gives what the server calls itself by the same stand-in, whatever its name', async () => {
    const { url: target, key } = await serveScim();
    const { port, output } = await startRecorder(target);

    const made = await ask(port, key, { method: 'POST', path: '/Users', body: user('ann@x.example') });

    expect(made.body.meta.location).toBe(`http://127.0.0.1:${port}/scim/v2/Users/${made.body.id}`);
    const { headers, body } = readExchanges(output)[0]?.response ?? {};
    const { id } = (body ?? {}) as { id?: string };
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers?.location).toBe(`{{base}}/Users/${id}`);
    expect(readFileSync(output, 'utf8')).not.toContain('app.example');
  });

  test('passes on headers as they are, hop-by-hop ones apart', async () => {
    const seen: string[][] = [];
    const target = await serve((request, response) => {
      seen.push(request.rawHeaders);
      response.writeHead(200, [
        'X-Twice',
        'a',
        'X-Twice',
        'b',
        'Set-Cookie',
        'c=1',
        'Keep-Alive',
        'timeout=99',
      ]);
      response.end('{}');
    });
    const { port } = await startRecorder(`http://127.0.0.1:${target}/base`);

    const answer = await sendTo(port, {
      path: '/base/Users?x=%2f&&y',
      headers: { 'X-Odd-Case': ['1', '2'], Connection: 'X-Hop', 'X-Hop': 'gone', 'Accept-Encoding': 'gzip' },
    });

    const names = seen[0]?.filter((_, index) => index % 2 === 0) ?? [];
    expect(names.filter((name) => name === 'X-Odd-Case')).toHaveLength(2);
    expect(names.map((name) => name.toLowerCase())).not.toContain('x-hop');
    expect(names.map((name) => name.toLowerCase())).not.toContain('accept-encoding');
    expect(seen[0]?.[1]).toBe(`127.0.0.1:${target}`);
    expect(answer.headers['x-twice']).toBe('a, b');
    expect(answer.headers['set-cookie']).toEqual(['c=1']);
    expect(answer.headers['keep-alive']).not.toBe('timeout=99');
  });

  test('sends on every byte of a request that does not name it', async () => {
    const seen: string[] = [];
    const target = await serve(async (request, response) => {
      let text = `${request.method} ${request.url} `;
      for await (const chunk of request) text += chunk.toString('latin1');
      seen.push(text);
      response.end();
    });
    const { port } = await startRecorder(`http://127.0.0.1:${target}/scim`);
    const body = Buffer.from('{ "a" : 1.0, "a":2, "b":"\\u00e9\xe9\xff" }', 'latin1');

    await sendTo(port, { method: 'POST', path: '/scim//Users/?filter=a%2feq+1&', body });

    expect(seen).toEqual([`POST /scim//Users/?filter=a%2feq+1& ${body.toString('latin1')}`]);
  });

  test('answers 502 in the form of SCIM when the server cannot be reached, and goes on', async () => {
    const { port, output, notices } = await startRecorder('http://127.0.0.1:1/scim/v2');

    const answer = await ask(port, 'a-key', { path: '/Users' });

    expect(answer.status).toBe(502);
    expect(answer.body).toMatchObject({
      status: '502',
      detail: expect.stringContaining('cannot be reached'),
    });
    expect(notices).toEqual(['The SCIM server cannot be reached by the recorder (ECONNREFUSED).']);
    expect(readExchanges(output)).toMatchObject([{ response: null, problem: 'unreachable' }]);
  });

  test('answers 504 when the server takes too long', async () => {
    const target = await serve(() => {});
    const { port, output } = await startRecorder(`http://127.0.0.1:${target}`, { answerMs: 50 });

    expect((await sendTo(port, { path: '/Users' })).status).toBe(504);
    expect(readExchanges(output)).toMatchObject([{ problem: 'timed out' }]);
  });

  test('bounds what it reads of either side, and says so', async () => {
    const target = await serve(
      (_request, response) => void response.end(JSON.stringify({ text: 'x'.repeat(5000) })),
    );
    const limits = { maxRequestBytes: 1000, maxAnswerBytes: 4000 };
    const { port, output, notices } = await startRecorder(`http://127.0.0.1:${target}`, limits);

    const large = await sendTo(port, {
      method: 'POST',
      path: '/Users',
      body: JSON.stringify({ a: 'x'.repeat(2000) }),
    });
    const answered = await sendTo(port, { path: '/Users' });

    expect(large.status).toBe(413);
    expect(large.body.detail).toContain('up to 1000 bytes');
    expect(answered.status).toBe(502);
    expect(answered.body.detail).toContain('more than 4000 bytes');
    expect(readExchanges(output).map(({ problem }) => problem)).toEqual([
      'request too large',
      'answer too large',
    ]);
    expect(notices).toHaveLength(2);
  });

  test('records what cannot be read without its text', async () => {
    const server = await serveScim();
    const { port, output } = await startRecorder(server.url);
    const bodies = ['{"userName": "ann', '['.repeat(5_000) + ']'.repeat(5_000), 'a=b'];

    for (const body of bodies) {
      await sendTo(port, { method: 'POST', path: '/scim/v2/Users', headers: scimHeaders(server.key), body });
    }

    const exchanges = readExchanges(output);
    expect(exchanges.map(({ request }) => request.unreadableBytes)).toEqual(
      bodies.map(({ length }) => length),
    );
    expect(exchanges.map(({ response }) => response?.status)).toEqual([400, 400, 400]);
    expect(exchanges.every(({ request }) => request.body === undefined)).toBe(true);
  });

  test('serves nothing outside the base URL', async () => {
    const server = await serveScim();
    const { port, output, notices } = await startRecorder(server.url);

    const outside = await Promise.all(
      ['/', '/scim/v2x/Users', '/admin'].map((path) => sendTo(port, { path })),
    );

    expect(outside.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(notices[0]).toContain('outside /scim/v2');
    expect(readExchanges(output)).toEqual([]);
  });

  test('believes a tunnel about the name the client knows it by', async () => {
    const server = await serveNamed();
    const { port } = await startRecorder(server.url);

    const { headers } = await ask(port, server.key, {
      method: 'POST',
      path: '/Users',
      headers: { 'x-forwarded-host': 'tunnel.example', 'x-forwarded-proto': 'https' },
      body: user('ann@x.example'),
    });

    expect(headers.location).toMatch(/^https:\/\/tunnel\.example\/scim\/v2\/Users\//);
  });
});

describe('the file', () => {
  test('has an exchange before its client has the answer', async () => {
    const server = await serveScim();
    const { port, output } = await startRecorder(server.url);

    for (let count = 1; count <= 5; count += 1) {
      await ask(port, server.key, { path: `/Users?count=${count}` });
      expect(readExchanges(output)).toHaveLength(count);
    }
    expect(statSync(output).mode & 0o077).toBe(0);
  });

  test('is one JSON value at any moment when it is called .json', async () => {
    const server = await serveScim();
    const output = join(createFolder(), 'recording.json');
    const { port, recorder } = await startRecorder(server.url, { output });
    const counts: number[] = [];

    for (let count = 0; count < 3; count += 1) {
      counts.push(JSON.parse(readFileSync(output, 'utf8')).exchanges.length);
      await ask(port, server.key, { path: '/Users' });
    }
    await recorder.close();

    expect(counts).toEqual([0, 1, 2]);
    expect(JSON.parse(readFileSync(output, 'utf8'))).toMatchObject({ kind: 'scim recording', version: 1 });
  });

  test('is never one that was there', async () => {
    const output = join(createFolder(), 'there.jsonl');
    writeFileSync(output, 'mine');

    await expect(record({ target: 'http://localhost:1', output })).rejects.toThrow('is there already');
    expect(readFileSync(output, 'utf8')).toBe('mine');
  });

  test('ends after as many exchanges as asked for', async () => {
    const server = await serveScim();
    const { recorder, port } = await startRecorder(server.url, { max: 2 });

    await ask(port, server.key, { path: '/Users' });
    await ask(port, server.key, { path: '/Users' });

    expect(await recorder.done).toMatchObject({ exchanges: 2, unanswered: 0 });
  });

  test('tells keys apart without writing any', async () => {
    const { url, key, key2 } = await serveScim();
    const { port, output } = await startRecorder(url);

    for (const given of [key, key2, key, 'scimk_wrong']) await ask(port, given, { path: '/Users' });
    await sendTo(port, { path: '/scim/v2/Users' });

    const exchanges = readExchanges(output);
    expect(exchanges.map(({ request }) => request.credential)).toEqual([1, 2, 1, 3, undefined]);
    expect(exchanges.map(({ response }) => response?.status)).toEqual([200, 200, 200, 401, 401]);
  });

  test.each([
    ['ftp://app.example', '127.0.0.1:0', 'http: or https:'],
    ['https://name:secret@app.example/scim', '127.0.0.1:0', 'must not carry'],
    ['https://app.example/scim', 'nowhere', 'Name an address and a port'],
    ['https://app.example/scim', '127.0.0.1:70000', 'Name an address and a port'],
  ])('is not begun for %s on %s', async (target, listen, message) => {
    const output = join(createFolder(), 'never.jsonl');
    const failure = await record({ target, listen, output }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RecordingError);
    expect(String(failure)).toContain(message);
    expect(String(failure)).not.toContain('secret');
  });
});

describe('scimkit record', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('ends well on %s, with a summary', async (signal) => {
    const server = await serveScim();
    const output = join(createFolder(), 'recording.jsonl');
    const command = await startRecordCommand(server.url, { output });
    await simulate('google', { url: command.url, key: server.key });

    command.child.kill(signal);
    const { status, stdout, stderr } = await command.ended;

    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain(`${readExchanges(output).length} exchanges, 0 not answered, are in ${output}.`);
    expect(stdout).toMatch(/^ {3}1 {2}GET \S+ → 200 {2}\(\d+ ms\)$/m);
    expect(stdout).not.toContain(server.key);
  });

  test('prints JSON: where it listens, and what it came to', async () => {
    const server = await serveScim();
    const output = join(createFolder(), 'recording.json');
    const command = await startRecordCommand(server.url, { output, args: ['--json', '--max', '1'] });
    await ask(command.port, server.key, { path: '/Users' });

    const { status, stdout } = await command.ended;

    const [begin, end] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(begin).toEqual({ url: command.url, output });
    expect(end).toMatchObject({ output, exchanges: 1, unanswered: 0 });
  });

  test.each(['jsonl', 'json'])(
    'killed with no warning, it leaves a whole .%s of what was answered',
    async (form) => {
      const server = await serveScim();
      const output = join(createFolder(), `recording.${form}`);
      const command = await startRecordCommand(server.url, { output });
      let answered = 0;
      const client = (async () => {
        for (;;) {
          await ask(command.port, server.key, {
            path: '/Users',
            method: 'POST',
            body: user(`u${answered}@x.example`),
          });
          answered += 1;
        }
      })().catch(() => undefined);
      await vi.waitUntil(() => answered >= 40, { timeout: 30_000 });

      command.child.kill('SIGKILL');
      await Promise.all([client, command.ended]);

      const text = readFileSync(output, 'utf8');
      const exchanges = form === 'json' ? JSON.parse(text).exchanges : readExchanges(output);
      expect(exchanges.length).toBeGreaterThanOrEqual(answered);
      expect(exchanges.length).toBeLessThanOrEqual(answered + 1);
      const other = await serveScim();
      const replayed = await startCommand(['replay', output, '--url', other.url, '--key', other.key]).ended;
      expect(replayed.stdout).toContain(
        `${exchanges.length} of ${exchanges.length} exchanges answered as recorded`,
      );
      expect(replayed.status).toBe(0);
    },
  );

  test('ends with 1 when the file can grow no more, and keeps what is whole', async () => {
    const server = await serveScim();
    const output = join(createFolder(), 'recording.json');
    const args = ['record', '--target', server.url, '--output', output];
    // 4 KiB are all this process may write to a file.
    const command = startCommand(args, {}, ['bash', '-c', 'ulimit -f 4; exec "$@"', 'bash']);
    await vi.waitUntil(() => /http:\/\/\S+/.test(command.output.stdout), { timeout: 30_000 });
    const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(command.output.stdout)?.[1]);

    const statuses: number[] = [];
    for (let count = 0; count < 20 && command.child.exitCode === null; count += 1) {
      const answer = await ask(port, server.key, { path: '/Users' }).catch(() => undefined);
      if (answer !== undefined) statuses.push(answer.status);
    }
    const { status, stderr } = await command.ended;

    const { exchanges } = JSON.parse(readFileSync(output, 'utf8'));
    expect(status).toBe(1);
    expect(stderr).toContain(
      `The recording cannot go on (EFBIG); ${exchanges.length} exchanges are in ${output}.`,
    );
    expect(exchanges.length).toBeGreaterThan(2);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('reaches servers over https', async () => {
    const { scim, key } = await serveScim();
    const folder = createFolder();
    const [certificate, secret] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        ...subject,
        '-keyout',
        secret,
        '-out',
        certificate,
      ],
      { stdio: 'ignore' },
    );
    const secure = createServer(
      { cert: readFileSync(certificate), key: readFileSync(secret) },
      nodeHandler(scim),
    );
    await new Promise<void>((resolve) => secure.listen(0, 'localhost', resolve));
    onTestFinished(() => void secure.close());
    const target = `https://localhost:${(secure.address() as AddressInfo).port}/scim/v2`;
    const output = join(folder, 'recording.jsonl');
    const command = await startRecordCommand(target, { output, env: { NODE_EXTRA_CA_CERTS: certificate } });

    const made = await ask(command.port, key, {
      method: 'POST',
      path: '/Users',
      body: user('ann@x.example'),
    });
    const changed = await ask(command.port, key, {
      method: 'PATCH',
      path: `/Users/${made.body.id}`,
      body: patch({ op: 'replace', path: 'active', value: false }),
    });

    expect([made.status, changed.status]).toEqual([201, 200]);
    expect(made.headers.location).toBe(`${command.url}/Users/${made.body.id}`);
  });

  test.each([
    [['--target', 'nonsense'], 'http: or https:'],
    [['--target', 'http://localhost:1', '--max', 'many'], 'whole number'],
    [[], '--target'],
  ])('ends with 2 for %j', async (args, message) => {
    const output = join(createFolder(), 'never.jsonl');
    const { status, stderr } = await startCommand(['record', ...args, '--output', output]).ended;
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
