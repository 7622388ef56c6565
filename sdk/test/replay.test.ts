import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { RecordingError, type ReplayReport, replay } from '../src/recorder/replay.ts';
import { listPersonas, type PersonaId, simulate } from '../src/simulator/simulate.ts';
import { verify } from '../src/verifier/verify.ts';
import { createFolder } from './support/connections.ts';
import { breakServer, FAULTS } from './support/faulty-servers.ts';
import { readExchanges, startCommand, startRecorder } from './support/recorded.ts';
import { DEVICE_RESOURCE_TYPE } from './support/resource-types.ts';
import { ENTERPRISE_URN, group, patch, send, user } from './support/scim.ts';
import { serveScimmy } from './support/scimmy.ts';
import { sendTo, serve } from './support/serve.ts';
import { addForeignData, readState, refusal, serveFaulty, serveScim } from './support/simulated.ts';

vi.setConfig({ testTimeout: 120_000 });

/** What every identity provider plays for itself. */
const scenarios = listPersonas().flatMap(({ id, scenarios: own }) =>
  own.filter(({ name }) => !['throttle', 'tenants', 'bulk'].includes(name)).map(({ name }) => ({ id, name })),
);

/** What a simulated identity provider sends to our server, recorded. */
async function recordSimulation(id: PersonaId, scenario = 'life'): Promise<string> {
  const server = await serveScim();
  const { url, output, recorder } = await startRecorder(server.url);
  const report = await simulate(id, {
    url,
    key: server.key,
    scenario,
    members: 30,
    users: 40,
    concurrency: 1,
  });
  expect(report.ok).toBe(true);
  await recorder.close();
  return output;
}

/** What this client sends to our server, recorded. */
async function recordRequests(
  play: (
    send: (call: {
      method?: string;
      path: string;
      body?: object;
      headers?: Record<string, string>;
      key?: string;
    }) => Promise<{
      status: number;
      headers: NodeJS.Dict<string | string[]>;
      // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
      body: any;
    }>,
    server: Awaited<ReturnType<typeof serveScim>>,
  ) => Promise<void>,
  options: Parameters<typeof serveScim>[0] = {},
): Promise<string> {
  const server = await serveScim(options);
  const { port, output, recorder } = await startRecorder(server.url);
  await play(
    ({ method = 'GET', path, body, headers = {}, key = server.key }) =>
      sendTo(port, {
        method,
        path: `/scim/v2${path}`,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    server,
  );
  await recorder.close();
  return output;
}

const WITH_DEVICES = { resourceTypes: [DEVICE_RESOURCE_TYPE] };

/** Requests of every kind, good ones and bad. */
function recordEverything(): Promise<string> {
  return recordRequests(async (ask) => {
    await ask({ path: '/ServiceProviderConfig' });
    await ask({ path: '/Schemas' });
    await ask({ path: '/ResourceTypes/Device' });
    await ask({ path: '/Users', key: 'scimk_not_a_key' });
    const made = await ask({
      method: 'POST',
      path: '/Users',
      body: user('a@x.example', { [ENTERPRISE_URN]: { employeeNumber: '0042' } }),
    });
    const path = `/Users/${made.body.id}`;
    const tag = String(made.headers.etag);
    await ask({ path, headers: { 'if-none-match': tag } });
    const change = patch({ op: 'replace', path: 'title', value: 'Head of Everything' });
    await ask({ method: 'PATCH', path, headers: { 'if-match': tag }, body: change });
    await ask({ method: 'PATCH', path, headers: { 'if-match': tag }, body: change });
    await ask({ method: 'POST', path: '/Users', body: user('A@X.EXAMPLE') });
    for (const name of ['b', 'c', 'd']) {
      await ask({ method: 'POST', path: '/Users', body: user(`${name}@x.example`) });
    }
    const page = await ask({ path: '/Users?cursor&count=2' });
    await ask({ path: `/Users?cursor=${encodeURIComponent(page.body.nextCursor)}&count=2` });
    await ask({
      method: 'POST',
      path: '/Bulk',
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          {
            method: 'POST',
            path: '/Groups',
            bulkId: 'g',
            data: { ...group('Crew'), members: [{ value: 'bulkId:u' }] },
          },
          { method: 'POST', path: '/Users', bulkId: 'u', data: user('e@x.example') },
          { method: 'PATCH', path, data: patch({ op: 'remove', path: 'title' }) },
        ],
      },
    });
    await ask({
      method: 'POST',
      path: '/Users/.search',
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'],
        filter: 'userName eq "E@X.EXAMPLE"',
      },
    });
    const { body: device } = await ask({
      method: 'POST',
      path: '/Devices',
      body: { schemas: [DEVICE_RESOURCE_TYPE.schema.id], serial: 'SN-1', slots: 4 },
    });
    await ask({ path: `/Devices/${device.id}` });
    await ask({ path: '/Devices?filter=serial%20eq%20%22SN-1%22' });
    await ask({ path: '/Nowhere' });
    await ask({ path: `${path}?attributes=userName` });
    await ask({ method: 'DELETE', path });
    await ask({ path });
  }, WITH_DEVICES);
}

