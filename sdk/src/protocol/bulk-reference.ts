import type { BulkMethod } from './bulk.ts';
import { ScimError } from './errors.ts';
import { createObject, isArray, isObject, type Json, type JsonObject } from './json.ts';

const REFERENCE = 'bulkId:';

/** The bulkId a text refers to, when the whole of it is such a reference (RFC 7644 §3.7.2). */
export function toReferredBulkId(text: string): string | undefined {
  return text.startsWith(REFERENCE) && text.length > REFERENCE.length
    ? text.slice(REFERENCE.length)
    : undefined;
}

/** The data of an operation, or a part of it. */
export interface BulkData {
  /** That of PATCH has paths, whose filters name values. */
  readonly method: BulkMethod;
  readonly data: Json | undefined;
}

/** The bulkIds referred to anywhere in data. */
export function findReferences({ method, data }: BulkData): ReadonlySet<string> {
  const found = new Set<string>();
  if (data === undefined) return found;
  const note: Replace = (bulkId) => {
    found.add(bulkId);
    return bulkId;
  };
  if (method === 'PATCH') replaceInPatch(data, note);
  else replaceIn(data, note);
  return found;
}

/**
 * The data with the ids of resources in place of references.
 *
 * @param ids what has been created so far, by bulkId.
 * @throws ScimError 409 for a reference that stands for nothing: RFC 7644 §3.7.2.
 */
export function resolveReferences(
  { method, data }: BulkData,
  ids: ReadonlyMap<string, string>,
): Json | undefined {
  if (data === undefined) return undefined;
  const resolve: Replace = (bulkId) => requireId(bulkId, ids);
  return method === 'PATCH' ? replaceInPatch(data, resolve) : replaceIn(data, resolve);
}

/** @throws ScimError 409. */
export function resolveReference(text: string, ids: ReadonlyMap<string, string>): string {
  const bulkId = toReferredBulkId(text);
  return bulkId === undefined ? text : requireId(bulkId, ids);
}

function requireId(bulkId: string, ids: ReadonlyMap<string, string>): string {
  const id = ids.get(bulkId);
  if (id !== undefined) return id;
  throw new ScimError(409, 'A bulkId is referred to that no operation of this request has created.', {
    scimType: 'invalidValue',
  });
}

/** What stands in the place of a reference. */
type Replace = (bulkId: string) => string;

function replaceIn(value: Json, replace: Replace): Json {
  if (typeof value === 'string') return replaceWhole(value, replace);
  if (isArray(value)) return value.map((item) => replaceIn(item, replace));
  if (!isObject(value)) return value;
  return mapValues(value, (name, item) =>
    name === '$ref' && typeof item === 'string' ? replaceAtEnd(item, replace) : replaceIn(item, replace),
  );
}

/** `members[value eq "bulkId:1"]` refers too, although no text of it as a whole does. */
function replaceInPatch(data: Json, replace: Replace): Json {
  if (!isObject(data)) return replaceIn(data, replace);
  return mapValues(data, (name, item) =>
    name === 'operations' && isArray(item)
      ? item.map((operation) => replaceInOperation(operation, replace))
      : replaceIn(item, replace),
  );
}

function replaceInOperation(operation: Json, replace: Replace): Json {
  if (!isObject(operation)) return replaceIn(operation, replace);
  return mapValues(operation, (name, item) =>
    name === 'path' && typeof item === 'string'
      ? item.replace(STRING_LITERAL, (literal) => replaceInLiteral(literal, replace))
      : replaceIn(item, replace),
  );
}

/** In a path a quote stands nowhere but around the string literals of its filter, which are those of JSON. */
const STRING_LITERAL = /"(?:[^"\\]|\\.)*"/g;

function replaceInLiteral(literal: string, replace: Replace): string {
  let text: unknown;
  try {
    text = JSON.parse(literal);
  } catch {
    // Told when the path is parsed.
    return literal;
  }
  const bulkId = typeof text === 'string' ? toReferredBulkId(text) : undefined;
  return bulkId === undefined ? literal : JSON.stringify(replace(bulkId));
}

function replaceWhole(text: string, replace: Replace): string {
  const bulkId = toReferredBulkId(text);
  return bulkId === undefined ? text : replace(bulkId);
}

/** A `$ref` may be the URL of what is referred to: `../Users/bulkId:1`. */
function replaceAtEnd(url: string, replace: Replace): string {
  const start = url.lastIndexOf('/') + 1;
  return url.slice(0, start) + replaceWhole(url.slice(start), replace);
}

/** @param change gets the name in lower case. */
function mapValues(object: JsonObject, change: (name: string, value: Json) => Json): JsonObject {
  const result = createObject();
  for (const [name, value] of Object.entries(object)) result[name] = change(name.toLowerCase(), value);
  return result;
}
