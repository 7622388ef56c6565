import type {
  AuditedSelection,
  Claim,
  DeadLetter,
  Deliveries,
  LetterSelection,
  Outcome,
  SelectedLetters,
} from '../deliveries.ts';
import { appendAudit } from './connections.ts';
import type { SqlDatabase, SqlRow, SqlSession, SqlTransaction } from './database.ts';
import type { Dialect } from './dialect.ts';
import { withPrefix } from './event-log.ts';
import { type Fragment, sql as fragment, join, raw, rowCount } from './fragment.ts';
import { toEvent } from './resource-rows.ts';

const EVENT =
  'e.position, e.id, e.type, e.resource_type, e.resource_id, e.resource_version, e.occurred_at, e.data';

/** The events a row of parked ones stands for. */
const PARKED_EVENTS = `{p}parked_events q JOIN {p}events e
    ON e.connection_id = q.connection_id AND e.position = q.position`;

const toStatements = (now: string) =>
  ({
    register: 'INSERT INTO {p}consumers (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING',
    skip: `INSERT INTO {p}consumer_progress (connection_id, consumer, position, fence, leased_until)
      SELECT connection_id, CAST(? AS TEXT), event_position, 0, 0 FROM {p}connections WHERE event_position > 0`,
    forget: 'DELETE FROM {p}consumers WHERE name = ?',
    forgetProgress: 'DELETE FROM {p}consumer_progress WHERE consumer = ?',
    forgetParked: 'DELETE FROM {p}parked_events WHERE consumer = ?',
    positions: 'SELECT connection_id, position FROM {p}consumer_progress WHERE consumer = ?',
    due: `SELECT DISTINCT connection_id FROM {p}parked_events
      WHERE consumer = ? AND due_at IS NOT NULL AND due_at <= ?`,
    nextDue: `SELECT due_at FROM {p}parked_events
      WHERE consumer = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1`,
    claim: `UPDATE {p}consumer_progress SET fence = fence + 1, leased_until = ${now} + CAST(? AS BIGINT)
      WHERE connection_id = ? AND consumer = ? AND leased_until < ${now} RETURNING position, fence`,
    begin: `INSERT INTO {p}consumer_progress (connection_id, consumer, position, fence, leased_until)
      SELECT connection_id, CAST(? AS TEXT), 0, 0, 0 FROM {p}connections WHERE connection_id = ?
      ON CONFLICT DO NOTHING`,
    keep: `UPDATE {p}consumer_progress SET position = ?, leased_until = ${now} + CAST(? AS BIGINT)
      WHERE connection_id = ? AND consumer = ? AND fence = ?`,
    giveBack: `UPDATE {p}consumer_progress SET position = ?, leased_until = 0
      WHERE connection_id = ? AND consumer = ? AND fence = ?`,
    park: `INSERT INTO {p}parked_events
      (connection_id, consumer, position, resource_id, attempts, due_at, dead_at, error)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    fail: `UPDATE {p}parked_events SET attempts = ?, due_at = ?, dead_at = ?, error = ?
      WHERE connection_id = ? AND consumer = ? AND position = ?`,
    unpark: 'DELETE FROM {p}parked_events WHERE connection_id = ? AND consumer = ? AND position = ?',
    next: `UPDATE {p}parked_events SET due_at = ? WHERE connection_id = ? AND consumer = ? AND dead_at IS NULL
      AND due_at IS NULL AND position = (SELECT position FROM {p}parked_events n
        WHERE n.connection_id = ? AND n.consumer = ? AND n.resource_id = ? AND n.dead_at IS NULL
        ORDER BY n.position LIMIT 1)`,
    parked: `SELECT position, resource_id FROM {p}parked_events
      WHERE connection_id = ? AND consumer = ? AND dead_at IS NULL`,
    dueResources: `SELECT resource_id, min(due_at) AS since FROM {p}parked_events
      WHERE connection_id = ? AND consumer = ? AND due_at IS NOT NULL AND due_at <= ?
      GROUP BY resource_id ORDER BY since LIMIT CAST(? AS BIGINT)`,
    queue: `SELECT ${EVENT}, q.attempts, q.due_at FROM ${PARKED_EVENTS}
      WHERE q.connection_id = ? AND q.consumer = ? AND q.resource_id = ? AND q.dead_at IS NULL
      ORDER BY q.position LIMIT CAST(? AS BIGINT)`,
  }) as const;

/** Keeps how far consumers are. Leases are by the database's clock, the one that all processes share. */
export function createDeliveries(
  database: SqlDatabase,
  { prefix, dialect }: { readonly prefix: string; readonly dialect: Dialect },
): Deliveries {
  const sql = withPrefix(toStatements(dialect.now.sql), prefix);
  const { reader } = database;
  const readerOf = (connectionId: string): SqlSession => database.readerOf?.(connectionId) ?? reader;
  const change = <T>(connectionId: string, work: (tx: SqlTransaction) => Promise<T>) =>
    database.transaction(work, undefined, connectionId);

  async function writeDown(tx: SqlTransaction, claim: Claim, outcome: Outcome): Promise<void> {
    const own = [claim.connectionId, claim.consumer];
    for (const { position, resourceId, attempts, dueAt, deadAt, error } of outcome.parked)
      await tx.run(sql.park, [...own, position, resourceId, attempts, dueAt, deadAt, error]);
    for (const { position, attempts, dueAt, deadAt, error } of outcome.failed)
      await tx.run(sql.fail, [attempts, dueAt, deadAt, error, ...own, position]);
    for (const position of outcome.delivered) await tx.run(sql.unpark, [...own, position]);
    for (const { resourceId, dueAt } of outcome.next)
      await tx.run(sql.next, [dueAt, ...own, ...own, resourceId]);
  }

  return {
    register: (consumer, { from, at }) =>
      database.transaction(async (tx) => {
        if ((await tx.run(sql.register, [consumer, at])) === 0) return false;
        if (from === 'now') await tx.run(sql.skip, [consumer]);
        return true;
      }),
    forget: (consumer) =>
      database.transaction(async (tx) => {
        await tx.run(sql.forget, [consumer]);
        await tx.run(sql.forgetProgress, [consumer]);
        await tx.run(sql.forgetParked, [consumer]);
      }),
    async positions(consumer) {
      const rows = await reader.all(sql.positions, [consumer]);
      return new Map(rows.map((row) => [String(row.connection_id), Number(row.position)]));
    },
    async due(consumer, now) {
      return (await reader.all(sql.due, [consumer, now])).map((row) => String(row.connection_id));
    },
    async nextDue(consumer) {
      const row = await reader.get(sql.nextDue, [consumer]);
      return row && Number(row.due_at);
    },
    claim: ({ consumer, connectionId, leaseMs }) =>
      change(connectionId, async (tx) => {
        const take = () => tx.all(sql.claim, [leaseMs, connectionId, consumer]);
        let [row] = await take();
        if (row === undefined && (await tx.run(sql.begin, [consumer, connectionId])) > 0)
          [row] = await take();
        if (row === undefined) return undefined;
        const claim = { consumer, connectionId, fence: Number(row.fence) };
        return { claim, position: Number(row.position) };
      }),
    settle: (claim, outcome) =>
      change(claim.connectionId, async (tx) => {
        const own = [claim.connectionId, claim.consumer, claim.fence];
        const held =
          outcome.leaseMs > 0
            ? await tx.run(sql.keep, [outcome.position, outcome.leaseMs, ...own])
            : await tx.run(sql.giveBack, [outcome.position, ...own]);
        if (held === 0) return false;
        await writeDown(tx, claim, outcome);
        return true;
      }),
    async parked({ connectionId, consumer }) {
      const rows = await readerOf(connectionId).all(sql.parked, [connectionId, consumer]);
      return rows.map((row) => ({ position: Number(row.position), resourceId: String(row.resource_id) }));
    },
    async dueResources({ connectionId, consumer }, { now, limit }) {
      const rows = await readerOf(connectionId).all(sql.dueResources, [connectionId, consumer, now, limit]);
      return rows.map((row) => String(row.resource_id));
    },
    async queue({ connectionId, consumer }, { resourceId, limit }) {
      const rows = await readerOf(connectionId).all(sql.queue, [connectionId, consumer, resourceId, limit]);
      return rows.map((row) => ({
        event: toEvent(row),
        attempts: Number(row.attempts),
        dueAt: readNumber(row.due_at),
      }));
    },
    async letters({ consumer, connectionId, state, after, limit }) {
      const conditions = [
        raw(state === 'dead' ? 'q.dead_at IS NOT NULL' : 'q.dead_at IS NULL'),
        ...(consumer === undefined ? [] : [fragment`q.consumer = ${consumer}`]),
        ...(connectionId === undefined ? [] : [fragment`q.connection_id = ${connectionId}`]),
        ...(after === undefined
          ? []
          : [
              fragment`(q.connection_id, q.consumer, q.position) > (${after.connectionId}, ${after.consumer}, CAST(${after.position} AS BIGINT))`,
            ]),
      ];
      const query = fragment`SELECT ${raw(EVENT)}, q.connection_id, q.consumer, q.attempts, q.due_at, q.dead_at, q.error, c.customer_id
        FROM ${raw(PARKED_EVENTS.replaceAll('{p}', prefix))} JOIN ${raw(prefix)}connections c ON c.connection_id = q.connection_id
        WHERE ${join(conditions, ' AND ')} ORDER BY q.connection_id, q.consumer, q.position LIMIT ${rowCount(limit)}`;
      return (await reader.all(query.sql, query.values)).map(toLetter);
    },
    revive: ({ dueAt, toAct, ...selection }) =>
      database.transaction(async (tx) => {
        const dead = await findDead(tx, selection);
        await noteActs(tx, dead, toAct);
        // Given up after its last try: it is tried from the first again, before whatever waits of its resource.
        for (const { connection_id, position } of dead) {
          const own = [String(connection_id), selection.consumer, Number(position)];
          await tx.run(sql.fail, [0, dueAt, null, null, ...own]);
        }
        return dead.length;
      }),
    discard: ({ toAct, ...selection }) =>
      database.transaction(async (tx) => {
        const dead = await findDead(tx, selection);
        await noteActs(tx, dead, toAct);
        for (const { connection_id, position } of dead)
          await tx.run(sql.unpark, [String(connection_id), selection.consumer, Number(position)]);
        return dead.length;
      }),
  };

  function findDead(tx: SqlTransaction, selection: LetterSelection): Promise<readonly SqlRow[]> {
    const { consumer, connectionId, eventId } = selection;
    const conditions: Fragment[] = [
      raw('q.dead_at IS NOT NULL'),
      fragment`q.consumer = ${consumer}`,
      ...(connectionId === undefined ? [] : [fragment`q.connection_id = ${connectionId}`]),
      ...(eventId === undefined ? [] : [fragment`e.id = ${eventId}`]),
    ];
    const query = fragment`SELECT q.connection_id, q.position, c.customer_id
      FROM ${raw(PARKED_EVENTS.replaceAll('{p}', prefix))} JOIN ${raw(prefix)}connections c ON c.connection_id = q.connection_id
      WHERE ${join(conditions, ' AND ')}`;
    return tx.all(query.sql, query.values);
  }

  /** One record for each connection. */
  async function noteActs(
    tx: SqlTransaction,
    dead: readonly SqlRow[],
    toAct: AuditedSelection['toAct'],
  ): Promise<void> {
    const byConnection = Map.groupBy(dead, (row) => String(row.connection_id));
    for (const [connectionId, rows] of byConnection) {
      const selected: SelectedLetters = {
        connectionId,
        customerId: String(rows[0]?.customer_id),
        count: rows.length,
      };
      await appendAudit(tx, prefix, toAct(selected));
    }
  }
}

function readNumber(value: unknown): number | null {
  return value === null ? null : Number(value);
}

function toLetter(row: SqlRow): DeadLetter {
  const event = toEvent(row);
  return {
    consumer: String(row.consumer),
    position: event.position,
    resourceId: event.resourceId,
    attempts: Number(row.attempts),
    dueAt: readNumber(row.due_at),
    deadAt: readNumber(row.dead_at),
    error: row.error === null ? null : String(row.error),
    event: { ...event, connectionId: String(row.connection_id), customerId: String(row.customer_id) },
  };
}
