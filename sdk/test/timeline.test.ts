import { describe, expect, test, vi } from 'vitest';
import type { Timeline } from '../src/index.ts';
import { openClient } from './support/client.ts';
import { createTestDatabase } from './support/databases.ts';
import { openPeopleApp } from './support/people-app.ts';
import { group, user } from './support/scim.ts';

vi.setConfig({ testTimeout: 60_000 });

async function openTrial() {
  const on = createTestDatabase();
  const app = await openPeopleApp(on);
  const client = await openClient({ on, hooks: app.hooks });
  const { management } = client.scim;
  const timelineOf = async (
    person: { userName: string } | { scimId: string } | { userId: string },
    more = {},
  ) => (await management.getTimeline({ customerId: 'acme', ...person, ...more })).getOrThrow();
  return { ...client, app, management, timelineOf };
}

/** What is of the person: the connection's own acts come as they may. */
function ofPerson({ entries }: Timeline) {
  return entries.filter(({ kind }) => kind !== 'act');
}

describe('F9: the timeline of a person', () => {
  test('has each event in order, with before and after, groups by name, and the key that was used', async () => {
    const { make, patch, put, timelineOf, management } = await openTrial();
    const ann = await make('/Users', user('ann@acme.example', { displayName: 'Ann' }));
    await make('/Users', user('bob@acme.example'));
    const staff = await make('/Groups', group('Staff', [ann.id]));
    await patch(`/Users/${ann.id}`, { op: 'replace', path: 'displayName', value: 'Ann Arbor' });
    await patch(`/Groups/${staff.id}`, { op: 'remove', path: `members[value eq "${ann.id}"]` });
    await put(`/Users/${ann.id}`, user('ann@acme.example', { active: false, title: 'Leaver' }));
    const timeline = await timelineOf({ userName: 'ANN@acme.example' });
    const [key] = (await management.fetchScimConnection({ customerId: 'acme' })).getOrThrow().keys;

    expect(timeline).toMatchObject({ scimId: ann.id, userName: 'ann@acme.example', others: [], next: null });
    expect(
      ofPerson(timeline).map(({ type, kind, group, changed }) => ({ type, kind, group, changed })),
    ).toEqual([
      { type: 'user.created', kind: 'event', group: null, changed: [] },
      {
        type: 'group.members_changed',
        kind: 'membership',
        group: { groupId: staff.id, displayName: 'Staff', isAdded: true },
        changed: [],
      },
      {
        type: 'user.updated',
        kind: 'event',
        group: null,
        changed: [{ name: 'displayName', before: 'Ann', after: 'Ann Arbor' }],
      },
      {
        type: 'group.members_changed',
        kind: 'membership',
        group: { groupId: staff.id, displayName: 'Staff', isAdded: false },
        changed: [],
      },
      {
        type: 'user.deactivated',
        kind: 'event',
        group: null,
        changed: expect.arrayContaining([{ name: 'active', before: true, after: false }]),
      },
      {
        type: 'user.updated',
        kind: 'event',
        group: null,
        changed: expect.arrayContaining([{ name: 'title', before: null, after: 'Leaver' }]),
      },
    ]);
    expect(new Set(ofPerson(timeline).map(({ keyId }) => keyId))).toEqual(new Set([key?.keyId]));
  });

  test('outlives the person, and is found by any name they had, and by the account', async () => {
    const { make, patch, remove, timelineOf, app } = await openTrial();
    const ann = await make('/Users', user('ann@acme.example'));
    const [account] = await app.accounts();
    await patch(`/Users/${ann.id}`, { op: 'replace', path: 'userName', value: 'ann.brown@acme.example' });
    await remove(`/Users/${ann.id}`);
    const found = [
      await timelineOf({ userName: 'ann@acme.example' }),
      await timelineOf({ userName: 'Ann.Brown@acme.example' }),
      await timelineOf({ userId: String(account?.userId) }),
      await timelineOf({ scimId: ann.id }),
    ];
    for (const timeline of found) {
      expect(timeline).toMatchObject({ scimId: ann.id, userName: 'ann.brown@acme.example' });
      expect(ofPerson(timeline).map(({ type }) => type)).toEqual([
        'user.created',
        'user.updated',
        'user.deleted',
      ]);
    }
  });

  test('of a name that came again is that of who has it now; those before are named', async () => {
    const { make, remove, timelineOf } = await openTrial();
    const first = await make('/Users', user('ann'));
    await remove(`/Users/${first.id}`);
    const second = await make('/Users', user('ann'));
    expect(await timelineOf({ userName: 'ann' })).toMatchObject({ scimId: second.id, others: [first.id] });
  });

  test('comes in pages without a gap, with what administrators did at the time', async () => {
    let now = Date.parse('2026-03-01T10:00:00.500Z');
    const on = createTestDatabase();
    const client = await openClient({ on, clock: () => now });
    const { make, patch, scim } = client;
    const ann = await make('/Users', user('ann'));
    for (let index = 0; index < 5; index += 1) {
      now += 60_000;
      await patch(`/Users/${ann.id}`, { op: 'replace', path: 'displayName', value: `Name ${index}` });
      if (index !== 2) continue;
      now += 1_000;
      await scim.management.pauseScimConnection({ customerId: 'acme', actor: 'usr_1' });
      now += 1_000;
      await scim.management.resumeScimConnection({ customerId: 'acme', actor: 'usr_1' });
    }
    const types: string[] = [];
    let after: string | null | undefined;
    do {
      const page: Timeline = (
        await scim.management.getTimeline({
          customerId: 'acme',
          scimId: ann.id,
          limit: 2,
          ...(after && { after }),
        })
      ).getOrThrow();
      types.push(...page.entries.map(({ type }) => type));
      after = page.next;
    } while (after !== null);
    const whole = (await scim.management.getTimeline({ customerId: 'acme', scimId: ann.id })).getOrThrow();
    expect(types).toEqual(whole.entries.map(({ type }) => type));
    expect(types.filter((type) => type.startsWith('user.'))).toHaveLength(6);
    expect(types.slice(types.indexOf('connection.paused')).slice(0, 3)).toEqual([
      'connection.paused',
      'connection.resumed',
      'user.updated',
    ]);
    expect(whole.entries.find(({ type }) => type === 'connection.paused')).toMatchObject({
      kind: 'act',
      actor: 'usr_1',
    });
  });

  test('costs a request nothing: what it needs is read when somebody asks', async () => {
    const { make, timelineOf, database } = await openTrial();
    await make('/Users', user('ann'));
    const count = async () =>
      Number((await database.rows('SELECT count(*) AS total FROM {p}event_subjects'))[0]?.total);
    expect(await count()).toBe(0);
    await timelineOf({ userName: 'ann' });
    const read = await count();
    expect(read).toBeGreaterThan(0);
    await timelineOf({ userName: 'ann' });
    expect(await count()).toBe(read);
  });

  test('is whole however many ask for it at once', async () => {
    const { make, timelineOf } = await openTrial();
    for (let index = 0; index < 230; index += 1) await make('/Users', user(`person-${index}`));
    const asked = await Promise.all(
      [...Array(8).keys()].map((index) => timelineOf({ userName: `person-${index * 30}` })),
    );
    expect(asked.map((timeline) => ofPerson(timeline).length)).toEqual(Array(8).fill(1));
  });

  test('I3: of another customer there is none', async () => {
    const { make, management, scim } = await openTrial();
    await make('/Users', user('ann'));
    await scim.management.createScimConnection({ customerId: 'other' });
    expect(await management.getTimeline({ customerId: 'other', userName: 'ann' })).toMatchObject({
      ok: false,
      error: { type: 'PersonNotFound' },
    });
  });

  test('is asked for by exactly one name', async () => {
    const { management } = await openTrial();
    const ask = (more: object) => management.getTimeline({ customerId: 'acme', ...more } as never);
    await expect(ask({})).rejects.toThrow(TypeError);
    await expect(ask({ userName: 'a', scimId: 'b' })).rejects.toThrow(TypeError);
  });
});
