import { badRequest } from './errors.ts';
import {
  createObject,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
} from './json.ts';
import { type AttributePath, findPath } from './path.ts';
import type { Attribute, ResourceType } from './schema/resource-type.ts';

/** What `attributes` and `excludedAttributes` of a request ask for (RFC 7644 §3.9), bound to a resource type. */
export interface Projection {
  /** undefined = the default set. Keys are attribute names and extension URNs; the value the sub-attributes. */
  readonly included: PathSet | undefined;
  readonly excluded: PathSet;
  /** What the request itself wrote: shown with the default set although returned on request (RFC 7643 §7). */
  readonly written?: PathSet | undefined;
}

/** Attributes by {@link pathKey}, each with the sub-attributes that are meant. */
export type PathSet = ReadonlyMap<string, ReadonlySet<string> | 'all'>;

const NOTHING: PathSet = new Map();

/** An attribute's name, below its extension's URN where it has one. */
export function pathKey({ extension, attribute }: Pick<AttributePath, 'extension' | 'attribute'>): string {
  return extension === undefined ? attribute.name : `${extension.id}:${attribute.name}`;
}

/** The default set of attributes. */
export const DEFAULT_PROJECTION: Projection = Object.freeze({ included: undefined, excluded: NOTHING });

/**
 * Reads the two lists. Names the type does not have are ignored (RFC 7644 §3.9).
 *
 * @throws ScimError 400 `invalidValue` when both are given.
 */
export function parseProjection(
  type: ResourceType,
  lists: { attributes: readonly string[] | undefined; excludedAttributes: readonly string[] | undefined },
): Projection {
  const { attributes, excludedAttributes } = lists;
  if (attributes === undefined && excludedAttributes === undefined) return DEFAULT_PROJECTION;
  if (attributes !== undefined && excludedAttributes !== undefined) {
    throw badRequest('invalidValue', 'Give attributes or excludedAttributes, not both.');
  }
  return {
    included: attributes === undefined ? undefined : toPathSet(type, attributes),
    excluded: excludedAttributes === undefined ? NOTHING : toPathSet(type, excludedAttributes),
  };
}

/** True when the representation shows the attribute at all; relations are loaded only then (T23). */
export function isShown(projection: Projection, attribute: Attribute): boolean {
  if (attribute.returned === 'never') return false;
  if (attribute.returned === 'always') return true;
  if (projection.included !== undefined) return projection.included.has(attribute.name);
  return attribute.returned === 'default' && projection.excluded.get(attribute.name) !== 'all';
}

/** Leaves out what is never returned (RFC 7643 §7): it is not for hooks and events either. */
export function withoutHidden(type: ResourceType, resource: JsonObject): JsonObject {
  const result = createObject();
  copyReturned(type.attributes, resource, result);
  for (const { schema } of type.extensions) {
    const extension = resource[schema.id];
    if (!isObject(extension)) continue;
    const part = createObject();
    copyReturned(schema.attributes, extension, part);
    if (Object.keys(part).length > 0) result[schema.id] = part;
  }
  return result;
}

function copyReturned(
  attributes: ReadonlyMap<string, Attribute>,
  source: JsonObject,
  result: MutableJsonObject,
): void {
  for (const attribute of attributes.values()) {
    const value = source[attribute.name];
    if (value === undefined || attribute.returned === 'never') continue;
    const shown = hasHiddenParts(attribute) ? withoutHiddenParts(attribute, value) : value;
    if (shown !== undefined) result[attribute.name] = shown;
  }
}

function hasHiddenParts({ subAttributes }: Attribute): boolean {
  for (const sub of subAttributes.values()) if (sub.returned === 'never') return true;
  return false;
}

