import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { nodeHandler } from '../src/adapters/node.ts';
import { type VerificationReport, type VerifyOptions, verify } from '../src/verifier/verify.ts';
import { createFolder } from './support/connections.ts';
import { breakServer } from './support/faulty-servers.ts';
import { DEVICE_RESOURCE_TYPE } from './support/resource-types.ts';
import { BASE, connect, group, openScim, send, user } from './support/scim.ts';
import { serveScimmy } from './support/scimmy.ts';
import { serve } from './support/serve.ts';

// A run makes hundreds of requests.
vi.setConfig({ testTimeout: 120_000 });

/** scimkit over real HTTP, on a database file. */
async function serveOurs() {
  let listener: RequestListener = () => undefined;
  const url = `http://127.0.0.1:${await serve((request, response) => listener(request, response))}/scim/v2`;
  const { scim } = openScim({ endpointUrl: url });
  listener = nodeHandler(scim);
  const { key } = await connect(scim);
  return { key, url };
}

/** scimkit in memory, reached without a socket. */
async function openOurs(options: Parameters<typeof openScim>[0] = {}) {
  const { scim } = openScim({ database: new DatabaseSync(':memory:'), ...options });
  const { key } = await connect(scim);
  const ask: NonNullable<VerifyOptions['fetch']> = (url, init) => scim.fetch(new Request(url, init));
  return { scim, key, url: BASE, fetch: ask };
}

const idsOf = ({ requirements }: VerificationReport, status = 'failed') =>
  requirements.filter((requirement) => requirement.status === status).map(({ id }) => id);

describe('our own server', () => {
  test('fails nothing it claims, at any level, over HTTP', async () => {
    const { key, url } = await serveOurs();

    const report = await verify({ url, key });

    const wrong = report.requirements.filter(({ status }) => status === 'failed' || status === 'skipped');
    expect(wrong.map(({ id, reason }) => `${id}: ${reason} (seed ${report.seed})`)).toEqual([]);
    expect(report).toMatchObject({ ok: true, leftovers: [] });
    expect(report.requirements.length).toBeGreaterThan(150);
    expect(report.counts.passed).toBeGreaterThan(140);
  });

  test('a strict connection fails nothing either', async () => {
    const { scim, url, fetch } = await openOurs();
    const { scimApiKey: key } = (
      await scim.management.createScimConnection({ customerId: 'strict', profile: 'strict' })
    ).getOrThrow();

    const report = await verify({ url, key, fetch });

    expect([idsOf(report), idsOf(report, 'skipped')]).toEqual([[], []]);
  });

  test('an interop connection claims the profile and fails nothing of it', async () => {
    const { scim, url, fetch } = await openOurs();
    const { scimApiKey: key } = (
      await scim.management.createScimConnection({ customerId: 'interop', profile: 'interop' })
    ).getOrThrow();

    const report = await verify({ url, key, fetch });

    expect(report.requirements.filter(({ status }) => status === 'failed' || status === 'skipped')).toEqual(
      [],
    );
    expect(report.claims).toMatchObject({ interop: true, put: false, etag: false });
    const own = [194, 195, 196, 197, 198, 199].map((number) => `rfc-${number}`);
    expect(idsOf(report, 'passed')).toEqual(expect.arrayContaining(own));
    expect(report.counts.passed).toBeGreaterThan(130);
  });

  test('resource types of its own are checked by what /Schemas says of them', async () => {
    const { scim, key, url, fetch } = await openOurs({ resourceTypes: [DEVICE_RESOURCE_TYPE] });

    const report = await verify({ url, key, fetch });

    expect(idsOf(report)).toEqual([]);
    expect(idsOf(report, 'passed')).toEqual(expect.arrayContaining(['rfc-5', 'rfc-6']));
    expect((await send(scim, '/Devices', { key })).body.totalResults).toBe(0);
  });

  test('a run leaves what a connection holds as it is', async () => {
    const { scim, key, url, fetch } = await openOurs();
    const { body: ann } = await send(scim, '/Users', { key, body: user('ann@example.com') });
    await send(scim, '/Groups', { key, body: group('Staff', [ann.id]) });
    const readAll = async () => [
      (await send(scim, '/Users', { key })).body,
      (await send(scim, '/Groups', { key })).body,
    ];
    const before = await readAll();

    const report = await verify({ url, key, fetch });

    expect(idsOf(report)).toEqual([]);
    expect(await readAll()).toEqual(before);
  });

  test('a run that is ended deletes what it created', async () => {
    const { scim, key, url, fetch } = await openOurs();
    const abort = new AbortController();
    const onProgress = ({ done }: { readonly done: number }) => void (done === 40 && abort.abort());

    await expect(verify({ url, key, fetch, onProgress, signal: abort.signal })).rejects.toThrow(/abort/i);

    expect((await send(scim, '/Users', { key })).body.totalResults).toBe(0);
  });

  test('a server that asks for patience is given it', async () => {
    const { scim } = openScim({ limits: { rateLimit: { requestsPerSecond: 50, burst: 5, concurrent: 16 } } });
    const { key } = await connect(scim);
    const seen: number[] = [];
    const ask = async (url: string, init: RequestInit) => {
      const response = await scim.fetch(new Request(url, init));
      seen.push(response.status);
      return response;
    };

    const report = await verify({ url: BASE, key, fetch: ask, only: ['rfc-79', 'rfc-80', 'rfc-85'] });

    expect(seen).toContain(429);
    expect(idsOf(report, 'passed')).toEqual(['rfc-79', 'rfc-80', 'rfc-85']);
  });
});

