import { describe, expect, test, vi } from 'vitest';
import { nodeHandler } from '../src/adapters/node.ts';
import type { DryRunEffect, DryRunReport } from '../src/index.ts';
import { type PersonaId, simulate } from '../src/simulator/simulate.ts';
import { openClient } from './support/client.ts';
import { createTestDatabase } from './support/databases.ts';
import { openPeopleApp } from './support/people-app.ts';
import { group, user } from './support/scim.ts';
import { serve } from './support/serve.ts';

vi.setConfig({ testTimeout: 60_000 });

async function openTrial({ isDryRun = true } = {}) {
  const on = createTestDatabase();
  const app = await openPeopleApp(on);
  const client = await openClient({ on, hooks: app.hooks });
  const { management } = client.scim;
  const { customerId } = client;
  const dryRun = async () =>
    (await management.patchScimConnection({ customerId, policy: { effects: 'dryRun' } })).getOrThrow();
  if (isDryRun) await dryRun();
  return {
    ...client,
    app,
    dryRun,
    management,
    report: async () => (await management.getDryRunEffects({ customerId, limit: 200 })).getOrThrow(),
    end: async (apply: boolean) => (await management.endDryRun({ customerId, apply })).getOrThrow(),
    eventTypes: async () =>
      (await on.rows('SELECT type FROM {p}events ORDER BY position')).map(({ type }) => String(type)),
    effects: async () => (await management.fetchScimConnection({ customerId })).getOrThrow().policy.effects,
  };
}

type Trial = Awaited<ReturnType<typeof openTrial>>;

/** A leaver, a newcomer, somebody renamed, and a group with one of them. */
async function live({ make, patch, remove }: Trial) {
  const ann = await make('/Users', user('ann@acme.example', { displayName: 'Ann' }));
  const bob = await make('/Users', user('bob@acme.example', { displayName: 'Bob' }));
  const eve = await make('/Users', user('eve@acme.example', { displayName: 'Eve' }));
  await patch(`/Users/${ann.id}`, { op: 'replace', path: 'displayName', value: 'Ann Arbor' });
  await patch(`/Users/${bob.id}`, { op: 'replace', path: 'active', value: false });
  const staff = await make('/Groups', group('Staff', [ann.id, bob.id]));
  await patch(`/Groups/${staff.id}`, { op: 'remove', path: `members[value eq "${bob.id}"]` });
  await remove(`/Users/${eve.id}`);
  return { ann, bob, eve, staff };
}

const LIVED = {
  'group.created': 1,
  'group.members_changed': 2,
  'user.created': 3,
  'user.deactivated': 1,
  'user.deleted': 1,
  'user.updated': 1,
};

