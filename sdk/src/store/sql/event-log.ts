import type { EventEnd, EventLog, OrderedEvent, OrderedPage } from '../event-log.ts';
import type { SqlDatabase, SqlRow, SqlSession } from './database.ts';
import type { Dialect } from './dialect.ts';
import { toEvent } from './resource-rows.ts';

const EVENT =
  'e.position, e.id, e.type, e.resource_type, e.resource_id, e.resource_version, e.occurred_at, e.data';

const STATEMENTS = {
  ends: 'SELECT connection_id, customer_id, event_position FROM {p}connections',
  end: 'SELECT connection_id, customer_id, event_position FROM {p}connections WHERE connection_id = ?',
  read: `SELECT ${EVENT} FROM {p}events e
    WHERE e.connection_id = ? AND e.position > ? ORDER BY e.position LIMIT CAST(? AS BIGINT)`,
  // The last run of each connection is found by its key.
  behind: `SELECT connection_id, first_position, event_position FROM (
      SELECT c.connection_id, c.event_position, coalesce((SELECT o.first_position + o.event_count
        FROM {p}event_order o WHERE o.connection_id = c.connection_id
        ORDER BY o.first_position DESC LIMIT 1), 1) AS first_position
      FROM {p}connections c WHERE c.event_position > 0) heads
    WHERE event_position >= first_position ORDER BY connection_id`,
  orderEnd: `SELECT next_sequence FROM {p}event_order_end WHERE name = 'all'`,
  append: `INSERT INTO {p}event_order (connection_id, first_position, event_count, first_sequence)
    VALUES (?, ?, ?, ?)`,
  raise: `UPDATE {p}event_order_end SET next_sequence = ? WHERE name = 'all'`,
  runAt: `SELECT first_sequence FROM {p}event_order
    WHERE first_sequence <= ? ORDER BY first_sequence DESC LIMIT 1`,
  // Of a run that lies whole before the place nothing is read.
  runs: `SELECT connection_id, first_position, event_count, first_sequence FROM {p}event_order
    WHERE first_sequence >= ? ORDER BY first_sequence LIMIT CAST(? AS BIGINT)`,
  run: `SELECT ${EVENT}, c.customer_id FROM {p}events e JOIN {p}connections c ON c.connection_id = e.connection_id
    WHERE e.connection_id = ? AND e.position >= ? AND e.position < ? ORDER BY e.position LIMIT CAST(? AS BIGINT)`,
} as const;

/** Reads events, and keeps the order of all of them. */
export function createEventLog(
  database: SqlDatabase,
  { prefix, dialect }: { readonly prefix: string; readonly dialect: Dialect },
): EventLog {
  const sql = withPrefix(STATEMENTS, prefix);
  const { reader } = database;
  const readerOf = (connectionId: string): SqlSession => database.readerOf?.(connectionId) ?? reader;

  const readEnd = async (session: SqlSession, lock = '') =>
    Number((await session.get(sql.orderEnd + lock))?.next_sequence ?? 1);

  return {
    async ends() {
      return (await reader.all(sql.ends)).map(toEnd);
    },
    async end(connectionId) {
      const row = await readerOf(connectionId).get(sql.end, [connectionId]);
      return row && toEnd(row);
    },
    async read(connectionId, { after, limit }) {
      return (await readerOf(connectionId).all(sql.read, [connectionId, after, limit])).map(toEvent);
    },
    async order() {
      if ((await reader.all(sql.behind)).length === 0) return;
      await database.transaction(async (tx) => {
        // Whoever else is about to do the same waits here, and then finds what was done.
        let sequence = await readEnd(tx, dialect.lockRow.sql);
        for (const row of await tx.all(sql.behind)) {
          const first = Number(row.first_position);
          const count = Number(row.event_position) - first + 1;
          await tx.run(sql.append, [String(row.connection_id), first, count, sequence]);
          sequence += count;
        }
        await tx.run(sql.raise, [sequence]);
      });
    },
    async readOrdered({ after, limit }) {
      // Read first: all runs before it are there.
      const end = await readEnd(reader);
      const start = await reader.get(sql.runAt, [after + 1]);
      const most = limit + 2;
      const runs = await reader.all(sql.runs, [Number(start?.first_sequence ?? 0), most]);
      const page = await readRuns(runs, { after, limit });
      if (page.hasMore || runs.length === most) return { ...page, hasMore: true };
      // What lies behind the last run was of connections that are gone.
      return { ...page, next: Math.max(page.next, end - 1) };
    },
    orderedEnd: async () => (await readEnd(reader)) - 1,
  };

  async function readRuns(
    runs: readonly SqlRow[],
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<OrderedPage> {
    const events: OrderedEvent[] = [];
    let next = after;
    for (const row of runs) {
      const connectionId = String(row.connection_id);
      const count = Number(row.event_count);
      const firstPosition = Number(row.first_position);
      const toSequence = Number(row.first_sequence) - firstPosition;
      const end = firstPosition + count;
      const begin = Math.max(firstPosition, next + 1 - toSequence);
      if (begin >= end) continue;
      const room = limit - events.length;
      if (room === 0) return { events, next, hasMore: true };
      const rows = await readerOf(connectionId).all(sql.run, [connectionId, begin, end, room]);
      for (const event of rows) {
        const sequence = Number(event.position) + toSequence;
        events.push({ ...toEvent(event), connectionId, customerId: String(event.customer_id), sequence });
      }
      const isWhole = rows.length < room || Number(rows.at(-1)?.position) === end - 1;
      next = isWhole ? end - 1 + toSequence : Number(rows.at(-1)?.position) + toSequence;
      if (!isWhole) return { events, next, hasMore: true };
    }
    return { events, next, hasMore: false };
  }
}

function toEnd(row: SqlRow): EventEnd {
  return {
    connectionId: String(row.connection_id),
    customerId: String(row.customer_id),
    position: Number(row.event_position),
  };
}

/** Statements with the tables' names in them. */
export function withPrefix<T extends Readonly<Record<string, string>>>(
  statements: T,
  prefix: string,
): Readonly<Record<keyof T, string>> {
  const entries = Object.entries(statements).map(([name, text]) => [name, text.replaceAll('{p}', prefix)]);
  // fromEntries forgets the names it was given.
  return Object.freeze(Object.fromEntries(entries)) as Readonly<Record<keyof T, string>>;
}
