import type { ScimEvent } from 'scimkit';
import { z } from 'zod';
import type { Database, Reader } from './database.ts';

/** Somebody in the phone book. */
export interface Entry {
  readonly name: string;
  readonly email: string | null;
}

const personSchema = z.object({
  userName: z.string(),
  displayName: z.string().optional(),
  active: z.boolean().optional(),
  emails: z.array(z.object({ value: z.string().optional(), primary: z.boolean().optional() })).optional(),
});

/**
 * A phone book that follows the directory by events, behind the changes themselves: what takes its time, or lives in
 * another system, is no matter for a hook. Events may come twice, so one that is not newer than what is written down
 * is left alone. Who has gone keeps a row that says at which version, for an older event that comes late.
 */
export function createPhoneBook(database: Database): (event: ScimEvent) => Promise<void> {
  return async ({ type, connectionId, customerId, resourceId, resourceVersion, data }) => {
    if (!type.startsWith('user.')) return;
    const person = personSchema.parse(data.resource);
    const isListed = type !== 'user.deleted' && person.active !== false;
    const { emails = [] } = person;
    const email = (emails.find(({ primary }) => primary) ?? emails[0])?.value ?? null;
    await database.transaction((tx) =>
      tx.run(
        `INSERT INTO phone_book (connection_id, scim_id, version, customer_id, name, email, listed)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (connection_id, scim_id) DO UPDATE SET version = excluded.version, name = excluded.name,
          email = excluded.email, listed = excluded.listed
        WHERE excluded.version > phone_book.version`,
        [
          connectionId,
          resourceId,
          resourceVersion,
          customerId,
          person.displayName ?? person.userName,
          email,
          isListed ? 1 : 0,
        ],
      ),
    );
  };
}

/** A customer's phone book, by name. */
export async function listPhoneBook(database: Reader, customerId: string): Promise<readonly Entry[]> {
  const rows = await database.all(
    'SELECT name, email FROM phone_book WHERE customer_id = ? AND listed = 1 ORDER BY lower(name), scim_id LIMIT 200',
    [customerId],
  );
  return rows.map((row) => entrySchema.parse(row));
}

const entrySchema = z.object({ name: z.string(), email: z.string().nullable() });
