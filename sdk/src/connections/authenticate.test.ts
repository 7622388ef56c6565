import { execFileSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createConnection, openConnections, START } from '../../test/support/connections.ts';
import { KEY_PATTERN, mintKey, parseKey } from './key-format.ts';
import { platformRandom } from './random-text.ts';

const DAY = 86_400;

describe('the Authorization header (S9)', () => {
  const stranger = mintKey({ prefix: 'scimk', random: platformRandom }).text;
  /** `KEY` stands for a valid key. */
  const spellings: readonly (readonly [name: string, header: string | null])[] = [
    ['none', null],
    ['empty', ''],
    ['a blank', ' '],
    ['blanks and tabs', ' \t '],
    ['Bearer alone', 'Bearer'],
    ['Bearer and a blank', 'Bearer '],
    ['Bearer and blanks', 'Bearer    '],
    ['Bearer and a tab', 'Bearer\t'],
    ['bearer undefined', 'bearer undefined'],
    ['Bearer undefined', 'Bearer undefined'],
    ['Bearer null', 'Bearer null'],
    ['null', 'null'],
    ['undefined', 'undefined'],
    ['Bearer NaN', 'Bearer NaN'],
    ['Bearer false', 'Bearer false'],
    ['Bearer 0', 'Bearer 0'],
    ['Bearer [object Object]', 'Bearer [object Object]'],
    ['Bearer ""', 'Bearer ""'],
    ['Basic', 'Basic dXNlcjpwYXNz'],
    ['Basic with a key', 'Basic KEY'],
    ['Digest', 'Digest username="KEY"'],
    ['Token', 'Token KEY'],
    ['a scheme without a blank', 'BearerKEY'],
    ['a scheme with a colon', 'Bearer: KEY'],
    ['a scheme with an equals sign', 'Bearer=KEY'],
    ['a tab between', 'Bearer\tKEY'],
    ['a line break between', 'Bearer\nKEY'],
    ['a no-break space between', 'Bearer\u00a0KEY'],
    ['two headers, joined', 'Bearer KEY, Bearer KEY'],
    ['a comma list', 'KEY,KEY'],
    ['two keys', 'Bearer KEY KEY'],
    ['a parameter', 'Bearer KEY; realm=x'],
    ['a leading blank', ' Bearer KEY'],
    ['a trailing blank', 'Bearer KEY '],
    ['a NUL at the end', 'Bearer KEY\u0000'],
    ['non-ASCII', 'Bearer schlüssel'],
    ['full-width letters', 'Ｂｅａｒｅｒ KEY'],
    ['64 KB', `Bearer ${'a'.repeat(65_536)}`],
    ['64 KB of blanks before the key', `Bearer${' '.repeat(65_536)}KEY`],
    ['the key without its last character', 'Bearer CUT'],
    ['a well-formed key that was never issued', `Bearer ${stranger}`],
  ];

  test.each(spellings)('%s is refused', async (_name, header) => {
    const connections = openConnections();
    const { scimApiKey } = await createConnection(connections);
    const value = header?.replaceAll('KEY', scimApiKey).replaceAll('CUT', scimApiKey.slice(0, -1)) ?? null;
    expect(await connections.authenticate(value)).toEqual({
      failure: expect.stringMatching(/^(?:missing|malformed|unknown)$/),
    });
  });

  test.each([
    ['Bearer doubled', 'Bearer Bearer KEY', 'bearerDoubled'],
    ['quotes', 'Bearer "KEY"', 'keyDecorated'],
    ['angle brackets', 'Bearer <KEY>', 'keyDecorated'],
    ['a comma', 'Bearer KEY,', 'keyDecorated'],
  ])('A7: %s is refused, and told of the connection whose key it is', async (_name, header, failure) => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = await createConnection(connections);
    const keyId = parseKey(scimApiKey)?.keyId;
    const value = header.replace('KEY', scimApiKey);
    expect(await connections.authenticate(value)).toEqual({ failure, connectionId, keyId });
    const forged = mintKey({ prefix: 'scimk', random: platformRandom }).text;
    expect(await connections.authenticate(header.replace('KEY', forged))).toEqual({ failure: 'unknown' });
  });

  test.each(['Bearer KEY', 'bearer KEY', 'BEARER KEY', 'bEaReR KEY', 'Bearer   KEY', 'KEY'])(
    '%j is accepted',
    async (spelling) => {
      const connections = openConnections();
      const { connectionId, scimApiKey } = await createConnection(connections);
      expect(await connections.authenticate(spelling.replace('KEY', scimApiKey))).toMatchObject({
        scope: { connectionId, customerId: 'acme' },
        connection: { connectionId },
        keyId: parseKey(scimApiKey)?.keyId,
      });
    },
  );

  test('text that is no key costs no read of the store', async () => {
    const connections = openConnections();
    await connections.store.close();
    expect(await connections.authenticate('Bearer scimk_nonsense')).toEqual({ failure: 'malformed' });
  });
});

