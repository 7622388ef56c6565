import type { AttributePath } from '../../protocol/path.ts';
import { COMMON_ATTRIBUTES } from '../../protocol/schema/resource-type.ts';
import type { ResourcePosition } from '../port.ts';
import { type Fragment, raw, sql } from './fragment.ts';

/**
 * Makes a sort key one that a cursor can carry and that compares the same when it comes back. Text is ordered
 * by its first 500 characters, so that a cursor fits into a URL; decimals as the doubles they were sent as.
 */
export function toOrderKey({ attribute, sub }: AttributePath, key: Fragment): Fragment {
  // Ids are short, and their column gives the order for nothing.
  if (attribute === COMMON_ATTRIBUTES.get('id')) return key;
  const leaf = sub ?? attribute.subAttributes.get('value') ?? attribute;
  switch (leaf.type) {
    case 'integer':
    case 'decimal':
      return sql`CAST(${key} AS DOUBLE PRECISION)`;
    case 'string':
    case 'reference':
    case 'binary':
      return sql`substr(${key}, 1, 500)`;
    default:
      return key;
  }
}

/** RFC 7644 §3.4.2.3: without value last when ascending, first when descending; the id breaks ties. */
export function orderBy(key: Fragment | undefined, descending: boolean): Fragment {
  if (key === undefined) return raw('r.id');
  return sql`${key} ${raw(descending ? 'DESC NULLS FIRST' : 'ASC NULLS LAST')}, r.id`;
}

interface Order {
  readonly key: Fragment | undefined;
  readonly descending: boolean;
}

/** True of what comes after a position in the order of {@link orderBy}. */
export function isAfter(position: ResourcePosition, { key, descending }: Order): Fragment {
  const { id } = position;
  if (key === undefined) return sql`r.id > ${id}`;
  if (position.key === null) {
    return descending ? sql`(${key} IS NOT NULL OR r.id > ${id})` : sql`(${key} IS NULL AND r.id > ${id})`;
  }
  const tied = sql`(${key} = ${position.key} AND r.id > ${id})`;
  return descending
    ? sql`(${key} < ${position.key} OR ${tied})`
    : sql`(${key} > ${position.key} OR ${tied} OR ${key} IS NULL)`;
}