/** A server with one of the verifier's faults, on a port of its own. */
async function serveBroken(
  scim: Parameters<typeof breakServer>[0],
  fault: Parameters<typeof breakServer>[1],
) {
  const answer = breakServer(scim, fault);
  const port = await serve(async (request, response) => {
    const body = await text(request);
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const {
      status,
      headers: came,
      ...rest
    } = await readReply(
      await answer(`https://app.example${request.url}`, {
        method: request.method ?? 'GET',
        headers: headers as Record<string, string>,
        ...(body === '' ? {} : { body }),
      }),
    );
    response.writeHead(status, came).end(rest.text);
  });
  return `http://127.0.0.1:${port}/scim/v2`;
}

async function readReply(response: Response) {
  const { 'content-length': _length, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, text: await response.text() };
}

const found = ({ different }: ReplayReport) =>
  different.map(({ number, request, differences }) => ({ number, request, differences }));

describe('a recording', () => {
  test.each(scenarios)('of $id $name is answered the same by a fresh server', async ({ id, name }) => {
    const file = await recordSimulation(id, name);
    const { url, key, database } = await serveScim();

    const report = await replay({ file, url, key });

    expect(found(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, leftBehind: [], skipped: [] });
    expect(readState(database).resources).toBe('[]');
  });

  test.each([
    ['entra', 'large-group'],
    ['okta', 'import'],
  ] as const)(
    'of %s %s, eight requests at once beside other data, is answered the same',
    async (id, scenario) => {
      const server = await serveScim();
      await addForeignData(server);
      const { url, output, recorder } = await startRecorder(server.url);
      const simulated = await simulate(id, { url, key: server.key, scenario, members: 80, users: 80 });
      await recorder.close();

      const report = await replay({ file: output, ...(await serveScim()) });

      expect(simulated.ok).toBe(true);
      expect(found(report)).toEqual([]);
      expect(report).toMatchObject({ ok: true, counts: { skipped: 0, prepared: 0 } });
    },
  );

  test('of another server is answered the same by that server', async () => {
    const scimmy = await serveScimmy();
    const { port, output, recorder } = await startRecorder(scimmy.url);
    const ask = (method: string, path: string, body?: object) =>
      sendTo(port, {
        method,
        path: `/scim/v2${path}`,
        headers: { authorization: `Bearer ${scimmy.key}`, 'content-type': 'application/scim+json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const { body: ann } = await ask('POST', '/Users', user('ann@x.example', { name: { givenName: 'Ann' } }));
    await ask('GET', `/Users/${ann.id}`);
    await ask('PATCH', `/Users/${ann.id}`, patch({ op: 'replace', path: 'name.givenName', value: 'Anna' }));
    await ask('GET', `/Users?filter=${encodeURIComponent('userName eq "ann@x.example"')}`);
    await ask('DELETE', `/Users/${ann.id}`);
    await ask('GET', `/Users/${ann.id}`);
    await recorder.close();

    const report = await replay({ file: output, ...(await serveScimmy()) });

    expect(readExchanges(output).map(({ response }) => response?.status)).toEqual([
      201, 200, 200, 200, 204, 404,
    ]);
    expect(found(report)).toEqual([]);
    expect(report.leftBehind).toEqual([]);
  });

  test('can be played again and again on a connection that has data, which stays as it is', async () => {
    const file = await recordSimulation('okta');
    const server = await serveScim();
    await addForeignData(server);
    const { resources, members } = readState(server.database);

    const reports = [
      await replay({ file, ...server, keep: true }),
      await replay({ file, ...server }),
      await replay({ file, ...server }),
    ];

    expect(reports.flatMap(found)).toEqual([]);
    expect(new Set(reports.map(({ run }) => run)).size).toBe(3);
    const [kept] = reports;
    for (const path of kept?.leftBehind ?? []) {
      await send(server.scim, path, { method: 'DELETE', key: server.key });
    }
    expect(readState(server.database)).toMatchObject({ resources, members });
  });

  test('with the names as they are clashes with what is there, and says where', async () => {
    const file = await recordRequests(async (ask) => {
      await ask({ method: 'POST', path: '/Users', body: user('ann@x.example') });
    });
    const server = await serveScim();
    const first = await replay({ file, ...server, freshNames: false, keep: true });

    const second = await replay({ file, ...server, freshNames: false });

    expect(first).toMatchObject({ ok: true, run: '', counts: { created: 1, leftBehind: 1 } });
    expect(second.different).toMatchObject([
      { number: 1, request: 'POST /Users', differences: [{ where: 'status', expected: '201' }] },
    ]);
    expect(await replay({ file, ...server })).toMatchObject({ ok: true, leftBehind: [] });
  });

  test('made on a connection that had data makes first what it needs of it', async () => {
    const file = await recordRequests(async (ask, { scim, key }) => {
      const { body: ann } = await send(scim, '/Users', {
        key,
        body: user('ann@x.example', { title: 'Head' }),
      });
      const { body: ben } = await send(scim, '/Users', { key, body: user('ben@x.example') });
      const { body: staff } = await send(scim, '/Groups', { key, body: group('Staff', [ann.id]) });
      await send(scim, '/Users', { key, body: user('never.asked.for@x.example') });
      await ask({ path: '/Users?startIndex=1&count=100' });
      await ask({ path: `/Users?filter=${encodeURIComponent('userName eq "ann@x.example"')}` });
      await ask({ path: `/Groups/${staff.id}` });
      await ask({
        method: 'PATCH',
        path: `/Groups/${staff.id}`,
        body: patch({ op: 'add', path: 'members', value: [{ value: ben.id }] }),
      });
      await ask({ path: `/Groups/${staff.id}` });
      await ask({ method: 'DELETE', path: `/Users/${ann.id}` });
      await ask({ path: `/Users/${ann.id}` });
    });
    const { url, key, database } = await serveScim();

    const report = await replay({ file, url, key });

    expect(found(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, counts: { prepared: 3, skipped: 0, played: 7 } });
    expect(readState(database).resources).toBe('[]');
  });

  test('of versions, cursors, bulk, discovery, types of one’s own and refused keys is answered the same', async () => {
    const file = await recordEverything();
    const { url, key, database } = await serveScim(WITH_DEVICES);

    const report = await replay({ file, url, key });

    expect(readExchanges(file).map(({ response }) => response?.status)).toEqual([
      200, 200, 200, 401, 201, 304, 200, 412, 409, 201, 201, 201, 200, 200, 200, 200, 201, 200, 200, 404, 200,
      204, 404,
    ]);
    expect(found(report)).toEqual([]);
    expect(report.skipped).toEqual([]);
    expect(readState(database).resources).toBe('[]');
  });

  test('of what the verifier sends about lists, filters, PATCH and versions is answered the same', {
    timeout: 240_000,
  }, async () => {
    const server = await serveScim(WITH_DEVICES);
    const { url, output, recorder } = await startRecorder(server.url);
    const only = ['3.4.2', '3.5.2', '3.6', '3.14', 'RFC 9865'];
    const { requests } = await verify({ url, key: server.key, only, seed: 1 });
    await recorder.close();

    const report = await replay({ file: output, ...(await serveScim(WITH_DEVICES)) });

    expect(requests).toBeGreaterThan(200);
    expect(found(report)).toEqual([]);
    expect(report.counts.skipped).toBe(0);
  });
});

describe('a server that answers otherwise', () => {
  test.each([
    ['a create has no Location', 'POST /Users', 'header location'],
    ['a create is answered 200', 'POST /Users', 'status'],
    ['401 has no WWW-Authenticate', 'GET /Users', 'header www-authenticate'],
    ['the status in an error is a number', 'GET /Users', 'status'],
    ['404 has a scimType', 'GET /Users/', 'scimType'],
    ['changePassword is not mentioned', 'GET /ServiceProviderConfig', 'changePassword'],
    ['externalId is made up', 'GET /Users/', 'externalId'],
    ['a DELETE has a body', 'DELETE /Users/', 'status'],
    ['results of bulk do not repeat the bulkId', 'POST /Bulk', 'Operations[0].bulkId'],
    ['results of bulk have no method', 'POST /Bulk', 'Operations[0].method'],
    ['If-None-Match is ignored', 'GET /Users/', 'status'],
  ])('%s: the exchange and the place are named', async (name, request, where) => {
    const file = await recordEverything();
    const { scim, key } = await serveScim(WITH_DEVICES);
    const fault = FAULTS.find((one) => one.name === name) ?? {};
    const url = await serveBroken(scim, fault);

    const report = await replay({ file, url, key });

    const differences = report.different
      .filter((exchange) => exchange.request.startsWith(request))
      .flatMap((exchange) => exchange.differences.map((one) => one.where));
    expect(differences).toContain(where);
  });

  test('is found out at the exchange, with what was expected and what came', async () => {
    const file = await recordSimulation('entra');
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, async (asked, forward) =>
      /\[type eq "mobile"\]/.test(JSON.stringify(asked.body ?? '').replaceAll('\\', ''))
        ? refusal(400, 'noTarget')
        : forward(asked),
    );

    const report = await replay({ file, url, key });

    const [first] = report.different;
    expect(report.ok).toBe(false);
    expect(first?.request).toMatch(/^PATCH \/Users\/[0-9a-f-]{36}$/);
    expect(first?.differences).toEqual([{ where: 'status', expected: '200', got: '400: noTarget, No.' }]);
  });

  test.each([
    [
      'a name is cut',
      (body: Record<string, unknown>) => ({ ...body, userName: String(body.userName).slice(0, 5) }),
      'userName',
    ],
    ['an attribute is missing', ({ name: _name, ...body }: Record<string, unknown>) => body, 'name'],
    ['an attribute is added', (body: Record<string, unknown>) => ({ ...body, extra: 1 }), 'extra'],
    [
      'the id is another each time',
      (body: Record<string, unknown>) => ({ ...body, id: crypto.randomUUID() }),
      'id',
    ],
    [
      'a boolean is text',
      (body: Record<string, unknown>) => ({ ...body, active: String(body.active) }),
      'active',
    ],
    ['an e-mail is lost', (body: Record<string, unknown>) => ({ ...body, emails: [] }), 'emails[0]'],
  ])('%s: the attribute is named', async (_fault, alter, where) => {
    const file = await recordSimulation('google');
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, async (asked, forward) => {
      const reply = await forward(asked);
      return reply.status === 200 && reply.body?.userName !== undefined
        ? { ...reply, body: alter(reply.body) }
        : reply;
    });

    const report = await replay({ file, url, key });

    expect(report.different.flatMap(({ differences }) => differences.map((one) => one.where))).toContain(
      where,
    );
    expect(JSON.stringify(report)).not.toContain(key);
  });

  test('that loses members is found out when the group is read', async () => {
    const file = await recordSimulation('okta');
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, async (asked, forward) => {
      const reply = await forward(asked);
      const isGroup = asked.method === 'GET' && Array.isArray(reply.body?.members);
      return isGroup ? { ...reply, body: { ...reply.body, members: reply.body.members.slice(1) } } : reply;
    });

    const { different } = await replay({ file, url, key });

    expect(different.length).toBeGreaterThan(0);
    expect(different.flatMap(({ differences }) => differences)).toContainEqual(
      expect.objectContaining({ where: 'members[0]', got: 'nothing' }),
    );
  });

  test('and every header that is gone is named', async () => {
    const file = await recordSimulation('google');
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, async (asked, forward) => {
      const reply = await forward(asked);
      const { location: _location, etag: _etag, ...headers } = reply.headers;
      return { ...reply, headers };
    });

    const { different } = await replay({ file, url, key });

    expect(new Set(different.flatMap(({ differences }) => differences.map(({ where }) => where)))).toEqual(
      new Set(['header location', 'header etag']),
    );
  });
});