describe('the report', () => {
  test('is made without sending the key anywhere but below the base URL', async () => {
    const { scim, key, url } = await openOurs();
    const asked: string[] = [];
    const elsewhere = breakServer(scim, {
      ask: (sent) => void asked.push(sent.url.href),
      answer: (came) =>
        came.body?.meta?.location === undefined
          ? undefined
          : {
              ...came,
              body: { ...came.body, meta: { ...came.body.meta, location: 'https://evil.example/x' } },
            },
    });

    const report = await verify({ url, key, fetch: elsewhere, only: ['rfc-27'] });

    expect(idsOf(report)).toEqual(['rfc-27']);
    expect(asked.filter((address) => !address.startsWith(`${url}/`))).toEqual([]);
  });

  test('never holds the key, even where the server repeats it', async () => {
    const { scim, key, url } = await openOurs();
    const echo = breakServer(scim, {
      answer: (came) =>
        came.status === 201 ? { ...came, status: 200, body: { ...came.body, nickName: key } } : undefined,
    });

    const report = await verify({ url, key, fetch: echo, only: ['rfc-79', 'rfc-14'] });

    expect(idsOf(report)).toEqual(['rfc-79']);
    expect(JSON.stringify(report)).toContain('[key]');
    expect(JSON.stringify(report)).not.toContain(key);
  });

  test('has one sentence and the exchange for what failed', async () => {
    const { scim, key, url } = await openOurs();
    const fetch = breakServer(scim, {
      answer: (came) => (came.status === 201 ? { ...came, status: 200 } : undefined),
    });

    const { requirements } = await verify({ url, key, fetch, only: ['rfc-79'] });

    expect(requirements).toEqual([
      {
        id: 'rfc-79',
        level: 'MUST',
        section: 'RFC 7644 §3.3',
        title: expect.any(String),
        status: 'failed',
        reason: 'Expected 201, but got 200.',
        exchange: {
          request: expect.objectContaining({ method: 'POST', url: `${BASE}/Users` }),
          response: expect.objectContaining({ status: 200 }),
        },
      },
    ]);
  });

  test('calls what a server does not claim so, and does not fail it', async () => {
    const { scim, key, url } = await openOurs();
    const fetch = breakServer(scim, {
      answer: (came, { url: { pathname } }) =>
        pathname.endsWith('/ServiceProviderConfig')
          ? { ...came, body: { ...came.body, sort: { supported: false }, etag: { supported: false } } }
          : undefined,
    });

    const report = await verify({ url, key, fetch, only: ['rfc-104', 'rfc-155', 'rfc-79'] });

    expect(idsOf(report, 'not claimed')).toEqual(['rfc-104', 'rfc-155']);
    expect(report).toMatchObject({ ok: true, claims: { sort: false, etag: false } });
  });

  test('goes on without discovery, with what every server has', async () => {
    const { scim, key, url } = await openOurs();
    const fetch = breakServer(scim, {
      answer: (came, { url: { pathname } }) =>
        /ServiceProviderConfig|ResourceTypes|Schemas/.test(pathname)
          ? { ...came, status: 404, body: { message: 'not found' } }
          : undefined,
    });

    const report = await verify({ url, key, fetch, seed: 7 });

    expect(report.claims).toMatchObject({
      serviceProviderConfig: false,
      patch: true,
      filter: true,
      sort: false,
    });
    expect(idsOf(report)).toEqual(expect.arrayContaining(['rfc-46', 'rfc-48', 'rfc-50']));
    expect(report.counts.passed).toBeGreaterThan(100);
  });

  test('a section and those below it can be asked for; a name that means nothing is told', async () => {
    const { key, url, fetch } = await openOurs();

    const report = await verify({ url, key, fetch, only: ['RFC 7644 §3.3'] });

    expect(new Set(report.requirements.map(({ section }) => section))).toEqual(
      new Set(['RFC 7644 §3.3', 'RFC 7644 §3.3.1']),
    );
    await expect(verify({ url, key, fetch, only: ['rfc-9999'] })).rejects.toThrow('rfc-9999');
  });
});