describe('F10: on a dry run', () => {
  test('requests are stored, no hook is called and no event recorded', async () => {
    const trial = await openTrial();
    const { ann, staff } = await live(trial);

    expect(trial.app.calls).toEqual([]);
    expect(await trial.app.accounts()).toEqual([]);
    expect(await trial.eventTypes()).toEqual([]);
    expect((await trial.get(`/Users/${ann.id}`)).body.displayName).toBe('Ann Arbor');
    expect((await trial.get(`/Groups/${staff.id}`)).body.members).toHaveLength(1);
  });

  test('what would happen is written down: which events, which hooks, whose key', async () => {
    const trial = await openTrial();
    const { ann, staff } = await live(trial);
    const report = await trial.report();
    const [key] = (await trial.management.fetchScimConnection({ customerId: trial.customerId })).getOrThrow()
      .keys;

    expect(report).toMatchObject({ effects: 'dryRun', summary: LIVED, untold: 3, next: null });
    expect(report.entries[0]).toMatchObject({
      type: 'user.created',
      resourceType: 'User',
      resourceId: ann.id,
      name: 'ann@acme.example',
      changed: [],
      hooks: ['userCreated'],
      keyId: key?.keyId,
    });
    expect(report.entries[3]).toMatchObject({
      type: 'user.updated',
      changed: ['displayName'],
      hooks: ['userUpdated'],
      data: { before: { displayName: 'Ann' } },
    });
    expect(report.entries.filter(({ resourceId }) => resourceId === staff.id)).toMatchObject([
      { type: 'group.created', hooks: ['groupCreated', 'membersChanged'] },
      { type: 'group.members_changed', hooks: [] },
      { type: 'group.members_changed', hooks: ['membersChanged'] },
    ]);
  });

  test('the summary is what the same requests do without it', async () => {
    const trial = await openTrial({ isDryRun: false });
    await live(trial);
    const types = await trial.eventTypes();

    expect(
      Object.fromEntries([...new Set(types)].sort().map((type) => [type, countOf(types, type)])),
    ).toEqual(LIVED);
  });

  test('totals of lists stay true though no event is recorded', async () => {
    const { make, get } = await openTrial();
    const totals: number[] = [];
    for (const name of ['a', 'b', 'c']) {
      await make('/Users', user(name));
      for (let page = 0; page < 2; page += 1) totals.push((await get('/Users?count=0')).body.totalResults);
    }
    expect(totals).toEqual([1, 1, 2, 2, 3, 3]);
  });

  test('its pages follow each other', async () => {
    const { make, management, customerId } = await openTrial();
    for (let index = 0; index < 5; index += 1) await make('/Users', user(`person-${index}`));
    const names: (string | null)[] = [];
    let after: string | null | undefined;
    do {
      const page = (
        await management.getDryRunEffects({ customerId, limit: 2, ...(after ? { after } : {}) })
      ).getOrThrow();
      names.push(...page.entries.map(({ name }) => name));
      after = page.next;
    } while (after !== null);
    expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `person-${index}`));
  });

  test('it does not end by a setting, which would leave the app without what it has not heard', async () => {
    const { management, customerId } = await openTrial();
    expect(await management.patchScimConnection({ customerId, policy: { effects: 'apply' } })).toMatchObject({
      ok: false,
      error: { type: 'InvalidFields', fields: [{ field: 'policy.effects' }] },
    });
  });
});

