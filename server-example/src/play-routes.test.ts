import { describe, expect, test, vi } from 'vitest';
import { people, startHarbor } from '../test/harbor.ts';
import type { PlayRun } from './play.ts';

vi.setConfig({ testTimeout: 30_000 });

const path = '/api/play';
const fast = { persona: 'google', pace: 'full' } as const;
/** Slow: a run that has only begun. */
const slow = { persona: 'okta', pace: 'watch' } as const;

const routes = [
  { method: 'GET', path },
  { method: 'GET', path: `${path}/events` },
  { method: 'POST', path },
  { method: 'DELETE', path },
] as const;

/** Harbor with Northwind's directory connected, and its administrator. */
async function startConnected(customerAdmin: string = people.northwindAdmin) {
  const harbor = await startHarbor();
  const admin = await harbor.signIn(customerAdmin);
  await admin.send('POST', '/api/setup/scim', {});
  const findRun = async (): Promise<PlayRun> => (await admin.send('GET', path)).body.run;
  const waitUntil = async (isReached: (run: PlayRun) => boolean): Promise<PlayRun> => {
    await expect.poll(async () => isReached(await findRun()), { timeout: 20_000 }).toBe(true);
    return findRun();
  };
  const count = async (rows: string) =>
    Number((await harbor.database.get(`SELECT count(*) AS total FROM ${rows}`))?.total);
  const countTemporaryKeys = () => count("scim_api_keys WHERE kind = 'temporary'");
  const countResources = () => count('scim_resources');
  return { harbor, admin, findRun, waitUntil, countTemporaryKeys, countResources };
}

const hasEnded = ({ state }: PlayRun) => state === 'ended';
const hasBegun = ({ steps }: PlayRun) => steps.length > 0;

