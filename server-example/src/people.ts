import { z } from 'zod';
import type { Reader } from './database.ts';

const personSchema = z.object({
  id: z.string(),
  customerId: z.string(),
  customerName: z.string(),
  email: z.string().nullable(),
  emailVerified: z.number().transform(Boolean),
  name: z.string(),
  title: z.string().nullable(),
  role: z.enum(['owner', 'admin', 'member']),
  active: z.number().transform(Boolean),
  managedBy: z.enum(['harbor', 'directory']),
  /** The directory's own name for the person; null for those Harbor made. */
  userName: z.string().nullable(),
  /** How often all sign-ins of the account were ended. */
  endedSignIns: z.coerce.number(),
});

/** One of Harbor's accounts. */
export type Person = z.infer<typeof personSchema>;

const teamSchema = z.object({ id: z.string(), name: z.string(), memberCount: z.number() });

/** A team, mirrored from a group of the directory. */
export type Team = z.infer<typeof teamSchema>;

const nameSchema = z.object({ name: z.string() });
const countSchema = z.object({ total: z.number() });

const selectPeople = `
  SELECT users.id, customer_id AS "customerId", customers.name AS "customerName", email,
    email_verified AS "emailVerified", users.name, title, role, active, managed_by AS "managedBy",
    user_name AS "userName",
    coalesce((SELECT times FROM ended_sign_ins WHERE user_id = users.id), 0) AS "endedSignIns"
  FROM users JOIN customers ON customers.id = customer_id`;

/** An account by its id, active or not. */
export async function findPerson(database: Reader, id: string): Promise<Person | undefined> {
  const row = await database.get(`${selectPeople} WHERE users.id = ?`, [id]);
  return row && personSchema.parse(row);
}

/** Whether an account may manage its customer's directory sync. */
export function canManageDirectory(person: Pick<Person, 'role'>): boolean {
  return person.role === 'owner' || person.role === 'admin';
}

const accountSchema = z.object({ userId: z.string(), email: z.string(), name: z.string() });

/** Accounts Harbor made for a customer, with the addresses their owners have proven. */
export async function listOwnAccounts(database: Reader, customerId: string) {
  const rows = await database.all(
    `SELECT id AS "userId", email, name FROM users
    WHERE customer_id = ? AND managed_by = 'harbor' AND email_verified = 1 AND active = 1 ORDER BY id`,
    [customerId],
  );
  return rows.map((row) => accountSchema.parse(row));
}

/** Names of the first few people who may manage a customer's directory sync. */
export async function listAdministrators(database: Reader, customerId: string): Promise<string[]> {
  const rows = await database.all(
    `SELECT name FROM users
    WHERE customer_id = ? AND active = 1 AND role IN ('owner', 'admin') ORDER BY name, id LIMIT 3`,
    [customerId],
  );
  return rows.map((row) => nameSchema.parse(row).name);
}

/** One page of a customer's accounts by name, and how many there are. */
export async function listPeople(database: Reader, customerId: string, page: Page): Promise<Listed<Person>> {
  const rows = await database.all(
    `${selectPeople} WHERE customer_id = ? ORDER BY lower(users.name), users.id LIMIT ? OFFSET ?`,
    [customerId, page.limit, page.offset],
  );
  return {
    items: rows.map((row) => personSchema.parse(row)),
    total: await count(database, 'users', customerId),
  };
}

/** One page of a customer's teams by name, and how many there are. */
export async function listTeams(database: Reader, customerId: string, page: Page): Promise<Listed<Team>> {
  const rows = await database.all(
    `SELECT id, name,
      (SELECT CAST(count(*) AS INTEGER) FROM team_members WHERE team_id = teams.id) AS "memberCount"
    FROM teams WHERE customer_id = ? ORDER BY lower(name), id LIMIT ? OFFSET ?`,
    [customerId, page.limit, page.offset],
  );
  return {
    items: rows.map((row) => teamSchema.parse(row)),
    total: await count(database, 'teams', customerId),
  };
}

/** A page of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** The rows of a page, and the number of rows on all pages. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly total: number;
}

// PostgreSQL counts in a wider integer than JavaScript has numbers for, and its driver answers a text.
async function count(database: Reader, table: 'users' | 'teams', customerId: string): Promise<number> {
  const sql = `SELECT CAST(count(*) AS INTEGER) AS total FROM ${table} WHERE customer_id = ?`;
  return countSchema.parse(await database.get(sql, [customerId])).total;
}
