import { describe, expect, test } from 'vitest';
import { people, startHarbor, startSeconds } from '../test/harbor.ts';

const path = '/api/setup/scim';
const day = 24 * 60 * 60;

/** Every setup route, and whether it makes or ends a key. */
const routes = [
  { method: 'GET', path, worksOnKeys: false },
  { method: 'POST', path, worksOnKeys: true },
  { method: 'PUT', path, worksOnKeys: true },
  { method: 'PATCH', path, worksOnKeys: true },
  { method: 'DELETE', path, worksOnKeys: true },
  { method: 'POST', path: `${path}/rotate`, worksOnKeys: true },
  { method: 'POST', path: `${path}/pause`, worksOnKeys: false },
  { method: 'POST', path: `${path}/resume`, worksOnKeys: false },
  { method: 'PUT', path: `${path}/provider`, worksOnKeys: false },
] as const;

describe('the life of a connection', () => {
  test('nothing is configured at first', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);

    const answer = await admin.send('GET', path);

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ hasApiKey: false, customerName: 'Northwind' });
  });

  test('creating answers 201 with a key that works, once', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);

    const created = await admin.send('POST', path, {});
    const again = await admin.send('POST', path, {});

    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      scimApiKey: expect.stringMatching(/^scimk_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/),
    });
    expect((await harbor.idp(created.body.scimApiKey)('GET', '/Users')).status).toBe(200);
    expect(again.status).toBe(409);
    expect(again.body.error.code).toBe('exists_already');
  });

  test('no body at all counts as an empty one', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    expect((await admin.send('POST', path)).status).toBe(201);
  });

  test('GET tells everything about the connection but the key', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    const { scimApiKey } = (await admin.send('POST', path, {})).body;
    await harbor.idp(scimApiKey)('POST', '/Users', { userName: 'ann' });

    const { body } = await admin.send('GET', path);

    expect(body).toEqual({
      hasApiKey: true,
      expiresAt: startSeconds + 365 * day,
      status: 'active',
      provider: null,
      customerName: 'Northwind',
      keys: [
        {
          id: expect.any(String),
          lastFour: scimApiKey.slice(-4),
          createdAt: startSeconds,
          createdBy: 'Nora Lindqvist',
          expiresAt: startSeconds + 365 * day,
          lastUsedAt: startSeconds,
          retiresAt: null,
        },
      ],
      users: 1,
      groups: 0,
      lastUsedAt: startSeconds,
      lastChangeAt: expect.any(Number),
    });
  });

  test.each(['PUT', 'PATCH'])('%s answers 200 with a new key; the old one ends at once', async (method) => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    const first = (await admin.send('POST', path, {})).body.scimApiKey;

    const reset = await admin.send(method, path, {});

    expect(reset.status).toBe(200);
    expect((await harbor.idp(first)('GET', '/Users')).status).toBe(401);
    expect((await harbor.idp(reset.body.scimApiKey)('GET', '/Users')).status).toBe(200);
  });

  test('a rotation lets both keys work for the overlap', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    const first = (await admin.send('POST', path, {})).body.scimApiKey;

    const rotated = await admin.send('POST', `${path}/rotate`, { overlapSeconds: day });

    expect(rotated.status).toBe(200);
    expect((await harbor.idp(first)('GET', '/Users')).status).toBe(200);
    expect((await admin.send('GET', path)).body.keys).toHaveLength(2);
    harbor.clock.now += (day + 1) * 1000;
    expect((await harbor.idp(first)('GET', '/Users')).status).toBe(401);
    expect((await harbor.idp(rotated.body.scimApiKey)('GET', '/Users')).status).toBe(200);
  });

  test('S23: a paused connection refuses its key; resumed, it works again', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    const idp = harbor.idp((await admin.send('POST', path, {})).body.scimApiKey);

    const paused = await admin.send('POST', `${path}/pause`, {});
    expect(paused.status).toBe(200);
    expect(paused.body.message).toEqual(expect.any(String));
    expect((await admin.send('GET', path)).body.status).toBe('paused');
    expect((await idp('GET', '/Users')).status).not.toBe(200);

    expect((await admin.send('POST', `${path}/resume`, {})).status).toBe(200);
    expect((await idp('GET', '/Users')).status).toBe(200);
  });

  test('the identity provider is remembered', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    await admin.send('POST', path, {});

    const saved = await admin.send('PUT', `${path}/provider`, { provider: 'okta' });

    expect(saved.status).toBe(200);
    expect((await admin.send('GET', path)).body.provider).toBe('okta');
  });

  test('deleting ends the key at once, and leaves nothing to reset or delete', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    const idp = harbor.idp((await admin.send('POST', path, {})).body.scimApiKey);

    const deleted = await admin.send('DELETE', path);

    expect(deleted.status).toBe(200);
    expect(deleted.body.message).toEqual(expect.any(String));
    expect((await idp('GET', '/Users')).status).toBe(401);
    expect((await admin.send('GET', path)).body.hasApiKey).toBe(false);
    for (const [method, suffix] of [
      ['PUT', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
      ['POST', '/pause'],
      ['POST', '/resume'],
    ]) {
      const answer = await admin.send(method!, path + suffix);
      expect([method, suffix, answer.status]).toEqual([method, suffix, 404]);
    }
  });
});

