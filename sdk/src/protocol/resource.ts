import { badRequest, missingValue } from './errors.ts';
import {
  createObject,
  isArray,
  isObject,
  isSameJson,
  type Json,
  type JsonObject,
  type MutableJsonObject,
} from './json.ts';
import type { AllowLeniency } from './leniency/leniency.ts';
import { type MemberValue, parseMembers } from './members.ts';
import { findPath } from './path.ts';
import { type Attribute, findExtension, type ResourceType, schemasOf } from './schema/resource-type.ts';
import { parseValue } from './value.ts';

/** A resource as a client may write it: attributes in schema form, members apart because they are rows. */
export interface ResourceContent {
  /** Base attributes by name, extensions by URN. Without id, meta, schemas, relations. */
  readonly attributes: JsonObject;
  /** undefined = the body does not mention them. */
  readonly members: readonly MemberValue[] | undefined;
}

/**
 * Parses the body of POST and PUT. Read-only attributes are ignored (RFC 7644 §3.3, §3.5.1), names compared
 * without case, required attributes checked.
 *
 * @throws ScimError 400 `invalidSyntax` for a body that is no resource, `invalidValue` for a value at fault.
 */
export function parseResource(type: ResourceType, body: Json, allow: AllowLeniency): ResourceContent {
  if (!isObject(body)) throw badRequest('invalidSyntax', 'The body must be a JSON object.');
  const schemas = parseSchemas(type, body, allow);
  const attributes = createObject();
  let members: readonly MemberValue[] | undefined;
  for (const [name, value] of Object.entries(body)) {
    const extension = findExtension(type, name);
    if (extension !== undefined) {
      const parsed = parseExtension(extension.attributes, value, allow);
      if (parsed === undefined) continue;
      requireListed(extension.id, schemas, allow);
      attributes[extension.id] = parsed;
      continue;
    }
    const attribute = type.attributes.get(name.toLowerCase());
    if (attribute === undefined) {
      addFromRoot(type, name, { value, attributes, allow });
      continue;
    }
    if (attribute.mutability === 'readOnly') continue;
    if (attribute.relation === 'members') {
      members = parseMembers(attribute, value, allow);
      continue;
    }
    const parsed = parseValue(attribute, value, allow);
    if (parsed !== undefined) attributes[attribute.name] = parsed;
  }
  requireAttributes(type, attributes);
  return { attributes, members };
}

/** Gives a new resource the defaults of its schemas, such as `active: true`. */
export function withDefaults(type: ResourceType, attributes: JsonObject): JsonObject {
  const result: MutableJsonObject = Object.assign(createObject(), attributes);
  for (const attribute of type.schema.attributes.values()) {
    if (attribute.default !== undefined && result[attribute.name] === undefined) {
      result[attribute.name] = attribute.default;
    }
  }
  return result;
}

/** Required attributes have a value: RFC 7643 §2.2, and §6 for required extensions. */
export function requireAttributes(type: ResourceType, attributes: JsonObject): void {
  requireIn(type.schema.attributes, attributes);
  for (const { schema, required } of type.extensions) {
    const extension = attributes[schema.id];
    if (isObject(extension)) requireIn(schema.attributes, extension);
    else if (required) throw badRequest('invalidValue', `The extension ${schema.id} is required.`, schema.id);
  }
}

function requireIn(attributes: ReadonlyMap<string, Attribute>, object: JsonObject): void {
  for (const attribute of attributes.values()) {
    // What only the server sets, no client can leave out.
    const isExpected = attribute.required && attribute.mutability !== 'readOnly';
    if (!isExpected || attribute.relation !== undefined) continue;
    const value = object[attribute.name];
    const isBlank = typeof value === 'string' && value.trim() === '';
    if (value === undefined || isBlank) {
      throw missingValue(attribute.name);
    }
  }
}

/**
 * RFC 7643 §7: an immutable value once set stays as it is; one inside a complex value as long as that is there.
 *
 * @throws ScimError 400 `mutability`.
 */
export function requireImmutables(type: ResourceType, before: JsonObject, after: JsonObject): void {
  requireImmutablesIn(type.schema.attributes, before, after);
  for (const { schema } of type.extensions) {
    const [old, changed] = [before[schema.id], after[schema.id]];
    if (isObject(old))
      requireImmutablesIn(schema.attributes, old, isObject(changed) ? changed : createObject());
  }
}

function requireImmutablesIn(
  attributes: ReadonlyMap<string, Attribute>,
  before: JsonObject,
  after: JsonObject,
): void {
  for (const attribute of attributes.values()) {
    const [old, changed] = [before[attribute.name], after[attribute.name]];
    if (old === undefined) continue;
    if (attribute.mutability === 'immutable' && !isSameJson(old, changed)) {
      throw badRequest('mutability', `${attribute.name} cannot be changed once set.`, attribute.name);
    }
    if (!attribute.multiValued) requireImmutableParts(attribute, old, changed);
  }
}

