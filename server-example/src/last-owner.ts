import { refuse } from 'scimkit';
import { z } from 'zod';
import type { Transaction } from './database.ts';

/** An account, in the transaction it is about to lose its access in. */
interface Leaver {
  readonly tx: Transaction;
  readonly customerId: string;
  readonly userId: string;
}

const rolesSchema = z.array(z.object({ role: z.string() }));

/**
 * Refuses to take access from the last person who can manage a customer: nobody could let the directory, or anybody
 * else, in again. The identity provider shows its administrator why, and tries again later.
 */
export async function keepLastOwner(leaver: Leaver): Promise<void> {
  const role = await findLastRole(leaver);
  if (!role) return;
  throw refuse({
    status: 403,
    detail: `This person is the last ${role} of the organization. Give somebody else that role, then retry.`,
  });
}

/** What somebody is the last of in a customer; undefined = others can manage it as well, or this person never could. */
export async function findLastRole({
  tx,
  customerId,
  userId,
}: Leaver): Promise<'owner' | 'administrator' | undefined> {
  const [own] = await readManagers(tx, 'id = ? AND customer_id = ?', [userId, customerId]);
  if (!own) return undefined;
  // Of two who leave at once, the second waits here and then finds that the first has gone.
  await tx.run('UPDATE customers SET name = name WHERE id = ?', [customerId]);
  const others = await readManagers(tx, 'customer_id = ? AND id <> ?', [customerId, userId]);
  if (own.role === 'owner' && !others.some(({ role }) => role === 'owner')) return 'owner';
  return others.length > 0 ? undefined : 'administrator';
}

async function readManagers(tx: Transaction, where: string, values: readonly string[]) {
  const isManager = `active = 1 AND role IN ('owner', 'admin')`;
  return rolesSchema.parse(await tx.all(`SELECT role FROM users WHERE ${isManager} AND ${where}`, values));
}
