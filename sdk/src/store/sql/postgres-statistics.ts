import type { SqlTransaction } from './database.ts';

/** What requests look resources up in. */
const TABLES = ['resources', 'indexed_values', 'members'];

/** A smaller table is read as a whole, and who has a plan for that goes on with it while the table grows. */
const MIN_BYTES = 262_144;

/**
 * Has PostgreSQL count what is in tables it has never looked at; a table it has counted is left to autovacuum.
 *
 * Until then it takes every column for one of many different values, and any index that begins with the connection for
 * as good as the right one: whoever is looked up by name is then found by reading the whole directory. Autovacuum comes
 * by once a minute, and the first synchronisation of a customer is most of its work within that minute.
 *
 * @returns whether they are counted; false = there is too little in them yet.
 */
export async function countFirstRows(tx: SqlTransaction, prefix: string): Promise<boolean> {
  const row = await tx.get(
    'SELECT reltuples, pg_relation_size(oid) AS bytes FROM pg_class WHERE oid = to_regclass(?)',
    [`${prefix}resources`],
  );
  // -1 or, before PostgreSQL 14, 0: never counted.
  if (row === undefined || Number(row.reltuples) > 0) return true;
  if (Number(row.bytes) < MIN_BYTES) return false;
  // Where the tables belong to another user, PostgreSQL warns and counts nothing.
  for (const table of TABLES) await tx.run(`ANALYZE ${prefix}${table}`);
  return true;
}
