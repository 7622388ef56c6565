import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { ScimHooks } from '../../src/index.ts';
import { createPostgresDatabase, type PostgresDatabase } from '../support/postgres-databases.ts';
import { type App, openCustomer, PREFIX } from './app.ts';
import { testRules } from './rules.ts';

const TABLES = `
  CREATE TABLE users (
    id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, name TEXT NOT NULL, active BOOLEAN NOT NULL, UNIQUE (customer_id, name)
  );
  CREATE TABLE logins (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users)`;

/** The app's pool on a database of this file's own, for all its tests. */
export function usePool(): () => pg.Pool {
  let database: PostgresDatabase;
  let pool: pg.Pool;
  beforeAll(async () => {
    database = await createPostgresDatabase(inject('postgresUrl') ?? '');
    pool = new pg.Pool({ connectionString: database.url });
    pool.on('error', () => {});
    await pool.query(TABLES);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  return () => pool;
}

/** An app that shares its pool with scimkit. */
export function createPostgresApp(pool: pg.Pool, hooks: ScimHooks<pg.PoolClient>): App<pg.PoolClient> {
  return {
    database: pool,
    hooks,
    async readUsers(customerId) {
      const text = 'SELECT id, name, active FROM users WHERE customer_id = $1 ORDER BY name';
      return (await pool.query(text, [customerId])).rows;
    },
    async addUser(customerId, name) {
      await pool.query('INSERT INTO users VALUES ($1, $2, $3, true)', [randomUUID(), customerId, name]);
    },
  };
}

/** A customer of an app whose `userCreated` does something of the test's own. */
export function openWithHook(app: App<pg.PoolClient>, work: (client: pg.PoolClient) => Promise<unknown>) {
  return openCustomer(app, {
    hooks: { userCreated: async (_change, { database }) => void (await work(database)) },
  });
}

/** Changes an account of the app's, which holds its row until the transaction has ended. */
type Touch = (client: pg.PoolClient, id: string) => Promise<unknown>;

/** {@link testRules}, and what holds of PostgreSQL alone. */
export function testPostgresRules(options: {
  readonly getPool: () => pg.Pool;
  readonly open: () => App<pg.PoolClient>;
  readonly touch: Touch;
}): void {
  const { getPool, open, touch } = options;
  testRules(open);

  test('F1: others see the row when the answer is there, and not before', async () => {
    const app = open();
    let seenInside: unknown;
    const { create, readUsers } = await openCustomer(app, {
      hooks: {
        async userCreated(change, context) {
          const link = await app.hooks.userCreated?.(change, context);
          seenInside = await app.readUsers(context.customerId);
          return link;
        },
      },
    });

    await create('ann');

    expect(seenInside).toEqual([]);
    expect(await readUsers()).toHaveLength(1);
  });

  test('F1: a hook that catches what the database refused is not taken for one that worked', async () => {
    const app = open();
    const { create, readUsers, count, addUser } = await openCustomer(app, {
      hooks: {
        async userCreated(change, context) {
          try {
            await app.hooks.userCreated?.(change, context);
          } catch {
            // As if it were nothing. PostgreSQL has given the transaction up.
          }
        },
      },
    });
    await addUser('ann');

    expect((await create('ann')).status).toBe(500);
    expect([(await readUsers()).length, await count()]).toEqual([1, 0]);
  });

  test('F1: of two hooks that wait for each other one is run again, and both are answered', async () => {
    const app = open();
    const [first, second] = [randomUUID(), randomUUID()];
    for (const id of [first, second])
      await getPool().query("INSERT INTO users VALUES ($1, $1, 'x', true)", [id]);
    let tries = 0;
    let holding = 0;
    const bothHold = Promise.withResolvers<void>();
    const { create, readUsers } = await openCustomer(app, {
      // PostgreSQL looks for such a ring after a second.
      hookTimeoutMs: 10_000,
      hooks: {
        async userCreated(change, context) {
          tries += 1;
          for (const id of change.resource.userName === 'ann' ? [first, second] : [second, first]) {
            await touch(context.database, id);
            holding += 1;
            if (holding === 2) bothHold.resolve();
            await bothHold.promise;
          }
          return app.hooks.userCreated?.(change, context);
        },
      },
    });

    const answers = await Promise.all([create('ann'), create('bob')]);

    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(tries).toBe(3);
    expect((await readUsers()).map(({ name }) => name)).toEqual(['ann', 'bob']);
  });

  test('F1: two hooks at once keep each to its own transaction', async () => {
    const one = await openCustomer(open());
    const other = await openCustomer(open());
    const names = Array.from({ length: 10 }, (_, index) => `person-${index}`);

    const answers = await Promise.all(names.flatMap((name) => [one.create(name), other.create(name)]));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect((await one.readUsers()).map(({ name }) => name)).toEqual(names);
    expect((await other.readUsers()).map(({ name }) => name)).toEqual(names);
  });

  test("the app's pool stays open when scimkit is closed, and its tables stand beside the others", async () => {
    const { create, scim, readUsers } = await openCustomer(open());
    await create('ann');
    const listening = getPool().listenerCount('connect');

    await scim.close();

    expect(await readUsers()).toHaveLength(1);
    expect(getPool().listenerCount('connect')).toBe(listening - 1);
    const { rows } = await getPool().query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND NOT starts_with(tablename, $1) ORDER BY 1",
      [PREFIX],
    );
    expect(rows).toEqual([{ tablename: 'logins' }, { tablename: 'users' }]);
  });
}