describe('a key', () => {
  test("with another key's id and a checksum of its own is wrong", async () => {
    const connections = openConnections();
    const { scimApiKey } = await createConnection(connections);
    const id = parseKey(scimApiKey)?.keyId ?? '';
    const bytes = [...id].map((character) =>
      '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(character),
    );
    const random = (size: number) => Uint8Array.from({ length: size }, () => bytes.shift() ?? 7);
    const forged = mintKey({ prefix: 'scimk', random }).text;
    expect(parseKey(forged)?.keyId).toBe(id);
    expect(await connections.authenticate(`Bearer ${forged}`)).toEqual({ failure: 'wrong' });
  });

  test('made with a pepper that is not configured is wrong, and the log names the pepper once', async () => {
    const made = openConnections({ pepper: { id: 'old', secret: 'secret' } });
    const { scimApiKey } = await createConnection(made);
    const other = openConnections({ database: made.database, pepper: { id: 'new', secret: 'secret' } });
    expect(await other.authenticate(scimApiKey)).toEqual({ failure: 'wrong' });
    expect(await other.authenticate(scimApiKey)).toEqual({ failure: 'wrong' });
    expect(other.log).toEqual([
      {
        message: expect.stringContaining('pepper'),
        details: { keyId: parseKey(scimApiKey)?.keyId, pepperId: 'old' },
      },
    ]);
  });

  test('opens its own connection only, when the URL names one (P3)', async () => {
    const connections = openConnections();
    const acme = await createConnection(connections, 'acme');
    const globex = await createConnection(connections, 'globex');
    expect(await connections.authenticate(acme.scimApiKey, acme.connectionId)).toHaveProperty('scope');
    expect(await connections.authenticate(acme.scimApiKey, globex.connectionId)).toMatchObject({
      failure: 'foreign',
      connectionId: acme.connectionId,
    });
    expect(await connections.authenticate(acme.scimApiKey, '')).toMatchObject({ failure: 'foreign' });
  });

  test('lives a year by default and ends in the second it expires (P4)', async () => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = await createConnection(connections);
    connections.time.now = START + 365 * DAY - 1;
    expect(await connections.authenticate(scimApiKey)).toHaveProperty('scope');
    connections.time.now = START + 365 * DAY;
    expect(await connections.authenticate(scimApiKey)).toMatchObject({ failure: 'expired', connectionId });
  });

  test('opens nothing while its connection is paused, and works again once resumed', async () => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = await createConnection(connections);
    await connections.management.pauseScimConnection({ scimConnectionId: connectionId });
    expect(await connections.authenticate(scimApiKey)).toMatchObject({ failure: 'paused', connectionId });
    await connections.management.resumeScimConnection({ scimConnectionId: connectionId });
    expect(await connections.authenticate(scimApiKey)).toHaveProperty('scope');
  });

  test('is recorded as used at once, then at most once a minute (P5)', async () => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = await createConnection(connections);
    const readLastUse = async () =>
      (await connections.management.fetchScimConnection({ scimConnectionId: connectionId })).getOrThrow()
        .lastUsedAt;
    expect(await readLastUse()).toBe(null);
    await connections.authenticate(scimApiKey);
    expect(await readLastUse()).toBe(START);
    connections.time.now = START + 59;
    await connections.authenticate(scimApiKey);
    expect(await readLastUse()).toBe(START);
    connections.time.now = START + 60;
    await connections.authenticate(scimApiKey);
    // No request waits for this one.
    await expect.poll(readLastUse).toBe(START + 60);
  });

  test('is let in when its use cannot be recorded, and the cause is logged', async () => {
    const connections = openConnections();
    const { scimApiKey } = await createConnection(connections);
    const other = new DatabaseSync(connections.database);
    other.exec(`CREATE TRIGGER no_use BEFORE UPDATE ON scim_api_keys BEGIN SELECT RAISE(ABORT, 'full'); END`);
    other.close();
    expect(await connections.authenticate(scimApiKey)).toHaveProperty('scope');
    expect(connections.log).toMatchObject([{ details: { cause: expect.any(Error) } }]);
    expect(JSON.stringify(connections.log)).not.toMatch(KEY_PATTERN);
  });
});

