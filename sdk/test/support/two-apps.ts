import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { createAccounts } from '../../docs/decisions/accounts.ts';
import { createApp } from '../../docs/decisions/app.ts';
import { nodeHandler } from '../../src/adapters/node.ts';
import type { HookDatabase, HookResource, JsonObject, Scim, ScimHooks } from '../../src/index.ts';
import { connect, openScim } from './scim.ts';
import { serve } from './serve.ts';

/** An account as either app keeps it. */
export interface KeptAccount {
  readonly name: string;
  readonly email: string | null;
  readonly active: boolean;
  /** Ids of the groups. */
  readonly groupIds: readonly string[];
}

/** An app under trial, with two customers' connections. */
export interface TriedApp {
  readonly scim: Scim;
  readonly url: string;
  readonly key: string;
  readonly key2: string;
  accounts(): Promise<readonly KeptAccount[]>;
}

type Fields = Readonly<Record<string, unknown>>;

/** An app whose accounts are in another database, and who is asked in two phases: the example of the documents. */
export async function openTwoPhaseApp(): Promise<TriedApp> {
  const database = new DatabaseSync(':memory:');
  let app: Server | undefined;
  const port = await serve((request, response) => void app?.emit('request', request, response));
  const url = `http://127.0.0.1:${port}/scim/v2`;
  const { scim } = openScim({ endpointUrl: url });
  const [first, second] = [await connect(scim, 'first'), await connect(scim, 'second')];
  app = await createApp(scim, createAccounts(database));
  return {
    scim,
    url,
    key: first.key,
    key2: second.key,
    accounts: async () => database.prepare('SELECT * FROM accounts').all().map(toAccount),
  };
}

function toAccount({ name, email, active, group_ids: groupIds }: Fields): KeptAccount {
  return {
    name: String(name),
    email: email === null ? null : String(email),
    active: Number(active) === 1,
    groupIds: JSON.parse(String(groupIds)) as string[],
  };
}

/** An app whose accounts are beside scimkit's tables, kept by hooks in the transaction of each change. */
export async function openHookApp(): Promise<TriedApp> {
  const { scim, file } = openScim({ hooks });
  const [first, second] = [await connect(scim, 'first'), await connect(scim, 'second')];
  const port = await serve(nodeHandler(scim));
  const database = new DatabaseSync(file);
  onTestFinished(() => database.close());
  database.exec(`CREATE TABLE app_accounts (id TEXT PRIMARY KEY, name TEXT, email TEXT, active INTEGER);
    CREATE TABLE app_groups (group_id TEXT, account_id TEXT, PRIMARY KEY (group_id, account_id))`);
  return {
    scim,
    url: `http://127.0.0.1:${port}/scim/v2`,
    key: first.key,
    key2: second.key,
    accounts: async () =>
      database
        .prepare(
          `SELECT name, email, active, (SELECT json_group_array(group_id) FROM app_groups WHERE account_id = id) AS group_ids FROM app_accounts`,
        )
        .all()
        .map(toAccount),
  };
}

function save(database: HookDatabase, { userId, resource }: Pick<HookResource, 'userId' | 'resource'>): void {
  const active = resource.active === false ? 0 : 1;
  const values = [userId, String(resource.userName), readEmail(resource), active];
  database.prepare('INSERT OR REPLACE INTO app_accounts VALUES (?, ?, ?, ?)').run(...values);
}

const hooks: ScimHooks = {
  userCreated({ resource }, { database }) {
    const userId = randomUUID();
    save(database, { userId, resource });
    return { userId };
  },
  userUpdated: (change, { database }) => save(database, change),
  userDeactivated: (change, { database }) => save(database, change),
  userReactivated: (change, { database }) => save(database, change),
  userDeleted({ userId }, { database }) {
    database.prepare('DELETE FROM app_groups WHERE account_id = ?').run(userId);
    database.prepare('DELETE FROM app_accounts WHERE id = ?').run(userId);
  },
  membersChanged({ id, added, removed }, { database }) {
    const leave = database.prepare('DELETE FROM app_groups WHERE group_id = ? AND account_id = ?');
    const join = database.prepare('INSERT INTO app_groups VALUES (?, ?)');
    for (const { userId } of removed) leave.run(id, userId);
    for (const { userId } of added) if (userId !== null) join.run(id, userId);
  },
  groupDeleted: ({ id }, { database }) =>
    void database.prepare('DELETE FROM app_groups WHERE group_id = ?').run(id),
};

function readEmail({ emails }: JsonObject): string | null {
  const list = (Array.isArray(emails) ? emails : []) as readonly JsonObject[];
  const value = (list.find(({ primary }) => primary === true) ?? list[0])?.value;
  return typeof value === 'string' ? value : null;
}