/** Immutable parts of one value; where the value itself came or went there is nothing to compare. */
export function requireImmutableParts(
  attribute: Attribute,
  before: Json | undefined,
  after: Json | undefined,
): void {
  if (!isObject(before) || !isObject(after)) return;
  for (const sub of attribute.subAttributes.values()) {
    const value = before[sub.name];
    if (sub.mutability === 'immutable' && value !== undefined && !isSameJson(value, after[sub.name])) {
      throw badRequest(
        'mutability',
        `${attribute.name}.${sub.name} cannot be changed once set.`,
        attribute.name,
      );
    }
  }
}

/**
 * RFC 7643 §3: `schemas` is a non-empty list of URNs the type has.
 *
 * @returns them in lower case; undefined where they are missing and that is tolerated.
 */
function parseSchemas(
  type: ResourceType,
  body: JsonObject,
  allow: AllowLeniency,
): ReadonlySet<string> | undefined {
  const entry = Object.entries(body).find(([name]) => name.toLowerCase() === 'schemas');
  const schemas = entry?.[1];
  if (schemas === undefined || schemas === null || (isArray(schemas) && schemas.length === 0)) {
    if (allow('schemas-missing')) return undefined;
    throw badRequest('invalidSyntax', 'schemas is missing.', 'schemas');
  }
  if (!isArray(schemas) || !schemas.every((urn) => typeof urn === 'string')) {
    throw badRequest('invalidSyntax', 'schemas must be a list of URNs.', 'schemas');
  }
  const known = new Set(schemasOf(type).map((schema) => schema.id.toLowerCase()));
  const listed = new Set(schemas.map((urn) => String(urn).toLowerCase()));
  const isKnown = [...listed].every((urn) => known.has(urn));
  const hasBase = listed.has(type.schema.id.toLowerCase());
  if ((!isKnown || !hasBase) && !allow('unknown-schema')) {
    throw badRequest('invalidSyntax', 'schemas names a schema this resource type does not have.', 'schemas');
  }
  return listed;
}

/** RFC 7643 §3: `schemas` names every extension there is in the body (T13). */
function requireListed(urn: string, schemas: ReadonlySet<string> | undefined, allow: AllowLeniency): void {
  if (schemas === undefined || schemas.has(urn.toLowerCase()) || allow('schema-unlisted')) return;
  throw badRequest('invalidSyntax', `schemas does not name ${urn}, whose attributes are sent.`, 'schemas');
}

/** Parses the value of one extension's URN. */
export function parseExtension(
  attributes: ReadonlyMap<string, Attribute>,
  value: Json,
  allow: AllowLeniency,
): JsonObject | undefined {
  if (value === null) return undefined;
  if (!isObject(value)) throw badRequest('invalidValue', 'An extension takes an object.');
  const result = createObject();
  for (const [name, part] of Object.entries(value)) {
    const attribute = attributes.get(name.toLowerCase());
    if (attribute === undefined) {
      requireUnknownAllowed(allow);
      continue;
    }
    if (attribute.mutability === 'readOnly') continue;
    const parsed = parseValue(attribute, part, allow);
    if (parsed !== undefined) result[attribute.name] = parsed;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

interface RootValue {
  readonly value: Json;
  readonly attributes: MutableJsonObject;
  readonly allow: AllowLeniency;
}

/**
 * A name the base schema does not have: an extension's attribute at the root, such as `manager` (T31), is
 * taken when its value is usable; anything else is ignored (T12).
 */
function addFromRoot(type: ResourceType, name: string, { value, attributes, allow }: RootValue): void {
  requireUnknownAllowed(allow);
  const target = name.toLowerCase() === 'manager' ? findPath(type, name) : undefined;
  if (target?.kind !== 'attribute' || target.path.extension === undefined) return;
  const { attribute, extension } = target.path;
  const isUsable =
    typeof value === 'string' ? value !== '' : isObject(value) && typeof value.value === 'string';
  if (!isUsable || !allow('enterprise-at-root')) return;
  const parsed = parseValue(attribute, value, allow);
  const present = attributes[extension.id];
  if (parsed === undefined || (isObject(present) && present[attribute.name] !== undefined)) return;
  attributes[extension.id] = Object.assign(createObject(), isObject(present) ? present : {}, {
    [attribute.name]: parsed,
  });
}

/** An attribute the schemas do not know is ignored where that is tolerated (T12). */
export function requireUnknownAllowed(allow: AllowLeniency): void {
  if (!allow('unknown-attribute')) {
    throw badRequest('invalidSyntax', 'The body has an attribute that its schemas do not know.');
  }
}
