import { z } from 'zod';
import type { Reader } from './database.ts';

const candidateSchema = z.object({
  customerId: z.string(),
  customerName: z.string(),
  id: z.string(),
  name: z.string(),
  role: z.string(),
  managedBy: z.string(),
});

/** A customer with the people a visitor of the demo can sign in as. */
export interface CandidateCustomer {
  readonly id: string;
  readonly name: string;
  readonly people: readonly Omit<z.infer<typeof candidateSchema>, 'customerId' | 'customerName'>[];
}

// The oldest customers, and of each the people Harbor made before a few that its directory brought.
const selectCandidates = `
  WITH chosen AS (SELECT id, name, created_at FROM customers ORDER BY created_at, id LIMIT 8)
  SELECT chosen.id AS "customerId", chosen.name AS "customerName",
    users.id, users.name, role, managed_by AS "managedBy"
  FROM chosen JOIN users ON users.id IN (
    SELECT id FROM users AS candidate WHERE candidate.customer_id = chosen.id AND candidate.active = 1
    ORDER BY candidate.managed_by = 'directory', candidate.created_at, candidate.id LIMIT 5
  )
  ORDER BY chosen.created_at, chosen.id, managed_by = 'directory', users.created_at, users.role, users.id`;

/** Who a visitor can be. A demo may tell everybody; an app has a sign-in form here. */
export async function listCandidates(database: Reader): Promise<CandidateCustomer[]> {
  const rows = (await database.all(selectCandidates)).map((row) => candidateSchema.parse(row));
  return [...Map.groupBy(rows, (row) => row.customerId)].map(([id, people]) => ({
    id,
    name: people[0]?.customerName ?? id,
    people: people.map(({ customerId: _, customerName: __, ...person }) => person),
  }));
}
