import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

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
});

/** One of Harbor's accounts. */
export type Person = z.infer<typeof personSchema>;

const teamSchema = z.object({ id: z.string(), name: z.string(), memberCount: z.number() });

/** A team, mirrored from a group of the directory. */
export type Team = z.infer<typeof teamSchema>;

const nameSchema = z.object({ name: z.string() });
const countSchema = z.object({ total: z.number() });

const selectPeople = `
  SELECT users.id, customer_id AS customerId, customers.name AS customerName, email,
    email_verified AS emailVerified, users.name, title, role, active, managed_by AS managedBy
  FROM users JOIN customers ON customers.id = customer_id`;

/** An account by its id, active or not. */
export function findPerson(database: DatabaseSync, id: string): Person | undefined {
  const row = database.prepare(`${selectPeople} WHERE users.id = ?`).get(id);
  return row && personSchema.parse(row);
}

/** Whether an account may manage its customer's directory sync. */
export function canManageDirectory(person: Pick<Person, 'role'>): boolean {
  return person.role === 'owner' || person.role === 'admin';
}

/** Names of the first few people who may manage a customer's directory sync. */
export function listAdministrators(database: DatabaseSync, customerId: string): string[] {
  return database
    .prepare(`
      SELECT name FROM users
      WHERE customer_id = ? AND active = 1 AND role IN ('owner', 'admin') ORDER BY name, id LIMIT 3`)
    .all(customerId)
    .map((row) => nameSchema.parse(row).name);
}

/** One page of a customer's accounts by name, and how many there are. */
export function listPeople(database: DatabaseSync, customerId: string, page: Page): Listed<Person> {
  const rows = database
    .prepare(
      `${selectPeople} WHERE customer_id = ? ORDER BY users.name COLLATE NOCASE, users.id LIMIT ? OFFSET ?`,
    )
    .all(customerId, page.limit, page.offset);
  return {
    items: rows.map((row) => personSchema.parse(row)),
    total: count(database, 'SELECT count(*) AS total FROM users WHERE customer_id = ?', customerId),
  };
}

/** One page of a customer's teams by name, and how many there are. */
export function listTeams(database: DatabaseSync, customerId: string, page: Page): Listed<Team> {
  const rows = database
    .prepare(`
      SELECT id, name, (SELECT count(*) FROM team_members WHERE team_id = teams.id) AS memberCount
      FROM teams WHERE customer_id = ? ORDER BY name COLLATE NOCASE, id LIMIT ? OFFSET ?`)
    .all(customerId, page.limit, page.offset);
  return {
    items: rows.map((row) => teamSchema.parse(row)),
    total: count(database, 'SELECT count(*) AS total FROM teams WHERE customer_id = ?', customerId),
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

function count(database: DatabaseSync, sql: string, customerId: string): number {
  return countSchema.parse(database.prepare(sql).get(customerId)).total;
}
