import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createConnection, openConnections, START } from '../../test/support/connections.ts';
import { DEFAULT_MAPPING } from '../provisioning/mapping.ts';
import { DEFAULT_POLICY } from '../provisioning/policy.ts';
import { KEY_PATTERN } from './key-format.ts';
import { ManagementError } from './result.ts';

const DAY = 86_400;
const NOT_FOUND = { ok: false, error: { type: 'ScimConnectionNotFound' } };

const CUSTOM_MAPPING = {
  userSchema: [
    {
      outputField: 'manager',
      inputPath: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
      fallbackInputPaths: ['emails[type eq "work"].value'],
      propertyType: { dataType: 'String' },
      displayName: 'Manager',
      warnIfMissing: true,
    },
  ],
} as const;

describe('createScimConnection', () => {
  test('answers a generated connection id and a key, and nothing else', async () => {
    const { management } = openConnections();
    const result = await management.createScimConnection({ customerId: 'acme', displayName: 'Acme' });
    expect(result).toEqual({
      ok: true,
      data: {
        connectionId: expect.stringMatching(/^[0-9a-z]{20}$/),
        scimApiKey: expect.stringMatching(KEY_PATTERN),
      },
    });
  });

  test('makes one connection per customer unless several are asked for', async () => {
    const connections = openConnections();
    await createConnection(connections);
    const { management } = connections;
    expect(await management.createScimConnection({ customerId: 'acme' })).toEqual({
      ok: false,
      error: { type: 'ScimConnectionForCustomerIdAlreadyExists' },
    });
    expect(await management.createScimConnection({ customerId: 'acme', allowMultiple: true })).toMatchObject({
      ok: true,
    });
    expect(await management.fetchScimConnection({ customerId: 'acme' })).toEqual({
      ok: false,
      error: { type: 'AmbiguousConnection' },
    });
  });

  test('of calls at once for one customer, in two handles, exactly one wins', async () => {
    const one = openConnections();
    const two = openConnections({ database: one.database });
    const calls = [one, two, one, two, one, two].map(({ management }) =>
      management.createScimConnection({ customerId: 'acme' }),
    );
    const results = await Promise.all(calls);
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await one.management.listScimConnections()).getOrThrow().connections).toHaveLength(1);
  });

  const secondsFromNow = (seconds: number) => START + seconds;

  test.each([
    ['customerId', {}, 'required'],
    ['customerId', { customerId: '' }, 'tooShort'],
    ['customerId', { customerId: 'a'.repeat(256) }, 'tooLong'],
    ['customerId', { customerId: 'a\u0000b' }, 'malformed'],
    ['customerId', { customerId: '\ud800' }, 'malformed'],
    ['customerId', { customerId: 7 }, 'wrongType'],
    ['displayName', { displayName: ' ' }, 'malformed'],
    ['displayName', { displayName: 'a'.repeat(201) }, 'tooLong'],
    ['provider', { provider: 'Entra ID' }, 'malformed'],
    ['guard', { guard: 'maybe' }, 'unknownValue'],
    ['profile', { profile: 'lenient' }, 'unknownValue'],
    ['allowMultiple', { allowMultiple: 'yes' }, 'wrongType'],
    ['connectionId', { connectionId: 'mine' }, 'unknownField'],
    ['scimApiKeyExpiration', { scimApiKeyExpiration: '2027-01-01' }, 'wrongType'],
    ['scimApiKeyExpiration', { scimApiKeyExpiration: Number.NaN }, 'wrongType'],
    ['scimApiKeyExpiration', { scimApiKeyExpiration: Number.POSITIVE_INFINITY }, 'wrongType'],
    ['scimApiKeyExpiration', { scimApiKeyExpiration: START + 0.5 }, 'notSeconds'],
    ['scimApiKeyExpiration', { scimApiKeyExpiration: (START + DAY) * 1000 }, 'notSeconds'],
    ['scimApiKeyExpiration', { scimApiKeyExpiration: START }, 'inThePast'],
    ['scimApiKeyExpiration', { scimApiKeyExpiration: -1 }, 'inThePast'],
    ['scimApiKeyExpiration', { scimApiKeyExpiration: secondsFromNow(3661 * DAY) }, 'tooFarAhead'],
    ['customMapping.userSchema', { customMapping: {} }, 'required'],
    ['customMapping.userSchema.0.inputPath', withField({ inputPath: 'emails[' }), 'malformed'],
    ['customMapping.userSchema.0.outputField', withField({ outputField: 'a b' }), 'malformed'],
    ['customMapping.userSchema.1.outputField', withField({}, {}), 'duplicate'],
  ])('%s refused: %j is %s', async (field, parameters, code) => {
    const { management } = openConnections();
    const given = { customerId: 'acme', ...parameters } as Parameters<
      typeof management.createScimConnection
    >[0];
    const asked = field === 'customerId' && code === 'required' ? ({} as typeof given) : given;
    expect(await management.createScimConnection(asked)).toEqual({
      ok: false,
      error: { type: 'InvalidFields', fields: [{ field, code, message: expect.any(String) }] },
    });
    expect((await management.listScimConnections()).getOrThrow().connections).toEqual([]);
  });

  test('customers named after words that mean something elsewhere own nothing but their own (S3)', async () => {
    const connections = openConnections();
    const words = [
      'credential',
      'scim',
      'admin',
      'null',
      'undefined',
      '0',
      '*',
      '%',
      '__proto__',
      'constructor',
      "' OR 1=1 --",
    ];
    for (const customerId of words) {
      const { connectionId } = await createConnection(connections, customerId);
      expect(connectionId).toMatch(/^[0-9a-z]{20}$/);
      const found = (await connections.management.fetchScimConnection({ customerId })).getOrThrow();
      expect(found).toMatchObject({ connectionId, customerId, users: 0, groups: 0 });
      expect(await connections.management.fetchScimConnection({ scimConnectionId: customerId })).toEqual(
        NOT_FOUND,
      );
    }
  });
});

