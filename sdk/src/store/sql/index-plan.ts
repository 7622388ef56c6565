import { isArray, isObject, isSameJson, type Json, type JsonObject } from '../../protocol/json.ts';
import { type AttributePath, printPath } from '../../protocol/path.ts';
import {
  type Attribute,
  COMMON_ATTRIBUTES,
  type ResourceType,
  type Schema,
} from '../../protocol/schema/resource-type.ts';

/** Columns of the resources table that hold search keys, so that filters on them use an index. */
export type KeyColumn = 'id' | 'name_key' | 'external_id' | 'display_key' | 'active';

/** Where each indexed attribute of a resource type is kept. Derived from the declaration alone. */
export interface IndexPlan {
  readonly columns: ReadonlyMap<Attribute, KeyColumn>;
  /** The name of the attribute in each column. */
  readonly names: ReadonlyMap<KeyColumn, string>;
  /** Unique or indexed attributes without a column of their own: rows of the indexed values table. */
  readonly values: readonly IndexedPath[];
  /** The attribute in `name_key`, whose values are unique. */
  readonly uniqueAttribute: Attribute | undefined;
}

export interface IndexedPath {
  readonly path: AttributePath;
  /** The path as text, which names it in the table. */
  readonly name: string;
  readonly isUnique: boolean;
}

const plans = new WeakMap<ResourceType, IndexPlan>();

/** The plan of a type; worked out once. */
export function indexPlanOf(type: ResourceType): IndexPlan {
  const known = plans.get(type);
  if (known !== undefined) return known;
  const plan = createPlan(type);
  plans.set(type, plan);
  return plan;
}

function createPlan(type: ResourceType): IndexPlan {
  const columns = new Map<Attribute, KeyColumn>();
  const assign = (attribute: Attribute | undefined, column: KeyColumn) => {
    if (attribute !== undefined && !columns.has(attribute)) columns.set(attribute, column);
  };
  const own = [...type.schema.attributes.values()];
  const uniqueAttribute = own.find((attribute) => attribute.uniqueness !== 'none' && isText(attribute));
  assign(COMMON_ATTRIBUTES.get('id'), 'id');
  assign(COMMON_ATTRIBUTES.get('externalid'), 'external_id');
  assign(uniqueAttribute, 'name_key');
  assign(
    own.find((attribute) => attribute.name === 'displayName' && attribute.indexed && isText(attribute)),
    'display_key',
  );
  assign(
    own.find(({ name, type, multiValued }) => name === 'active' && type === 'boolean' && !multiValued),
    'active',
  );
  const values = [
    ...indexedPaths(own, undefined),
    ...type.extensions.flatMap(({ schema }) => indexedPaths([...schema.attributes.values()], schema)),
  ].filter(({ path }) => path.sub !== undefined || !columns.has(path.attribute));
  const names = new Map([...columns].map(([{ name }, column]) => [column, name]));
  return { columns, names, values, uniqueAttribute };
}

function isText(attribute: Attribute): boolean {
  return !attribute.multiValued && (attribute.type === 'string' || attribute.type === 'reference');
}

function indexedPaths(
  attributes: readonly Attribute[],
  extension: Schema | undefined,
): readonly IndexedPath[] {
  return attributes.flatMap((attribute) => {
    if (attribute.relation !== undefined) return [];
    const whole = toIndexedPath({ extension, attribute, sub: undefined });
    const subs = [...attribute.subAttributes.values()].map((sub) =>
      toIndexedPath({ extension, attribute, sub }),
    );
    return [whole, ...subs].filter((path) => path !== undefined);
  });
}

function toIndexedPath(path: AttributePath): IndexedPath | undefined {
  const leaf = path.sub ?? path.attribute;
  const isUnique = leaf.uniqueness !== 'none';
  if (leaf.type === 'complex' || (!leaf.indexed && !isUnique)) return undefined;
  return { path, name: printPath(path), isUnique };
}

/** The key columns whose values are not what they were. To write a column is to write its index anew. */
export function changedColumns(
  plan: IndexPlan,
  before: JsonObject,
  after: JsonObject,
): ReadonlyMap<Attribute, KeyColumn> {
  const changed = [...plan.columns].filter(
    ([{ name }, column]) => column !== 'id' && !isSameJson(before[name], after[name]),
  );
  return new Map(changed);
}

/** Whether every indexed value without a column of its own is what it was. */
export function hasSameValues(plan: IndexPlan, before: JsonObject, after: JsonObject): boolean {
  return plan.values.every(({ path: { extension, attribute } }) => {
    const [old, now] = [before, after].map((attributes) => {
      const container = extension === undefined ? attributes : attributes[extension.id];
      return isObject(container) ? container[attribute.name] : undefined;
    });
    return isSameJson(old, now);
  });
}

/** One row of the indexed values table. */
export interface IndexRow {
  readonly attribute: string;
  readonly key: string;
  readonly isUnique: boolean;
}

/** The rows a search document gives, each once. */
export function toIndexRows(plan: IndexPlan, search: JsonObject): readonly IndexRow[] {
  const rows = new Map<string, IndexRow>();
  for (const { path, name, isUnique } of plan.values) {
    for (const value of readValues(path, search)) {
      const key = toIndexKey(value);
      if (key !== undefined) rows.set(`${name} ${key}`, { attribute: name, key, isUnique });
    }
  }
  return [...rows.values()];
}

/**
 * The longest key an index takes, in bytes of UTF-8. PostgreSQL has a bound of about 2,700 for a row of an index;
 * SQLite has none, and keeps to the same so that both answer alike.
 */
const MAX_KEY_BYTES = 2_000;

/** Names an indexed attribute whose value is too long for an index; undefined = there is none. */
export function findTooLong(plan: IndexPlan, search: JsonObject): string | undefined {
  const column = [...plan.columns.keys()].find((attribute) => isTooLong(search[attribute.name]));
  if (column !== undefined) return column.name;
  return plan.values.find(({ path }) => readValues(path, search).some(isTooLong))?.name;
}

function isTooLong(value: Json | undefined): boolean {
  // No character takes more than three bytes for each of its UTF-16 units.
  if (typeof value !== 'string' || value.length * 3 <= MAX_KEY_BYTES) return false;
  return new TextEncoder().encode(value).length > MAX_KEY_BYTES;
}

/** A search key as the text kept in the table. */
export function toIndexKey(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The value of a key column. */
export function readColumn(plan: IndexPlan, column: KeyColumn, search: JsonObject): string | number | null {
  const name = plan.names.get(column);
  const value = name === undefined ? undefined : search[name];
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return null;
}

function readValues(path: AttributePath, search: JsonObject): readonly (Json | undefined)[] {
  const container = path.extension === undefined ? search : search[path.extension.id];
  const elements = toList(isObject(container) ? container[path.attribute.name] : undefined);
  const { sub } = path;
  if (sub === undefined) return elements;
  return elements.flatMap((element) => toList(isObject(element) ? element[sub.name] : undefined));
}

function toList(value: Json | undefined): readonly (Json | undefined)[] {
  return isArray(value) ? value : [value];
}
