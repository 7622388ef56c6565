import { badRequest, ScimError } from './errors.ts';
import type { Filter, FilterSyntax } from './filter/ast.ts';
import { bindElementFilter } from './filter/bind.ts';
import { parsePathSyntax } from './filter/parse.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import type { AllowLeniency } from './leniency/leniency.ts';
import { type AttributePath, findPath } from './path.ts';
import type { Attribute, ResourceType, Schema } from './schema/resource-type.ts';

export const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** More are refused with 413. */
export const PATCH_LIMITS = { maxOperations: 1000, maxMembers: 10_000 } as const;

/** One operation of a PATCH request, its path found in the schema. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  /** undefined = no path: the value's names are the paths. */
  readonly target: PatchTarget | undefined;
  /** undefined = the operation has no value. */
  readonly value: Json | undefined;
}

/** What an operation changes. */
export type PatchTarget =
  | { readonly kind: 'extension'; readonly schema: Schema }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'attribute';
      readonly path: AttributePath;
      /** The elements chosen by `attribute[filter]`. */
      readonly filter: Filter | undefined;
      /** As written; tells which element to create when none matches (T10). */
      readonly filterSyntax: FilterSyntax | undefined;
    };

/**
 * Parses the body of PATCH, RFC 7644 §3.5.2.
 *
 * @throws ScimError 400 `invalidSyntax` for the envelope, `invalidPath` for a path, 413 for too much at once.
 */
export function parsePatch(type: ResourceType, body: Json, allow: AllowLeniency): readonly PatchOperation[] {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body must be a JSON object.');
  requirePatchSchema(body, allow);
  const operations = readName(body, 'operations');
  if (!isArray(operations) || operations.length === 0) {
    throw badRequest('invalidSyntax', 'Operations must be a list with at least one operation.');
  }
  if (operations.length > PATCH_LIMITS.maxOperations) {
    throw new ScimError(413, `A PATCH takes at most ${PATCH_LIMITS.maxOperations} operations.`);
  }
  return operations.map((operation) => parseOperation(type, operation, allow));
}

function requirePatchSchema(body: JsonObject, allow: AllowLeniency): void {
  const schemas = readName(body, 'schemas');
  const isPatch =
    isArray(schemas) &&
    schemas.some((urn) => typeof urn === 'string' && urn.toLowerCase() === PATCH_URN.toLowerCase());
  if (isPatch || (schemas === undefined && allow('schemas-missing'))) return;
  throw badRequest('invalidSyntax', `schemas must name ${PATCH_URN}.`, 'schemas');
}

function parseOperation(type: ResourceType, operation: Json, allow: AllowLeniency): PatchOperation {
  if (!isObject(operation)) throw badRequest('invalidSyntax', 'An operation must be a JSON object.');
  const op = parseOp(readName(operation, 'op'), allow);
  const path = readName(operation, 'path');
  const value = readName(operation, 'value');
  if (path !== undefined && path !== null && typeof path !== 'string') {
    throw badRequest('invalidPath', 'path must be text.');
  }
  const hasPath = typeof path === 'string' && path !== '';
  if (op === 'remove' && !hasPath) throw badRequest('noTarget', 'remove needs a path.');
  if (op !== 'remove' && value === undefined) throw badRequest('invalidValue', `${op} needs a value.`);
  return { op, target: hasPath ? parsePatchTarget(type, path, allow) : undefined, value };
}

function parseOp(op: Json | undefined, allow: AllowLeniency): PatchOperation['op'] {
  const known = (['add', 'remove', 'replace'] as const).find(
    (name) => typeof op === 'string' && op.toLowerCase() === name,
  );
  if (known === undefined || (known !== op && !allow('op-case'))) {
    throw badRequest('invalidSyntax', 'op must be add, remove or replace.');
  }
  return known;
}

/** Finds what a path names. An attribute this server does not have is `unknown` where that is tolerated (T32). */
export function parsePatchTarget(type: ResourceType, text: string, allow: AllowLeniency): PatchTarget {
  const exact = findPath(type, text.trim());
  if (exact.kind === 'extension') return exact;
  if (exact.kind === 'attribute') return { ...exact, filter: undefined, filterSyntax: undefined };
  const { path, filter, sub } = parsePathSyntax(text);
  const found = findPath(type, path);
  if (found.kind === 'extension' && filter === undefined) return found;
  if (found.kind !== 'attribute') return unknown(allow);
  const { attribute } = found.path;
  if (filter === undefined) return { ...found, filter: undefined, filterSyntax: undefined };
  if (attribute.type !== 'complex' || found.path.sub !== undefined) {
    throw badRequest('invalidPath', 'Only a complex attribute can be followed by a filter in brackets.');
  }
  const subAttribute = sub === undefined ? undefined : attribute.subAttributes.get(sub.toLowerCase());
  if (sub !== undefined && subAttribute === undefined) return unknown(allow);
  return {
    kind: 'attribute',
    path: Object.freeze({ ...found.path, sub: subAttribute }),
    filter: bindPathFilter(attribute, filter),
    filterSyntax: filter,
  };
}

/** RFC 7644 §3.5.2: a fault in the path's filter is a fault in the path. */
function bindPathFilter(attribute: Attribute, syntax: FilterSyntax): Filter {
  try {
    return bindElementFilter(attribute, syntax);
  } catch (error) {
    if (error instanceof ScimError) throw badRequest('invalidPath', error.message);
    throw error;
  }
}

function unknown(allow: AllowLeniency): PatchTarget {
  if (!allow('unknown-path'))
    throw badRequest('invalidPath', 'The path names an attribute this resource type does not have.');
  return { kind: 'unknown' };
}

function readName(object: JsonObject, name: string): Json | undefined {
  if (object[name] !== undefined) return object[name];
  const entry = Object.entries(object).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}