describe('fetchScimConnection', () => {
  test('answers everything but secrets', async () => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = (
      await connections.management.createScimConnection({
        customerId: 'acme',
        displayName: 'Acme',
        provider: 'okta',
        guard: 'notify',
        profile: 'strict',
        createdBy: 'ada',
        scimApiKeyExpiration: START + DAY,
      })
    ).getOrThrow();
    const result = await connections.management.fetchScimConnection({ customerId: 'acme' });
    expect(result.getOrThrow()).toEqual({
      connectionId,
      customerId: 'acme',
      displayName: 'Acme',
      scimApiKeyValidUntil: START + DAY,
      userMapping: DEFAULT_MAPPING,
      status: 'active',
      provider: 'okta',
      guard: 'notify',
      policy: { ...DEFAULT_POLICY },
      profile: 'strict',
      keys: [
        {
          keyId: scimApiKey.slice(6, 18),
          kind: 'standard',
          purpose: null,
          lastFour: scimApiKey.slice(-4),
          createdAt: START,
          createdBy: 'ada',
          expiresAt: START + DAY,
          lastUsedAt: null,
          retiresAt: null,
        },
      ],
      lastUsedAt: null,
      users: 0,
      groups: 0,
      lastChangeAt: null,
      createdAt: START,
    });
  });

  test('of a policy what is chosen is kept, and the rest stays as it is', async () => {
    const { management } = openConnections();
    const read = async () =>
      (await management.fetchScimConnection({ customerId: 'acme' })).getOrThrow().policy;
    await management.createScimConnection({ customerId: 'acme', policy: { deprovision: 'hard' } });
    expect(await read()).toEqual({
      deprovision: 'hard',
      effects: 'apply',
      idempotentCreate: null,
      roles: 'ignore',
      link: 'createOnly',
      maxRequestSize: null,
      isDraft: false,
      seats: { limit: null, onFull: 'refuse' },
      groups: 'sync',
    });

    await management.patchScimConnection({ customerId: 'acme', policy: { effects: 'dryRun' } });
    expect(await read()).toEqual({
      deprovision: 'hard',
      effects: 'dryRun',
      idempotentCreate: null,
      roles: 'ignore',
      link: 'createOnly',
      maxRequestSize: null,
      isDraft: false,
      seats: { limit: null, onFull: 'refuse' },
      groups: 'sync',
    });

    const wrong = await management.patchScimConnection({
      customerId: 'acme',
      // @ts-expect-error: no such choice
      policy: { deprovision: 'maybe' },
    });
    expect(wrong).toMatchObject({ ok: false, error: { fields: [{ field: 'policy.deprovision' }] } });
  });

  test('keys are null-ended when never is asked for, and a year long when nothing is', async () => {
    const { management } = openConnections();
    await management.createScimConnection({ customerId: 'never', scimApiKeyExpiration: null });
    await management.createScimConnection({ customerId: 'default' });
    const never = (await management.fetchScimConnection({ customerId: 'never' })).getOrThrow();
    const byDefault = (await management.fetchScimConnection({ customerId: 'default' })).getOrThrow();
    expect([never.scimApiKeyValidUntil, byDefault.scimApiKeyValidUntil]).toEqual([null, START + 365 * DAY]);
  });

  test('with both id and customer, the connection must be that customer’s', async () => {
    const connections = openConnections();
    const { connectionId } = await createConnection(connections, 'acme');
    const { management } = connections;
    const selector = { scimConnectionId: connectionId };
    expect(await management.fetchScimConnection({ ...selector, customerId: 'acme' })).toMatchObject({
      ok: true,
    });
    expect(await management.fetchScimConnection({ ...selector, customerId: 'globex' })).toEqual(NOT_FOUND);
    expect(await management.deleteScimConnection({ ...selector, customerId: 'globex' })).toEqual(NOT_FOUND);
  });
});

