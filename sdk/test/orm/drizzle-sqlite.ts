import type BetterSqlite from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { ScimHooks } from 'scimkit';

const users = sqliteTable('users', {
  id: text('id').primaryKey(),
  customerId: text('customer_id').notNull(),
  name: text('name').notNull(),
  active: integer('active', { mode: 'boolean' }).notNull(),
});

export const hooks: ScimHooks<BetterSqlite.Database> = {
  userCreated({ resource }, { database, customerId }) {
    const id = crypto.randomUUID();
    const row = { id, customerId, name: String(resource.userName), active: true };
    drizzle({ client: database }).insert(users).values(row).run();
    return { userId: id };
  },
  userDeactivated({ userId }, { database }) {
    if (userId === null) return;
    drizzle({ client: database }).update(users).set({ active: false }).where(eq(users.id, userId)).run();
  },
};
