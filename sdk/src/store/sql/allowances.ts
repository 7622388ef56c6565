import type { AllowanceTaken, AllowanceTaking, ConnectionScope } from '../port.ts';
import type { SqlRow, SqlTransaction } from './database.ts';
import type { Dialect } from './dialect.ts';

/** Whose bucket it is, and where it is kept. */
interface AllowancePlace {
  readonly prefix: string;
  readonly dialect: Dialect;
  readonly scope: ConnectionScope;
}

/** A bucket filled in a future further away than this was filled by a clock that has been set back since. */
const MAX_CLOCK_STEP_MS = 60_000;

/** Takes from a connection's bucket, which is full at first. Only this connection's requests wait for its row. */
export async function takeAllowance(
  tx: SqlTransaction,
  { prefix, dialect, scope: { connectionId } }: AllowancePlace,
  taking: AllowanceTaking,
): Promise<AllowanceTaken> {
  const find = () =>
    tx.get(
      `SELECT tokens, filled_at, ${dialect.now.sql} AS now FROM ${prefix}rate_limits WHERE connection_id = ?${dialect.lockRow.sql}`,
      [connectionId],
    );
  let row = await find();
  if (row === undefined) {
    await tx.run(
      `INSERT INTO ${prefix}rate_limits (connection_id, tokens, filled_at)
        SELECT connection_id, ?, ${dialect.now.sql} FROM ${prefix}connections WHERE connection_id = ?
        ON CONFLICT DO NOTHING`,
      [taking.burst, connectionId],
    );
    row = await find();
  }
  // The connection is gone, and its request will find that out.
  if (row === undefined) return { granted: taking.wanted, left: taking.burst };
  const { filledAt, ...taken } = take(row, taking);
  await tx.run(`UPDATE ${prefix}rate_limits SET tokens = ?, filled_at = ? WHERE connection_id = ?`, [
    taken.left,
    filledAt,
    connectionId,
  ]);
  return taken;
}

function take(row: SqlRow, { requestsPerSecond, burst, wanted, owed }: AllowanceTaking) {
  const now = Number(row.now);
  const filledAt = Number(row.filled_at);
  const elapsed = Math.max(0, now - filledAt) / 1000;
  const available = Math.min(burst, Number(row.tokens) + elapsed * requestsPerSecond) - owed;
  const granted = Math.max(0, Math.min(wanted, Math.floor(available)));
  const isSetBack = filledAt - now > MAX_CLOCK_STEP_MS;
  return { granted, left: available - granted, filledAt: isSetBack ? now : Math.max(now, filledAt) };
}
