import type { ActivityReader, ActivityRecord, ActivityWriter } from '../activity.ts';
import type { ConnectionScope } from '../port.ts';
import type { SqlRow, SqlSession, SqlTransaction } from './database.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, join, raw, rowCount, sql } from './fragment.ts';

/** What the SQL of one connection's activity needs. */
export interface ActivitySession {
  readonly session: SqlSession;
  readonly scope: Pick<ConnectionScope, 'connectionId'>;
  readonly prefix: string;
  readonly dialect: Dialect;
}

const COLUMNS = raw('activity_id, occurred_at, status, resource_id, searched, data');

export function createActivityReader({
  session,
  scope: { connectionId },
  prefix,
  dialect,
}: ActivitySession): ActivityReader {
  const table = raw(`${prefix}activity`);
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  return {
    async list({ before, limit, outcome, resourceId, search, from, until }) {
      const conditions = [
        sql`connection_id = ${connectionId}`,
        ...(before === undefined ? [] : [sql`activity_id < ${before}`]),
        ...(outcome === undefined ? [] : [outcome === 'failed' ? sql`status >= 400` : sql`status < 400`]),
        ...(resourceId === undefined ? [] : [sql`resource_id = ${resourceId}`]),
        ...(search === undefined ? [] : [dialect.contains(raw('searched'), search)]),
        ...(from === undefined ? [] : [sql`occurred_at >= ${from}`]),
        ...(until === undefined ? [] : [sql`occurred_at < ${until}`]),
      ];
      const rows = await all(
        sql`SELECT ${COLUMNS} FROM ${table} WHERE ${join(conditions, ' AND ')} ORDER BY activity_id DESC LIMIT ${rowCount(limit)}`,
      );
      return rows.map(toActivity);
    },
    async firstTimes() {
      const rows = await all(
        sql`SELECT step, first_at FROM ${raw(prefix)}setup_steps WHERE connection_id = ${connectionId}`,
      );
      return rows.map((row) => ({ step: String(row.step), at: Number(row.first_at) }));
    },
    async nthNewest(skipped) {
      const [row] = await all(
        sql`SELECT activity_id FROM ${table} WHERE connection_id = ${connectionId} ORDER BY activity_id DESC LIMIT 1 OFFSET ${rowCount(skipped)}`,
      );
      return row && String(row.activity_id);
    },
    async hasBefore(activityId) {
      const rows = await all(
        sql`SELECT 1 AS found FROM ${table} WHERE connection_id = ${connectionId} AND activity_id < ${activityId} LIMIT 1`,
      );
      return rows.length > 0;
    },
  };
}

export function createActivityWriter(
  options: ActivitySession & { readonly session: SqlTransaction },
): ActivityWriter {
  const { session, prefix } = options;
  const { connectionId } = options.scope;
  const table = raw(`${prefix}activity`);
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  // Of a connection that was deleted meanwhile nothing is kept.
  const insert = (records: readonly ActivityRecord[]) =>
    sql`INSERT INTO ${table} (connection_id, ${COLUMNS}) SELECT c.connection_id, v.column1, v.column2, v.column3, v.column4, v.column5, v.column6 FROM ${raw(prefix)}connections c CROSS JOIN (VALUES ${join(records.map(toValues), ', ')}) v WHERE c.connection_id = ${connectionId}`;
  return {
    ...createActivityReader(options),
    async add(records) {
      let rest = records;
      while (rest.length > 0) {
        const size = STATEMENT_ROWS.find((rows) => rows <= rest.length) ?? 1;
        await run(insert(rest.slice(0, size)));
        rest = rest.slice(size);
      }
    },
    async noteFirstTimes(times) {
      for (const { step, at } of times)
        await run(
          sql`INSERT INTO ${raw(prefix)}setup_steps (connection_id, step, first_at) SELECT c.connection_id, CAST(${step} AS TEXT), CAST(${at} AS BIGINT) FROM ${raw(prefix)}connections c WHERE c.connection_id = ${connectionId} ON CONFLICT DO NOTHING`,
        );
    },
    async deleteBefore(activityId, limit) {
      const oldest = sql`SELECT o.activity_id FROM ${table} o WHERE o.connection_id = ${connectionId} AND o.activity_id < ${activityId} ORDER BY o.activity_id LIMIT ${rowCount(limit)}`;
      await run(
        sql`DELETE FROM ${table} WHERE connection_id = ${connectionId} AND activity_id IN (${oldest})`,
      );
    },
  };
}

/** Rows of one statement: few different texts, since both databases keep statements they know prepared. */
const STATEMENT_ROWS = [64, 8, 1] as const;

/** Both databases call the columns of such a list `column1` and so on. */
function toValues({ activityId, at, status, resourceId, searched, data }: ActivityRecord): Fragment {
  return sql`(CAST(${activityId} AS TEXT), CAST(${at} AS BIGINT), CAST(${status} AS INTEGER), CAST(${resourceId} AS TEXT), CAST(${searched} AS TEXT), CAST(${data} AS TEXT))`;
}

function toActivity(row: SqlRow): ActivityRecord {
  return {
    activityId: String(row.activity_id),
    at: Number(row.occurred_at),
    status: Number(row.status),
    resourceId: row.resource_id === null ? null : String(row.resource_id),
    searched: String(row.searched),
    data: String(row.data),
  };
}
