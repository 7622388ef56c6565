import { describe, expect, test } from 'vitest';
import type { ScimHooks } from '../src/index.ts';
import { countInputs, runs, SEED } from './support/counts.ts';
import { isOnPostgres } from './support/databases.ts';
import { createDice } from './support/dice.ts';
import { openRoles } from './support/roles.ts';
import { group, patch, user } from './support/scim.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';

/** A body of which nothing arrives until it is let go: its request has been let in by then. */
function createSlowBody(body: object) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      begun.resolve();
      await promise;
      controller.enqueue(new TextEncoder().encode(JSON.stringify(body)));
      controller.close();
    },
  });
  return { stream, isRead: begun.promise, letGo: resolve };
}

/** Roles of the app itself, told by its hook. */
function openTold(hooks: ScimHooks = {}) {
  return openRoles({ hooks });
}

describe('row F6: a request under way while its connection gets its first rules', () => {
  test('makes a user who has his role, though it was let in before there were any', async () => {
    const app = await openTold();
    const { stream, isRead, letGo } = createSlowBody(user('ann'));
    const made = app.call('/Users', { method: 'POST', body: stream });
    await isRead;
    await app.setRules([], 'viewer');
    letGo();
    const { status, body } = await made;
    expect(status).toBe(201);
    await expect.poll(app.rolesOf).toEqual({ [body.id]: ['viewer'] });
    expect(await app.events()).toMatchObject([{ before: null, after: 'viewer' }]);
    expect(app.takeTold()).toEqual([{ id: body.id, before: null, after: 'viewer' }]);
  });

  test('gives the role of a group that somebody joins by it', async () => {
    const app = await openTold();
    const ann = await app.user('ann');
    const staff = await app.group('Staff');
    const joining = patch({ op: 'add', path: 'members', value: [{ value: ann }] });
    const { stream, isRead, letGo } = createSlowBody(joining);
    const joined = app.call(`/Groups/${staff}`, { method: 'PATCH', body: stream });
    await isRead;
    await app.setRules([{ kind: 'group', groupId: staff, roleId: 'editor' }]);
    expect(await app.rolesOf()).toEqual({ [ann]: [] });
    letGo();
    expect((await joined).status).toBe(204);
    await expect.poll(app.rolesOf).toEqual({ [ann]: ['editor'] });
  });

  test('the same where the app does not hear of groups', async () => {
    const app = await openTold();
    const { customerId } = app;
    await app.scim.management.patchScimConnection({ customerId, policy: { groups: 'ignore' } });
    const ann = await app.user('ann');
    const staff = await app.group('Staff');
    const { stream, isRead, letGo } = createSlowBody(group('Staff', [ann]));
    const joined = app.call(`/Groups/${staff}`, { method: 'PUT', body: stream });
    await isRead;
    await app.setRules([{ kind: 'group', groupId: staff, roleId: 'editor' }]);
    letGo();
    expect((await joined).status).toBe(200);
    await expect.poll(app.rolesOf).toEqual({ [ann]: ['editor'] });
  });

  test('whose hook is still busy when the rules are saved', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const app = await openTold({
      async userCreated() {
        begun.resolve();
        await promise;
      },
    });
    const made = app.post('/Users', user('ann'));
    await begun.promise;
    const saved = app.setRules([], 'viewer');
    // On PostgreSQL rules are saved and everybody is walked through by then; on SQLite they wait for the hook.
    await new Promise((done) => setTimeout(done, 150));
    resolve();
    const { body } = await made;
    await saved;
    await expect.poll(app.rolesOf).toEqual({ [body.id]: ['viewer'] });
  });

  test(`${kind}: of many at once nobody is left without`, async () => {
    const dice = createDice(SEED);
    for (let round = 0; round < runs(3); round++) {
      const app = await openTold();
      const names = Array.from({ length: 12 }, (_, at) => `u${at}`);
      const making = names.map(async (name) => {
        await new Promise((done) => setTimeout(done, dice.int(30)));
        return (await app.make('/Users', user(name))).id as string;
      });
      await new Promise((done) => setTimeout(done, dice.int(40)));
      await app.setRules([], 'viewer');
      const ids = await Promise.all(making);
      await expect
        .poll(app.rolesOf, { message: `SCIMKIT_SEED=${SEED}` })
        .toEqual(Object.fromEntries(ids.map((id) => [id, ['viewer']])));
      // Each once: who was settled with the rules is not told again by the walk.
      expect(app.takeTold()).toHaveLength(names.length);
      countInputs(`F6 users made while first rules were saved, ${kind}`, names.length);
    }
  });
});