describe('expiresAt', () => {
  test.each([
    ['left out: the default life', {}, startSeconds + 365 * day],
    ['null: never', { expiresAt: null }, null],
    ['90 days', { expiresAt: startSeconds + 90 * day }, startSeconds + 90 * day],
    ['10 years', { expiresAt: startSeconds + 3652 * day }, startSeconds + 3652 * day],
  ])('%s', async (_name, body, expected) => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    expect((await admin.send('POST', path, body)).status).toBe(201);
    expect((await admin.send('GET', path)).body.expiresAt).toBe(expected);
  });

  test.each([
    ['past', startSeconds - 1],
    ['now', startSeconds],
    ['zero', 0],
    ['negative', -1],
    ['text', String(startSeconds + day)],
    ['an ISO date', '2027-01-01T00:00:00Z'],
    ['milliseconds', (startSeconds + day) * 1000],
    ['over 10 years', startSeconds + 3654 * day],
    ['a fraction', startSeconds + 0.5 + day],
    ['beyond integers', 1e300],
    ['true', true],
    ['a list', [startSeconds + day]],
  ])('%s is refused with 422 by create, reset and rotate', async (_name, expiresAt) => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    await admin.send('POST', path, {});
    for (const [method, suffix] of [
      ['POST', ''],
      ['PUT', ''],
      ['PATCH', ''],
      ['POST', '/rotate'],
    ]) {
      const answer = await admin.send(method!, path + suffix, { expiresAt });
      expect(answer.status).toBe(422);
      expect(answer.body.error).toEqual({
        code: 'invalid_fields',
        message: expect.stringContaining('expiresAt'),
      });
    }
    expect((await admin.send('GET', path)).body.keys).toHaveLength(1);
  });

  test.each([-1, 1.5, 31 * day, '60', null])(
    'overlapSeconds %s is refused with 422',
    async (overlapSeconds) => {
      const harbor = await startHarbor();
      const admin = await harbor.signIn(people.northwindAdmin);
      await admin.send('POST', path, {});
      expect((await admin.send('POST', `${path}/rotate`, { overlapSeconds })).status).toBe(422);
    },
  );

  test.each([undefined, null, 7, '', 'Okta Inc', '<b>'])(
    'provider %s is refused with 422',
    async (provider) => {
      const harbor = await startHarbor();
      const admin = await harbor.signIn(people.northwindAdmin);
      await admin.send('POST', path, {});
      expect((await admin.send('PUT', `${path}/provider`, { provider })).status).toBe(422);
    },
  );
});