describe('every method', () => {
  test('answers ScimConnectionNotFound for what does not exist', async () => {
    const { management } = openConnections();
    for (const selector of [{ customerId: 'nobody' }, { scimConnectionId: 'nothing' }]) {
      const results = [
        await management.fetchScimConnection(selector),
        await management.patchScimConnection({ ...selector, displayName: 'x' }),
        await management.resetScimApiKey(selector),
        await management.rotateScimApiKey(selector),
        await management.createTemporaryScimApiKey(selector),
        await management.revokeTemporaryScimApiKey({ ...selector, keyId: 'x' }),
        await management.pauseScimConnection(selector),
        await management.resumeScimConnection(selector),
        await management.deleteScimConnection(selector),
        await management.getScimUsers(selector),
        await management.getScimGroups(selector),
      ];
      expect(results).toEqual(results.map(() => NOT_FOUND));
    }
  });

  test('throws a TypeError for calling code at fault: no object, no selector, wrong type', async () => {
    const { management } = openConnections();
    const wrong = (value: unknown) => value as { customerId: string };
    for (const value of [
      undefined,
      null,
      'acme',
      7,
      [],
      {},
      { customerId: undefined },
      { customerId: 7 },
      { scimConnectionId: {} },
    ]) {
      await expect(management.fetchScimConnection(wrong(value))).rejects.toThrow(TypeError);
      await expect(management.deleteScimConnection(wrong(value))).rejects.toThrow(TypeError);
      await expect(management.getScimUsers(wrong(value))).rejects.toThrow(TypeError);
    }
    await expect(management.createScimConnection(wrong(undefined))).rejects.toThrow(TypeError);
  });

  test('answers UnexpectedError when the database fails, and the log has the cause', async () => {
    const connections = openConnections();
    await connections.store.close();
    const result = await connections.management.fetchScimConnection({ customerId: 'acme' });
    expect(result).toEqual({ ok: false, error: { type: 'UnexpectedError', message: expect.any(String) } });
    expect(connections.log).toEqual([
      { message: expect.stringContaining('fetchScimConnection'), details: { cause: expect.any(Error) } },
    ]);
  });

  test('offers getOrThrow, which throws the typed error', async () => {
    const { management } = openConnections();
    const result = await management.fetchScimConnection({ customerId: 'nobody' });
    expect(() => result.getOrThrow()).toThrow(ManagementError);
    expect(() => result.getOrThrow()).toThrow(
      expect.objectContaining({ error: { type: 'ScimConnectionNotFound' } }),
    );
  });

  test('what getOrThrow throws names the fields at fault', async () => {
    const { management } = openConnections();
    const parameters = { customerId: 'acme', guard: 'on', dispalyName: 'Acme' };
    const result = await management.createScimConnection(parameters as never);
    expect(() => result.getOrThrow()).toThrow(/^InvalidFields: .*guard: .*dispalyName: There is no such/);
  });
});

