import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { ScimHooks } from 'scimkit';

interface Tables {
  users: { id: string; customer_id: string; name: string; active: boolean };
}

/** Kysely on the client of this transaction alone. It is scimkit's to end, so nothing is released or closed here. */
export function useKysely(client: pg.PoolClient): Kysely<Tables> {
  const lent = { query: client.query.bind(client), release() {} };
  const pool = { options: {}, connect: async () => lent, end: async () => {} };
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

export const hooks: ScimHooks<pg.PoolClient> = {
  async userCreated({ resource }, { database, customerId }) {
    const id = crypto.randomUUID();
    const row = { id, customer_id: customerId, name: String(resource.userName), active: true };
    await useKysely(database).insertInto('users').values(row).execute();
    return { userId: id };
  },
  async userDeactivated({ userId }, { database }) {
    if (userId === null) return;
    await useKysely(database).updateTable('users').set({ active: false }).where('id', '=', userId).execute();
  },
};
