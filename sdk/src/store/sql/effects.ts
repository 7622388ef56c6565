import { inTurns } from '../../in-turns.ts';
import type { JsonObject } from '../../protocol/json.ts';
import {
  type EffectReader,
  type EffectRecord,
  type EffectWriter,
  type ToldState,
  TURNS,
  type UndoneEvent,
  type UntoldResource,
} from '../effects.ts';
import type { ConnectionScope, Member } from '../port.ts';
import type { SqlRow, SqlSession, SqlTransaction } from './database.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, raw, rowCount, sql } from './fragment.ts';
import { toMember } from './resource-rows.ts';

/** What the SQL of one connection's effects needs. */
export interface EffectSession {
  readonly session: SqlSession;
  readonly scope: ConnectionScope;
  readonly prefix: string;
  readonly dialect: Dialect;
}

/** Reads what one connection has not told the app. */
export function createEffectReader({ session, scope, prefix, dialect }: EffectSession): EffectReader {
  const { connectionId } = scope;
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  return {
    async effects({ after, limit }) {
      const rows = await all(
        sql`SELECT position, type, resource_type, resource_id, occurred_at, data FROM ${raw(prefix)}effects WHERE connection_id = ${connectionId} AND position > ${after} ORDER BY position LIMIT ${rowCount(limit)}`,
      );
      return rows.map(toEffect);
    },
    async countEffects() {
      const rows = await all(
        sql`SELECT type, count(*) AS total FROM ${raw(prefix)}effects WHERE connection_id = ${connectionId} GROUP BY type ORDER BY type`,
      );
      return Object.fromEntries(rows.map((row) => [String(row.type), Number(row.total)]));
    },
    async untold({ after, limit }) {
      const rest =
        after === undefined ? raw('TRUE') : sql`(turn, position) > (${after.turn}, ${after.position})`;
      const rows = await all(
        sql`SELECT resource_id, resource_type, turn, position, told FROM ${raw(prefix)}untold WHERE connection_id = ${connectionId} AND ${rest} ORDER BY turn, position LIMIT ${rowCount(limit)}`,
      );
      return rows.map(toUntold);
    },
    async countUntold() {
      const count = sql`SELECT count(*) AS total FROM ${raw(prefix)}untold WHERE connection_id = ${connectionId}`;
      return Number((await session.get(count.sql, count.values))?.total ?? 0);
    },
    async undoneOf(resourceIds) {
      const rows = await all(
        sql`SELECT u.event_id, u.resource_id, u.undone_at, u.actor FROM ${dialect.texts(resourceIds)} CROSS JOIN ${raw(prefix)}undone u WHERE u.connection_id = ${connectionId} AND u.resource_id = j.value ORDER BY u.undone_at`,
      );
      return new Map(rows.map((row) => [String(row.resource_id), toUndone(row)]));
    },
  };
}