describe('F10: a dry run that ends', () => {
  test('with apply: the app is told the net changes, users before the groups they are in', async () => {
    const trial = await openTrial();
    const { ann, staff } = await live(trial);

    expect(await trial.end(true)).toMatchObject({ complete: true, told: 3, left: 0, failures: [] });
    const accounts = await trial.app.accounts();
    expect(accounts).toMatchObject([
      { userName: 'ann@acme.example', displayName: 'Ann Arbor', active: true },
      { userName: 'bob@acme.example', active: false },
    ]);
    expect(await trial.app.memberships()).toEqual([`${staff.id} ${accounts[0]?.userId}`]);
    expect(trial.app.calls).toEqual(['userCreated', 'userCreated', 'groupCreated', 'membersChanged']);
    const events = await trial.database.rows('SELECT data FROM {p}events ORDER BY position');
    expect(events.map(({ data }) => readJson(data).reconciled)).toEqual([true, true, true, true]);
    expect(await trial.effects()).toBe('apply');
    expect(await trial.report()).toMatchObject({ effects: 'apply', summary: {}, untold: 0, entries: [] });
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'active', value: false });
    expect((await trial.app.accounts())[0]?.active).toBe(false);
  });

  test('of what the app knew before it hears the difference alone, and nothing of what came and went', async () => {
    const trial = await openTrial({ isDryRun: false });
    const { ann, bob, staff } = await live(trial);
    const before = await trial.app.accounts();
    const heard = trial.app.calls.length;
    await trial.dryRun();
    const passing = await trial.make('/Users', user('passing'));
    await trial.patch(`/Groups/${staff.id}`, {
      op: 'add',
      path: 'members',
      value: [{ value: passing.id }, { value: bob.id }],
    });
    await trial.patch(`/Groups/${staff.id}`, { op: 'remove', path: `members[value eq "${ann.id}"]` });
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'displayName', value: 'Nobody' });
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'displayName', value: 'Ann Arbor' });
    await trial.patch(`/Users/${bob.id}`, { op: 'replace', path: 'active', value: true });
    await trial.remove(`/Users/${passing.id}`);
    expect(await trial.app.accounts()).toEqual(before);

    expect(await trial.end(true)).toMatchObject({ complete: true, failures: [] });
    expect(trial.app.calls.slice(heard)).toEqual(['userReactivated', 'membersChanged']);
    const bobs = (await trial.app.accounts())[1];
    expect(bobs).toMatchObject({ userName: 'bob@acme.example', active: true });
    expect(await trial.app.memberships()).toEqual([`${staff.id} ${bobs?.userId}`]);
  });

  test('a deletion the app has not heard of reaches it with the account and the groups', async () => {
    const trial = await openTrial({ isDryRun: false });
    const { ann, staff } = await live(trial);
    await trial.dryRun();
    await trial.remove(`/Users/${ann.id}`);
    await trial.remove(`/Groups/${staff.id}`);
    await trial.end(true);

    expect((await trial.app.accounts()).map(({ userName }) => userName)).toEqual(['bob@acme.example']);
    const [told] = await trial.database.rows(
      "SELECT data FROM {p}events WHERE type = 'user.deleted' ORDER BY position DESC",
    );
    expect(readJson(told?.data)).toMatchObject({
      memberOf: [staff.id],
      userId: expect.stringMatching(/^app-/),
    });
  });

  test('with a failing hook that one stays untold, the others are told, and the next call goes on', async () => {
    const trial = await openTrial();
    await live(trial);
    trial.app.failFor('ann@acme.example');

    const first = await trial.end(true);
    expect(first).toMatchObject({ complete: false, left: 2, failures: [{ resourceType: 'User' }] });
    expect(first.failures[0]?.message).not.toContain('bad day');
    expect((await trial.app.accounts()).map(({ userName }) => userName)).toEqual(['bob@acme.example']);
    expect(await trial.effects()).toBe('catchingUp');
    expect(await trial.end(true)).toMatchObject({ complete: true, told: 2, left: 0 });
    expect(await trial.app.accounts()).toHaveLength(2);
    expect(await trial.app.memberships()).toHaveLength(1);
    expect(await trial.effects()).toBe('apply');
  });

  test('while the app is catching up, newcomers reach it and what it has not heard of waits', async () => {
    const trial = await openTrial();
    const { ann, staff } = await live(trial);
    trial.app.failFor('ann@acme.example');
    await trial.end(true);
    const zoe = await trial.make('/Users', user('zoe@acme.example'));
    await trial.patch(`/Groups/${staff.id}`, { op: 'add', path: 'members', value: [{ value: zoe.id }] });
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'displayName', value: 'Ann Later' });
    expect((await trial.app.accounts()).map(({ userName }) => userName)).toEqual([
      'bob@acme.example',
      'zoe@acme.example',
    ]);

    expect(await trial.end(true)).toMatchObject({ complete: true });
    const accounts = await trial.app.accounts();
    expect(accounts[0]).toMatchObject({ userName: 'ann@acme.example', displayName: 'Ann Later' });
    expect(await trial.app.memberships()).toContain(`${staff.id} ${accounts[2]?.userId}`);
  });

  test('with requests going on all the time: the app ends with what is stored', async () => {
    const trial = await openTrial();
    const people = await Promise.all(
      [...Array(30).keys()].map((index) => trial.make('/Users', user(`person-${index}`))),
    );
    const all = await trial.make(
      '/Groups',
      group(
        'All',
        people.map(({ id }) => id),
      ),
    );
    let isEnded = false;
    const traffic = (async () => {
      for (let round = 0; !isEnded || round < 20; round += 1) {
        const person = people[round % people.length];
        const isActive = round % 3 !== 0;
        await trial.patch(`/Users/${person?.id}`, { op: 'replace', path: 'active', value: isActive });
        await trial.patch(`/Groups/${all.id}`, {
          op: isActive ? 'add' : 'remove',
          path: isActive ? 'members' : `members[value eq "${person?.id}"]`,
          ...(isActive && { value: [{ value: person?.id }] }),
        });
      }
    })();
    expect(await trial.end(true)).toMatchObject({ complete: true, left: 0 });
    isEnded = true;
    await traffic;

    const accounts = await trial.app.accounts();
    const users = (await trial.get('/Users?count=100')).body.Resources as {
      userName: string;
      active: boolean;
    }[];
    const shown = users.map(({ userName, active }) => `${userName} ${active}`).sort();
    expect(accounts.map(({ userName, active }) => `${userName} ${active}`).sort()).toEqual(shown);
    const members = (await trial.get(`/Groups/${all.id}`)).body.members as { value: string }[];
    expect(await trial.app.memberships()).toHaveLength(members.length);
  });

  test('without apply: the app is never told, and what comes after is told as ever', async () => {
    const trial = await openTrial();
    await live(trial);
    expect(await trial.end(false)).toMatchObject({ complete: true, told: 0, left: 0 });

    expect(trial.app.calls).toEqual([]);
    expect(await trial.report()).toMatchObject({ effects: 'apply', summary: {}, untold: 0 });
    await trial.make('/Users', user('next'));
    expect(trial.app.calls).toEqual(['userCreated']);
  });

  test('that is none cannot be ended', async () => {
    const { management, customerId } = await openTrial({ isDryRun: false });
    expect(await management.endDryRun({ customerId, apply: true })).toMatchObject({
      ok: false,
      error: { type: 'NoDryRun' },
    });
  });

  test('it is audited', async () => {
    const trial = await openTrial();
    await trial.management.endDryRun({ customerId: trial.customerId, apply: true, actor: 'usr_1' });
    const rows = await trial.database.rows(
      "SELECT actor, detail FROM {p}audit WHERE action = 'dryRun.ended'",
    );
    expect(rows.map(({ actor, detail }) => [actor, readJson(detail)])).toEqual([['usr_1', { apply: true }]]);
  });
});

