import { createServer } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import {
  listPersonas,
  type PersonaId,
  SimulationError,
  type SimulationProgress,
  type SimulationReport,
  simulate,
} from '../src/simulator/simulate.ts';
import { USER_URN } from './support/scim.ts';
import { addForeignData, readState, refusal, serveFaulty, serveScim } from './support/simulated.ts';

vi.setConfig({ testTimeout: 60_000 });

const personas = listPersonas();
const ids = personas.map(({ id }) => id);
/** The scenarios a persona has for itself; the common ones have their own tests. */
const own = personas.flatMap(({ id, scenarios }) =>
  scenarios
    .filter(({ name }) => !['throttle', 'tenants', 'bulk'].includes(name))
    .map(({ name, sequences }) => ({ id, name, sequences: sequences.join(' ') })),
);

describe('our server answers every identity provider as it needs', () => {
  test.each(own)('$id $name $sequences: every step, and nothing is left or touched', async ({ id, name }) => {
    const server = await serveScim();
    await addForeignData(server);
    const before = readState(server.database);
    const cycles = createCycleWatch(server.database);

    const report = await simulate(id, {
      url: server.url,
      key: server.key,
      scenario: name,
      members: 60,
      users: 250,
      onProgress: cycles.listen,
    });

    expect(problemsOf(report)).toEqual([]);
    expect(report).toMatchObject({
      ok: true,
      leftBehind: [],
      counts: { failed: 0, retries: 0, leftBehind: 0 },
    });
    const { events: _events, ...after } = readState(server.database);
    expect(after).toEqual({ resources: before.resources, members: before.members });
    if (name === 'life') expect(cycles.count()).toBeGreaterThan(0);
  });

  test.each(ids)('%s plays each sequence of its own by number', async (id) => {
    const { scenarios = [] } = personas.find((persona) => persona.id === id) ?? {};
    const named = scenarios.flatMap(({ sequences }) => sequences);
    expect(new Set(named).size).toBe(named.length);
  });

  test('all sequences of the list are played by somebody', () => {
    const played = new Set(
      personas.flatMap(({ scenarios }) => scenarios.flatMap(({ sequences }) => sequences)),
    );
    expect([...Array(20).keys()].map((index) => `S${index + 1}`).filter((name) => !played.has(name))).toEqual(
      [],
    );
  });

  test('S16 authentik fills its groups where bulk is switched off', async () => {
    const { url, key } = await serveScim({ limits: { maxBulkOperations: 0 } });
    const report = await simulate('authentik', { url, key });
    expect(problemsOf(report)).toEqual([]);
    expect(report.ok).toBe(true);
  });

  test('S7 a thousand members in batches, and none is lost to eight changes at once', async () => {
    const { url, key } = await serveScim();
    const report = await simulate('entra', { url, key, scenario: 'S7' });
    expect(problemsOf(report)).toEqual([]);
    expect(report.counts).toMatchObject({ created: 1009, leftBehind: 0 });
  });

  test.each(ids)('S20 %s: two connections never see each other', async (id) => {
    const { url, key, key2, database } = await serveScim();
    const report = await simulate(id, { url, key, key2, scenario: 'S20' });
    expect(problemsOf(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, counts: { created: 2, deleted: 2 } });
    expect(readState(database).resources).toBe('[]');
  });

  test.each(ids)('%s bulk: as many as asked for, counted on the way', async (id) => {
    const { url, key, database } = await serveScim();
    const counted: number[] = [];
    const report = await simulate(id, {
      url,
      key,
      scenario: 'bulk',
      users: 30,
      groups: 3,
      members: 20,
      onProgress: (progress) => {
        if (progress.kind === 'count' && progress.title === 'create 30 users') counted.push(progress.done);
      },
    });
    expect(problemsOf(report)).toEqual([]);
    expect(report.counts.created).toBe(id === 'google' ? 30 : 33);
    expect(counted).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(readState(database).resources).toBe('[]');
  });
});

