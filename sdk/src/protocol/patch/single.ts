import { badRequest, unremovableValue } from '../errors.ts';
import { matchElement } from '../filter/match.ts';
import {
  createObject,
  isArray,
  isObject,
  isSameJson,
  type Json,
  type JsonObject,
  type MutableJsonObject,
} from '../json.ts';
import type { AllowLeniency } from '../leniency/leniency.ts';
import type { Attribute } from '../schema/resource-type.ts';
import { isCleared, MAX_ELEMENTS, parseParts, parseSingle, parseValue, requireParts } from '../value.ts';
import { EMPTY, withValue } from '../with-value.ts';
import type { AttributeTarget, Change } from './target.ts';

/** One attribute of a resource and the operation on it. */
export interface Computation {
  readonly target: AttributeTarget;
  readonly before: Json | undefined;
  readonly change: Change;
}

/** The value of a single-valued attribute after an operation. */
export function computeSingle(allow: AllowLeniency, computation: Computation): Json | undefined {
  const { target, change } = computation;
  const { attribute, sub } = target.path;
  if (target.filter !== undefined) return computeFiltered(allow, computation);
  if (sub !== undefined) return computePart(allow, sub, computation);
  if (change.op === 'remove') return undefined;
  const given = unwrap(allow, attribute, change.value);
  if (attribute.type !== 'complex' || given === null) return parseValue(attribute, given, allow);
  const isWhole = change.op === 'replace' && !allow('merge-on-replace');
  if (isObject(given))
    return mergeParts(allow, attribute, { before: isWhole ? undefined : computation.before, given });
  const parsed = parseSingle(attribute, given, allow);
  return isObject(parsed)
    ? withoutStaleReference(computation.before, mergeObjects(computation.before, parsed))
    : parsed;
}

/** Entra ID documents a manager as a list of one (T11). */
export function unwrap(allow: AllowLeniency, attribute: Attribute, value: Json | undefined): Json {
  const isList = isArray(value) && value.length === 1 && attribute.type === 'complex';
  return (isList && allow('list-for-single') ? value[0] : value) ?? null;
}

/**
 * The parts that were given are set, one given as null or empty is cleared, the others stay: RFC 7644
 * §3.5.2.1 and §3.5.2.3.
 */
export function mergeParts(
  allow: AllowLeniency,
  attribute: Attribute,
  { before, given }: { readonly before: Json | undefined; readonly given: JsonObject },
): JsonObject | undefined {
  const parts = parseParts(attribute, given, allow);
  if (isCleared(attribute, parts, allow)) return undefined;
  const merged = mergeObjects(before, parts);
  for (const [name, value] of Object.entries(given)) {
    const sub = attribute.subAttributes.get(name.toLowerCase());
    const isUnassigned = value === null || (isArray(value) && value.length === 0);
    if (isUnassigned && sub !== undefined && sub.mutability !== 'readOnly') delete merged[sub.name];
  }
  requireParts(attribute, merged);
  const result = withoutStaleReference(before, merged);
  return Object.keys(result).length === 0 ? undefined : result;
}

export function mergeObjects(before: Json | undefined, parts: JsonObject): MutableJsonObject {
  return Object.assign(createObject(), isObject(before) ? before : {}, parts);
}

/** A `$ref` beside a new `value` would go on pointing to what the old one meant. */
function withoutStaleReference(before: Json | undefined, after: JsonObject): JsonObject {
  const isStale =
    isObject(before) &&
    before.$ref !== undefined &&
    isSameJson(before.$ref, after.$ref) &&
    !isSameJson(before.value, after.value);
  return isStale ? withValue(after, '$ref', undefined) : after;
}

function computePart(allow: AllowLeniency, sub: Attribute, computation: Computation): Json | undefined {
  const { before, change, target } = computation;
  const { attribute } = target.path;
  const object = isObject(before) ? before : EMPTY;
  const value = computeSub(allow, sub, { before: object[sub.name], change });
  requireUnchanged(attribute, sub, { before: object[sub.name], after: value });
  requirePart(sub, object[sub.name], value);
  const result = withoutStaleReference(before, withValue(object, sub.name, value));
  if (isCleared(attribute, result, allow)) return undefined;
  if (value !== undefined) requireParts(attribute, result);
  return Object.keys(result).length === 0 ? undefined : result;
}

/** The value of one sub-attribute afterwards. To a list, `add` appends (RFC 7644 §3.5.2.1). */
export function computeSub(
  allow: AllowLeniency,
  sub: Attribute,
  { before, change }: Pick<Computation, 'before' | 'change'>,
): Json | undefined {
  if (change.op === 'remove') return undefined;
  const value = parseValue(sub, change.value ?? null, allow);
  if (change.op === 'replace' || !sub.multiValued) return value;
  const present = isArray(before) ? before : [];
  const fresh = isArray(value)
    ? value.filter((item) => !present.some((known) => isSameJson(known, item)))
    : [];
  return toBoundedList(sub, [...present, ...fresh]);
}

/** RFC 7644 §3.5.2: a path that leads to an immutable part which is set, and a new value for it. */
export function requireUnchanged(
  attribute: Attribute,
  sub: Attribute,
  { before, after }: { readonly before: Json | undefined; readonly after: Json | undefined },
): void {
  if (sub.mutability !== 'immutable' || before === undefined || isSameJson(before, after)) return;
  const detail = `${attribute.name}.${sub.name} cannot be changed once set.`;
  throw badRequest('mutability', detail, attribute.name);
}

export function requirePart(sub: Attribute, before: Json | undefined, after: Json | undefined): void {
  if (sub.required && after === undefined && before !== undefined) throw unremovableValue(sub.name);
}

/** `name[familyName eq "x"].givenName`: a filter on a single-valued complex attribute. */
function computeFiltered(allow: AllowLeniency, computation: Computation): Json | undefined {
  const { before, target, change } = computation;
  const isMatch = isObject(before) && target.filter !== undefined && matchElement(target.filter, before);
  if (!isMatch) {
    if (change.op === 'remove') return before;
    throw badRequest('noTarget', `No value of ${target.path.attribute.name} matches the filter in the path.`);
  }
  return computeSingle(allow, {
    before,
    change,
    target: { ...target, filter: undefined, filterSyntax: undefined },
  });
}

/** A list as it is kept: undefined when empty. @throws ScimError 400 `invalidValue` for too many values. */
export function toBoundedList(attribute: Attribute, elements: readonly Json[]): Json | undefined {
  if (elements.length > MAX_ELEMENTS) {
    throw badRequest(
      'invalidValue',
      `${attribute.name} has more than ${MAX_ELEMENTS} values.`,
      attribute.name,
    );
  }
  return elements.length === 0 ? undefined : elements;
}
