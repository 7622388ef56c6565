import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import BetterSqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createFolder } from '../support/connections.ts';
import { type App, openCustomer } from './app.ts';
import { hooks as drizzleHooks } from './drizzle-sqlite.ts';
import { hooks as kyselyHooks, type Tables, useKysely } from './kysely-sqlite.ts';
import { testRules } from './rules.ts';

const USERS = `CREATE TABLE users (
  id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, name TEXT NOT NULL, active INTEGER NOT NULL, UNIQUE (customer_id, name)
) STRICT`;

/** The app reads by a handle of its own, so it sees what is committed and nothing else. */
function openApp() {
  const file = join(createFolder(), 'app.db');
  const handle = new DatabaseSync(file);
  handle.exec('PRAGMA journal_mode = WAL');
  handle.exec(USERS);
  onTestFinished(() => handle.close());
  return {
    file,
    readUsers: async (customerId: string) =>
      handle
        .prepare('SELECT id, name, active FROM users WHERE customer_id = ? ORDER BY name')
        .all(customerId)
        .map((row) => ({ id: String(row.id), name: String(row.name), active: row.active === 1 })),
    async addUser(customerId: string, name: string) {
      handle.prepare('INSERT INTO users VALUES (?, ?, ?, 1)').run(`own-${name}`, customerId, name);
    },
  };
}

describe('Kysely in hooks, on node:sqlite', () => {
  const open = (): App<DatabaseSync> => {
    const { file, ...app } = openApp();
    return { ...app, database: `sqlite:${file}`, hooks: kyselyHooks };
  };
  testRules(open);

  test('F1: a transaction of its own is refused, with what to do instead', async () => {
    const { create, count, readLog } = await openCustomer(open(), {
      hooks: {
        userCreated: (_change, { database }) =>
          useKysely(database)
            .transaction()
            .execute(async () => {}),
      },
    });

    expect((await create('ann')).status).toBe(500);
    expect(readLog()).toContain('Use SAVEPOINT');
    expect(await count()).toBe(0);
  });
});

describe('Kysely in hooks, on better-sqlite3', () => {
  const use = (handle: BetterSqlite.Database) =>
    new Kysely<Tables>({ dialect: new SqliteDialect({ database: handle }) });
  testRules((): App<BetterSqlite.Database> => {
    const { file, ...app } = openApp();
    const handle = new BetterSqlite(file);
    onTestFinished(() => void handle.close());
    return {
      ...app,
      database: handle,
      hooks: {
        async userCreated({ resource }, { database, customerId }) {
          const id = crypto.randomUUID();
          const row = { id, customer_id: customerId, name: String(resource.userName), active: 1 };
          await use(database).insertInto('users').values(row).execute();
          return { userId: id };
        },
        async userDeactivated({ userId }, { database }) {
          await use(database).updateTable('users').set({ active: 0 }).where('id', '=', userId).execute();
        },
      },
    };
  });
});

describe('Drizzle in hooks, on better-sqlite3', () => {
  testRules((): App<BetterSqlite.Database> => {
    const { file, ...app } = openApp();
    const handle = new BetterSqlite(file);
    onTestFinished(() => void handle.close());
    return { ...app, database: handle, hooks: drizzleHooks };
  });
});