describe('another server: scimmy-routers', () => {
  test('its known faults are found', async () => {
    const report = await verify(await serveScimmy());

    expect(report.ok).toBe(false);
    expect(idsOf(report)).toEqual(
      expect.arrayContaining([
        'rfc-53', // discovery with query parameters is refused
        'rfc-58', // userName is compared with case
        'rfc-67', // 401 has no WWW-Authenticate
        'rfc-73', // Content-Type has a charset
        'rfc-79', // 201 has no Location
        'rfc-108', // count is ignored
      ]),
    );
    expect(report.counts.passed).toBeGreaterThan(90);
    expect(report.leftovers).toEqual([]);
  });
});

describe('a server that makes no sense', () => {
  const config = {
    ...Object.fromEntries(
      ['patch', 'sort', 'etag', 'changePassword'].map((name) => [name, { supported: true }]),
    ),
    bulk: { supported: true, maxOperations: 10, maxPayloadSize: 1000 },
    filter: { supported: true, maxResults: 100 },
    authenticationSchemes: [],
    pagination: { cursor: true, index: true },
    interopProfileConformant: true,
  };
  const answers: Readonly<Record<string, (method: string) => Response>> = {
    'nothing to everything': () => Response.json({}),
    'no JSON': () => new Response('<html>Welcome</html>'),
    'an id and nothing else': () => Response.json({ id: '1' }, { status: 201 }),
    'a list to everything': () =>
      Response.json({ id: '1', Resources: [null, 1, 'x', [], {}], totalResults: 'many' }),
    'wrong types everywhere': () =>
      Response.json({ id: '1', schemas: 1, meta: 'meta', emails: {}, members: 'x', Operations: [null, 1] }),
    'a server error to all but a create': (method) =>
      method === 'POST' ? Response.json({ id: '1' }, { status: 201 }) : new Response('oops', { status: 500 }),
  };

  test.each(Object.keys(answers))(
    '%s: the run comes to its end, and hardly anything passes',
    async (name) => {
      const fetch = async (url: string, { method = 'GET' }: RequestInit) =>
        url.endsWith('/ServiceProviderConfig')
          ? Response.json(config)
          : (answers[name]?.(method) as Response);

      const report = await verify({ url: BASE, key: 'a key', fetch });

      expect(report.ok).toBe(false);
      expect(report.counts.passed).toBeLessThan(40);
    },
  );
});

describe('scimkit verify', () => {
  const command = fileURLToPath(new URL('../bin/scimkit.js', import.meta.url));

  /** Runs the command as a shell does, while the server goes on in this process. */
  function scimkit(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
      const { SCIMKIT_KEY: _key, ...rest } = process.env;
      const child = execFile(
        process.execPath,
        [command, 'verify', ...args],
        { env: { ...rest, ...env }, maxBuffer: 64 * 1024 * 1024 },
        (_error, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  test('ends with 0 when no MUST fails, with a table by section and a verdict in one line', async () => {
    const { key, url } = await serveOurs();

    const { status, stdout, stderr } = await scimkit(['--url', url, '--only', '3.3,rfc-157'], {
      SCIMKIT_KEY: key,
    });

    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Section +passed +failed +not claimed +skipped$/m);
    expect(stdout).toMatch(/^RFC 7644 §3\.3 +\d/m);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^No MUST fails: http/);
    expect(stdout).not.toContain(key);
  });

  test('ends with 1 when a MUST fails, shows the exchange, and writes JSON and JUnit', async () => {
    const { key, url } = await serveScimmy();
    const junit = join(createFolder(), 'report.xml');

    const plain = await scimkit(['--url', url, '--key', key, '--only', 'rfc-79,rfc-85']);
    const json = await scimkit(['--url', url, '--key', key, '--only', 'rfc-79', '--json', '--junit', junit]);

    expect([plain.status, json.status]).toEqual([1, 1]);
    expect(plain.stdout).toContain('✗ rfc-79 MUST RFC 7644 §3.3');
    expect(plain.stdout).toContain('authorization: Bearer [key]');
    expect(plain.stdout).toContain('HTTP 201');
    expect(plain.stdout).toContain('1 MUST fail (rfc-79)');
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, counts: { failed: 1 } });
    expect(readFileSync(junit, 'utf8')).toMatch(
      /<testsuite name="RFC 7644 §3.3" tests="1" failures="1"[\s\S]*<failure message="Expected a Location header, but got none\."/,
    );
  });

  test('ends with 2 when there is nothing to verify', async () => {
    const { key, url } = await serveOurs();
    const answers = [
      await scimkit(['--url', url]),
      await scimkit(['--url', 'http://127.0.0.1:1/scim', '--key', 'k']),
      await scimkit(['--url', url, '--key', 'wrong']),
      await scimkit(['--url', `${url}/nowhere`, '--key', key]),
      await scimkit(['--url', url, '--key', key, '--only', 'rfc-9999']),
    ];

    expect(answers.map(({ status }) => status)).toEqual([2, 2, 2, 2, 2]);
    expect(answers.map(({ stderr }) => stderr).join('')).toMatch(
      /SCIMKIT_KEY[\s\S]*cannot be reached[\s\S]*refuses the key[\s\S]*404[\s\S]*rfc-9999/,
    );
  });
});