describe('patchScimConnection', () => {
  test('changes what is given and leaves the rest', async () => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = await createConnection(connections);
    const selector = { scimConnectionId: connectionId };
    const { management } = connections;
    await management.patchScimConnection({ ...selector, displayName: 'Acme', provider: 'entra' });
    const patched = await management.patchScimConnection({
      ...selector,
      customMapping: CUSTOM_MAPPING,
      scimApiKeyExpiration: START + 5,
    });
    expect(patched).toEqual({ ok: true, data: {} });
    expect((await management.fetchScimConnection(selector)).getOrThrow()).toMatchObject({
      displayName: 'Acme',
      provider: 'entra',
      userMapping: CUSTOM_MAPPING,
      scimApiKeyValidUntil: START + 5,
      guard: 'hold',
      profile: 'compat',
    });
    connections.time.now = START + 5;
    expect(await connections.authenticate(scimApiKey)).toMatchObject({ failure: 'expired', connectionId });
    await management.patchScimConnection({ ...selector, scimApiKeyExpiration: null, customMapping: null });
    expect(await connections.authenticate(scimApiKey)).toHaveProperty('scope');
    expect((await management.fetchScimConnection(selector)).getOrThrow().userMapping).toEqual(
      DEFAULT_MAPPING,
    );
  });

  test('answers DisplayNameInvalid for a name alone at fault, InvalidFields otherwise', async () => {
    const connections = openConnections();
    await createConnection(connections);
    const { management } = connections;
    expect(await management.patchScimConnection({ customerId: 'acme', displayName: '' })).toEqual({
      ok: false,
      error: { type: 'DisplayNameInvalid', message: expect.any(String) },
    });
    expect(
      await management.patchScimConnection({ customerId: 'acme', scimApiKeyExpiration: 5 }),
    ).toMatchObject({
      error: { type: 'InvalidFields', fields: [{ field: 'scimApiKeyExpiration', code: 'inThePast' }] },
    });
  });
});

