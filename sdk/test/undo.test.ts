import { describe, expect, test, vi } from 'vitest';
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
  const events = async () =>
    (await on.rows('SELECT id, type, data FROM {p}events ORDER BY position')).map(({ id, type, data }) => ({
      id: String(id),
      type: String(type),
      data: typeof data === 'string' ? JSON.parse(data) : data,
    }));
  return {
    ...client,
    app,
    management,
    events,
    newest: async (type: string) => (await events()).findLast((event) => event.type === type)?.id ?? 'none',
    undo: (eventId: string, more = {}) =>
      management.undo({ customerId: 'acme', eventId, actor: 'usr_1', ...more }),
    diff: async (more: object = {}) =>
      (
        await management.reconcile({
          customerId: 'acme',
          accounts: (await app.accounts()).map((account) => ({ ...account })),
          ...more,
        })
      ).getOrThrow(),
  };
}

type Trial = Awaited<ReturnType<typeof openTrial>>;

async function deactivated(trial: Trial) {
  const ann = await trial.make('/Users', user('ann', { displayName: 'Ann' }));
  await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'active', value: false });
  return { ann, eventId: await trial.newest('user.deactivated') };
}

describe('F9: undo', () => {
  test('of a deactivation switches the account on again, and the directory stays as it is', async () => {
    const trial = await openTrial();
    const { ann, eventId } = await deactivated(trial);
    const before = (await trial.get(`/Users/${ann.id}`)).body;

    expect((await trial.undo(eventId)).getOrThrow()).toMatchObject({
      eventId,
      resourceId: ann.id,
      told: ['user.reactivated'],
      differs: true,
    });
    expect(await trial.app.accounts()).toMatchObject([{ userName: 'ann', active: true }]);
    expect((await trial.get(`/Users/${ann.id}`)).body).toEqual(before);
    expect((await trial.events()).at(-1)).toMatchObject({
      type: 'user.reactivated',
      data: { undoes: eventId, actor: 'usr_1', keyId: null, resource: { active: true }, changed: ['active'] },
    });
    const [audited] = await trial.database.rows("SELECT actor FROM {p}audit WHERE action = 'event.undone'");
    expect(audited?.actor).toBe('usr_1');
  });

  test('of a change restores what the app was told before, the added and the removed alike', async () => {
    const trial = await openTrial();
    const ann = await trial.make('/Users', user('ann', { displayName: 'Ann' }));
    await trial.patch(`/Users/${ann.id}`, {
      op: 'replace',
      value: { displayName: 'Somebody', title: 'Boss' },
    });
    const answer = (await trial.undo(await trial.newest('user.updated'))).getOrThrow();
    expect(answer.told).toEqual(['user.updated']);
    expect(await trial.app.accounts()).toMatchObject([{ displayName: 'Ann' }]);
    const last = (await trial.events()).at(-1);
    expect(last?.data.resource).toMatchObject({ displayName: 'Ann' });
    expect(last?.data.resource).not.toHaveProperty('title');
    expect((await trial.get(`/Users/${ann.id}`)).body).toMatchObject({
      displayName: 'Somebody',
      title: 'Boss',
    });
  });

  test('of a change of members puts them back in the app', async () => {
    const trial = await openTrial();
    const ann = await trial.make('/Users', user('ann'));
    const staff = await trial.make('/Groups', group('Staff', [ann.id]));
    await trial.patch(`/Groups/${staff.id}`, { op: 'remove', path: 'members' });
    expect(await trial.app.memberships()).toEqual([]);
    expect((await trial.undo(await trial.newest('group.members_changed'))).ok).toBe(true);
    expect(await trial.app.memberships()).toHaveLength(1);
    expect((await trial.get(`/Groups/${staff.id}`)).body.members ?? []).toEqual([]);
  });

  test('of a creation switches the account off; of a deletion makes one again', async () => {
    const trial = await openTrial();
    const ann = await trial.make('/Users', user('ann', { displayName: 'Ann' }));
    expect((await trial.undo(await trial.newest('user.created'))).getOrThrow().told).toEqual([
      'user.deactivated',
    ]);
    expect(await trial.app.accounts()).toMatchObject([{ active: false }]);
    await trial.remove(`/Users/${ann.id}`);
    expect(await trial.app.accounts()).toEqual([]);
    expect((await trial.undo(await trial.newest('user.deleted'))).getOrThrow().told).toEqual([
      'user.created',
    ]);
    expect(await trial.app.accounts()).toMatchObject([{ userName: 'ann', displayName: 'Ann', active: true }]);
    expect(await trial.diff({ apply: true })).toMatchObject({ counts: { extra: 1 }, left: 1 });
  });

  test('shows in reconcile, which leaves it unless asked to', async () => {
    const trial = await openTrial();
    const { ann, eventId } = await deactivated(trial);
    await trial.undo(eventId);
    const expected = { scimId: ann.id, undone: { eventId, actor: 'usr_1' } };
    expect(await trial.diff()).toMatchObject({ differences: [{ ...expected, outcome: 'found' }] });
    expect(await trial.diff({ apply: true })).toMatchObject({
      differences: [{ ...expected, outcome: 'left' }],
      applied: 0,
    });
    expect(await trial.app.accounts()).toMatchObject([{ active: true }]);
    expect(await trial.diff({ apply: true, reapplyUndone: true })).toMatchObject({ applied: 1 });
    expect(await trial.app.accounts()).toMatchObject([{ active: false }]);
    expect(await trial.diff()).toMatchObject({ differences: [] });
  });

  test('twice is refused', async () => {
    const trial = await openTrial();
    const { eventId } = await deactivated(trial);
    await trial.undo(eventId);
    expect(await trial.undo(eventId)).toMatchObject({ ok: false, error: { type: 'AlreadyUndone' } });
    expect(trial.app.calls.filter((name) => name === 'userReactivated')).toHaveLength(1);
  });

  test('at once by several is done once', async () => {
    const trial = await openTrial();
    const { eventId } = await deactivated(trial);
    const answers = await Promise.all([...Array(6).keys()].map(() => trial.undo(eventId)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await trial.events()).filter(({ data }) => data.undoes === eventId)).toHaveLength(1);
  });

  test('of what was changed since is refused, by the names of it', async () => {
    const trial = await openTrial();
    const { ann, eventId } = await deactivated(trial);
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'active', value: true });
    expect(await trial.undo(eventId)).toMatchObject({
      ok: false,
      error: { type: 'ChangedSince', names: ['active'] },
    });
    await trial.remove(`/Users/${ann.id}`);
    expect(await trial.undo(eventId)).toMatchObject({
      ok: false,
      error: { type: 'ChangedSince', names: ['resource'] },
    });
  });

  test('of a change that goes on where it stopped: the next one of the directory is told as ever', async () => {
    const trial = await openTrial();
    const { ann, eventId } = await deactivated(trial);
    await trial.undo(eventId);
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'active', value: true });
    await trial.patch(`/Users/${ann.id}`, { op: 'replace', path: 'active', value: false });
    expect(await trial.app.accounts()).toMatchObject([{ active: false }]);
  });

  test('of no event, of another customer’s, and of one that did nothing to the app is refused', async () => {
    const trial = await openTrial();
    const { eventId } = await deactivated(trial);
    await trial.management.createScimConnection({ customerId: 'other' });
    expect(await trial.undo('evt_none')).toMatchObject({ ok: false, error: { type: 'EventNotFound' } });
    expect(await trial.undo(eventId, { customerId: 'other' })).toMatchObject({
      ok: false,
      error: { type: 'EventNotFound' },
    });
    const staff = await trial.make('/Groups', group('Staff'));
    expect(staff.id).toBeDefined();
    expect(await trial.undo(await trial.newest('group.created'))).toMatchObject({
      ok: false,
      error: { type: 'NotUndoable', eventType: 'group.created' },
    });
  });

  test('that a hook refuses leaves nothing behind', async () => {
    const trial = await openTrial();
    const { eventId } = await deactivated(trial);
    const heard = (await trial.events()).length;
    trial.app.failFor('ann');
    expect(await trial.undo(eventId)).toMatchObject({ ok: false, error: { type: 'UnexpectedError' } });
    expect((await trial.events()).length).toBe(heard);
    expect((await trial.undo(eventId)).ok).toBe(true);
  });
});
