import type { ResourceType } from '../../protocol/schema/resource-type.ts';
import type { ResourceSelection } from '../port.ts';
import { compileFilter, compileSortKey } from './compile-filter.ts';
import type { Dialect } from './dialect.ts';
import { type Fragment, join, sql } from './fragment.ts';
import { toOrderKey } from './keyset.ts';

/** The condition resources meet, and what they are ordered by; undefined = by id alone. */
export interface CompiledSelection {
  readonly where: Fragment;
  readonly key: Fragment | undefined;
}

interface Place {
  readonly connectionId: string;
  readonly prefix: string;
  readonly dialect: Dialect;
}

/** Compiles selections of one type or several to one condition on `r`. */
export function compileSelections(selections: readonly ResourceSelection[], place: Place): CompiledSelection {
  const conditions = selections.map((selection) => compileCondition(selection, place));
  const [first] = conditions;
  const [only] = selections;
  if (first === undefined || only === undefined) throw new TypeError('A query names no resource type.');
  const condition = conditions.length === 1 ? first : sql`(${join(conditions, ' OR ')})`;
  return {
    where: sql`r.connection_id = ${place.connectionId} AND ${condition}`,
    key: conditions.length === 1 ? compileKey(only, place) : compileKeys(selections, place),
  };
}

function compileCondition({ type, filter }: ResourceSelection, place: Place): Fragment {
  const ofType = sql`r.resource_type = ${type.name}`;
  return filter === undefined ? ofType : sql`${ofType} AND ${compileFilter(filter, { type, ...place })}`;
}

function compileKey({ type, sortBy }: ResourceSelection, place: Place): Fragment | undefined {
  if (sortBy === undefined) return undefined;
  const key = compileSortKey(sortBy, { type, ...place });
  return key === undefined ? undefined : toOrderKey(sortBy, key);
}

/** A type without the attribute has no value in it. */
function compileKeys(selections: readonly ResourceSelection[], place: Place): Fragment | undefined {
  const cases = selections.flatMap((selection) => {
    const key = compileKey(selection, place);
    return key === undefined ? [] : [sql`WHEN ${selection.type.name} THEN ${key}`];
  });
  return cases.length === 0 ? undefined : sql`CASE r.resource_type ${join(cases, ' ')} END`;
}

/** Finds the type of a row among the selections that found it. */
export function findSelectedType(selections: readonly ResourceSelection[], name: string): ResourceType {
  const found = selections.find(({ type }) => type.name === name);
  if (found === undefined) throw new Error('A query found a resource type it did not ask for.');
  return found.type;
}