describe('a replay', () => {
  test('waits as told where the server limits rates', async () => {
    const file = await recordSimulation('google');
    const { url, key } = await serveScim({
      limited: true,
      limits: { rateLimit: { requestsPerSecond: 10, burst: 4 } },
    });

    const report = await replay({ file, url, key });

    expect(found(report)).toEqual([]);
    expect(report.ok).toBe(true);
  });

  test('that is given up takes away what it made', async () => {
    const file = await recordSimulation('okta');
    const { url, key, database } = await serveScim();
    const stop = new AbortController();

    const report = await replay({
      file,
      url,
      key,
      signal: stop.signal,
      onProgress: ({ request }) => request.startsWith('POST /Groups') && stop.abort(),
    });

    expect(report).toMatchObject({ ok: false, interrupted: true, leftBehind: [] });
    expect(report.counts.created).toBeGreaterThan(1);
    expect(readState(database).resources).toBe('[]');
  });

  test('of a file that is no recording, or of one nobody answers, does not begin', async () => {
    const file = await recordSimulation('google');
    const { url, key } = await serveScim();
    const notOne = new URL('../package.json', import.meta.url).pathname;

    const failures = await Promise.all(
      [
        { file: notOne, url, key },
        { file: join(createFolder(), 'none'), url, key },
        { file, url: 'http://127.0.0.1:1/scim/v2', key },
        { file, url: 'nonsense', key },
        { file, url, key: 'a b' },
      ].map((options) => replay(options).catch((error: unknown) => error)),
    );

    for (const failure of failures) expect(failure).toBeInstanceOf(RecordingError);
    expect(failures.map((failure) => String(failure).replace(/^\S+: /, ''))).toEqual([
      expect.stringContaining('is no recording'),
      expect.stringContaining('cannot be read'),
      expect.stringContaining('Nobody answers'),
      expect.stringContaining('must be an http'),
      expect.stringContaining('without spaces'),
    ]);
  });
});

