import { inTurns } from '../../in-turns.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type {
  HeldChange,
  HeldKind,
  HeldReader,
  HeldState,
  HeldSummary,
  HeldWriter,
  ToldResource,
} from '../held-changes.ts';
import type { SqlRow, SqlTransaction } from './database.ts';
import { type Fragment, raw, rowCount, sql } from './fragment.ts';
import type { ResourceSession } from './resource-reader.ts';

const COLUMNS = raw(
  'h.resource_id, h.resource_type, h.kind, h.state, h.told, h.was_active, h.version, h.member_of, h.key_id, h.held_at, h.reviewed_by, h.reviewed_at, h.failure',
);

/** Reads what the app has not been told of one connection's resources. */
export function createHeldReader({
  session,
  prefix,
  scope: { connectionId },
  lock = raw(''),
}: ResourceSession): HeldReader {
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const held = raw(`${prefix}held_changes h`);
  return {
    async list({ state, offset, limit }) {
      const isMeant = state === undefined ? raw('TRUE') : sql`h.state = ${state}`;
      const rows = await all(
        sql`SELECT ${COLUMNS}, (SELECT count(*) FROM ${raw(prefix)}held_members m WHERE m.connection_id = h.connection_id AND m.resource_id = h.resource_id) AS members FROM ${held} WHERE h.connection_id = ${connectionId} AND ${isMeant} ORDER BY h.held_at, h.resource_id LIMIT ${rowCount(limit)} OFFSET ${rowCount(offset)}`,
      );
      return rows.map((row) => ({ ...toHeldChange(row), members: Number(row.members) }));
    },
    async summary() {
      const rows = await all(
        sql`SELECT h.state, count(*) AS total, min(h.held_at) AS oldest FROM ${held} WHERE h.connection_id = ${connectionId} GROUP BY h.state`,
      );
      return toSummary(rows);
    },
    async releasing({ after, limit }) {
      const rows = await all(
        sql`SELECT h.resource_id FROM ${held} WHERE h.connection_id = ${connectionId} AND h.state = 'releasing' AND h.resource_id > ${after} ORDER BY h.resource_id LIMIT ${rowCount(limit)}`,
      );
      return rows.map((row) => String(row.resource_id));
    },
    async find(id) {
      const [row] = await all(
        sql`SELECT ${COLUMNS} FROM ${held} WHERE h.connection_id = ${connectionId} AND h.resource_id = ${id}${lock}`,
      );
      return row && toHeldChange(row);
    },
    async members(id) {
      const rows = await all(
        sql`SELECT m.member_id, m.member_type FROM ${raw(prefix)}held_members m WHERE m.connection_id = ${connectionId} AND m.resource_id = ${id} ORDER BY m.member_id`,
      );
      return rows.map((row) => ({
        value: String(row.member_id),
        type: String(row.member_type),
        display: null,
      }));
    },
  };
}