describe('ending a key acts at once', () => {
  test('in another handle on the same database: reset, pause and delete (I8)', async () => {
    const one = openConnections();
    const two = openConnections({ database: one.database });
    const { connectionId, scimApiKey } = await createConnection(one);
    expect(await two.authenticate(scimApiKey)).toHaveProperty('scope');
    const selector = { scimConnectionId: connectionId };
    const reset = (await one.management.resetScimApiKey(selector)).getOrThrow();
    expect(await two.authenticate(scimApiKey)).toMatchObject({ failure: 'revoked', connectionId });
    expect(await two.authenticate(reset.scimApiKey)).toHaveProperty('scope');
    await one.management.pauseScimConnection(selector);
    expect(await two.authenticate(reset.scimApiKey)).toMatchObject({ failure: 'paused', connectionId });
    await one.management.deleteScimConnection(selector);
    expect(await two.authenticate(reset.scimApiKey)).toEqual({ failure: 'unknown' });
  });

  test('from another process', async () => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = await createConnection(connections);
    expect(await connections.authenticate(scimApiKey)).toHaveProperty('scope');
    const command = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));
    const database = `sqlite:${connections.database}`;
    execFileSync(process.execPath, [
      command,
      'connection',
      'reset',
      '--customer',
      'acme',
      '--database',
      database,
    ]);
    expect(await connections.authenticate(scimApiKey)).toMatchObject({ failure: 'revoked', connectionId });
  });
});

describe('a row without an owner (S4)', () => {
  test('cannot be stored', async () => {
    const connections = openConnections();
    await connections.store.migrate();
    const database = new DatabaseSync(connections.database);
    const insert = (customerId: string | null) =>
      database
        .prepare(
          `INSERT INTO scim_connections (connection_id, customer_id, status, guard, profile, created_at) VALUES ('x', ?, 'active', 'hold', 'compat', 0)`,
        )
        .run(customerId);
    expect(() => insert(null)).toThrow(/NOT NULL/);
    expect(() => insert('')).toThrow(/CHECK/);
    database.close();
  });

  test('would be nobody: its key opens nothing and no method finds it', async () => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = await createConnection(connections);
    const database = new DatabaseSync(connections.database);
    database.exec('PRAGMA ignore_check_constraints = ON');
    database.exec(`UPDATE scim_connections SET customer_id = ''`);
    database.close();
    const { management } = connections;
    const notFound = { ok: false, error: { type: 'ScimConnectionNotFound' } };
    expect(await connections.authenticate(scimApiKey)).toEqual({ failure: 'unknown' });
    for (const selector of [{ scimConnectionId: connectionId }, { customerId: '' }]) {
      expect(await management.fetchScimConnection(selector)).toMatchObject(notFound);
      expect(await management.patchScimConnection({ ...selector, displayName: 'x' })).toMatchObject(notFound);
      expect(await management.resetScimApiKey(selector)).toMatchObject(notFound);
      expect(await management.rotateScimApiKey(selector)).toMatchObject(notFound);
      expect(await management.pauseScimConnection(selector)).toMatchObject(notFound);
      expect(await management.deleteScimConnection(selector)).toMatchObject(notFound);
      expect(await management.getScimUsers(selector)).toMatchObject(notFound);
      expect(await management.getScimGroups(selector)).toMatchObject(notFound);
    }
    expect((await management.listScimConnections()).getOrThrow().connections).toEqual([]);
  });
});
