import { describe, expect, test } from 'vitest';
import type { SignInClaims, SignInStrategy } from '../src/index.ts';
import { connect, openScim, openSpied, patch, send, user } from './support/scim.ts';

async function openDirectory() {
  const time = { now: Date.parse('2026-03-01T09:00:00Z') };
  const opened = openScim({
    clock: () => time.now,
    hooks: { userCreated: ({ id }) => ({ userId: `account of ${id}` }) },
  });
  const { key, connectionId } = await connect(opened.scim);
  const call = (path: string, more: object = {}) => send(opened.scim, path, { key, ...more });
  const check = (strategy: SignInStrategy, claims: SignInClaims, customerId = 'acme') =>
    opened.scim.checkSignIn({ customerId, strategy, claims });
  const audit = () =>
    opened.database.rows("SELECT connection_id, detail FROM {p}audit WHERE action = 'signIn.refused'");
  return { ...opened, call, check, connectionId, time, audit };
}

const off = { method: 'PATCH', body: patch({ op: 'replace', value: { active: false } }) };

describe('row F7: signing in', () => {
  test.each([
    ['OidcSubToScimUsername', { userName: 'Sub-1' }, { sub: 'sub-1' }],
    ['OidcSubToScimExternalId', { userName: 'ada', externalId: 'Sub-1' }, { sub: 'Sub-1' }],
    ['OidcEmailToScimUsername', { userName: 'ada@acme.example' }, { email: 'Ada@ACME.example' }],
    ['OidcEmailUsernameToScimUsername', { userName: 'ada.l' }, { email: 'Ada.L@acme.example' }],
    ['OidcPreferredUsernameToScimUsername', { userName: 'ada' }, { preferred_username: 'ADA' }],
  ] as const)('F7: %s finds the user, and no other claim does', async (strategy, more, claims) => {
    const { call, check, connectionId } = await openDirectory();
    const { id } = (await call('/Users', { body: user(more.userName, more) })).body;
    await call('/Users', { body: user('somebody else', { externalId: 'other' }) });
    const found = await check(strategy, { sub: 'x', email: 'x@y.example', ...claims });
    expect(found).toMatchObject({
      ok: true,
      data: { connectionId, scimUserId: id, userId: `account of ${id}` },
    });
    const unknown = { type: 'ScimUserNotFoundWhereExpected', reason: 'unknown' };
    const other = { sub: 'x', email: 'x@y.example', preferred_username: 'x' };
    expect((await check(strategy, other)).ok).toBe(false);
    expect(await check(strategy, other)).toMatchObject({ error: unknown });
    await call(`/Users/${id}`, off);
    expect(await check(strategy, claims)).toMatchObject({
      error: { type: 'ScimUserNotActive', reason: 'deactivated', scimUserId: id },
    });
    await call(`/Users/${id}`, { method: 'DELETE' });
    expect(await check(strategy, claims)).toMatchObject({ error: unknown });
  });

  test('case-S24: who was deprovisioned is refused and audited, without a word of who it is', async () => {
    const { call, check, audit, connectionId } = await openDirectory();
    const { id } = (await call('/Users', { body: user('ada@acme.example') })).body;
    const claims = { sub: 'secret subject', email: 'ada@acme.example' };
    expect((await check('OidcEmailToScimUsername', claims)).ok).toBe(true);
    expect(await audit()).toEqual([]);
    await call(`/Users/${id}`, off);
    expect((await check('OidcEmailToScimUsername', claims)).ok).toBe(false);
    const records = await audit();
    expect(records).toHaveLength(1);
    const text = JSON.stringify(records);
    expect(text).toContain(connectionId);
    expect(text).toContain(id);
    expect(text).not.toMatch(/ada@|secret subject/);
    const users = await call('/Users');
    expect(users.body.Resources.map(({ active }: { active: boolean }) => active)).toEqual([false]);
  });

  test('F7: the same refusal on every request is one record a minute', async () => {
    const { check, audit, time } = await openDirectory();
    for (let request = 0; request < 20; request += 1) await check('OidcSubToScimUsername', { sub: 'x' });
    await check('OidcSubToScimUsername', { sub: 'y' });
    expect(await audit()).toHaveLength(2);
    time.now += 60_000;
    await check('OidcSubToScimUsername', { sub: 'x' });
    expect(await audit()).toHaveLength(3);
  });

  test('F7, T22: of a renamed person the active record counts; of two active ones none does', async () => {
    const { call, check } = await openDirectory();
    const old = (await call('/Users', { body: user('ada@old', { externalId: 'x' }) })).body.id;
    await call(`/Users/${old}`, off);
    const renamed = (await call('/Users', { body: user('ada@new', { externalId: 'x' }) })).body.id;
    const found = await check('OidcSubToScimExternalId', { sub: 'x' });
    expect(found).toMatchObject({ ok: true, data: { scimUserId: renamed } });
    await call(`/Users/${old}`, {
      method: 'PATCH',
      body: patch({ op: 'replace', value: { active: true } }),
    });
    expect(await check('OidcSubToScimExternalId', { sub: 'x' })).toMatchObject({
      error: { type: 'ScimUserNotFoundWhereExpected', reason: 'ambiguous' },
    });
  });

  test('case-S31: an address that is not verified finds nobody, a missing claim neither', async () => {
    const { call, check } = await openDirectory();
    await call('/Users', { body: user('ada@acme.example') });
    await call('/Users', { body: user('ada') });
    const unverified = { sub: 'x', email: 'ada@acme.example', email_verified: false };
    for (const strategy of ['OidcEmailToScimUsername', 'OidcEmailUsernameToScimUsername'] as const) {
      expect(await check(strategy, unverified)).toMatchObject({ error: { reason: 'emailNotVerified' } });
      expect(await check(strategy, { sub: 'ada' })).toMatchObject({ error: { reason: 'claimMissing' } });
      expect((await check(strategy, { ...unverified, email_verified: true })).ok).toBe(true);
    }
    expect(await check('OidcSubToScimUsername', { email: 'ada@acme.example' })).toMatchObject({
      error: { reason: 'claimMissing' },
    });
  });

  test.each(['\u0000', '\ud800', '', ' ', '*', '%', '@', '"', 'a'.repeat(10_000), '__proto__'])(
    'F7: the claim %j finds nobody, whatever it is',
    async (text) => {
      const { call, check, log } = await openDirectory();
      await call('/Users', { body: user('ada') });
      for (const strategy of [
        'OidcSubToScimUsername',
        'OidcSubToScimExternalId',
        'OidcEmailToScimUsername',
        'OidcEmailUsernameToScimUsername',
        'OidcPreferredUsernameToScimUsername',
      ] as const) {
        const answer = await check(strategy, { sub: text, email: text, preferred_username: text });
        expect(answer).toMatchObject({ ok: false, error: { type: 'ScimUserNotFoundWhereExpected' } });
      }
      expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );

  test('F7, inv-I3: a customer is asked for his own people only, and one without a directory decides himself', async () => {
    const { scim, call, check } = await openDirectory();
    await call('/Users', { body: user('ada') });
    expect(await check('OidcSubToScimUsername', { sub: 'ada' }, 'globex')).toMatchObject({
      error: { type: 'ScimConnectionNotFound' },
    });
    const other = await connect(scim, 'globex');
    expect(await check('OidcSubToScimUsername', { sub: 'ada' }, 'globex')).toMatchObject({
      error: { type: 'ScimUserNotFoundWhereExpected' },
    });
    const crossed = { customerId: 'acme', scimConnectionId: other.connectionId };
    const asked = { strategy: 'OidcSubToScimUsername', claims: { sub: 'ada' } } as const;
    expect(await scim.checkSignIn({ ...crossed, ...asked })).toMatchObject({
      error: { type: 'ScimConnectionNotFound' },
    });
  });

  test('F7: of several connections one that knows the person as active is enough', async () => {
    const { scim, call, check } = await openDirectory();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    const second = (
      await scim.management.createScimConnection({ customerId: 'acme', allowMultiple: true })
    ).getOrThrow();
    const { body } = await send(scim, '/Users', { key: second.scimApiKey, body: user('ada') });
    expect(await check('OidcSubToScimUsername', { sub: 'ada' })).toMatchObject({
      error: { reason: 'ambiguous' },
    });
    await call(`/Users/${id}`, off);
    expect(await check('OidcSubToScimUsername', { sub: 'ada' })).toMatchObject({
      ok: true,
      data: { connectionId: second.connectionId, scimUserId: body.id },
    });
  });

  test('F10: a connection in dry run keeps nobody out; a paused one still does', async () => {
    const { scim, call, check } = await openDirectory();
    const { id } = (await call('/Users', { body: user('ada') })).body;
    await call(`/Users/${id}`, off);
    (await scim.management.pauseScimConnection({ customerId: 'acme' })).getOrThrow();
    expect(await check('OidcSubToScimUsername', { sub: 'ada' })).toMatchObject({
      error: { type: 'ScimUserNotActive' },
    });
    (
      await scim.management.patchScimConnection({ customerId: 'acme', policy: { effects: 'dryRun' } })
    ).getOrThrow();
    expect(await check('OidcSubToScimUsername', { sub: 'ada' })).toMatchObject({
      error: { type: 'ScimConnectionNotFound' },
    });
  });

  test('F7: a wrong shape is a TypeError, a database that fails lets nobody in', async () => {
    const { scim, check } = await openDirectory();
    // @ts-expect-error: what a caller in JavaScript may write
    await expect(check('ByEmail', { sub: 'x' })).rejects.toThrow(TypeError);
    // @ts-expect-error: the same
    await expect(scim.checkSignIn(undefined)).rejects.toThrow(TypeError);
    await scim.close();
    expect(await check('OidcSubToScimUsername', { sub: 'x' })).toMatchObject({
      ok: false,
      error: { type: 'UnexpectedError' },
    });
  });
});

test('F7: a sign-in costs two reads, and nothing is written when it is allowed', async () => {
  const { scim, statements } = openSpied();
  const { key } = await connect(scim);
  await send(scim, '/Users', { key, body: user('ada') });
  statements.length = 0;
  const asked = { customerId: 'acme', strategy: 'OidcSubToScimUsername', claims: { sub: 'ada' } } as const;
  expect((await scim.checkSignIn(asked)).ok).toBe(true);
  expect(statements.map(({ sql }) => sql.slice(0, 6))).toEqual(['SELECT', 'SELECT']);
});

test('F7, case-S28: a deactivation the guard holds back keeps nobody out before it is let go', async () => {
  const { scim, call, check } = await openDirectory();
  const ids: string[] = [];
  for (let index = 0; index < 60; index += 1)
    ids.push((await call('/Users', { body: user(`user${index}`) })).body.id);
  for (const id of ids) await call(`/Users/${id}`, off);
  const held = (await scim.management.getHeldChanges({ customerId: 'acme' })).getOrThrow();
  const waiting = new Set(held.changes.map((change) => change.id));
  expect(waiting.size).toBe(40);
  for (const [index, id] of ids.entries()) {
    const { ok } = await check('OidcSubToScimUsername', { sub: `user${index}` });
    expect([index, ok]).toEqual([index, waiting.has(id)]);
  }
  const released = await scim.management.releaseHeldChanges({ customerId: 'acme', all: true });
  expect(released.ok).toBe(true);
  expect((await check('OidcSubToScimUsername', { sub: 'user59' })).ok).toBe(false);
});
