import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { hooks as drizzleHooks, users } from '../orm/drizzle-postgres.ts';
import { hooks as kyselyHooks, useKysely } from '../orm/kysely-postgres.ts';
import { createPostgresApp, openWithHook, testPostgresRules, usePool } from '../orm/postgres-app.ts';

const getPool = usePool();

describe("Kysely in hooks, on the app's pool", () => {
  const open = () => createPostgresApp(getPool(), kyselyHooks);
  testPostgresRules({
    getPool,
    open,
    touch: (client, id) =>
      useKysely(client).updateTable('users').set({ active: false }).where('id', '=', id).execute(),
  });

  test('a transaction of its own is refused, with what to do instead', async () => {
    const { create, count, readLog } = await openWithHook(open(), (client) =>
      useKysely(client)
        .transaction()
        .execute(async () => {}),
    );

    expect((await create('ann')).status).toBe(500);
    expect(readLog()).toContain('Use SAVEPOINT');
    expect(await count()).toBe(0);
  });

  test('a savepoint lets a hook go on after a statement that failed', async () => {
    const { create } = await openWithHook(open(), async (client) => {
      const db = useKysely(client);
      const row = { id: randomUUID(), customer_id: 'kysely', name: 'ann', active: true };
      await db.insertInto('users').values(row).execute();
      await sql`SAVEPOINT again`.execute(db);
      await db
        .insertInto('users')
        .values(row)
        .execute()
        .catch(() => sql`ROLLBACK TO SAVEPOINT again`.execute(db));
    });

    expect((await create('ann')).status).toBe(201);
    expect(await open().readUsers('kysely')).toHaveLength(1);
  });
});

describe("Drizzle in hooks, on the app's pool", () => {
  const open = () => createPostgresApp(getPool(), drizzleHooks);
  testPostgresRules({
    getPool,
    open,
    touch: (client, id) => drizzle({ client }).update(users).set({ active: false }).where(eq(users.id, id)),
  });

  test('a transaction of its own is refused, with what to do instead', async () => {
    const { create, count, readLog } = await openWithHook(open(), (client) =>
      drizzle({ client }).transaction(async () => {}),
    );

    expect((await create('ann')).status).toBe(500);
    expect(readLog()).toContain('Use SAVEPOINT');
    expect(await count()).toBe(0);
  });
});
