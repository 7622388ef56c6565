import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { boolean, pgTable, text } from 'drizzle-orm/pg-core';
import type pg from 'pg';
import type { ScimHooks } from 'scimkit';

export const users = pgTable('users', {
  id: text('id').primaryKey(),
  customerId: text('customer_id').notNull(),
  name: text('name').notNull(),
  active: boolean('active').notNull(),
});

export const hooks: ScimHooks<pg.PoolClient> = {
  async userCreated({ resource }, { database, customerId }) {
    const id = crypto.randomUUID();
    const row = { id, customerId, name: String(resource.userName), active: true };
    await drizzle({ client: database }).insert(users).values(row);
    return { userId: id };
  },
  async userDeactivated({ userId }, { database }) {
    if (userId === null) return;
    await drizzle({ client: database }).update(users).set({ active: false }).where(eq(users.id, userId));
  },
};