describe('limits of the server', () => {
  test('S19 are met, waited for as told, and passed', async () => {
    const { url, key } = await serveScim({ limited: true });
    const waits: number[] = [];
    const report = await simulate('okta', {
      url,
      key,
      scenario: 'throttle',
      sleep: (milliseconds) => {
        waits.push(milliseconds);
        return new Promise((resolve) => setTimeout(resolve, milliseconds));
      },
    });
    expect(problemsOf(report)).toEqual([]);
    expect(report.steps[0]?.note).toMatch(/^limited after \d+ requests, Retry-After: 1$/);
    expect(waits).toContain(1000);
  });

  test('S19 where there are none, the report says so', async () => {
    const { url, key } = await serveScim();
    const report = await simulate('entra', { url, key, scenario: 's19' });
    expect(report).toMatchObject({ ok: true });
    expect(report.steps[0]?.note).toBe('the server never limited us (2000 requests)');
  });

  test('are honoured by a bulk run, which ends with everything there', async () => {
    const { url, key } = await serveScim({
      limited: true,
      limits: { rateLimit: { requestsPerSecond: 100, burst: 20 } },
    });
    const report = await simulate('entra', { url, key, scenario: 'bulk', users: 60, groups: 2, members: 60 });
    expect(problemsOf(report)).toEqual([]);
    expect(report.counts).toMatchObject({ created: 62, deleted: 62 });
    expect(report.counts.retries).toBeGreaterThan(0);
  });
});

describe('a run', () => {
  test('that is given up takes away what it made', async () => {
    const server = await serveScim();
    const stop = new AbortController();
    const report = await simulate('entra', {
      ...server,
      scenario: 'bulk',
      users: 200,
      signal: stop.signal,
      onProgress: (progress) => {
        if (progress.kind === 'count' && progress.done === 50) stop.abort();
      },
    });
    expect(report).toMatchObject({ ok: false, interrupted: true, leftBehind: [] });
    expect(report.counts.created).toBeGreaterThanOrEqual(50);
    expect(readState(server.database).resources).toBe('[]');
  });

  test('told to keep what it made says what that is', async () => {
    const server = await serveScim();
    const report = await simulate('okta', { ...server, keep: true });
    expect(report.ok).toBe(true);
    expect(report.leftBehind.map(({ path }) => path.split('/')[1])).toEqual([
      'Users',
      'Users',
      'Users',
      'Groups',
    ]);
    expect(JSON.parse(readState(server.database).resources)).toHaveLength(4);
  });

  test('waits between steps where somebody watches, and no longer once it is given up', async () => {
    const server = await serveScim();
    const waits: number[] = [];
    const stop = new AbortController();
    const report = await simulate('google', {
      url: server.url,
      key: server.key,
      pace: 250,
      signal: stop.signal,
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
        if (waits.length === 4) stop.abort();
      },
    });
    expect(waits).toEqual([250, 250, 250, 250]);
    expect(report).toMatchObject({ interrupted: true, leftBehind: [], counts: { steps: 3 } });
    expect(readState(server.database).resources).toBe('[]');
  });

  test('has names of its own, so that two at once are no trouble to each other', async () => {
    const server = await serveScim();
    const reports = await Promise.all(ids.map((id) => simulate(id, { url: server.url, key: server.key })));
    expect(reports.flatMap(problemsOf)).toEqual([]);
    expect(new Set(reports.map(({ run }) => run)).size).toBe(ids.length);
    expect(readState(server.database).resources).toBe('[]');
  });

  test('is the same twice for the same random numbers', async () => {
    const { url, key } = await serveScim();
    const play = () => simulate('google', { url, key, random: createRandom(7) });
    const pathsOf = ({ steps }: SimulationReport) => steps.slice(0, 4).map(({ request }) => request.path);
    const first = await play();
    expect(pathsOf(await play())).toEqual(pathsOf(first));
  });

  test('goes through the given fetch', async () => {
    const { scim, key } = await serveScim();
    const sent: string[] = [];
    const report = await simulate('google', {
      url: 'http://never.example/scim/v2',
      key,
      fetch: (input, init) => {
        sent.push(String(input));
        return scim.fetch(new Request(input, init), { mountPath: '/scim/v2' });
      },
    });
    expect(problemsOf(report)).toEqual([]);
    expect(sent.length).toBe(report.counts.requests);
  });

  test('never tells the key, not even when the server repeats it', async () => {
    const { scim, key } = await serveScim();
    const url = await serveFaulty(scim, async () => {
      const { headers, body } = refusal(400);
      return {
        status: 400,
        headers: { ...headers, 'retry-after': key },
        body: { ...body, detail: `What is ${key}?`, [key]: key },
      };
    });
    const told: SimulationProgress[] = [];
    const report = await simulate('okta', { url, key, onProgress: (progress) => told.push(progress) });
    for (const text of [JSON.stringify(report), JSON.stringify(told)]) {
      expect(text).toContain('[key]');
      expect(text).not.toContain(key);
    }
  });

  test('cannot begin where nobody answers, or when asked for wrongly', async () => {
    const { url, key } = await serveScim();
    const reasonOf = (persona: string, options: object) =>
      simulate(persona as PersonaId, { url, key, ...options }).then(
        () => 'none',
        (error) => (error instanceof SimulationError ? error.reason : error),
      );
    const port = await findClosedPort();
    expect(await reasonOf('okta', { url: `http://127.0.0.1:${port}` })).toBe('unreachable');
    expect(await reasonOf('octa', {})).toBe('usage');
    expect(await reasonOf('okta', { scenario: 'S7' })).toBe('usage');
    expect(await reasonOf('okta', { url: 'ftp://example.com' })).toBe('usage');
    expect(await reasonOf('okta', { key: 'a b' })).toBe('usage');
    expect(await reasonOf('okta', { users: 0 })).toBe('usage');
    expect(await reasonOf('okta', { scenario: 'bulk', users: 3, members: 4 })).toBe('usage');
    expect(await reasonOf('okta', { scenario: 'tenants' })).toBe('usage');
  });

  test('with a wrong key fails at its first step, and says what the administrator would see', async () => {
    const { url } = await serveScim();
    const report = await simulate('entra', { url, key: 'scimk_wrong' });
    expect(report.steps).toHaveLength(1);
    expect(report.steps[0]).toMatchObject({
      id: 'test-connection',
      ok: false,
      response: { status: 401 },
      administratorSees: expect.stringContaining('"Test Connection" fails'),
    });
  });

  test('sends the flag of Entra ID, and the query of a URL that has one', async () => {
    const { scim, key } = await serveScim();
    const seen: string[] = [];
    const url = await serveFaulty(scim, async (asked, forward) => {
      seen.push(asked.query);
      return forward(asked);
    });
    expect((await simulate('entra-flag', { url, key })).ok).toBe(true);
    expect(seen.every((query) => /^\?aadOptscim062020(&|$)/.test(query))).toBe(true);
    seen.length = 0;
    expect((await simulate('google', { url: `${url}/?tenant=7`, key })).ok).toBe(true);
    expect(seen.every((query) => /^\?tenant=7(&|$)/.test(query))).toBe(true);
  });
});

