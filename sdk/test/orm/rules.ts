import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { refuse } from '../../src/index.ts';
import { type App, openCustomer } from './app.ts';

/**
 * What holds of hooks that write the app's own table through a library, inside scimkit's transaction.
 *
 * @param open the app, with the hooks of `docs/hooks.md`
 */
export function testRules<Database>(open: () => App<Database>): void {
  test("F1: the app's row and the SCIM user are committed together, and linked", async () => {
    const { create, deactivate, readUsers } = await openCustomer(open());

    const created = await create('ann');
    const before = await readUsers();
    const left = await deactivate(created.body.id);

    expect([created.status, left.status]).toEqual([201, 200]);
    expect(before).toMatchObject([{ name: 'ann', active: true }]);
    expect(await readUsers()).toEqual([{ ...before[0], active: false }]);
  });

  test('F1: a refusal after the row was written leaves nothing of either', async () => {
    const app = open();
    const { create, readUsers, count } = await openCustomer(app, {
      hooks: {
        async userCreated(change, context) {
          await app.hooks.userCreated?.(change, context);
          throw refuse({ status: 403, detail: 'No seat is free.' });
        },
      },
    });

    const refused = await create('ann');

    expect(refused).toMatchObject({ status: 403, body: { detail: 'No seat is free.' } });
    expect([await readUsers(), await count()]).toEqual([[], 0]);
  });

  test('F1: a later hook that fails takes back what an earlier one wrote', async () => {
    const { create, deactivate, get, readUsers } = await openCustomer(open(), {
      hooks: {
        userUpdated() {
          throw new Error('the search index is down');
        },
      },
    });
    const created = await create('ann', { title: 'Engineer' });

    const failed = await deactivate(created.body.id, { title: 'Alumna' });

    expect(failed.status).toBe(500);
    expect(await readUsers()).toMatchObject([{ name: 'ann', active: true }]);
    expect((await get(created.body.id)).body).toMatchObject({ active: true, title: 'Engineer' });
  });

  test("F1: a row that the app's own table refuses leaves nothing of either", async () => {
    const { create, readUsers, count, addUser, readLog } = await openCustomer(open());
    await addUser('ann');

    const failed = await create('ann');
    const next = await create('bob');

    expect([failed.status, next.status]).toEqual([500, 201]);
    expect(readLog()).toMatch(/unique/i);
    expect((await readUsers()).map(({ name }) => name)).toEqual(['ann', 'bob']);
    expect(await count()).toBe(1);
  });

  test('F1: a hook that was given up on can write no more', async () => {
    const app = open();
    const late = Promise.withResolvers<unknown>();
    const { create, readUsers, count } = await openCustomer(app, {
      hookTimeoutMs: 200,
      hooks: {
        async userCreated(change, context) {
          await sleep(400);
          const link = (async () => app.hooks.userCreated?.(change, context))();
          late.resolve(link.catch((error) => error));
          return await link;
        },
      },
    });

    const failed = await create('ann');

    expect(failed.status).toBe(503);
    expect(await late.promise).toBeInstanceOf(Error);
    expect([await readUsers(), await count()]).toEqual([[], 0]);
  });
}
