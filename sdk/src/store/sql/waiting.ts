import type { ToldState } from '../effects.ts';
import type { WaitingReader, WaitingUser, WaitingWriter } from '../waiting.ts';
import type { SqlRow, SqlTransaction } from './database.ts';
import { type Fragment, raw, rowCount, sql } from './fragment.ts';
import type { ResourceSession } from './resource-reader.ts';

/** Reads who waits for a seat in one connection. */
export function createWaitingReader({ session, scope, prefix, dialect }: ResourceSession): WaitingReader {
  const { connectionId } = scope;
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const columns = raw('w.resource_id, w.arrival, w.since, w.told');
  const waiting = raw(`${prefix}waiting_users w`);
  return {
    async find(resourceId) {
      const [row] = await all(
        sql`SELECT ${columns} FROM ${waiting} WHERE w.connection_id = ${connectionId} AND w.resource_id = ${resourceId}`,
      );
      return row === undefined ? undefined : toWaiting(row);
    },
    async list({ after = 0, limit }) {
      const rows = await all(
        sql`SELECT ${columns} FROM ${waiting} JOIN ${raw(prefix)}resources r ON r.connection_id = w.connection_id AND r.id = w.resource_id WHERE w.connection_id = ${connectionId} AND r.active = 1 AND w.arrival > ${after} ORDER BY w.arrival LIMIT ${rowCount(limit)}`,
      );
      return rows.map(toWaiting);
    },
    async neverTold(resourceIds) {
      if (resourceIds.length === 0) return new Set();
      const rows = await all(
        sql`SELECT w.resource_id FROM ${waiting} WHERE w.connection_id = ${connectionId} AND w.told IS NULL AND w.resource_id IN ${dialect.list(resourceIds)}`,
      );
      return new Set(rows.map((row) => String(row.resource_id)));
    },
  };
}

/** Writes it, inside an open transaction. */
export function createWaitingWriter(
  options: ResourceSession & { readonly session: SqlTransaction },
): WaitingWriter {
  const { session, scope, prefix } = options;
  const { connectionId } = scope;
  const table = raw(`${prefix}waiting_users`);
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  return {
    ...createWaitingReader(options),
    async countSeated(type) {
      const count = sql`SELECT (SELECT count(*) FROM ${raw(prefix)}resources r WHERE r.connection_id = ${connectionId} AND r.resource_type = ${type.name} AND r.active = 1)
        - (SELECT count(*) FROM ${table} w JOIN ${raw(prefix)}resources r ON r.connection_id = w.connection_id AND r.id = w.resource_id WHERE w.connection_id = ${connectionId} AND r.active = 1)
        + (SELECT count(*) FROM ${raw(prefix)}held_changes h WHERE h.connection_id = ${connectionId} AND h.resource_type = ${type.name} AND h.was_active = 1 AND h.kind <> 'membersRemoved') AS seated`;
      return Number((await session.get(count.sql, count.values))?.seated);
    },
    async add({ resourceId, since, told }) {
      const text = told === null ? null : JSON.stringify(told);
      const last = sql`SELECT coalesce(max(arrival), 0) + 1 FROM ${table} WHERE connection_id = ${connectionId}`;
      await run(
        sql`INSERT INTO ${table} (connection_id, resource_id, arrival, since, told) VALUES (${connectionId}, ${resourceId}, (${last}), ${since}, ${text}) ON CONFLICT (connection_id, resource_id) DO UPDATE SET arrival = excluded.arrival, since = excluded.since`,
      );
    },
    async remove(resourceId) {
      await run(
        sql`DELETE FROM ${table} WHERE connection_id = ${connectionId} AND resource_id = ${resourceId}`,
      );
    },
  };
}

function toWaiting(row: SqlRow): WaitingUser {
  return {
    resourceId: String(row.resource_id),
    arrival: Number(row.arrival),
    since: String(row.since),
    told: row.told === null ? null : (JSON.parse(String(row.told)) as ToldState),
  };
}