test('requests are in the form of each identity provider', async () => {
  const { scim, key } = await serveScim();
  const first = new Map<string, unknown>();
  for (const id of ids) {
    const url = await serveFaulty(scim, async (asked, forward) => {
      if (asked.method === 'POST' && asked.path === '/Users' && !first.has(id)) {
        const { userName: _userName, externalId: _externalId, password: _password, ...rest } = asked.body;
        first.set(id, Object.keys(rest));
        expect(asked.body.schemas).toContain(USER_URN);
      }
      return forward(asked);
    });
    await simulate(id, { url, key });
  }
  expect(first.get('okta')).toEqual([
    'schemas',
    'name',
    'emails',
    'displayName',
    'locale',
    'groups',
    'active',
  ]);
  expect(first.get('entra')).toEqual(['schemas', 'active', 'emails', 'meta', 'name', 'roles']);
  expect(first.get('onelogin')).toEqual(['schemas', 'name', 'emails', 'active', 'id', 'meta', 'manager']);
  expect(first.size).toBe(ids.length);
});

/** Reads the database where a second cycle begins and ends. */
function createCycleWatch(database: Parameters<typeof readState>[0]) {
  let before: ReturnType<typeof readState> | undefined;
  let count = 0;
  return {
    count: () => count,
    listen: (progress: { kind: string; step?: { id: string } }) => {
      const id = progress.step?.id ?? '';
      if (id.startsWith('before-second-cycle')) before = readState(database);
      if (!id.startsWith('after-second-cycle')) return;
      count += 1;
      expect(readState(database)).toEqual(before);
    },
  };
}

function problemsOf({ persona, scenario, steps }: SimulationReport): readonly string[] {
  return steps.filter((step) => !step.ok).map((step) => `${persona} ${scenario} ${step.id}: ${step.problem}`);
}

/** A small generator of numbers that are the same each time. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

async function findClosedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