/** Writes it, inside an open transaction. */
export function createHeldWriter(
  options: ResourceSession & { readonly session: SqlTransaction },
): HeldWriter {
  const { session, prefix, dialect } = options;
  const { connectionId } = options.scope;
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  const held = raw(`${prefix}held_changes`);
  const members = raw(`${prefix}held_members`);
  const flag = (id: string, isHeld: 0 | 1) =>
    run(
      sql`UPDATE ${raw(prefix)}resources SET is_held = ${isHeld} WHERE connection_id = ${connectionId} AND id = ${id}`,
    );
  return {
    ...createHeldReader({ ...options, lock: dialect.lockRow }),
    async keep(change) {
      await run(
        sql`INSERT INTO ${held} (connection_id, resource_id, resource_type, kind, state, told, was_active, version, member_of, key_id, held_at, reviewed_by, reviewed_at, failure)
          VALUES (${connectionId}, ${change.id}, ${change.resourceType}, ${change.kind}, ${change.state}, ${JSON.stringify(change.told)}, ${Number(change.wasActive)}, ${change.version}, ${JSON.stringify(change.memberOf)}, ${change.keyId}, ${change.heldAt}, ${change.reviewedBy}, ${change.reviewedAt}, ${change.failure})
          ON CONFLICT (connection_id, resource_id) DO UPDATE SET kind = excluded.kind, state = excluded.state, told = excluded.told, was_active = excluded.was_active, version = excluded.version, member_of = excluded.member_of, key_id = excluded.key_id, held_at = excluded.held_at, reviewed_by = excluded.reviewed_by, reviewed_at = excluded.reviewed_at, failure = excluded.failure`,
      );
      await flag(change.id, 1);
    },
    async remove(id) {
      await run(sql`DELETE FROM ${held} WHERE connection_id = ${connectionId} AND resource_id = ${id}`);
      await flag(id, 0);
    },
    async keepMembers(id, added) {
      for await (const part of inTurns(added)) {
        const types = new Map(part.map((member) => [member.value, member.type]));
        for (const type of new Set(types.values())) {
          const ids = part.filter((member) => member.type === type).map(({ value }) => value);
          await run(
            sql`INSERT INTO ${members} (connection_id, resource_id, member_id, member_type) SELECT h.connection_id, h.resource_id, j.value, ${type} FROM ${held} h CROSS JOIN ${dialect.texts(ids)} WHERE h.connection_id = ${connectionId} AND h.resource_id = ${id} ON CONFLICT DO NOTHING`,
          );
        }
      }
    },
    async takeMembers(id, memberIds) {
      const taken: string[] = [];
      for await (const part of inTurns(memberIds)) {
        const rows = await all(
          sql`DELETE FROM ${members} WHERE connection_id = ${connectionId} AND resource_id = ${id} AND ${dialect.among(raw('member_id'), sql`SELECT j.value FROM ${dialect.texts(part)}`)} RETURNING member_id`,
        );
        taken.push(...rows.map((row) => String(row.member_id)));
      }
      return taken;
    },
    async hasMembers(id) {
      const rows = await all(
        sql`SELECT 1 AS found FROM ${members} WHERE connection_id = ${connectionId} AND resource_id = ${id} LIMIT 1`,
      );
      return rows.length > 0;
    },
    async review({ ids, to, reviewedBy, reviewedAt }) {
      const set = sql`UPDATE ${held} SET state = ${to}, reviewed_by = ${reviewedBy}, reviewed_at = ${reviewedAt}, failure = NULL WHERE connection_id = ${connectionId}`;
      if (ids === undefined) return run(sql`${set} AND state = 'waiting'`);
      let count = 0;
      for await (const part of inTurns(ids)) {
        const isNamed = dialect.among(raw('resource_id'), sql`SELECT j.value FROM ${dialect.texts(part)}`);
        const from = to === 'releasing' ? sql`('waiting', 'rejected')` : sql`('waiting')`;
        count += await run(sql`${set} AND state IN ${from} AND ${isNamed}`);
      }
      return count;
    },
    async noteFailure(id, failure) {
      await run(
        sql`UPDATE ${held} SET state = 'waiting', failure = ${failure} WHERE connection_id = ${connectionId} AND resource_id = ${id} AND state = 'releasing'`,
      );
    },
  };
}

function toHeldChange(row: SqlRow): HeldChange {
  return {
    id: String(row.resource_id),
    resourceType: String(row.resource_type),
    // The table checks both against the same closed lists.
    kind: row.kind as HeldKind,
    state: row.state as HeldState,
    told: JSON.parse(String(row.told)) as ToldResource & JsonObject,
    wasActive: Number(row.was_active) === 1,
    version: Number(row.version),
    memberOf: JSON.parse(String(row.member_of)) as readonly string[],
    keyId: toText(row.key_id),
    heldAt: Number(row.held_at),
    reviewedBy: toText(row.reviewed_by),
    reviewedAt: row.reviewed_at === null ? null : Number(row.reviewed_at),
    failure: toText(row.failure),
  };
}

function toText(value: unknown): string | null {
  return value === null ? null : String(value);
}

function toSummary(rows: readonly SqlRow[]): HeldSummary {
  const byState = new Map(rows.map((row) => [row.state, row]));
  const count = (state: HeldState) => Number(byState.get(state)?.total ?? 0);
  const oldest = byState.get('waiting')?.oldest;
  return {
    waiting: count('waiting'),
    releasing: count('releasing'),
    rejected: count('rejected'),
    oldestAt: oldest === undefined ? null : Number(oldest),
  };
}