describe('a run', () => {
  test('is offered for every identity provider, without what a page cannot do', async () => {
    const { admin } = await startConnected();
    const { body } = await admin.send('GET', path);
    expect(body).toMatchObject({ connection: 'active', provider: null, run: null });
    const ids = body.personas.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining(['okta', 'entra', 'google']));
    for (const { scenarios } of body.personas) {
      expect(scenarios.map(({ name }: { name: string }) => name)).not.toContain('tenants');
      expect(JSON.stringify(scenarios)).not.toContain('--');
    }
  });

  test('goes over HTTP to its end: it makes people and takes them away, and its key ends with it', async () => {
    const { harbor, admin, waitUntil, countTemporaryKeys, countResources } = await startConnected();

    const started = await admin.send('POST', path, fast);
    const run = await waitUntil(hasEnded);

    expect(started.status).toBe(202);
    expect(started.body.run).toMatchObject({ persona: 'google', scenario: 'life', state: 'running' });
    expect(run).toMatchObject({
      personaName: 'Google Workspace',
      error: null,
      outcome: { ok: true, interrupted: false, counts: { failed: 0, leftBehind: 0 } },
    });
    expect(run.outcome?.counts.created).toBeGreaterThan(0);
    expect(run.steps.length).toBe(run.outcome?.counts.steps);
    expect(run.steps[0]).toMatchObject({ method: 'GET', status: 200, ok: true });
    expect([await countTemporaryKeys(), await countResources()]).toEqual([0, 0]);
    const rows = await harbor.database.all(
      'SELECT actor, CAST(detail AS TEXT) AS detail, action FROM scim_audit ORDER BY action',
    );
    const acts = rows
      .map(({ detail, ...act }) => ({ ...act, kind: JSON.parse(String(detail)).kind }))
      .filter(({ kind }) => kind === 'temporary');
    expect(acts).toEqual([
      { actor: people.northwindAdmin, kind: 'temporary', action: 'key.created' },
      { actor: people.northwindAdmin, kind: 'temporary', action: 'key.revoked' },
    ]);
    expect(harbor.errors).toEqual([]);
  });

  test('lets the settings page come alive, and shows no key of its own there', async () => {
    const { admin, waitUntil } = await startConnected();
    const before = (await admin.send('GET', '/api/setup/scim')).body;
    await admin.send('POST', path, slow);
    await waitUntil(hasBegun);
    const during = (await admin.send('GET', '/api/setup/scim')).body;
    expect(before).toMatchObject({ lastUsedAt: null, keys: [{ lastUsedAt: null }] });
    expect(during).toMatchObject({ lastUsedAt: expect.any(Number), keys: [{ id: before.keys[0].id }] });
    expect(during.keys).toHaveLength(1);
    expect(during.keys[0].lastUsedAt).toBe(during.lastUsedAt);
  });

  test('leaves the people in place where that was asked for', async () => {
    const { admin, waitUntil, countTemporaryKeys, countResources } = await startConnected();
    await admin.send('POST', path, { ...fast, keep: true });
    const { outcome } = await waitUntil(hasEnded);
    expect(outcome?.counts.leftBehind).toBeGreaterThan(0);
    expect(await countResources()).toBe(outcome?.counts.leftBehind);
    expect(await countTemporaryKeys()).toBe(0);
    const { people: team } = (await admin.send('GET', '/api/team')).body;
    expect(team.some(({ managedBy }: { managedBy: string }) => managedBy === 'directory')).toBe(true);
  });

  test('that is stopped takes away what it made, and its key ends', async () => {
    const { admin, waitUntil, countTemporaryKeys, countResources } = await startConnected();
    await admin.send('POST', path, slow);
    await waitUntil(({ steps }) => steps.some(({ method, status }) => method === 'POST' && status === 201));
    expect(await countTemporaryKeys()).toBe(1);
    const stopped = await admin.send('DELETE', path);
    const { outcome } = await waitUntil(hasEnded);
    expect(stopped).toMatchObject({ status: 202, body: { run: { state: 'stopping' } } });
    expect(outcome).toMatchObject({ interrupted: true, counts: { leftBehind: 0 } });
    expect([await countTemporaryKeys(), await countResources()]).toEqual([0, 0]);
    expect((await admin.send('DELETE', path)).body.error.code).toBe('not_playing');
  });

  test('is one at a time for a customer, and no business of another', async () => {
    const { harbor, admin, waitUntil } = await startConnected();
    const other = await harbor.signIn(people.contosoAdmin);
    await other.send('POST', '/api/setup/scim', {});
    const starts = await Promise.all([1, 2, 3].map(() => admin.send('POST', path, slow)));
    expect(starts.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    await waitUntil(hasBegun);

    expect((await other.send('GET', path)).body.run).toBeNull();
    expect((await other.send('DELETE', path)).status).toBe(404);
    expect((await other.send('POST', path, slow)).status).toBe(202);
    expect((await waitUntil(hasBegun)).state).toBe('running');
  });

  test('against a paused connection fails, says what the administrator would see, and its key ends', async () => {
    const { admin, waitUntil, countTemporaryKeys } = await startConnected();
    await admin.send('POST', '/api/setup/scim/pause', {});
    await admin.send('POST', path, fast);
    const { steps, outcome } = await waitUntil(hasEnded);
    expect(outcome?.ok).toBe(false);
    expect(steps.at(-1)).toMatchObject({
      ok: false,
      status: 401,
      problem: expect.any(String),
      administratorSees: expect.stringContaining('Google'),
    });
    expect(await countTemporaryKeys()).toBe(0);
    expect((await admin.send('GET', '/api/setup/scim')).body.lastUsedAt).toBeNull();
  });

  test('needs a connection, an identity provider that exists, and a scenario of its own', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    const missing = await admin.send('POST', path, fast);
    expect([missing.status, missing.body.error.code]).toEqual([404, 'not_configured']);
    expect((await admin.send('GET', path)).body).toMatchObject({ connection: 'missing', run: null });
    await admin.send('POST', '/api/setup/scim', {});
    for (const body of [
      {},
      { persona: 'octa' },
      { persona: 7 },
      { ...fast, scenario: 'tenants' },
      { ...fast, scenario: 'rename' },
      { ...fast, keep: 'yes' },
      { ...fast, pace: 'slow' },
    ]) {
      expect((await admin.send('POST', path, body)).status).toBe(422);
    }
  });

  test('goes on being ended well when the connection is deleted under it', async () => {
    const { harbor, admin, waitUntil } = await startConnected();
    await admin.send('POST', path, slow);
    await waitUntil(hasBegun);
    await admin.send('DELETE', '/api/setup/scim');
    await admin.send('DELETE', path).catch(() => undefined);
    expect((await waitUntil(hasEnded)).outcome?.ok ?? false).toBe(false);
    expect(harbor.errors).toEqual([]);
  });
});

describe('when the app closes', () => {
  test('a run takes away what it made, its key ends, and streams end', async () => {
    const { harbor, admin, waitUntil, countTemporaryKeys, countResources } = await startConnected();
    const stream = await follow(harbor, admin);
    await admin.send('POST', path, slow);
    await waitUntil(({ steps }) => steps.some(({ method, status }) => method === 'POST' && status === 201));

    await harbor.harbor.close();

    expect([await countTemporaryKeys(), await countResources()]).toEqual([0, 0]);
    expect((await stream.rest()).at(-1)).toMatchObject({ run: { persona: 'okta' } });
    expect(harbor.errors).toEqual([]);
  });
});

