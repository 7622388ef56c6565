import type { JsonObject } from '../../protocol/json.ts';
import type { ResourceType } from '../../protocol/schema/resource-type.ts';
import type { EventRecord, LinkState, Member, Membership, StoredResource } from '../port.ts';
import type { SqlRow } from './database.ts';

/** A resource of a row. */
export function toResource(type: ResourceType, row: SqlRow): StoredResource {
  return {
    id: String(row.id),
    type,
    attributes: JSON.parse(String(row.attributes)) as JsonObject,
    version: Number(row.version),
    created: String(row.created),
    lastModified: String(row.last_modified),
    userId: row.user_id === null ? null : String(row.user_id),
    isMember: row.is_member === 1,
    isHeld: Number(row.is_held) === 1,
    // The table checks it against the closed list.
    ...(row.link !== null && { link: row.link as LinkState }),
  };
}

/** A member of a group, of a row. */
export function toMember(row: SqlRow): Member {
  return {
    value: String(row.member_id),
    type: String(row.member_type),
    display: row.display === null ? null : String(row.display),
  };
}

/** A group a resource belongs to, of a row. */
export function toMembership(row: SqlRow): Membership {
  return {
    groupId: String(row.group_id),
    type: String(row.resource_type),
    display: row.display === null ? null : String(row.display),
    isDirect: row.direct === 1,
  };
}

/** An event of a row. */
export function toEvent(row: SqlRow): EventRecord {
  return {
    position: Number(row.position),
    id: String(row.id),
    type: String(row.type),
    resourceType: String(row.resource_type),
    resourceId: String(row.resource_id),
    resourceVersion: Number(row.resource_version),
    occurredAt: String(row.occurred_at),
    data: JSON.parse(String(row.data)) as JsonObject,
  };
}

/** Rows by what one of their columns names. */
export function groupRows<T>(
  rows: readonly SqlRow[],
  key: string,
  convert: (row: SqlRow) => T,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const id = String(row[key]);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [convert(row)]);
    else group.push(convert(row));
  }
  return groups;
}
