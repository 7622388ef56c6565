import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createConnection, openConnections, START } from '../../test/support/connections.ts';
import { KEY_PATTERN } from './key-format.ts';

const DAY = 86_400;

/** A connection with a temporary key beside the customer's. */
async function openWithTemporary() {
  const connections = openConnections();
  const { connectionId, scimApiKey } = await createConnection(connections);
  const selector = { scimConnectionId: connectionId };
  const temporary = (await connections.management.createTemporaryScimApiKey(selector)).getOrThrow();
  const fetch = async () => (await connections.management.fetchScimConnection(selector)).getOrThrow();
  return { ...connections, connectionId, selector, own: scimApiKey, temporary, fetch };
}

describe('createTemporaryScimApiKey', () => {
  test('answers a key of the ordinary form that ends after 15 minutes', async () => {
    const { temporary, connectionId, authenticate, time } = await openWithTemporary();
    expect(temporary).toEqual({
      connectionId,
      keyId: temporary.scimApiKey.slice(6, 18),
      scimApiKey: expect.stringMatching(KEY_PATTERN),
      expiresAt: START + 900,
    });
    expect(await authenticate(temporary.scimApiKey)).toMatchObject({ scope: { connectionId } });
    time.now = START + 900;
    expect(await authenticate(temporary.scimApiKey)).toMatchObject({ failure: 'expired' });
  });

  test('takes its end and its purpose, and tells both among the keys', async () => {
    const { management, selector, own, temporary, fetch } = await openWithTemporary();
    await management.createTemporaryScimApiKey({
      ...selector,
      validForSeconds: 60,
      purpose: 'test connection',
      createdBy: 'ada',
    });
    expect((await fetch()).keys).toEqual([
      expect.objectContaining({ keyId: own.slice(6, 18), kind: 'standard', purpose: null }),
      expect.objectContaining({ keyId: temporary.keyId, kind: 'temporary', purpose: null }),
      expect.objectContaining({
        kind: 'temporary',
        purpose: 'test connection',
        createdBy: 'ada',
        expiresAt: START + 60,
      }),
    ]);
  });

  test.each([
    ['validForSeconds', 59, 'outOfRange'],
    ['validForSeconds', 3601, 'outOfRange'],
    ['validForSeconds', null, 'wrongType'],
    ['purpose', '', 'tooShort'],
    ['purpose', 'a\nb', 'malformed'],
    ['scimApiKeyExpiration', START + 60, 'unknownField'],
  ])('%s: %j is refused as %s', async (field, value, code) => {
    const { management, selector } = await openWithTemporary();
    expect(await management.createTemporaryScimApiKey({ ...selector, [field]: value })).toMatchObject({
      error: { type: 'InvalidFields', fields: [{ field, code }] },
    });
  });

  test('at most five are live at once; those that ended make room, and are gone', async () => {
    const { management, selector, time, database } = await openWithTemporary();
    const create = () => management.createTemporaryScimApiKey(selector);
    for (let count = 2; count <= 5; count++) expect(await create()).toMatchObject({ ok: true });
    expect(await create()).toEqual({ ok: false, error: { type: 'TooManyTemporaryScimApiKeys', limit: 5 } });
    time.now = START + 900;
    expect(await create()).toMatchObject({ ok: true });
    const rows = new DatabaseSync(database)
      .prepare("SELECT count(*) AS total FROM scim_api_keys WHERE kind = 'temporary'")
      .get();
    expect(rows).toEqual({ total: 1 });
  });

  test('the limit is counted per connection', async () => {
    const connections = await openWithTemporary();
    const { management, selector } = connections;
    for (let count = 2; count <= 5; count++) await management.createTemporaryScimApiKey(selector);
    await createConnection(connections, 'globex');
    expect(await management.createTemporaryScimApiKey({ customerId: 'globex' })).toMatchObject({ ok: true });
  });
});