const PERSONAS: readonly PersonaId[] = ['okta', 'entra', 'google', 'onelogin', 'jumpcloud', 'rippling'];

describe('F10: every identity provider on a dry run', () => {
  test.each([...PERSONAS, 'pingone', 'cyberark', 'sailpoint', 'keycloak', 'authentik'] as const)(
    '%s: the app is untouched, and the summary is what the same run does without it',
    async (persona) => {
      const play = async (isDryRun: boolean) => {
        const trial = await openTrial({ isDryRun });
        const url = `http://127.0.0.1:${await serve(nodeHandler(trial.scim))}/scim/v2`;
        const report = await simulate(persona, { url, key: trial.key, random: () => 0.5 });
        expect(report.steps.filter(({ ok }) => !ok)).toEqual([]);
        return trial;
      };
      const tried = await play(true);
      const real = await play(false);

      expect(await tried.app.accounts()).toEqual([]);
      expect(tried.app.calls).toEqual([]);
      const types = await real.eventTypes();
      const really = Object.fromEntries([...new Set(types)].map((type) => [type, countOf(types, type)]));
      expect(types.length).toBeGreaterThan(2);
      expect((await tried.report()).summary).toEqual(really);
      const hooks = (await readAll(tried)).flatMap((entry) => entry.hooks);
      expect(hooks).toEqual(real.app.calls);
    },
  );
});

async function readAll({ management, customerId }: Trial): Promise<readonly DryRunEffect[]> {
  const entries: DryRunEffect[] = [];
  for (let after: string | null = '0'; after !== null; ) {
    const page: DryRunReport = (
      await management.getDryRunEffects({ customerId, after, limit: 200 })
    ).getOrThrow();
    entries.push(...page.entries);
    after = page.next;
  }
  return entries;
}

function countOf(list: readonly string[], item: string): number {
  return list.filter((one) => one === item).length;
}

/** A JSON column read past the store: text, or what the driver of PostgreSQL makes of it. */
function readJson(value: unknown) {
  return typeof value === 'string' ? JSON.parse(value) : value;
}