describe('S5: who may', () => {
  test.each(routes)('nobody signed in: $method $path answers 401', async ({ method, path }) => {
    const harbor = await startHarbor();
    const answer = await harbor.request(method, path, { headers: { origin: harbor.url } });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toEqual({ code: 'not_signed_in', message: expect.any(String) });
  });

  test.each(routes)('a member: $method $path answers 403', async ({ method, path }) => {
    const harbor = await startHarbor();
    await harbor.connect();
    const member = await harbor.signIn(people.northwindMember);
    const answer = await member.send(method, path, method === 'GET' ? undefined : {});
    expect(answer.status).toBe(403);
    expect(answer.body.error.code).toBe('not_an_administrator');
  });

  test.each(routes)(
    `another customer's administrator: $method $path does not reach this one`,
    async ({ method, path }) => {
      const harbor = await startHarbor();
      const idp = await harbor.connect(people.northwindAdmin);
      const northwind = await harbor.signIn(people.northwindAdmin);
      const before = (await northwind.send('GET', '/api/setup/scim')).text;
      const foreigner = await harbor.signIn(people.contosoAdmin);

      const body = method === 'GET' ? undefined : { customerId: 'northwind', provider: 'okta' };
      await foreigner.send(method, `${path}?customerId=northwind`, body);

      expect((await northwind.send('GET', '/api/setup/scim')).text).toBe(before);
      expect((await idp('GET', '/Users')).status).toBe(200);
    },
  );

  test('S11, P6: work on keys needs a sign-in within 30 minutes, and says so', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    await admin.send('POST', path, {});
    harbor.clock.now += (30 * 60 + 1) * 1000;

    for (const route of routes.filter(({ worksOnKeys }) => worksOnKeys)) {
      const answer = await admin.send(route.method, route.path, {});
      expect(answer.status).toBe(403);
      expect(answer.body.error.code).toBe('reauthentication_required');
    }
    for (const route of routes.filter(({ worksOnKeys }) => !worksOnKeys)) {
      const answer = await admin.send(
        route.method,
        route.path,
        route.method === 'GET' ? undefined : { provider: 'okta' },
      );
      expect(answer.status).toBe(200);
    }

    expect((await admin.send('POST', '/api/session/confirm')).status).toBe(200);
    expect((await admin.send('PUT', path, {})).status).toBe(200);
  });
});

test('S11: no route returns the key after its creation', async () => {
  const harbor = await startHarbor();
  const admin = await harbor.signIn(people.northwindAdmin);
  const { scimApiKey } = (await admin.send('POST', path, {})).body;
  const secret = scimApiKey.split('_')[2];
  await harbor.idp(scimApiKey)('POST', '/Users', { userName: 'ann' });

  const answers = [];
  for (const address of ['/', '/healthz', '/api/session', '/api/sign-in', '/api/team', '/r/registry.json']) {
    answers.push(await admin.send('GET', address));
  }
  for (const { method, path } of routes) {
    answers.push(await admin.send(method, path, method === 'GET' ? undefined : { provider: 'okta' }));
  }

  for (const { text, headers } of answers) {
    expect(text).not.toContain(secret);
    expect(JSON.stringify([...headers])).not.toContain(secret);
  }
  expect(JSON.stringify(harbor.errors)).not.toContain(secret);
});

describe('answers', () => {
  test.each(routes)('P31: $method $path is kept by nobody', async ({ method, path }) => {
    const harbor = await startHarbor();
    const { headers } = await harbor.request(method, path, { headers: { origin: harbor.url } });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a failure of the store is an opaque 500, and whole in the log', async () => {
    const harbor = await startHarbor();
    const admin = await harbor.signIn(people.northwindAdmin);
    await harbor.breakStore();

    const answer = await admin.send('GET', path);

    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({
      error: { code: 'unexpected', message: 'Something went wrong on our side. Try again in a moment.' },
    });
    expect(harbor.errors).not.toHaveLength(0);
  });

  test.each([
    ['malformed JSON', '{"expiresAt":', 400, 'invalid_body'],
    ['a body of 20 KB', JSON.stringify({ padding: 'x'.repeat(20_000) }), 413, 'invalid_body'],
    ['JSON that is no object', '"text"', 400, 'invalid_body'],
    ['a list', '[]', 422, 'invalid_fields'],
  ])('%s is refused', async (_name, body, status, code) => {
    const harbor = await startHarbor();
    const { cookie } = await harbor.signIn(people.northwindAdmin);
    const answer = await harbor.request('POST', path, {
      headers: { cookie, origin: harbor.url, 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(status);
    expect(answer.body.error).toEqual({ code, message: expect.any(String) });
  });

  test('an address below /api that no route has answers 404 as JSON', async () => {
    const harbor = await startHarbor();
    const answer = await harbor.request('GET', '/api/nothing');
    expect(answer.status).toBe(404);
    expect(answer.body.error.code).toBe('not_found');
  });
});