describe('keys (P5)', () => {
  test('reset ends all others at once', async () => {
    const connections = openConnections();
    const first = await createConnection(connections);
    const selector = { scimConnectionId: first.connectionId };
    const second = (await connections.management.rotateScimApiKey(selector)).getOrThrow();
    const third = (await connections.management.resetScimApiKey(selector)).getOrThrow();
    expect(await connections.authenticate(first.scimApiKey)).toMatchObject({ failure: 'revoked' });
    expect(await connections.authenticate(second.scimApiKey)).toMatchObject({ failure: 'revoked' });
    expect(await connections.authenticate(third.scimApiKey)).toHaveProperty('scope');
    const { keys } = (await connections.management.fetchScimConnection(selector)).getOrThrow();
    expect(keys).toHaveLength(1);
  });

  test('rotate leaves the old one working until the overlap ends', async () => {
    const connections = openConnections();
    const old = await createConnection(connections);
    await connections.management.rotateScimApiKey({ scimConnectionId: old.connectionId });
    connections.time.now = START + 7 * DAY - 1;
    expect(await connections.authenticate(old.scimApiKey)).toHaveProperty('scope');
    connections.time.now = START + 7 * DAY;
    expect(await connections.authenticate(old.scimApiKey)).toMatchObject({ failure: 'retired' });
  });

  test('the first use of the new one retires the old one', async () => {
    const connections = openConnections();
    const old = await createConnection(connections);
    const selector = { scimConnectionId: old.connectionId };
    const fresh = (await connections.management.rotateScimApiKey(selector)).getOrThrow();
    await connections.authenticate(old.scimApiKey);
    expect((await connections.management.fetchScimConnection(selector)).getOrThrow().keys).toHaveLength(2);
    expect(await connections.authenticate(fresh.scimApiKey)).toHaveProperty('scope');
    expect(await connections.authenticate(old.scimApiKey)).toMatchObject({ failure: 'retired' });
    expect((await connections.management.fetchScimConnection(selector)).getOrThrow().keys).toHaveLength(1);
  });

  test('the first use of the old one retires nothing', async () => {
    const connections = openConnections();
    const old = await createConnection(connections);
    const selector = { scimConnectionId: old.connectionId };
    const fresh = (await connections.management.rotateScimApiKey(selector)).getOrThrow();
    await connections.authenticate(old.scimApiKey);
    connections.time.now = START + 6 * DAY;
    expect(await connections.authenticate(old.scimApiKey)).toHaveProperty('scope');
    expect(await connections.authenticate(fresh.scimApiKey)).toHaveProperty('scope');
  });

  test('at most two are live: rotating again replaces the new key that nobody used', async () => {
    const connections = openConnections();
    const inUse = await createConnection(connections);
    const selector = { scimConnectionId: inUse.connectionId };
    await connections.authenticate(inUse.scimApiKey);
    const lost = (await connections.management.rotateScimApiKey(selector)).getOrThrow();
    const fresh = (await connections.management.rotateScimApiKey(selector)).getOrThrow();
    expect((await connections.management.fetchScimConnection(selector)).getOrThrow().keys).toHaveLength(2);
    expect(await connections.authenticate(lost.scimApiKey)).toMatchObject({ failure: 'revoked' });
    expect(await connections.authenticate(inUse.scimApiKey)).toHaveProperty('scope');
    expect(await connections.authenticate(fresh.scimApiKey)).toHaveProperty('scope');
  });

  test.each([0, 30 * DAY])('an overlap of %d seconds can be asked for', async (overlapSeconds) => {
    const connections = openConnections();
    const old = await createConnection(connections);
    const selector = { scimConnectionId: old.connectionId };
    const reset = await connections.management.resetScimApiKey({ ...selector, overlapSeconds });
    expect(reset).toMatchObject({ ok: true });
    connections.time.now = START + overlapSeconds;
    expect(await connections.authenticate(old.scimApiKey)).not.toHaveProperty('scope');
  });

  test.each([-1, 30 * DAY + 1, 1.5])('an overlap of %d seconds is refused', async (overlapSeconds) => {
    const connections = openConnections();
    await createConnection(connections);
    expect(
      await connections.management.rotateScimApiKey({ customerId: 'acme', overlapSeconds }),
    ).toMatchObject({
      error: { type: 'InvalidFields', fields: [{ field: 'overlapSeconds' }] },
    });
  });

  test('no method but those that make a key ever answers one, and the database has none (S11)', async () => {
    const connections = openConnections();
    const { connectionId } = await createConnection(connections);
    const { management } = connections;
    const selector = { scimConnectionId: connectionId };
    await management.createTemporaryScimApiKey(selector);
    const answers = [
      await management.fetchScimConnection(selector),
      await management.listScimConnections(),
      await management.patchScimConnection({ ...selector, displayName: 'x' }),
      await management.pauseScimConnection(selector),
      await management.resumeScimConnection(selector),
      await management.getScimUsers(selector),
      await management.getScimGroups(selector),
    ];
    const database = new DatabaseSync(connections.database);
    const rows = ['scim_connections', 'scim_api_keys', 'scim_audit'].map((table) =>
      database.prepare(`SELECT * FROM ${table}`).all(),
    );
    database.close();
    expect(JSON.stringify([answers, rows, connections.log])).not.toMatch(KEY_PATTERN);
  });
});

