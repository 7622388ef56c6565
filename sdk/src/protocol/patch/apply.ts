import { badRequest, ScimError, unremovableValue } from '../errors.ts';
import { isArray, isObject, isSameJson, type Json, type JsonObject } from '../json.ts';
import type { AllowLeniency } from '../leniency/leniency.ts';
import type { AttributePath } from '../path.ts';
import {
  requireAttributes,
  requireImmutableParts,
  requireImmutables,
  requireUnknownAllowed,
} from '../resource.ts';
import type { ResourceType } from '../schema/resource-type.ts';
import { EMPTY, withValue } from '../with-value.ts';
import { computeList } from './list.ts';
import { applyToMembers, type MembersChange, type MembersPatch } from './members.ts';
import { computeSingle } from './single.ts';
import {
  type Change,
  PATCH_LIMITS,
  type PatchOperation,
  type PatchTarget,
  parsePatchTarget,
} from './target.ts';

/** The outcome of a PATCH: new attributes (the same object when nothing changed) and member changes. */
export interface PatchResult {
  readonly attributes: JsonObject;
  readonly members: readonly MembersChange[];
}

/**
 * Applies the operations of a PATCH in order, each seeing the result of the one before (RFC 7644 §3.5.2).
 * Pure: the given attributes are never modified, and an error leaves nothing behind.
 *
 * @throws ScimError 400 `mutability`, `invalidValue`, `invalidPath`, `noTarget`; 413 for too many members, and for more work than one request may ask for.
 */
export function applyPatch(
  type: ResourceType,
  attributes: JsonObject,
  request: { readonly operations: readonly PatchOperation[]; readonly allow: AllowLeniency },
): PatchResult {
  const patch: Patch = {
    type,
    allow: request.allow,
    attributes,
    members: [],
    memberCount: 0,
    valueVisits: 0,
  };
  for (const operation of request.operations) applyOperation(patch, operation);
  requireAttributes(type, patch.attributes);
  requireImmutables(type, attributes, patch.attributes);
  const isSame = isSameJson(attributes, patch.attributes);
  return { attributes: isSame ? attributes : patch.attributes, members: patch.members };
}

interface Patch extends MembersPatch {
  readonly type: ResourceType;
  attributes: JsonObject;
  /** How many values of lists the operations have gone over. */
  valueVisits: number;
}

function applyOperation(patch: Patch, operation: PatchOperation): void {
  if (operation.target !== undefined) {
    applyToTarget(patch, operation.target, operation);
    return;
  }
  const { op, value } = operation;
  if (!isObject(value)) throw badRequest('invalidValue', `${op} without a path takes an object.`);
  for (const [name, part] of Object.entries(value)) {
    const key = name.toLowerCase();
    if (key === 'schemas') continue;
    const target = parsePatchTarget(patch.type, name, patch.allow);
    requireName(name, target, patch.allow);
    if (target.kind === 'attribute' && isReadOnly(target.path)) {
      // Okta and authentik send the whole group, id and meta included (T4).
      if (patch.allow('read-only-in-value')) continue;
    }
    applyToTarget(patch, target, { op, value: part });
  }
}

/** RFC 7644 §3.5.2.1: without a path the value has attributes, which are named and not pointed to (T3). */
function requireName(name: string, target: PatchTarget, allow: AllowLeniency): void {
  if (target.kind !== 'attribute' || name.toLowerCase() === target.path.attribute.name.toLowerCase()) return;
  if (allow('path-as-key')) return;
  throw badRequest('invalidPath', 'Without a path, the value takes names of attributes, not paths.', name);
}

function applyToTarget(patch: Patch, target: PatchTarget, change: Change): void {
  if (target.kind === 'unknown') return;
  if (target.kind === 'extension') {
    applyToExtension(patch, target, change);
    return;
  }
  const { path } = target;
  if (isReadOnly(path))
    throw badRequest('mutability', `${leafName(path)} is read-only.`, path.attribute.name);
  if (path.attribute.relation === 'members') {
    applyToMembers(patch, target, change);
    return;
  }
  const container = readContainer(patch, path);
  const before = container[path.attribute.name];
  if (isArray(before)) requireLittleWork(patch, before.length);
  const compute = path.attribute.multiValued ? computeList : computeSingle;
  const after = compute(patch.allow, { target, before, change });
  if (path.attribute.required && after === undefined) {
    throw unremovableValue(path.attribute.name);
  }
  requireMutable(path, before, after);
  writeContainer(patch, path, after);
}

/** Each operation on a list goes over all of it: a thousand operations on a thousand values are a million steps. */
function requireLittleWork(patch: Patch, visits: number): void {
  patch.valueVisits += visits;
  if (patch.valueVisits <= PATCH_LIMITS.maxValueVisits) return;
  throw new ScimError(
    413,
    `The operations go over more than ${PATCH_LIMITS.maxValueVisits} values. Send fewer at a time.`,
  );
}

function isReadOnly(path: AttributePath): boolean {
  return path.attribute.mutability === 'readOnly' || path.sub?.mutability === 'readOnly';
}

/** RFC 7643 §7 `immutable`: set once, never changed. */
function requireMutable(path: AttributePath, before: Json | undefined, after: Json | undefined): void {
  const { attribute } = path;
  const isChanged = before !== undefined && !isSameJson(before, after);
  if (attribute.mutability === 'immutable' && isChanged) {
    throw badRequest('mutability', `${attribute.name} cannot be changed once set.`, attribute.name);
  }
  if (!isChanged || attribute.multiValued) return;
  requireImmutableParts(attribute, before, after);
}

function readContainer(patch: Patch, path: AttributePath): JsonObject {
  if (path.extension === undefined) return patch.attributes;
  const extension = patch.attributes[path.extension.id];
  return isObject(extension) ? extension : EMPTY;
}

function writeContainer(patch: Patch, path: AttributePath, value: Json | undefined): void {
  const container = withValue(readContainer(patch, path), path.attribute.name, value);
  if (path.extension === undefined) patch.attributes = container;
  else writeExtension(patch, path.extension.id, container);
}

function writeExtension(patch: Patch, urn: string, extension: JsonObject | undefined): void {
  const isEmpty = extension === undefined || Object.keys(extension).length === 0;
  patch.attributes = withValue(patch.attributes, urn, isEmpty ? undefined : extension);
}

function applyToExtension(patch: Patch, target: PatchTarget & { kind: 'extension' }, change: Change): void {
  const { schema } = target;
  if (change.op === 'remove' || change.value === null) {
    const isRequired = patch.type.extensions.some(
      (extension) => extension.schema === schema && extension.required,
    );
    if (isRequired)
      throw badRequest('mutability', `The extension ${schema.id} is required and cannot be removed.`);
    writeExtension(patch, schema.id, undefined);
    return;
  }
  if (!isObject(change.value)) throw badRequest('invalidValue', 'An extension takes an object.');
  // Each part on its own, so that `add` and `replace` keep what the value does not mention.
  for (const [name, part] of Object.entries(change.value)) {
    const attribute = schema.attributes.get(name.toLowerCase());
    if (attribute === undefined) {
      requireUnknownAllowed(patch.allow);
      continue;
    }
    if (attribute.mutability === 'readOnly' && patch.allow('read-only-in-value')) continue;
    const path: AttributePath = { extension: schema, attribute, sub: undefined };
    applyToTarget(
      patch,
      { kind: 'attribute', path, filter: undefined, filterSyntax: undefined },
      { op: change.op, value: part },
    );
  }
}

function leafName(path: AttributePath): string {
  return path.sub === undefined ? path.attribute.name : `${path.attribute.name}.${path.sub.name}`;
}
