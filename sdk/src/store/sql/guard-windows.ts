import type { GuardLedger, GuardWindow } from '../guard-window.ts';
import type { SqlRow, SqlTransaction } from './database.ts';
import { type Fragment, raw, sql } from './fragment.ts';
import type { ResourceSession } from './resource-reader.ts';

/** What the guard counts of one connection. Its row is locked, so that two transactions do not use one allowance. */
export function createGuardLedger({
  session,
  prefix,
  dialect,
  scope: { connectionId },
}: ResourceSession & { readonly session: SqlTransaction }): GuardLedger {
  const get = (fragment: Fragment) => session.get(fragment.sql, fragment.values);
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  const windows = raw(`${prefix}guard_windows`);
  return {
    async find() {
      const row = await get(
        sql`SELECT opened_at, active_users, passed, storm_at FROM ${windows} WHERE connection_id = ${connectionId}${dialect.lockRow}`,
      );
      return row && toWindow(row);
    },
    async open({ openedAt, activeUsers, passed, stormAt }) {
      await run(
        sql`INSERT INTO ${windows} (connection_id, opened_at, active_users, passed, storm_at) VALUES (${connectionId}, ${openedAt}, ${activeUsers}, ${JSON.stringify(passed)}, ${stormAt}) ON CONFLICT DO NOTHING`,
      );
    },
    async save({ openedAt, activeUsers, passed, stormAt }) {
      await run(
        sql`UPDATE ${windows} SET opened_at = ${openedAt}, active_users = ${activeUsers}, passed = ${JSON.stringify(passed)}, storm_at = ${stormAt} WHERE connection_id = ${connectionId}`,
      );
    },
    async countActiveUsers() {
      // A user whose body never said is as good as active.
      const row = await get(
        sql`SELECT (SELECT count(*) FROM ${raw(prefix)}resources r WHERE r.connection_id = ${connectionId} AND r.resource_type = 'User' AND (r.active IS NULL OR r.active <> 0)) + (SELECT count(*) FROM ${raw(prefix)}held_changes h WHERE h.connection_id = ${connectionId} AND h.resource_type = 'User' AND h.was_active = 1) AS total`,
      );
      return Number(row?.total);
    },
  };
}

function toWindow(row: SqlRow): GuardWindow {
  return {
    openedAt: Number(row.opened_at),
    activeUsers: Number(row.active_users),
    passed: JSON.parse(String(row.passed)) as GuardWindow['passed'],
    stormAt: row.storm_at === null ? null : Number(row.storm_at),
  };
}