describe("the customer's own keys do not notice a temporary one (P5)", () => {
  test('it is never the current key, and its end is nobody’s warning', async () => {
    const { fetch, time } = await openWithTemporary();
    expect((await fetch()).scimApiKeyValidUntil).toBe(START + 365 * DAY);
    time.now = START + 901;
    expect(await fetch()).toMatchObject({
      scimApiKeyValidUntil: START + 365 * DAY,
      keys: [{ kind: 'standard' }],
    });
  });

  test('its use retires no key and is not the customer’s use', async () => {
    const { management, selector, own, temporary, authenticate, fetch } = await openWithTemporary();
    await authenticate(own);
    await management.rotateScimApiKey(selector);
    const before = (await fetch()).lastUsedAt;
    await authenticate(temporary.scimApiKey);
    expect(await authenticate(own)).toHaveProperty('scope');
    const after = await fetch();
    expect(after.lastUsedAt).toBe(before);
    expect(after.keys.map(({ kind }) => kind)).toEqual(['standard', 'standard', 'temporary']);
    expect(after.keys.at(-1)?.lastUsedAt).toBe(START);
  });

  test('rotating and resetting leave it alone, and two of theirs stay two', async () => {
    const { management, selector, temporary, authenticate, fetch } = await openWithTemporary();
    await management.rotateScimApiKey(selector);
    await management.createTemporaryScimApiKey(selector);
    expect((await fetch()).keys.filter(({ kind }) => kind === 'standard')).toHaveLength(2);
    await management.resetScimApiKey(selector);
    expect((await fetch()).keys.filter(({ kind }) => kind === 'standard')).toHaveLength(1);
    expect(await authenticate(temporary.scimApiKey)).toHaveProperty('scope');
  });

  test('a new end for the key is a new end for theirs', async () => {
    const { management, selector, fetch } = await openWithTemporary();
    await management.patchScimConnection({ ...selector, scimApiKeyExpiration: START + DAY });
    expect((await fetch()).keys.map(({ expiresAt }) => expiresAt)).toEqual([START + DAY, START + 900]);
  });
});

describe('revokeTemporaryScimApiKey', () => {
  test('ends the key at once, and once only', async () => {
    const { management, selector, temporary, own, authenticate } = await openWithTemporary();
    const { keyId } = temporary;
    expect(await management.revokeTemporaryScimApiKey({ ...selector, keyId })).toEqual({
      ok: true,
      data: {},
    });
    expect(await authenticate(temporary.scimApiKey)).toEqual({ failure: 'unknown' });
    expect(await authenticate(own)).toHaveProperty('scope');
    expect(await management.revokeTemporaryScimApiKey({ ...selector, keyId })).toEqual({
      ok: false,
      error: { type: 'TemporaryScimApiKeyNotFound' },
    });
  });

  test("ends neither a customer's own key nor another connection's", async () => {
    const connections = await openWithTemporary();
    const { management, selector, own, temporary, authenticate } = connections;
    await createConnection(connections, 'globex');
    const attempts = [
      { ...selector, keyId: own.slice(6, 18) },
      { customerId: 'globex', keyId: temporary.keyId },
    ];
    for (const attempt of attempts) {
      expect(await management.revokeTemporaryScimApiKey(attempt)).toMatchObject({
        error: { type: 'TemporaryScimApiKeyNotFound' },
      });
    }
    expect(await authenticate(own)).toHaveProperty('scope');
    expect(await authenticate(temporary.scimApiKey)).toHaveProperty('scope');
  });
});

test('both acts are in the audit, with who asked and without the purpose', async () => {
  const { management, selector, database, time } = await openWithTemporary();
  time.now += 1;
  const asked = { ...selector, createdBy: 'ada', purpose: 'a look for Ann' };
  const { keyId } = (await management.createTemporaryScimApiKey(asked)).getOrThrow();
  time.now += 1;
  await management.revokeTemporaryScimApiKey({ ...selector, keyId, actor: 'bob' });
  const rows = new DatabaseSync(database)
    .prepare('SELECT action, actor, detail FROM scim_audit ORDER BY occurred_at DESC LIMIT 2')
    .all();
  expect(rows.map(({ action, actor, detail }) => [action, actor, JSON.parse(String(detail))])).toEqual([
    ['key.revoked', 'bob', { keyId, kind: 'temporary' }],
    ['key.created', 'ada', { keyId, kind: 'temporary', validForSeconds: 900 }],
  ]);
  expect(JSON.stringify(rows)).not.toContain('Ann');
});
