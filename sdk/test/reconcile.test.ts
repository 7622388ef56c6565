import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { AppAccount, ReconcileParameters } from '../src/index.ts';
import { openClient } from './support/client.ts';
import { runs, SEED, seconds } from './support/counts.ts';
import { createTestDatabase } from './support/databases.ts';
import { openPeopleApp } from './support/people-app.ts';
import { group, user } from './support/scim.ts';

vi.setConfig({ testTimeout: 60_000 });

async function openTrial() {
  const on = createTestDatabase();
  const app = await openPeopleApp(on);
  const client = await openClient({ on, hooks: app.hooks });
  const { customerId } = client;
  const { management } = client.scim;
  /** What the app has, as it would give it. */
  async function* readAccounts(): AsyncGenerator<AppAccount> {
    const inGroups = (await app.memberships()).map((row) => row.split(' '));
    for (const account of await app.accounts()) {
      const groupIds = inGroups.filter(([, userId]) => userId === account.userId).map(([id]) => String(id));
      yield { ...account, groupIds };
    }
  }
  const events = async () =>
    (await on.rows('SELECT type, data FROM {p}events ORDER BY position')).map(({ type, data }) => ({
      type: String(type),
      data: typeof data === 'string' ? JSON.parse(data) : data,
    }));
  return {
    ...client,
    app,
    management,
    events,
    readAccounts,
    diff: async (more: Partial<ReconcileParameters> = {}) =>
      (await management.reconcile({ customerId, accounts: readAccounts, ...more })).getOrThrow(),
    apply: async (more: Partial<ReconcileParameters> = {}) =>
      (await management.reconcile({ customerId, accounts: readAccounts, apply: true, ...more })).getOrThrow(),
  };
}

type Trial = Awaited<ReturnType<typeof openTrial>>;

const NONE = { missing: 0, unlinked: 0, extra: 0, differs: 0 };

async function people({ make }: Trial) {
  const ann = await make('/Users', user('ann@acme.example', { displayName: 'Ann' }));
  const bob = await make('/Users', user('bob@acme.example', { displayName: 'Bob' }));
  const staff = await make('/Groups', group('Staff', [ann.id, bob.id]));
  return { ann, bob, staff };
}