/** Where nothing but hidden parts was, there is nothing to show: not even that they are there. */
function withoutHiddenParts(attribute: Attribute, value: Json): Json | undefined {
  if (isArray(value)) {
    const shown = value.map((element) => withoutHiddenParts(attribute, element));
    const kept = shown.filter((element) => element !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (!isObject(value)) return value;
  const copy = Object.assign(createObject(), value);
  for (const sub of attribute.subAttributes.values()) if (sub.returned === 'never') delete copy[sub.name];
  return Object.keys(copy).length === 0 ? undefined : copy;
}

/** Leaves out of a full representation what was not asked for. */
export function project(type: ResourceType, resource: JsonObject, projection: Projection): JsonObject {
  const result = createObject();
  copyShown(type.attributes, resource, {
    result,
    included: projection.included,
    excluded: projection.excluded,
    written: projection.written ?? NOTHING,
  });
  for (const { schema } of type.extensions) {
    const extension = resource[schema.id];
    if (isObject(extension))
      projectExtension(schema.id, schema.attributes, { extension, result, projection });
  }
  return result;
}

interface ExtensionCopy {
  readonly extension: JsonObject;
  readonly result: MutableJsonObject;
  readonly projection: Projection;
}

function projectExtension(
  urn: string,
  attributes: ReadonlyMap<string, Attribute>,
  copy: ExtensionCopy,
): void {
  const { projection, extension, result } = copy;
  const included = projection.included === undefined ? undefined : under(projection.included, urn);
  const excluded = under(projection.excluded, urn);
  const written = under(projection.written ?? NOTHING, urn);
  const part = createObject();
  copyShown(attributes, extension, {
    result: part,
    included: included === 'all' ? undefined : included,
    excluded: excluded === 'all' ? everyName(attributes) : excluded,
    written: written === 'all' ? NOTHING : written,
  });
  if (Object.keys(part).length > 0) result[urn] = part;
}

/** A whole extension left out still shows what is returned always (RFC 7643 §7). */
function everyName(attributes: ReadonlyMap<string, Attribute>): PathSet {
  return new Map([...attributes.values()].map(({ name }) => [name, 'all']));
}

/** The paths below an extension's URN, kept in the set as `urn:name`. */
function under(paths: PathSet, urn: string): PathSet | 'all' {
  if (paths.get(urn) === 'all') return 'all';
  const prefix = `${urn}:`;
  const entries = [...paths].filter(([key]) => key.startsWith(prefix));
  return new Map(entries.map(([key, subs]) => [key.slice(prefix.length), subs]));
}

interface Copy {
  readonly result: MutableJsonObject;
  readonly included: PathSet | undefined;
  readonly excluded: PathSet;
  readonly written: PathSet;
}

function copyShown(attributes: ReadonlyMap<string, Attribute>, source: JsonObject, copy: Copy): void {
  for (const attribute of attributes.values()) {
    const value = source[attribute.name];
    if (value === undefined || attribute.returned === 'never') continue;
    const included = copy.included?.get(attribute.name);
    const excluded = copy.excluded.get(attribute.name);
    const written = copy.written.get(attribute.name);
    if (attribute.returned !== 'always') {
      if (copy.included !== undefined && included === undefined) continue;
      const isUnasked = copy.included === undefined && written === undefined;
      if (isUnasked && attribute.returned === 'request') continue;
      if (excluded === 'all') continue;
    }
    const shown = projectValue(attribute, value, { included, excluded, written });
    if (shown !== undefined) copy.result[attribute.name] = shown;
  }
}

interface SubSelection {
  readonly included: ReadonlySet<string> | 'all' | undefined;
  readonly excluded: ReadonlySet<string> | 'all' | undefined;
  readonly written: ReadonlySet<string> | 'all' | undefined;
}

function projectValue(attribute: Attribute, value: Json, selection: SubSelection): Json | undefined {
  if (attribute.type !== 'complex') return value;
  if (!isArray(value)) return isObject(value) ? projectParts(attribute, value, selection) : value;
  const shown = value
    .map((element) => (isObject(element) ? projectParts(attribute, element, selection) : element))
    .filter((element) => element !== undefined);
  // An empty list says something (a group without members); one emptied here does not.
  return shown.length === 0 && value.length > 0 ? undefined : shown;
}

function projectParts(
  attribute: Attribute,
  object: JsonObject,
  selection: SubSelection,
): JsonObject | undefined {
  const { included, excluded, written } = selection;
  const result = createObject();
  for (const sub of attribute.subAttributes.values()) {
    const part = object[sub.name];
    if (part === undefined || sub.returned === 'never') continue;
    const isWritten = typeof written === 'object' && written.has(sub.name);
    const isDefault = sub.returned !== 'request' || isWritten;
    const isAsked = typeof included === 'object' ? included.has(sub.name) : isDefault;
    const isExcluded = typeof excluded === 'object' && excluded.has(sub.name);
    if (sub.returned === 'always' || (isAsked && !isExcluded)) result[sub.name] = part;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function toPathSet(type: ResourceType, texts: readonly string[]): PathSet {
  const paths = new Map<string, Set<string> | 'all'>();
  for (const text of texts) {
    const target = findPath(type, text.trim());
    if (target.kind === 'unknown') continue;
    if (target.kind === 'extension') {
      paths.set(target.schema.id, 'all');
      continue;
    }
    const { sub } = target.path;
    const key = pathKey(target.path);
    const present = paths.get(key);
    if (sub === undefined) paths.set(key, 'all');
    else if (present === undefined) paths.set(key, new Set([sub.name]));
    else if (present !== 'all') present.add(sub.name);
  }
  return paths;
}
