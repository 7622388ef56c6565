import { findReferences } from './bulk-reference.ts';
import { badRequest, ScimError } from './errors.ts';
import { createObject, isArray, isObject, type Json, type JsonObject } from './json.ts';
import type { AllowLeniency } from './leniency/leniency.ts';
import { PATCH_URN } from './patch/request.ts';
import { findExtension, type ResourceType } from './schema/resource-type.ts';

const BULK_REQUEST_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
export const BULK_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

const BULK_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;

export type BulkMethod = (typeof BULK_METHODS)[number];

/** The envelope, RFC 7644 §3.7. Its operations are read one by one, so that a malformed one fails alone. */
export interface BulkRequest {
  readonly operations: readonly Json[];
  /** Errors after which nothing more is processed; Infinity when the client does not say. */
  readonly failOnErrors: number;
}

/** One operation. */
export interface BulkOperation {
  readonly method: BulkMethod;
  readonly path: string;
  readonly bulkId: string | undefined;
  /** What `If-Match` is to a single request. */
  readonly version: string | undefined;
  /** undefined for DELETE alone. */
  readonly data: Json | undefined;
}

/**
 * Parses the envelope. Names are compared without case.
 *
 * @throws ScimError 400; 413 for more operations than `maxOperations`.
 */
export function parseBulkRequest(
  body: Json,
  { maxOperations, allow }: { readonly maxOperations: number; readonly allow: AllowLeniency },
): BulkRequest {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body must be a JSON object.');
  requireSchemas(readValue(body, 'schemas'), allow);
  const failOnErrors = readValue(body, 'failOnErrors') ?? Number.POSITIVE_INFINITY;
  if (typeof failOnErrors !== 'number' || failOnErrors < 1 || failOnErrors % 1 > 0)
    throw badRequest('invalidValue', 'failOnErrors must be a whole number from 1.', 'failOnErrors');
  const operations = readValue(body, 'Operations');
  if (!isArray(operations) || operations.length === 0)
    throw badRequest('invalidSyntax', 'Operations must be a list of at least one operation.', 'Operations');
  if (operations.length > maxOperations)
    throw new ScimError(413, `The request has more than maxOperations (${maxOperations}) operations.`);
  return { operations, failOnErrors };
}

function requireSchemas(schemas: Json | undefined, allow: AllowLeniency): void {
  if (
    schemas === undefined ? allow('schemas-missing') : isArray(schemas) && schemas.includes(BULK_REQUEST_URN)
  )
    return;
  throw badRequest('invalidSyntax', `schemas must name ${BULK_REQUEST_URN}.`, 'schemas');
}

/** @throws ScimError 400. */
export function parseBulkOperation(value: Json): BulkOperation {
  if (!isObject(value)) throw badRequest('invalidSyntax', 'An operation must be a JSON object.');
  const method = findMethod(value);
  if (method === undefined)
    throw badRequest('invalidSyntax', `method must be one of ${BULK_METHODS.join(', ')}.`, 'method');
  const path = readText(value, 'path');
  if (path === undefined) throw badRequest('invalidSyntax', 'path is required.', 'path');
  const bulkId = readText(value, 'bulkId');
  if (method === 'POST' && bulkId === undefined)
    throw badRequest('invalidSyntax', 'A POST operation must have a bulkId.', 'bulkId');
  const data = method === 'DELETE' ? undefined : readValue(value, 'data');
  if (method !== 'DELETE' && data === undefined)
    throw badRequest('invalidSyntax', `A ${method} operation must have data.`, 'data');
  return { method, path, bulkId, version: readText(value, 'version'), data };
}

/** What even the result of a malformed operation repeats, so that the client knows which one is meant. */
export function readLabels(value: Json): Partial<Pick<BulkOperation, 'method' | 'bulkId'>> {
  if (!isObject(value)) return {};
  const method = findMethod(value);
  const bulkId = readValue(value, 'bulkId');
  return {
    ...(method === undefined ? {} : { method }),
    ...(typeof bulkId === 'string' && bulkId !== '' ? { bulkId } : {}),
  };
}

function findMethod(value: JsonObject): BulkMethod | undefined {
  const given = readValue(value, 'method');
  return BULK_METHODS.find((method) => method === given);
}

function readText(object: JsonObject, name: string): string | undefined {
  const value = readValue(object, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '')
    throw badRequest('invalidSyntax', `${name} must be a text.`, name);
  return value;
}

/** The value of a name in any case; null is no value (RFC 7643 §2.1, §2.5). */
function readValue(object: JsonObject, name: string): Json | undefined {
  const key = name.toLowerCase();
  const found = Object.keys(object).find((candidate) => candidate.toLowerCase() === key);
  return found === undefined ? undefined : (object[found] ?? undefined);
}

/** The data of a POST in two parts, for references that run in a circle (RFC 7644 §3.7.1). */
export interface SplitData {
  /** What creates the resource. */
  readonly first: Json;
  /** Attributes and extensions with references that can be written afterwards; undefined = there are none. */
  readonly later: JsonObject | undefined;
}

/**
 * Splits the data of a POST. Members stay in the first part, because a circle of groups is refused in any
 * order, and so do required attributes and extensions, because nothing can be created without them. What is
 * read-only is in neither, because creating ignores it.
 */
export function splitData(type: ResourceType, data: Json): SplitData {
  if (!isObject(data)) return { first: data, later: undefined };
  const first = createObject();
  const later = createObject();
  for (const [name, value] of Object.entries(data)) {
    const isReferring = findReferences({ method: 'POST', data: value }).size > 0;
    if (isReferring && isReadOnly(type, name)) continue;
    (isReferring && isDeferrable(type, name) ? later : first)[name] = value;
  }
  return { first, later: Object.keys(later).length === 0 ? undefined : later };
}

function isReadOnly(type: ResourceType, name: string): boolean {
  return type.attributes.get(name.toLowerCase())?.mutability === 'readOnly';
}

function isDeferrable(type: ResourceType, name: string): boolean {
  const schema = findExtension(type, name);
  if (schema !== undefined)
    return type.extensions.some((extension) => extension.schema === schema && !extension.required);
  const attribute = type.attributes.get(name.toLowerCase());
  return attribute === undefined || !(attribute.required || attribute.relation === 'members');
}

/** The PATCH that writes the second part of {@link SplitData}. */
export function toSecondWrite(later: JsonObject): JsonObject {
  // Each with its path, which the interop profile asks for.
  const operations = Object.entries(later).map(([path, value]) => ({ op: 'add', path, value }));
  return { schemas: [PATCH_URN], Operations: operations };
}