describe('F8: reconcile', () => {
  test('of an app that has what is stored finds nothing', async () => {
    const trial = await openTrial();
    await people(trial);
    expect(await trial.diff()).toMatchObject({
      complete: true,
      accounts: 2,
      counts: NONE,
      differences: [],
      hasMore: false,
    });
  });

  test('shows what differs, field by field, and does nothing', async () => {
    const trial = await openTrial();
    const { ann, staff } = await people(trial);
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'active', value: false });
    await trial.app.tamper(
      `UPDATE {people} SET active = 1, display_name = 'Anna' WHERE user_name LIKE 'ann%'`,
    );
    await trial.app.tamper('DELETE FROM {in_groups}');
    const before = [await trial.app.accounts(), trial.app.calls.length, (await trial.events()).length];

    const report = await trial.diff();
    expect(report).toMatchObject({
      counts: { ...NONE, differs: 2 },
      fieldCounts: { active: 1, displayName: 1, groupIds: 2 },
      applied: 0,
    });
    expect(report.differences.find(({ scimId }) => scimId === ann.id)).toMatchObject({
      kind: 'differs',
      userName: 'ann@acme.example',
      outcome: 'found',
      undone: null,
      fields: [
        { field: 'active', app: true, directory: false },
        { field: 'displayName', app: 'Anna', directory: 'Ann' },
        { field: 'groupIds', app: [], directory: [staff.id] },
      ],
    });
    expect([await trial.app.accounts(), trial.app.calls.length, (await trial.events()).length]).toEqual(
      before,
    );
  });

  test('with apply tells the app by hooks and events that say so, and the next one finds nothing', async () => {
    const trial = await openTrial();
    const { ann, staff } = await people(trial);
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'active', value: false });
    await trial.app.tamper(
      `UPDATE {people} SET active = 1, display_name = 'Anna' WHERE user_name LIKE 'ann%'`,
    );
    await trial.app.tamper(`DELETE FROM {people} WHERE user_name LIKE 'bob%'`);
    await trial.app.tamper('DELETE FROM {in_groups}');
    const heard = (await trial.events()).length;

    expect(await trial.apply({ actor: 'usr_1' })).toMatchObject({
      counts: { ...NONE, missing: 1, differs: 1 },
      applied: 2,
      left: 0,
      failures: [],
    });
    const told = (await trial.events()).slice(heard);
    expect(told.map(({ type }) => type)).toEqual([
      'user.deactivated',
      'user.updated',
      'group.members_changed',
      'user.created',
      'group.members_changed',
    ]);
    expect(told.every(({ data }) => data.reconciled === true && data.keyId === null)).toBe(true);
    expect(told[0]?.data.memberOf).toEqual([staff.id]);
    expect(await trial.diff()).toMatchObject({ counts: NONE });
    const [annNow, bobNow] = await trial.app.accounts();
    expect(annNow).toMatchObject({ active: false, displayName: 'Ann' });
    expect((await trial.management.getScimUsers({ customerId: 'acme' })).getOrThrow().users[1]).toMatchObject(
      {
        userId: bobNow?.userId,
      },
    );
    const [audited] = await trial.database.rows(
      "SELECT actor, detail FROM {p}audit WHERE action = 'app.reconciled'",
    );
    expect(audited?.actor).toBe('usr_1');
  });

  test('links those who were stored while the app had no hooks', async () => {
    const trial = await openTrial();
    await trial.management.patchScimConnection({ customerId: 'acme', policy: { effects: 'dryRun' } });
    await people(trial);
    await trial.management.endDryRun({ customerId: 'acme', apply: false });
    expect(await trial.diff()).toMatchObject({ counts: { ...NONE, unlinked: 2 } });
    expect(await trial.apply()).toMatchObject({ applied: 2 });
    expect(await trial.diff()).toMatchObject({ counts: NONE });
    expect(await trial.app.memberships()).toHaveLength(2);
  });

  test('S17: an account the directory never made is shown, and left alone', async () => {
    const trial = await openTrial();
    await people(trial);
    await trial.app.tamper(`INSERT INTO {people} VALUES ('own-1', 'owner@acme.example', 'Owner', 1)`);
    expect(await trial.apply()).toMatchObject({
      counts: { ...NONE, extra: 1 },
      differences: [{ kind: 'extra', userId: 'own-1', scimId: null, outcome: 'left' }],
      left: 1,
    });
    expect(await trial.app.accounts()).toHaveLength(3);
  });

  test('an account whose deletion the app has lost is told to it again', async () => {
    const trial = await openTrial();
    const { ann, staff } = await people(trial);
    const account = (await trial.app.accounts())[0];
    await trial.remove(`/Users/${ann.id}`);
    await trial.app.tamper(
      `INSERT INTO {people} VALUES ('${account?.userId}', 'ann@acme.example', 'Ann', 1)`,
    );
    expect(await trial.apply()).toMatchObject({ counts: { ...NONE, extra: 1 }, applied: 1 });
    expect((await trial.app.accounts()).map(({ userName }) => userName)).toEqual(['bob@acme.example']);
    const last = (await trial.events()).at(-1);
    expect(last).toMatchObject({
      type: 'user.deleted',
      data: {
        reconciled: true,
        userId: account?.userId,
        memberOf: [staff.id],
        resource: { userName: 'ann@acme.example' },
      },
    });
  });

  test('an inactive user the app has no account of is none it needs', async () => {
    const trial = await openTrial();
    const { ann } = await people(trial);
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'active', value: false });
    await trial.app.tamper(`DELETE FROM {people} WHERE active = 0`);
    expect(await trial.apply()).toMatchObject({ counts: NONE, applied: 0 });
  });

  test('with a failing hook for one, the others are told, and the next one tries again', async () => {
    const trial = await openTrial();
    const { ann } = await people(trial);
    await trial.app.tamper(`UPDATE {people} SET display_name = 'X'`);
    trial.app.failFor('ann@acme.example');
    expect(await trial.apply()).toMatchObject({
      applied: 1,
      failures: [{ resourceType: 'User', resourceId: ann.id, message: 'The app failed. Its log says why.' }],
    });
    expect(trial.log.some(({ level, message }) => level === 'error' && message.includes('told'))).toBe(true);
    expect(await trial.apply()).toMatchObject({ applied: 1, failures: [] });
    expect(await trial.diff()).toMatchObject({ counts: NONE });
  });

  test('that is given up goes on where it begins anew', async () => {
    const trial = await openTrial();
    for (let index = 0; index < 300; index += 1) await trial.make('/Users', user(`person-${index}`));
    await trial.app.tamper(`UPDATE {people} SET active = 0`);
    const stop = new AbortController();
    const first = await trial.apply({
      signal: stop.signal,
      onProgress: ({ applied }) => applied > 0 && stop.abort(),
    });
    expect(first).toMatchObject({ complete: false, applied: 250 });
    expect(await trial.apply()).toMatchObject({ complete: true, applied: 50, counts: { differs: 50 } });
    expect(await trial.diff()).toMatchObject({ counts: NONE });
  });

  test('accounts may be a plain list; the report lists as many as asked, and counts all', async () => {
    const trial = await openTrial();
    await people(trial);
    const accounts = (await trial.app.accounts()).map(({ userId }) => ({ userId, active: false }));
    const list = await trial.diff({ accounts, limit: 1 });
    expect(list).toMatchObject({ counts: { ...NONE, differs: 2 }, hasMore: true });
    expect(list.differences).toHaveLength(1);
    expect(await trial.diff({ accounts: [] })).toMatchObject({ counts: { ...NONE, missing: 2 } });
  });

  test('what is no account, or names a field nothing is mapped to, is the mistake of the calling code', async () => {
    const trial = await openTrial();
    await people(trial);
    const [account] = await trial.app.accounts();
    const reconcile = (accounts: unknown) =>
      trial.management.reconcile({ customerId: 'acme', accounts: accounts as AppAccount[] });
    await expect(reconcile(7)).rejects.toThrow(TypeError);
    await expect(reconcile([{ userId: '' }])).rejects.toThrow(TypeError);
    await expect(reconcile([{ ...account, shoeSize: 44 }])).rejects.toThrow(/shoeSize/);
  });

  test('P23: what the guard holds back for a person to decide is shown, and not told by the way', async () => {
    const trial = await openTrial();
    for (let index = 0; index < 55; index += 1) await trial.make('/Users', user(`person-${index}`));
    const ids = (await trial.get('/Users?count=100')).body.Resources.map(({ id }: { id: string }) => id);
    for (const id of ids.slice(0, 15))
      await trial.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false });
    for (const id of ids.slice(15, 30)) await trial.remove(`/Users/${id}`);
    const before = await trial.app.accounts();
    const report = await trial.apply();
    expect(await trial.app.accounts()).toEqual(before);
    expect(report).toMatchObject({ applied: 0, left: 10, failures: [] });
  });

  test('S31: who waits for a seat is shown, and goes on waiting', async () => {
    const trial = await openTrial();
    const { management } = trial;
    await management.patchScimConnection({
      customerId: 'acme',
      policy: { seats: { limit: 1, onFull: 'waitlist' } },
    });
    await trial.make('/Users', user('ann'));
    await trial.make('/Users', user('bob'));
    expect(await trial.apply()).toMatchObject({
      differences: [{ kind: 'unlinked', userName: 'bob', waitsFor: 'seat', outcome: 'left' }],
      applied: 0,
    });
    expect(await trial.app.accounts()).toHaveLength(1);
  });

  test('is refused on a dry run', async () => {
    const trial = await openTrial();
    await trial.management.patchScimConnection({ customerId: 'acme', policy: { effects: 'dryRun' } });
    expect(await trial.management.reconcile({ customerId: 'acme', accounts: [] })).toMatchObject({
      ok: false,
      error: { type: 'DryRunInProgress' },
    });
  });
});