describe('scimkit replay', () => {
  test('ends with 0 when all is the same, and takes the key from the environment', async () => {
    const file = await recordSimulation('google');
    const { url, key } = await serveScim();

    const { status, stdout, stderr } = await startCommand(['replay', file, '--url', url], {
      SCIMKIT_KEY: key,
    }).ended;

    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^(\d+) of \1 exchanges answered as recorded, 0 not played; [\d.]+ s\.$/m);
    expect(stdout).toContain('took all of it away again');
  });

  test('ends with 1 when an answer differs, in words, JSON and JUnit XML', async () => {
    const file = await recordSimulation('google');
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, async (asked, forward) =>
      asked.method === 'DELETE' ? refusal(501) : forward(asked),
    );
    const junit = join(createFolder(), 'report.xml');

    const args = ['replay', file, '--url', url, '--key', key];
    const words = await startCommand(args).ended;
    const json = await startCommand([...args, '--json', '--junit', junit]).ended;

    expect([words.status, json.status]).toEqual([1, 1]);
    expect(words.stdout).toMatch(/^✗ \d+ {2}DELETE \/Users\/\S+\n {6}status: expected 204, got 501: No\.$/m);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      leftBehind: [expect.stringMatching(/^\/Users\//)],
    });
    expect(readFileSync(junit, 'utf8')).toContain('<failure message="status: expected 204, got 501: No."');
    expect(words.stdout + json.stdout).not.toContain(key);
  });

  test.each([
    [['none.jsonl', '--url', 'http://localhost:1'], 'Give --key or set SCIMKIT_KEY'],
    [['none.jsonl', '--key', 'x'], '--url'],
    [['none.jsonl', '--url', 'http://localhost:1', '--key', 'x'], 'cannot be read'],
  ])('ends with 2 for %j', async (args, message) => {
    const { status, stderr } = await startCommand(['replay', ...args]).ended;
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