describe('the stream', () => {
  test('begins with the state, tells steps as they are answered, and the end', async () => {
    const { harbor, admin, waitUntil } = await startConnected();
    const stream = await follow(harbor, admin);
    expect(await stream.next()).toEqual({ connection: 'active', provider: null, run: null });
    await admin.send('POST', path, fast);
    await waitUntil(hasEnded);
    const told = [];
    do told.push(await stream.next());
    while (told.at(-1).run?.state !== 'ended');
    expect(told.at(-1).run).toMatchObject({ outcome: { ok: true } });
  });

  test('tells when the connection is paused or deleted', async () => {
    const { harbor, admin } = await startConnected();
    const stream = await follow(harbor, admin);
    await stream.next();
    await admin.send('POST', '/api/setup/scim/pause', {});
    expect(await stream.next()).toMatchObject({ connection: 'paused' });
    await admin.send('DELETE', '/api/setup/scim');
    expect(await stream.next()).toMatchObject({ connection: 'missing' });
  });

  test('ends with the account of whoever reads it', async () => {
    const { harbor, admin } = await startConnected();
    const stream = await follow(harbor, admin);
    await stream.next();
    await harbor.database.transaction((tx) =>
      tx.run('UPDATE users SET active = 0 WHERE id = ?', [people.northwindAdmin]),
    );
    expect(await stream.rest()).toEqual([]);
  });
});

describe('S5: who may', () => {
  test.each(routes)('nobody signed in: $method $path answers 401', async ({ method, path }) => {
    const harbor = await startHarbor();
    const answer = await harbor.request(method, path, { headers: { origin: harbor.url } });
    expect([answer.status, answer.body.error.code]).toEqual([401, 'not_signed_in']);
  });

  test.each(routes)('a member: $method $path answers 403', async ({ method, path }) => {
    const harbor = await startHarbor();
    await harbor.connect();
    const member = await harbor.signIn(people.northwindMember);
    const answer = await member.send(method, path, method === 'POST' ? fast : undefined);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'not_an_administrator']);
  });

  test('P6: a run makes a key, and so needs a sign-in within 30 minutes', async () => {
    const { harbor, admin, countTemporaryKeys } = await startConnected();
    harbor.clock.now += (30 * 60 + 1) * 1000;
    const answer = await admin.send('POST', path, fast);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'reauthentication_required']);
    expect(await countTemporaryKeys()).toBe(0);
    await admin.send('POST', '/api/session/confirm');
    expect((await admin.send('POST', path, fast)).status).toBe(202);
  });

  test.each(['POST', 'DELETE'])('P31: %s from a foreign page is refused', async (method) => {
    const { harbor, admin, findRun } = await startConnected();
    const answer = await harbor.request(method, path, {
      headers: {
        cookie: admin.cookie,
        origin: 'https://elsewhere.example',
        'content-type': 'application/json',
      },
      body: JSON.stringify(fast),
    });
    expect([answer.status, answer.body.error.code]).toEqual([403, 'cross_site_request']);
    expect(await findRun()).toBeNull();
  });

  test('S11: no answer and no line of the log contains the key', async () => {
    const { harbor, admin, waitUntil } = await startConnected();
    const stream = await follow(harbor, admin);
    const started = await admin.send('POST', path, slow);
    await waitUntil(hasBegun);
    const answers = [
      started.text,
      (await admin.send('GET', path)).text,
      (await admin.send('GET', '/api/setup/scim')).text,
      JSON.stringify([await stream.next(), await stream.next()]),
      JSON.stringify(harbor.errors),
    ];
    expect(answers.join()).not.toMatch(/scimk_/);
  });
});

/** Reads the stream as an EventSource would. */
async function follow(
  harbor: Awaited<ReturnType<typeof startHarbor>>,
  { cookie }: { readonly cookie: string },
) {
  const response = await fetch(`${harbor.url}${path}/events`, { headers: { cookie } });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  const next = async () => {
    for (;;) {
      const end = buffer.indexOf('\n\n');
      const message = buffer.slice(0, end);
      if (end !== -1) {
        buffer = buffer.slice(end + 2);
        if (message.startsWith('data: ')) return JSON.parse(message.slice(6));
        continue;
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      buffer += value;
    }
  };
  return {
    next,
    /** Everything until the server ends it. */
    async rest() {
      const messages = [];
      for (let message = await next(); message !== undefined; message = await next()) messages.push(message);
      return messages;
    },
  };
}
