import type { ConnectionScope, StagedRecord } from '../port.ts';
import type { SqlSession, SqlTransaction } from './database.ts';
import { raw, sql } from './fragment.ts';

interface StagedPlace {
  readonly scope: ConnectionScope;
  readonly prefix: string;
}

/** Reads a change that waits for the app's decision, whether or not its time is over. */
export async function readStaged(
  session: SqlSession,
  { scope, prefix }: StagedPlace,
  stagedId: string,
): Promise<StagedRecord | undefined> {
  const { sql: text, values } =
    sql`SELECT staged_id, sealed, expires_at FROM ${raw(prefix)}staged_changes WHERE connection_id = ${scope.connectionId} AND staged_id = ${stagedId}`;
  const row = await session.get(text, values);
  if (row === undefined) return undefined;
  return {
    stagedId: String(row.staged_id),
    sealed: String(row.sealed),
    expiresAt: Number(row.expires_at),
  };
}

/** Lays a change down, and clears away those whose time is over. */
export async function insertStaged(
  tx: SqlTransaction,
  { scope, prefix }: StagedPlace,
  { record, now }: { readonly record: StagedRecord; readonly now: number },
): Promise<void> {
  const { connectionId } = scope;
  const table = raw(`${prefix}staged_changes`);
  const clear = sql`DELETE FROM ${table} WHERE connection_id = ${connectionId} AND expires_at <= ${now}`;
  await tx.run(clear.sql, clear.values);
  const insert = sql`INSERT INTO ${table} (connection_id, staged_id, sealed, expires_at) VALUES (${connectionId}, ${record.stagedId}, ${record.sealed}, ${record.expiresAt})`;
  await tx.run(insert.sql, insert.values);
}

/** Takes a change away. Answers whether it was there: of several takers in any processes one is told yes. */
export async function takeStaged(
  tx: SqlTransaction,
  { scope, prefix }: StagedPlace,
  stagedId: string,
): Promise<boolean> {
  const take = sql`DELETE FROM ${raw(prefix)}staged_changes WHERE connection_id = ${scope.connectionId} AND staged_id = ${stagedId}`;
  return (await tx.run(take.sql, take.values)) === 1;
}
