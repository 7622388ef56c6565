import type { JsonObject } from '../../protocol/json.ts';
import { toSearchDocument } from '../../protocol/search-key.ts';
import type { Tombstone, TombstoneReader, TombstoneWriter } from '../tombstones.ts';
import type { SqlRow, SqlTransaction } from './database.ts';
import { type Fragment, raw, sql } from './fragment.ts';
import { indexPlanOf, readColumn } from './index-plan.ts';
import type { ResourceSession } from './resource-reader.ts';

/** Reads what is kept of the deleted resources of one connection. */
export function createTombstoneReader(options: ResourceSession): TombstoneReader {
  const { session, prefix, findType, scope } = options;
  const get = (fragment: Fragment) => session.get(fragment.sql, fragment.values);
  return {
    async find(id) {
      const row = await get(
        sql`SELECT id, resource_type, user_id, version, created, deleted_at, attributes, member_of FROM ${raw(prefix)}tombstones WHERE connection_id = ${scope.connectionId} AND id = ${id}`,
      );
      const type = row === undefined ? undefined : findType(String(row.resource_type));
      return row === undefined || type === undefined ? undefined : toTombstone(type, row);
    },
  };
}

/** Keeps and erases tombstones, inside an open transaction. */
export function createTombstoneWriter(
  options: ResourceSession & { readonly session: SqlTransaction },
): TombstoneWriter {
  const { session, prefix, scope } = options;
  const { connectionId } = scope;
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  return {
    ...createTombstoneReader(options),
    async keep({ id, type, attributes, userId, version, created, deletedAt, memberOf }) {
      const name = readColumn(indexPlanOf(type), 'name_key', toSearchDocument(type, attributes));
      await run(
        sql`INSERT INTO ${raw(prefix)}tombstones (connection_id, id, resource_type, name_key, user_id, version, created, deleted_at, attributes, member_of) VALUES (${connectionId}, ${id}, ${type.name}, ${name}, ${userId}, ${version}, ${created}, ${deletedAt}, ${JSON.stringify(attributes)}, ${JSON.stringify(memberOf)})`,
      );
    },
    async purge(deletedBefore) {
      await run(
        sql`DELETE FROM ${raw(prefix)}tombstones WHERE connection_id = ${connectionId} AND deleted_at < ${deletedBefore}`,
      );
    },
  };
}

/** The tombstone last kept of a name: a query to stand within a statement. */
export function newestTombstone(
  prefix: string,
  of: { readonly connectionId: string; readonly typeName: string; readonly name: string | number | null },
): Fragment {
  return sql`SELECT t.id FROM ${raw(prefix)}tombstones t WHERE t.connection_id = ${of.connectionId} AND t.resource_type = ${of.typeName} AND t.name_key = ${of.name} ORDER BY t.deleted_at DESC LIMIT 1`;
}

function toTombstone(type: Tombstone['type'], row: SqlRow): Tombstone {
  return {
    id: String(row.id),
    type,
    attributes: JSON.parse(String(row.attributes)) as JsonObject,
    version: Number(row.version),
    created: String(row.created),
    deletedAt: String(row.deleted_at),
    userId: row.user_id === null ? null : String(row.user_id),
    memberOf: JSON.parse(String(row.member_of)) as readonly string[],
  };
}