/** Writes it, inside an open transaction. */
export function createEffectWriter({
  session,
  scope,
  prefix,
  dialect,
}: EffectSession & { readonly session: SqlTransaction }): EffectWriter {
  const { connectionId } = scope;
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const get = (fragment: Fragment) => session.get(fragment.sql, fragment.values);
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  const connections = raw(`${prefix}connections`);
  const untold = raw(`${prefix}untold`);
  /** Of a row `u` of untold_members: whether the app does not know the member yet. */
  const isStranger = sql`EXISTS (SELECT 1 FROM ${untold} w WHERE w.connection_id = u.connection_id AND w.resource_id = u.member_id AND w.turn = ${TURNS.plain} AND w.told IS NULL)`;

  async function noteQuietWrite(): Promise<number> {
    const [row] = await all(
      sql`UPDATE ${connections} SET quiet_writes = quiet_writes + 1 WHERE connection_id = ${connectionId} RETURNING quiet_writes`,
    );
    if (row === undefined) throw new Error('The connection was deleted while it was written to.');
    return Number(row.quiet_writes);
  }

  return {
    async policy() {
      const row = await get(
        sql`SELECT policy FROM ${connections} WHERE connection_id = ${connectionId}${dialect.lockRow}`,
      );
      return String(row?.policy ?? '{}');
    },
    noteQuietWrite,
    async append({ type, resourceType, resourceId, occurredAt, data }) {
      const position = await noteQuietWrite();
      await run(
        sql`INSERT INTO ${raw(prefix)}effects (connection_id, position, type, resource_type, resource_id, occurred_at, data) VALUES (${connectionId}, ${position}, ${type}, ${resourceType}, ${resourceId}, ${occurredAt}, ${JSON.stringify(data)})`,
      );
    },
    async keepTold({ resourceId, resourceType, turn, position, told }) {
      await run(
        sql`INSERT INTO ${untold} (connection_id, resource_id, resource_type, turn, position, told) VALUES (${connectionId}, ${resourceId}, ${resourceType}, ${turn}, ${position}, ${toText(told)}) ON CONFLICT DO NOTHING`,
      );
    },
    async keepMembers(groupId, { added, removed }) {
      const keep = async (members: readonly Member[], wasMember: 0 | 1) => {
        for await (const part of inTurns(members)) {
          const ids = dialect.texts(part.map(({ value }) => value));
          await run(
            sql`INSERT INTO ${raw(prefix)}untold_members (connection_id, group_id, member_id, was_member) SELECT CAST(${connectionId} AS TEXT), CAST(${groupId} AS TEXT), j.value, CAST(${wasMember} AS BIGINT) FROM ${ids} WHERE TRUE ON CONFLICT DO NOTHING`,
          );
        }
      };
      await keep(added, 0);
      await keep(removed, 1);
    },
    async findUntold(resourceId) {
      const row = await get(
        sql`SELECT resource_id, resource_type, turn, position, told FROM ${untold} WHERE connection_id = ${connectionId} AND resource_id = ${resourceId}${dialect.lockRow}`,
      );
      return row && toUntold(row);
    },
    async untoldMembers(groupId) {
      const kept = sql`FROM ${raw(prefix)}untold_members u CROSS JOIN ${raw(prefix)}resources r LEFT JOIN ${raw(prefix)}members m ON m.connection_id = u.connection_id AND m.group_id = u.group_id AND m.member_id = u.member_id WHERE u.connection_id = ${connectionId} AND u.group_id = ${groupId} AND r.connection_id = u.connection_id AND r.id = u.member_id`;
      const columns = raw('u.member_id, r.resource_type AS member_type, m.display');
      const added = await all(
        sql`SELECT ${columns} ${kept} AND u.was_member = 0 AND m.member_id IS NOT NULL AND NOT ${isStranger} ORDER BY u.member_id`,
      );
      const removed = await all(
        sql`SELECT ${columns} ${kept} AND u.was_member = 1 AND m.member_id IS NULL ORDER BY u.member_id`,
      );
      return { added: added.map(toMember), removed: removed.map(toMember) };
    },
    async forgetMembers(groupId) {
      const its = sql`${raw(prefix)}untold_members AS u WHERE u.connection_id = ${connectionId} AND u.group_id = ${groupId}`;
      await run(sql`DELETE FROM ${its} AND NOT ${isStranger}`);
      return (await get(sql`SELECT 1 AS found FROM ${its} LIMIT 1`)) === undefined;
    },
    async changeTold(resourceId, { turn, told }) {
      await run(
        sql`UPDATE ${untold} SET turn = ${turn}, told = ${toText(told)} WHERE connection_id = ${connectionId} AND resource_id = ${resourceId}`,
      );
    },
    async noteUndone({ eventId, resourceId, undoneAt, actor }) {
      const noted = await run(
        sql`INSERT INTO ${raw(prefix)}undone (connection_id, event_id, resource_id, undone_at, actor) VALUES (${connectionId}, ${eventId}, ${resourceId}, ${undoneAt}, ${actor}) ON CONFLICT DO NOTHING`,
      );
      return noted > 0;
    },
    async forgetUndone(resourceId) {
      await run(
        sql`DELETE FROM ${raw(prefix)}undone WHERE connection_id = ${connectionId} AND resource_id = ${resourceId}`,
      );
    },
    async forget(resourceId) {
      await run(
        sql`DELETE FROM ${untold} WHERE connection_id = ${connectionId} AND resource_id = ${resourceId}`,
      );
    },
  };
}

function toEffect(row: SqlRow): EffectRecord {
  return {
    position: Number(row.position),
    type: String(row.type),
    resourceType: String(row.resource_type),
    resourceId: String(row.resource_id),
    occurredAt: String(row.occurred_at),
    data: JSON.parse(String(row.data)) as JsonObject,
  };
}

function toUntold(row: SqlRow): UntoldResource {
  return {
    resourceId: String(row.resource_id),
    resourceType: String(row.resource_type),
    turn: Number(row.turn),
    position: Number(row.position),
    told: row.told === null ? null : (JSON.parse(String(row.told)) as ToldState),
  };
}

function toUndone(row: SqlRow): UndoneEvent {
  return {
    eventId: String(row.event_id),
    resourceId: String(row.resource_id),
    undoneAt: Number(row.undone_at),
    actor: row.actor === null ? null : String(row.actor),
  };
}

function toText(told: ToldState | null): string | null {
  return told === null ? null : JSON.stringify(told);
}
