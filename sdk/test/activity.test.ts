import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Scim, ScimActivity, ScimActivityPage } from '../src/index.ts';
import { connect, ENTERPRISE_URN, group, openScim, patch, send, USER_URN, user } from './support/scim.ts';

const DAY_MS = 86_400_000;

async function read(scim: Scim, connectionId: string, more: object = {}): Promise<readonly ScimActivity[]> {
  const selection = { scimConnectionId: connectionId, ...more };
  return (await scim.management.getScimActivity(selection)).getOrThrow().activity;
}

describe('A9, G2: the activity of a connection', () => {
  test('says of each request what was asked and what came of it, the newest first', async () => {
    const { scim } = openScim();
    const { key, connectionId } = await connect(scim);
    const ann = (await send(scim, '/Users', { key, body: user('ann') })).body.id;
    await send(scim, '/Users', { key, body: user('ANN') });
    await send(scim, `/Users?filter=${encodeURIComponent('userName eq "ann"')}`, { key });
    const crew = (await send(scim, '/Groups', { key, body: group('Crew') })).body.id;
    const add = patch({ op: 'add', path: 'members', value: [{ value: ann }] });
    await send(scim, `/Groups/${crew}`, { key, method: 'PATCH', body: add });
    const leave = patch({ op: 'replace', path: 'active', value: 'False' });
    await send(scim, `/Users/${ann}`, { key, method: 'PATCH', body: leave });
    await send(scim, `/Users/${ann}`, { key, method: 'DELETE' });

    const activity = await read(scim, connectionId);
    expect(activity.map(({ sentence }) => sentence).toReversed()).toEqual([
      'Created user ann.',
      'Tried to create user ANN and was refused with 409.',
      'Looked for users: 1 found.',
      'Created group Crew.',
      'Changed the members of group Crew, 1 to add.',
      'Deactivated user ann.',
      'Deleted user ann.',
    ]);
    const [, second] = activity.toReversed();
    expect(second).toMatchObject({
      outcome: 'failed',
      operation: 'create',
      status: 409,
      scimType: 'uniqueness',
      target: '/Users',
      body: { userName: 'ANN' },
    });
    expect(second?.detail).toContain('userName');
    expect(activity.at(-1)).toMatchObject({
      resourceId: ann,
      resourceType: 'User',
      name: 'ann',
      status: 201,
    });
    expect(activity[2]).toMatchObject({ members: { added: 1, removed: 0 }, resourceId: crew });
  });

  test('is found by outcome, resource, text and time, page by page', async () => {
    let now = Date.parse('2026-05-04T09:00:00Z');
    const { scim } = openScim({ clock: () => now });
    const { key, connectionId } = await connect(scim);
    const ids: string[] = [];
    for (let at = 0; at < 25; at += 1) {
      now += 1_000;
      ids.push((await send(scim, '/Users', { key, body: user(`Person ${at}`) })).body.id);
    }
    await send(scim, '/Users', { key, body: user('person 3') });

    expect(await read(scim, connectionId, { outcome: 'failed' })).toHaveLength(1);
    expect(await read(scim, connectionId, { outcome: 'succeeded' })).toHaveLength(25);
    expect(await read(scim, connectionId, { resourceId: ids[4] })).toHaveLength(1);
    expect(await read(scim, connectionId, { search: 'PERSON 3' })).toHaveLength(2);
    expect(await read(scim, connectionId, { search: 'uniqueness' })).toHaveLength(1);
    const from = Date.parse('2026-05-04T09:00:10Z') / 1000;
    expect(await read(scim, connectionId, { from, until: from + 5 })).toHaveLength(5);
    const seen: string[] = [];
    let after: string | null | undefined;
    while (after !== null) {
      const selection = { scimConnectionId: connectionId, limit: 7, ...(after !== undefined && { after }) };
      const page: ScimActivityPage = (await scim.management.getScimActivity(selection)).getOrThrow();
      expect(page.activity.length).toBeLessThanOrEqual(7);
      seen.push(...page.activity.map(({ activityId }) => activityId));
      after = page.next;
    }
    expect(new Set(seen).size).toBe(26);
    expect(seen).toEqual(seen.toSorted().toReversed());
  });

  test('is that of one connection: others have none of it', async () => {
    const { scim } = openScim();
    const acme = await connect(scim, 'acme');
    const birch = await connect(scim, 'birch');
    await send(scim, '/Users', { key: acme.key, body: user('ann') });

    expect(await read(scim, acme.connectionId)).toHaveLength(1);
    expect(await read(scim, birch.connectionId)).toHaveLength(0);
    const foreign = await scim.management.getScimActivity({
      customerId: 'birch',
      scimConnectionId: acme.connectionId,
    });
    expect(foreign).toMatchObject({ ok: false, error: { type: 'ScimConnectionNotFound' } });
  });

  test('has requests with a key that has ended, with the reason; of strangers it has nothing', async () => {
    let now = Date.parse('2026-05-04T09:00:00Z');
    const { scim } = openScim({ clock: () => now });
    const { key, connectionId } = await connect(scim, 'acme', { scimApiKeyExpiration: now / 1000 + 60 });
    await scim.management.pauseScimConnection({ customerId: 'acme' });
    await send(scim, '/Users', { key });
    await scim.management.resumeScimConnection({ customerId: 'acme' });
    now += 61_000;
    await send(scim, '/Users', { key, body: user('ann') });
    await send(scim, '/Users', { key: `${key.slice(0, -1)}x` });
    await send(scim, '/Users', {});

    const activity = await read(scim, connectionId);
    expect(activity.map(({ sentence, status }) => [sentence, status])).toEqual([
      ['Was refused: its key has expired.', 401],
      ['Was refused: directory sync is paused.', 401],
    ]);
    expect(activity[0]).toMatchObject({ keyFailure: 'expired', body: null, method: 'POST' });
  });

  test('is kept for the days and in the number it was asked for', async () => {
    let now = Date.parse('2026-05-04T09:00:00Z');
    const { scim, database } = openScim({ clock: () => now, activity: { retentionDays: 2, maxRequests: 5 } });
    const { key, connectionId } = await connect(scim);
    for (let at = 0; at < 8; at += 1) {
      now += 10;
      await send(scim, '/Users', { key, body: user(`a${at}`) });
    }
    // Deleted behind the reading: nobody waits for it.
    const expectNames = (one: Scim, names: readonly string[]) =>
      vi.waitFor(async () => expect((await read(one, connectionId)).map(({ name }) => name)).toEqual(names), {
        timeout: 15_000,
      });
    await expectNames(scim, ['a7', 'a6', 'a5', 'a4', 'a3']);
    now += 2 * DAY_MS - 30;
    await send(scim, '/Users', { key, body: user('later') });
    await expectNames(scim, ['later', 'a7', 'a6', 'a5', 'a4']);
    // Nobody asks any more; another process of the app cleans up.
    now += DAY_MS;
    const { scim: other } = openScim({ on: database, clock: () => now, activity: { retentionDays: 2 } });
    await expectNames(other, ['later']);
  });

  test('is not kept at all where that is asked for, and says no with a connection', async () => {
    const { scim } = openScim({ activity: false });
    const { key, connectionId } = await connect(scim);
    await send(scim, '/Users', { key, body: user('ann') });
    expect(await read(scim, connectionId)).toEqual([]);
    expect(() => openScim({ activity: { retentionDays: 0 } })).toThrow('activity');
  });

  test('has one in ten seconds of those that were turned away for being too many', async () => {
    const { scim } = openScim({ limited: true, limits: { rateLimit: { requestsPerSecond: 1, burst: 3 } } });
    const { key, connectionId } = await connect(scim);
    const answers = await Promise.all(Array.from({ length: 12 }, () => send(scim, '/Users', { key })));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(5);
    expect(await read(scim, connectionId, { outcome: 'failed' })).toMatchObject([{ status: 429 }]);
  });

  test('goes with its connection', async () => {
    const { scim, database } = openScim();
    const { key, connectionId } = await connect(scim);
    await send(scim, '/Users', { key, body: user('ann') });
    expect(await read(scim, connectionId)).toHaveLength(1);
    await send(scim, '/Users', { key, body: user('bob') });
    await scim.management.deleteScimConnection({ scimConnectionId: connectionId });
    await scim.close();
    expect(await database.rows('SELECT * FROM {p}activity')).toEqual([]);
  });
});

