import type { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import type { ScimHooks } from 'scimkit';

export interface Tables {
  users: { id: string; customer_id: string; name: string; active: number };
}

/** Kysely on the handle of this transaction. It speaks to better-sqlite3; this is node:sqlite in its words. */
export function useKysely(handle: DatabaseSync): Kysely<Tables> {
  const prepare = (sql: string) => {
    const statement = handle.prepare(sql);
    return {
      reader: statement.columns().length > 0,
      all: (values: readonly unknown[]) => statement.all(...(values as string[])),
      run: (values: readonly unknown[]) => statement.run(...(values as string[])),
      iterate: (values: readonly unknown[]) => statement.iterate(...(values as string[])),
    };
  };
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: { prepare, close() {} } }) });
}

export const hooks: ScimHooks<DatabaseSync> = {
  async userCreated({ resource }, { database, customerId }) {
    const id = crypto.randomUUID();
    const row = { id, customer_id: customerId, name: String(resource.userName), active: 1 };
    await useKysely(database).insertInto('users').values(row).execute();
    return { userId: id };
  },
  async userDeactivated({ userId }, { database }) {
    if (userId === null) return;
    await useKysely(database).updateTable('users').set({ active: 0 }).where('id', '=', userId).execute();
  },
};
