import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { CreatedChange, UpdatedChange } from '../../src/index.ts';
import { connect, group, openScim, openSpied, patch, send, user } from '../support/scim.ts';

/** An app with accounts of its own, made before any SCIM request; the hooks write down what they were told. */
async function openApp() {
  const told: (CreatedChange | UpdatedChange)[] = [];
  const note = (change: CreatedChange | UpdatedChange) => void told.push(change);
  const opened = openScim({
    hooks: { userCreated: note, userUpdated: note, userDeactivated: note, userReactivated: note },
  });
  const { key } = await connect(opened.scim);
  const app = new DatabaseSync(opened.file);
  app.exec(
    'CREATE TABLE accounts (id INTEGER PRIMARY KEY, email TEXT NOT NULL, verified INTEGER NOT NULL, role TEXT NOT NULL)',
  );
  app.exec(
    "INSERT INTO accounts VALUES (1, 'admin@acme.example', 1, 'owner'), (2, 'ada@acme.example', 1, 'member')",
  );
  const accounts = () => JSON.stringify(app.prepare('SELECT * FROM accounts ORDER BY id').all());
  const call = (path: string, more: object = {}) => send(opened.scim, path, { key, ...more });
  return { ...opened, told, accounts, call };
}

describe('ids of clients and of the app (S1)', () => {
  test('case-S1 nothing a client sends becomes an id or an account', async () => {
    const { call, told, accounts } = await openApp();
    const before = accounts();
    const values = [
      '1',
      '2',
      '0',
      '-1',
      '1e0',
      ' 1',
      '01',
      '1.0',
      '+1',
      '0x1',
      'admin@acme.example',
      'owner',
      'NaN',
    ];
    const made = new Set<string>();
    for (const value of values) {
      const answer = await call('/Users', {
        body: user(`user ${value}`, {
          id: value,
          externalId: value,
          emails: [{ value, primary: true }],
          userId: value,
        }),
      });
      expect(answer.status).toBe(201);
      expect(answer.body.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(values).not.toContain(answer.body.id);
      made.add(answer.body.id);
      expect((await call(`/Users/${encodeURIComponent(value)}`)).status).toBe(404);
    }
    expect(made.size).toBe(values.length);
    expect(told).toHaveLength(values.length);
    expect(told.filter(({ userId }) => userId !== null)).toEqual([]);
    expect(accounts()).toBe(before);
  });

  test('case-S1 a named id changes no other resource', async () => {
    const { call } = await openApp();
    const { id } = (await call('/Users', { body: user('first', { externalId: 'x' }) })).body;
    const before = (await call(`/Users/${id}`)).text;
    const again = await call('/Users', { body: user('second', { id, externalId: 'x' }) });
    expect(again.status).toBe(201);
    const own = again.body.id;
    await call(`/Users/${own}`, { method: 'PUT', body: user('second', { id, title: 'x' }) });
    await call(`/Users/${own}`, {
      method: 'PATCH',
      body: patch({ op: 'replace', value: { id, active: false } }),
    });
    const byPath = await call(`/Users/${own}`, {
      method: 'PATCH',
      body: patch({ op: 'replace', path: 'id', value: id }),
    });
    expect(byPath.body.scimType).toBe('mutability');
    expect((await call(`/Users/${id}`)).text).toBe(before);
  });
});

describe('people the app knows already (S2, S14, S15, S17, S31)', () => {
  test('case-S2 case-S15 case-S31 an address never links an account, however it is sent', async () => {
    const { call, told, accounts } = await openApp();
    const before = accounts();
    const addresses = [
      'ada@acme.example',
      'ADA@acme.example',
      'ada+x@acme.example',
      'ada@sub.acme.example',
      'ad\u0430@acme.example',
      'admin@acme.example',
    ];
    for (const [index, address] of addresses.entries()) {
      const emails = [{ value: address, primary: true, verified: true }];
      const made = await call('/Users', { body: user(address, { emails, externalId: '2' }) });
      expect(made.status).toBe(201);
      const path = `/Users/${made.body.id}`;
      const victim = [{ value: 'admin@acme.example', primary: true }];
      for (const [method, body] of [
        ['PUT', user(`p${index}`, { emails: victim })],
        ['PATCH', patch({ op: 'replace', path: 'emails', value: victim })],
        ['PATCH', patch({ op: 'add', path: 'emails', value: [{ value: 'more@acme.example' }] })],
        ['PATCH', patch({ op: 'replace', value: { emails, userName: `r${index}` } })],
      ] as const) {
        expect((await call(path, { method, body })).status).toBe(200);
      }
    }
    expect(told.length).toBeGreaterThan(15);
    expect(told.filter(({ userId }) => userId !== null)).toEqual([]);
    expect(accounts()).toBe(before);
  });

  test('case-S17 accounts the connection did not make are not there for it', async () => {
    const { call, accounts } = await openApp();
    const before = accounts();
    expect((await call('/Users')).body.totalResults).toBe(0);
    for (const id of ['1', '2', 'admin@acme.example']) {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
        const body = method === 'PUT' ? user('x') : patch({ op: 'replace', value: { active: false } });
        const answer = await call(`/Users/${id}`, { method, ...(/P/.test(method) && { body }) });
        expect(answer.status).toBe(404);
      }
    }
    expect(accounts()).toBe(before);
  });
});

