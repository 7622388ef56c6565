import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { HookContext, JsonObject, ScimHooks } from '../../src/index.ts';
import type { TestDatabase } from './databases.ts';

/** An account of the app's own. */
export interface Account {
  readonly userId: string;
  readonly userName: string;
  readonly displayName: string | null;
  readonly active: boolean;
}

/**
 * An app whose tables are in scimkit's database, fed by hooks in the transaction of each change, as an app in the
 * field does it: accounts, and who is in which group.
 */
export interface PeopleApp {
  readonly hooks: ScimHooks;
  /** Names of the hooks that were called, in order. Those of a change that was rolled back are among them. */
  readonly calls: readonly string[];
  /** Thrown by the next hook about this userName, once. */
  failFor(userName: string): void;
  accounts(): Promise<readonly Account[]>;
  /** Who is in which group: `group userId`, in order. */
  memberships(): Promise<readonly string[]>;
  /** Writes past the directory. */
  tamper(sql: string): Promise<void>;
}

const PEOPLE = 'user_id, user_name, display_name, active';

export async function openPeopleApp(database: TestDatabase): Promise<PeopleApp> {
  const { prefix } = database;
  const people = `${prefix}app_people`;
  const inGroups = `${prefix}app_in_groups`;
  const execute = async (sql: string) => {
    if (database.file === undefined) return void (await database.rows(sql));
    const handle = new DatabaseSync(database.file);
    try {
      handle.exec('PRAGMA busy_timeout = 5000');
      handle.exec(sql);
    } finally {
      handle.close();
    }
  };
  await execute(
    `CREATE TABLE IF NOT EXISTS ${people} (user_id TEXT PRIMARY KEY, user_name TEXT NOT NULL, display_name TEXT, active INTEGER NOT NULL)`,
  );
  await execute(
    `CREATE TABLE IF NOT EXISTS ${inGroups} (group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id))`,
  );
  await execute(`DELETE FROM ${people}`);
  await execute(`DELETE FROM ${inGroups}`);
  const calls: string[] = [];
  const failing = new Set<string>();
  const note = (name: string, resource: JsonObject) => {
    calls.push(name);
    if (failing.delete(String(resource.userName))) throw new Error('The app has a bad day.');
  };
  const setActive = (userId: string | null, active: boolean, context: HookContext) =>
    run(context, `UPDATE ${people} SET active = ? WHERE user_id = ?`, [Number(active), userId]);
  const hooks: ScimHooks = {
    async userCreated({ resource }, context) {
      note('userCreated', resource);
      const userId = `app-${randomUUID()}`;
      await run(context, `INSERT INTO ${people} (${PEOPLE}) VALUES (?, ?, ?, ?)`, [
        userId,
        ...toColumns(resource),
        Number(resource.active !== false),
      ]);
      return { userId };
    },
    async userUpdated({ resource, userId }, context) {
      note('userUpdated', resource);
      await run(context, `UPDATE ${people} SET user_name = ?, display_name = ? WHERE user_id = ?`, [
        ...toColumns(resource),
        userId,
      ]);
    },
    async userDeactivated({ resource, userId }, context) {
      note('userDeactivated', resource);
      await setActive(userId, false, context);
    },
    async userReactivated({ resource, userId }, context) {
      note('userReactivated', resource);
      await setActive(userId, true, context);
    },
    async userDeleted({ resource, userId }, context) {
      note('userDeleted', resource);
      await run(context, `DELETE FROM ${inGroups} WHERE user_id = ?`, [userId]);
      await run(context, `DELETE FROM ${people} WHERE user_id = ?`, [userId]);
    },
    groupCreated({ resource }) {
      note('groupCreated', resource);
    },
    groupUpdated({ resource }) {
      note('groupUpdated', resource);
    },
    async groupDeleted({ id, resource }, context) {
      note('groupDeleted', resource);
      await run(context, `DELETE FROM ${inGroups} WHERE group_id = ?`, [id]);
    },
    async membersChanged({ id, resource, added, removed }, context) {
      note('membersChanged', resource);
      for (const { userId } of added) {
        if (userId === null) continue;
        await run(context, `INSERT INTO ${inGroups} VALUES (?, ?) ON CONFLICT DO NOTHING`, [id, userId]);
      }
      for (const { userId } of removed)
        await run(context, `DELETE FROM ${inGroups} WHERE group_id = ? AND user_id = ?`, [id, userId]);
    },
  };
  return {
    hooks,
    calls,
    failFor: (userName) => void failing.add(userName),
    async accounts() {
      const rows = await database.rows(`SELECT ${PEOPLE} FROM ${people} ORDER BY user_name, user_id`);
      return rows.map((row) => ({
        userId: String(row.user_id),
        userName: String(row.user_name),
        displayName: row.display_name as string | null,
        active: Number(row.active) === 1,
      }));
    },
    async memberships() {
      const rows = await database.rows(`SELECT group_id, user_id FROM ${inGroups}`);
      return rows.map((row) => `${row.group_id} ${row.user_id}`).sort();
    },
    tamper: (sql) => execute(sql.replaceAll('{people}', people).replaceAll('{in_groups}', inGroups)),
  };
}

function toColumns({ userName, displayName = null }: JsonObject): [string, string | null] {
  return [String(userName), displayName === null ? null : String(displayName)];
}

/** The handle of a pg client. */
interface Client {
  query(query: { text: string; values: readonly unknown[] }): Promise<unknown>;
}

async function run(
  { database }: HookContext,
  sql: string,
  values: readonly (string | number | null)[],
): Promise<void> {
  if ('prepare' in database) {
    database.prepare(sql).run(...values);
    return;
  }
  let count = 0;
  const text = sql.replaceAll('?', () => `$${++count}`);
  await (database as unknown as Client).query({ text, values });
}