describe('listScimConnections', () => {
  test('pages through all connections without gap or repetition', async () => {
    const connections = openConnections();
    for (const customerId of ['a', 'b', 'c', 'd', 'e']) await createConnection(connections, customerId);
    const { management } = connections;
    const first = (await management.listScimConnections({ limit: 3 })).getOrThrow();
    const second = (await management.listScimConnections({ limit: 3, after: first.next ?? '' })).getOrThrow();
    const customers = [...first.connections, ...second.connections].map(({ customerId }) => customerId);
    expect(customers.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([first.connections.length, second.next]).toEqual([3, null]);
  });

  test.each([0, 201, 1.5])('refuses a limit of %d', async (limit) => {
    expect(await openConnections().management.listScimConnections({ limit })).toMatchObject({
      error: { type: 'InvalidFields', fields: [{ field: 'limit' }] },
    });
  });
});

describe('deleting', () => {
  test('leaves the customer free for a new connection', async () => {
    const connections = openConnections();
    const { connectionId, scimApiKey } = await createConnection(connections);
    expect(await connections.management.deleteScimConnection({ customerId: 'acme' })).toEqual({
      ok: true,
      data: {},
    });
    expect(await connections.authenticate(scimApiKey)).toEqual({ failure: 'unknown' });
    expect((await createConnection(connections)).connectionId).not.toBe(connectionId);
  });
});

describe('the audit', () => {
  test('records each act with its actor, in the order done, and outlives the connection', async () => {
    const connections = openConnections();
    const { management, time } = connections;
    const created = await management.createScimConnection({
      customerId: 'acme',
      createdBy: 'ada',
      scimApiKeyExpiration: null,
    });
    const selector = { scimConnectionId: created.getOrThrow().connectionId };
    const tick = () => {
      time.now += 1;
    };
    tick();
    await management.patchScimConnection({ ...selector, displayName: 'Secret project', actor: 'bob' });
    tick();
    await management.pauseScimConnection({ ...selector, actor: 'bob' });
    await management.pauseScimConnection({ ...selector, actor: 'bob' });
    tick();
    await management.resumeScimConnection(selector);
    tick();
    const rotated = (await management.rotateScimApiKey({ ...selector, createdBy: 'ada' })).getOrThrow();
    tick();
    await connections.authenticate(rotated.scimApiKey);
    tick();
    await management.resetScimApiKey({ ...selector, createdBy: 'ada' });
    tick();
    await management.deleteScimConnection({ ...selector, actor: 'ada' });
    const database = new DatabaseSync(connections.database);
    const rows = database.prepare('SELECT action, actor, detail FROM scim_audit ORDER BY occurred_at').all();
    database.close();
    expect(rows.map(({ action, actor }) => [action, actor])).toEqual([
      ['connection.created', 'ada'],
      ['connection.changed', 'bob'],
      ['connection.paused', 'bob'],
      ['connection.resumed', null],
      ['key.rotated', 'ada'],
      ['key.retired', null],
      ['key.reset', 'ada'],
      ['connection.deleted', 'ada'],
    ]);
    expect(JSON.parse(String(rows[0]?.detail))).toMatchObject({ neverExpires: true });
    expect(JSON.stringify(rows)).not.toContain('Secret project');
  });
});

function withField(...changes: readonly object[]) {
  return {
    customMapping: { userSchema: changes.map((change) => ({ ...CUSTOM_MAPPING.userSchema[0], ...change })) },
  };
}