describe('who owns a connection (S3, S4, S12)', () => {
  test('case-S3 connections and customers of reserved names own nothing they did not make', async () => {
    const { scim } = openScim();
    const real = await connect(scim, 'acme');
    await send(scim, '/Users', { key: real.key, body: user('ada') });
    for (const name of [
      'credential',
      'scim',
      'admin',
      'default',
      'null',
      'undefined',
      '__proto__',
      'constructor',
      '0',
      '*',
      '%',
    ]) {
      const { connectionId, scimApiKey } = (
        await scim.management.createScimConnection({ customerId: name, displayName: name, provider: 'okta' })
      ).getOrThrow();
      expect(connectionId).toMatch(/^[0-9a-z]{20}$/);
      expect((await send(scim, '/Users', { key: scimApiKey })).body.totalResults).toBe(0);
      expect((await send(scim, '/Groups', { key: scimApiKey })).body.totalResults).toBe(0);
      const found = (await scim.management.fetchScimConnection({ customerId: name })).getOrThrow();
      expect(found.connectionId).toBe(connectionId);
    }
  });

  test("case-S4 a connection without an owner cannot be stored, and would be nobody's", async () => {
    const { scim, real } = openSpied();
    const { connectionId, key } = await connect(scim);
    for (const owner of ['NULL', "''"]) {
      expect(() => real.exec(`UPDATE scim_connections SET customer_id = ${owner}`)).toThrow(
        /constraint failed/,
      );
    }
    // Should a schema ever let one in: its key opens nothing, and no method finds it.
    real.exec('PRAGMA ignore_check_constraints = ON');
    real.exec("UPDATE scim_connections SET customer_id = ''");
    expect((await send(scim, '/Users', { key })).status).toBe(401);
    const { management } = scim;
    const selector = { scimConnectionId: connectionId };
    const results = [
      await management.fetchScimConnection(selector),
      await management.patchScimConnection({ ...selector, displayName: 'x' }),
      await management.resetScimApiKey(selector),
      await management.rotateScimApiKey(selector),
      await management.pauseScimConnection(selector),
      await management.deleteScimConnection(selector),
      await management.getScimUsers(selector),
      await management.getScimGroups(selector),
    ];
    for (const result of results)
      expect(result).toMatchObject({ ok: false, error: { type: 'ScimConnectionNotFound' } });
    expect((await management.listScimConnections()).getOrThrow().connections).toEqual([]);
  });

  test('a group named after the administrators gives nobody a role', async () => {
    const { call } = await openApp();
    const ada = (await call('/Users', { body: user('ada') })).body.id;
    await call('/Groups', { body: group('Administrators', [ada]) });
    const { body } = await call(`/Users/${ada}`);
    expect(body.roles).toBeUndefined();
    expect(body.entitlements).toBeUndefined();
  });
});
