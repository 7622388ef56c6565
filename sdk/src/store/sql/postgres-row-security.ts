import type { SqlSession, SqlTransaction } from './database.ts';
import type { Migration } from './migrations.ts';

/** The setting the policies read: a connection's id, or {@link ADMINISTRATION}. */
const SETTING = 'scimkit.connection_id';

/** Stands for no connection: whoever looks after connections and keys. No id has this form. */
const ADMINISTRATION = '*';

/**
 * Opens a transaction's eyes for the rows of one connection. Ends with the transaction, so that nothing is left on a
 * connection of the pool, or of a pooler.
 *
 * @param connectionId left out = connections and keys are looked after: all rows.
 */
export function seeRowsOf(connectionId: string = ADMINISTRATION): string {
  return `SET LOCAL ${SETTING} = '${connectionId.replaceAll("'", "''")}'`;
}

/**
 * The statements that guard every table of the schema which holds rows of connections. Running them again changes
 * nothing. FORCE: the tables' owner is bound as well; superusers and roles with BYPASSRLS never are.
 */
export function rowSecurityStatements(migrations: readonly Migration[], prefix: string): readonly string[] {
  return guardedTables(migrations, prefix).flatMap((table) => [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    `DROP POLICY IF EXISTS scimkit_connection ON ${table}`,
    `CREATE POLICY scimkit_connection ON ${table}
      USING (connection_id = current_setting('${SETTING}', TRUE) OR current_setting('${SETTING}', TRUE) = '${ADMINISTRATION}')`,
  ]);
}

/** Guards the tables. Answers whether any of them was not guarded before. */
export async function guardRows(
  tx: SqlTransaction,
  { migrations, prefix }: { readonly migrations: readonly Migration[]; readonly prefix: string },
): Promise<boolean> {
  const tables = guardedTables(migrations, prefix);
  if ((await countGuarded(tx, tables)) === tables.length) return false;
  for (const statement of rowSecurityStatements(migrations, prefix)) await tx.run(statement);
  return true;
}

/** Whether the first of the tables is guarded, so that new ones have to be. */
export async function areRowsGuarded(session: SqlSession, prefix: string): Promise<boolean> {
  return (await countGuarded(session, [`${prefix}connections`])) === 1;
}

async function countGuarded(session: SqlSession, tables: readonly string[]): Promise<number> {
  const row = await session.get(
    `SELECT count(*) AS total FROM pg_class WHERE relrowsecurity AND relforcerowsecurity
      AND oid IN (${tables.map(() => 'to_regclass(?)').join(', ')})`,
    tables,
  );
  return Number(row?.total);
}

/** Read off the schema, so that no table is forgotten. */
function guardedTables(migrations: readonly Migration[], prefix: string): readonly string[] {
  return migrations
    .flatMap(({ statements }) => statements)
    .filter((statement) => statement.includes('connection_id'))
    .flatMap((statement) => /^CREATE TABLE \{p\}(\w+)/.exec(statement)?.[1] ?? [])
    .map((name) => prefix + name);
}
