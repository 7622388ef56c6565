import type { Filter } from '../../protocol/filter/ast.ts';
import type { AttributePath } from '../../protocol/path.ts';
import type { Attribute, ResourceType } from '../../protocol/schema/resource-type.ts';
import { type Fragment, join, raw, sql } from './fragment.ts';
import { indexPlanOf, type KeyColumn, toIndexKey } from './index-plan.ts';

/** Where ids are looked for. */
export interface IndexedPlace {
  readonly type: ResourceType;
  readonly connectionId: string;
  /** The table prefix. */
  readonly prefix: string;
}

type Value = string | number | boolean;

/**
 * Selects the ids of resources with a value, where rows of a table of its own tell: `emails.value eq` through the
 * indexed values, `members.value eq` through the members' own index. Undefined = no such table knows.
 */
export function selectByRows(path: AttributePath, value: Value, place: IndexedPlace): Fragment | undefined {
  const { type, connectionId } = place;
  const members = raw(`${place.prefix}members m`);
  if (path.attribute.relation === 'members' && path.sub?.name === 'value') {
    return sql`SELECT m.group_id FROM ${members} WHERE m.connection_id = ${connectionId} AND m.member_id = ${String(value)}`;
  }
  if (path.attribute.relation === 'memberOf' && path.sub?.name === 'value') {
    return sql`WITH RECURSIVE below (id) AS (SELECT m.member_id FROM ${members} WHERE m.connection_id = ${connectionId} AND m.group_id = ${String(value)} UNION SELECT m.member_id FROM below CROSS JOIN ${members} WHERE m.connection_id = ${connectionId} AND m.group_id = below.id) SELECT id FROM below`;
  }
  const indexed = indexPlanOf(type).values.find(
    (candidate) => candidate.path.attribute === path.attribute && candidate.path.sub === path.sub,
  );
  const key = toIndexKey(value);
  if (indexed === undefined || key === undefined) return undefined;
  return sql`SELECT v.resource_id FROM ${raw(place.prefix)}indexed_values v WHERE v.connection_id = ${connectionId} AND v.resource_type = ${type.name} AND v.attribute = ${indexed.name} AND v.value_key = ${key}`;
}

/** The column an equality is judged by, of those that tell resources apart. */
export function findKeyColumn(path: AttributePath, type: ResourceType): KeyColumn | undefined {
  return path.sub === undefined ? indexPlanOf(type).columns.get(path.attribute) : undefined;
}

/**
 * Selects the ids of all resources that may meet an `or`, each alternative through its own index: no database does
 * that by itself where the alternatives lie in different tables. Undefined = some alternative has no index.
 */
export function selectAlternatives(
  filter: Filter & { kind: 'or' },
  place: IndexedPlace,
): Fragment | undefined {
  const parts = filter.operands.map((operand) => selectCandidates(operand, place));
  if (!parts.every((part) => part !== undefined)) return undefined;
  // SQLite takes 500 parts; a filter has at most 64 terms.
  return join(parts, ' UNION ALL ');
}

function selectCandidates(filter: Filter, place: IndexedPlace): Fragment | undefined {
  switch (filter.kind) {
    case 'or':
      return selectAlternatives({ ...filter, kind: 'or' }, place);
    case 'and':
      return filter.operands
        .map((operand) => selectCandidates(operand, place))
        .find((found) => found !== undefined);
    case 'compare':
      if (filter.operator !== 'eq' || filter.operand.from !== 'resource') return undefined;
      return selectEqual(filter.operand.path, filter.value, place);
    case 'element':
      return requiredEqualities(filter.filter)
        .map(({ sub, value }) => selectEqual({ ...filter.path, sub }, value, place))
        .find((found) => found !== undefined);
    default:
      return undefined;
  }
}

function selectEqual(path: AttributePath, value: Value, place: IndexedPlace): Fragment | undefined {
  const column = findKeyColumn(path, place.type);
  if (column === undefined) {
    const rows = selectByRows(path, value, place);
    // A part of a UNION must not begin with WITH.
    return rows && sql`SELECT * FROM (${rows}) found`;
  }
  // Half of a directory may be inactive, or all of it active.
  if (column === 'active') return undefined;
  return sql`SELECT k.id FROM ${raw(place.prefix)}resources k WHERE k.connection_id = ${place.connectionId} AND k.resource_type = ${place.type.name} AND k.${raw(column)} = ${String(value)}`;
}

/** Equalities every matching element meets, so an index on them can narrow the search. */
export function requiredEqualities(filter: Filter): readonly { sub: Attribute; value: Value }[] {
  if (filter.kind === 'and') return filter.operands.flatMap(requiredEqualities);
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || filter.operand.from !== 'element') return [];
  return [{ sub: filter.operand.sub, value: filter.value }];
}