describe('P35: nothing secret is kept', () => {
  test('case-S16: a password, an unknown attribute and a key are in no byte of the database', async () => {
    const { scim, database, file } = openScim({
      extensions: [
        {
          resourceType: 'User',
          schema: {
            id: 'urn:example:params:scim:schemas:locker:2.0:User',
            name: 'Locker',
            attributes: [
              { name: 'pin', mutability: 'writeOnly', returned: 'never' },
              { name: 'locker', type: 'complex', subAttributes: [{ name: 'code', returned: 'never' }] },
            ],
          },
        },
      ],
    });
    const { key, connectionId } = await connect(scim);
    const urn = 'urn:example:params:scim:schemas:locker:2.0:User';
    const secret = () => `canary-${randomUUID()}`;
    const canaries: string[] = [];
    const canary = () => {
      const one = secret();
      canaries.push(one);
      return one;
    };
    const id = (
      await send(scim, '/Users', {
        key,
        body: user('ann', {
          schemas: [USER_URN, urn, ENTERPRISE_URN],
          PassWord: canary(),
          shoeSize: { secret: [canary()] },
          [urn]: { locker: { code: canary(), other: canary() } },
          'urn:other:User': { token: canary() },
          [ENTERPRISE_URN]: { department: 'Tools' },
        }),
      })
    ).body.id;
    const operations = [
      { op: 'replace', path: 'password', value: canary() },
      { op: 'replace', path: `${USER_URN}:password`, value: canary() },
      { op: 'replace', path: `${urn}:pin`, value: canary() },
      { op: 'replace', path: `${urn}:locker.code`, value: canary() },
      { op: 'replace', path: `emails[password eq "${canary()}"].value`, value: canary() },
      { op: 'replace', value: { password: canary(), title: 'Planner' } },
      { op: 'add', value: { [`${urn}:pin`]: canary() } },
      { op: 'add', path: `broken "${canary()}`, value: canary() },
    ];
    for (const operation of operations)
      await send(scim, `/Users/${id}`, { key, method: 'PATCH', body: patch(operation) });
    await send(scim, `/Users?filter=${encodeURIComponent(`password eq "${canary()}"`)}&x=${canary()}`, {
      key,
    });
    await send(scim, `/${canary()}/Users`, { key });
    await send(scim, '/Users', { key, body: `{"userName": "${canary()}` });
    await send(scim, '/Users', { key, body: JSON.stringify(canary()) });

    const activity = await read(scim, connectionId);
    expect(activity).toHaveLength(operations.length + 5);
    const shown = JSON.stringify(activity);
    const stored = JSON.stringify(await database.rows('SELECT * FROM {p}activity'));
    await scim.close();
    const bytes = file === '' ? '' : readFileSync(file, 'latin1');
    for (const one of [...canaries, key])
      expect([shown.includes(one), stored.includes(one), bytes.includes(one)]).toEqual([false, false, false]);
    expect(shown).toContain('Planner');
    expect(shown).toContain('Tools');
    expect(shown).toContain('"bodyLeftOut":"notJson"');
  });

  test('S16: whatever else a body says, a writeOnly value beside it stays out', async () => {
    const { scim } = openScim();
    const { key, connectionId } = await connect(scim);
    const canary = `canary-${randomUUID()}`;
    const key_ = fc.constantFrom('password', 'Password', 'PASSWORD', `${USER_URN}:password`);
    const place = fc.constantFrom('top', 'patch', 'path', 'bulk', 'list');
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 2 }), key_, place, async (rest, name, where) => {
        const holder = { rest, [name]: canary, title: rest };
        const bodies = {
          top: user('x', holder),
          patch: patch({ op: 'add', value: holder }),
          path: patch({ op: 'replace', path: name, value: [canary, { value: canary }] }),
          bulk: { Operations: [{ method: 'POST', path: '/Users', bulkId: 'a', data: holder }] },
          list: [holder, [holder]],
        };
        await send(scim, where === 'bulk' ? '/Bulk' : '/Users', { key, body: bodies[where as 'top'] });
      }),
      { numRuns: 60 },
    );
    const shown = JSON.stringify(await read(scim, connectionId, { limit: 200 }));
    expect(shown.includes(canary)).toBe(false);
    expect(shown.length).toBeGreaterThan(10_000);
  });
});

describe('what keeping it costs', () => {
  test('no request waits for it, and large bodies are left out', async () => {
    const { scim } = openScim();
    const { key, connectionId } = await connect(scim);
    const members = Array.from({ length: 3_000 }, () => randomUUID());
    await send(scim, '/Groups', { key, body: group('Everyone', members) });
    const [one] = await read(scim, connectionId);
    expect(one).toMatchObject({ body: null, bodyLeftOut: 'large', operation: 'create', target: '/Groups' });
  });
});
