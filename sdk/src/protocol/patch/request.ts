import { badRequest, ScimError } from '../errors.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import type { AllowLeniency } from '../leniency/leniency.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { type AttributeTarget, PATCH_LIMITS, type PatchOperation, parsePatchTarget } from './target.ts';

export const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/**
 * Parses the body of PATCH, RFC 7644 §3.5.2.
 *
 * @throws ScimError 400 `invalidSyntax` for the envelope, `invalidPath` for a path or, where the profile asks for
 * one, for none, 413 for too much at once.
 */
export function parsePatch(type: ResourceType, body: Json, allow: AllowLeniency): readonly PatchOperation[] {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body must be a JSON object.');
  requirePatchSchema(body, allow);
  const operations = readName(body, 'operations');
  if (!isArray(operations) || operations.length === 0) {
    throw badRequest('invalidSyntax', 'Operations must be a list with at least one operation.', 'Operations');
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
  if (!isObject(operation))
    throw badRequest('invalidSyntax', 'An operation must be a JSON object.', 'Operations');
  const op = parseOp(readName(operation, 'op'), allow);
  const path = readName(operation, 'path');
  const value = readName(operation, 'value');
  if (path !== undefined && path !== null && typeof path !== 'string') {
    throw badRequest('invalidPath', 'path must be text.');
  }
  const hasPath = typeof path === 'string' && path !== '';
  if (op === 'remove' && !hasPath) throw badRequest('noTarget', 'remove needs a path.');
  if (!hasPath && !allow('patch-without-path')) {
    throw badRequest('invalidPath', 'Every operation needs a path here, such as "name.familyName".', 'path');
  }
  if (op !== 'remove' && value === undefined) throw badRequest('invalidValue', `${op} needs a value.`);
  const target = hasPath ? parsePatchTarget(type, path, allow) : undefined;
  if (op !== 'remove' && target?.kind === 'attribute') requirePart(target, allow);
  return { op, target, value };
}

/** `remove` of whole values stays: nothing else takes one member out of a group. */
function requirePart({ path, filter }: AttributeTarget, allow: AllowLeniency): void {
  if (filter === undefined || path.sub !== undefined || allow('filter-without-part')) return;
  const { name } = path.attribute;
  const detail = `A path with a filter names the sub-attribute to set here, such as ${name}[…].value.`;
  throw badRequest('invalidPath', detail, 'path');
}

function parseOp(op: Json | undefined, allow: AllowLeniency): PatchOperation['op'] {
  const known = (['add', 'remove', 'replace'] as const).find(
    (name) => typeof op === 'string' && op.toLowerCase() === name,
  );
  if (known === undefined || (known !== op && !allow('op-case'))) {
    throw badRequest('invalidSyntax', 'op must be add, remove or replace.', 'op');
  }
  return known;
}

function readName(object: JsonObject, name: string): Json | undefined {
  if (object[name] !== undefined) return object[name];
  const entry = Object.entries(object).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}
