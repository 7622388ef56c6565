// scimkit as an app serves it: hooks that keep the app's own users, events, activity, durable commits.
// HTTP=node|express  DATABASE=sqlite:FILE|postgres://…  RATE_LIMITS=off
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import express from 'express';
import type pg from 'pg';
import { createScim, type HookContext, type ScimHooks, type UpdatedChange } from 'scimkit';
import { expressHandler } from 'scimkit/express';
import { nodeHandler } from 'scimkit/node';
import { listen } from './listen.ts';

const { HTTP, DATABASE = '', RATE_LIMITS } = process.env;
const isPostgres = DATABASE.startsWith('postgres:');

const scim = createScim<Handle>({
  database: DATABASE,
  pepper: 'a pepper of the benchmark',
  hooks: isPostgres ? createHooks(runOnPostgres) : createHooks(runOnSqlite),
  ...(RATE_LIMITS === 'off' && {
    limits: { rateLimit: false, maxConcurrentRequests: false, failedAuthenticationsPerMinute: false },
  }),
});

if (HTTP === 'express') {
  const app = express();
  app.use('/scim/v2', expressHandler(scim));
  listen(app);
} else {
  listen(nodeHandler(scim));
}

/** What hooks are lent on either database. */
type Handle = DatabaseSync | pg.PoolClient;
type Context = HookContext<Handle>;

/** Runs a statement of the app's with `?` for each value, inside the transaction of the change. */
type Run = (database: Handle, sql: string, values: (string | number)[]) => unknown;

/** What an app does with what it is told: it keeps users of its own. */
function createHooks(run: Run): ScimHooks<Handle> {
  const setActive =
    (active: number) =>
    async (change: UpdatedChange, { database }: Context) => {
      await run(database, 'UPDATE app_users SET active = ? WHERE scim_id = ?', [active, change.id]);
    };
  return {
    async userCreated({ id, resource }, { database, customerId }) {
      const userId = randomUUID();
      const name = String(resource.userName);
      await run(database, 'INSERT INTO app_users VALUES (?, ?, ?, ?, 1)', [userId, customerId, id, name]);
      return { userId };
    },
    async userUpdated({ id, resource }, { database }) {
      const name = String(resource.userName);
      await run(database, 'UPDATE app_users SET name = ? WHERE scim_id = ?', [name, id]);
    },
    userDeactivated: setActive(0),
    userReactivated: setActive(1),
    async userDeleted({ id }, { database }) {
      await run(database, 'DELETE FROM app_users WHERE scim_id = ?', [id]);
    },
    groupCreated() {},
    membersChanged() {},
  };
}

function runOnSqlite(database: Handle, sql: string, values: (string | number)[]) {
  return (database as DatabaseSync).prepare(sql).run(...values);
}

function runOnPostgres(database: Handle, sql: string, values: (string | number)[]) {
  let count = 0;
  const text = sql.replaceAll('?', () => `$${++count}`);
  return (database as pg.PoolClient).query({ name: text, text, values });
}