/** What happens to the directory, and what goes wrong in the app. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('create' as const), who: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('active' as const), who: fc.nat(3), to: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('name' as const), who: fc.nat(3), to: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), who: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('join' as const), who: fc.nat(3), group: fc.nat(1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('leave' as const), who: fc.nat(3), group: fc.nat(1) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('appLoses' as const), who: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('appSwitches' as const), who: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('appRenames' as const), who: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('appForgetsGroups' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('appKeepsDeleted' as const) }) },
);

interface Modelled {
  displayName: string;
  active: boolean;
  groups: Set<number>;
}

describe('F8: after any history', () => {
  test('the app has the active users of the directory, and a second reconcile does nothing', {
    timeout: seconds(60),
  }, async () => {
    const trial = await openTrial();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
        await clear(trial);
        const model = await live(trial, steps);
        const first = await trial.apply();
        expect(first).toMatchObject({ complete: true, left: 0, failures: [] });
        expect(await readActive(trial)).toEqual(
          [...model.entries()]
            .filter(([, { active }]) => active)
            .map(([name, { displayName, groups }]) => `${name} ${displayName} ${[...groups].sort()}`)
            .sort(),
        );
        const heard = (await trial.events()).length;
        expect(await trial.apply()).toMatchObject({ counts: NONE, applied: 0 });
        expect((await trial.events()).length).toBe(heard);
      }),
      { numRuns: runs(40), seed: SEED },
    );
  });
});

const groupNames = ['Group 0', 'Group 1'];

/** Carries the steps out, and answers what the directory has then. */
async function live(trial: Trial, steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
  const ids = new Map<string, string>();
  const model = new Map<string, Modelled>();
  const deleted: string[] = [];
  const groupIds: string[] = [];
  for (const name of groupNames) groupIds.push((await trial.make('/Groups', group(name))).id);
  for (const one of steps) {
    const name = 'who' in one ? `person-${one.who}` : '';
    const known = model.get(name);
    const path = `/Users/${ids.get(name)}`;
    if (one.kind === 'create' && !known) {
      ids.set(name, (await trial.make('/Users', user(name, { displayName: 'New' }))).id);
      model.set(name, { displayName: 'New', active: true, groups: new Set() });
    }
    if (one.kind === 'appForgetsGroups') await trial.app.tamper('DELETE FROM {in_groups}');
    if (one.kind === 'appKeepsDeleted') {
      const userId = deleted.pop();
      if (userId !== undefined)
        await trial.app.tamper(
          `INSERT INTO {people} VALUES ('${userId}', 'gone', 'Gone', 1) ON CONFLICT DO NOTHING`,
        );
    }
    if (!known) continue;
    if (one.kind === 'appLoses') await trial.app.tamper(`DELETE FROM {people} WHERE user_name = '${name}'`);
    if (one.kind === 'appSwitches')
      await trial.app.tamper(`UPDATE {people} SET active = 1 - active WHERE user_name = '${name}'`);
    if (one.kind === 'appRenames')
      await trial.app.tamper(`UPDATE {people} SET display_name = NULL WHERE user_name = '${name}'`);
    if (one.kind === 'active') {
      await trial.patch(path, { op: 'replace', path: 'active', value: one.to });
      known.active = one.to;
    }
    if (one.kind === 'name') {
      await trial.patch(path, { op: 'replace', path: 'displayName', value: `Name-${one.to}` });
      known.displayName = `Name-${one.to}`;
    }
    if (one.kind === 'join') {
      await trial.patch(`/Groups/${groupIds[one.group]}`, {
        op: 'add',
        path: 'members',
        value: [{ value: ids.get(name) }],
      });
      known.groups.add(one.group);
    }
    if (one.kind === 'leave') {
      await trial.patch(`/Groups/${groupIds[one.group]}`, {
        op: 'remove',
        path: `members[value eq "${ids.get(name)}"]`,
      });
      known.groups.delete(one.group);
    }
    if (one.kind === 'delete') {
      const account = (await trial.app.accounts()).find(({ userName }) => userName === name);
      await trial.remove(path);
      if (account) deleted.push(account.userId);
      model.delete(name);
    }
  }
  return model;
}

async function readActive(trial: Trial): Promise<readonly string[]> {
  const { body } = await trial.get('/Groups?excludedAttributes=members&count=100');
  const numbers = new Map<string, number>(
    body.Resources.map(({ id, displayName }: { id: string; displayName: string }) => [
      id,
      groupNames.indexOf(displayName),
    ]),
  );
  const rows = (await trial.app.memberships()).map((row) => row.split(' '));
  const accounts = (await trial.app.accounts()).filter(({ active }) => active);
  return accounts
    .map(({ userId, userName, displayName }) => {
      const groups = rows.filter(([, id]) => id === userId).map(([id]) => numbers.get(String(id)));
      return `${userName} ${displayName} ${groups.sort()}`;
    })
    .sort();
}

async function clear(trial: Trial): Promise<void> {
  for (const path of ['/Groups', '/Users'])
    for (const { id } of (await trial.get(`${path}?count=200`)).body.Resources)
      await trial.remove(`${path}/${id}`);
  await trial.app.tamper('DELETE FROM {in_groups}');
  await trial.app.tamper('DELETE FROM {people}');
}
