import { parseDateTime } from './date-time.ts';
import { badRequest, type ScimError } from './errors.ts';
import {
  createObject,
  isArray,
  isObject,
  isSameJson,
  isWrittenNumber,
  type Json,
  type JsonObject,
} from './json.ts';
import type { AllowLeniency } from './leniency/leniency.ts';
import type { Attribute } from './schema/resource-type.ts';

/**
 * Checks a value against its attribute and gives it back in schema form: names in schema case, read-only
 * and unknown parts left out.
 *
 * `null`, `[]` and an object without values are the unassigned state (RFC 7643 §2.5): undefined is returned.
 *
 * @throws ScimError 400 `invalidValue` naming the attribute.
 */
export function parseValue(attribute: Attribute, value: Json, allow: AllowLeniency): Json | undefined {
  if (value === null) return undefined;
  if (attribute.multiValued) return parseElements(attribute, value, allow);
  if (!isArray(value)) return parseSingle(attribute, value, allow);
  const [only] = value;
  if (value.length !== 1 || only === undefined || attribute.type !== 'complex' || !allow('list-for-single')) {
    throw invalid(attribute, 'takes a single value, not a list');
  }
  return only === null ? undefined : parseSingle(attribute, only, allow);
}

/** One element of a multi-valued attribute, or the value of a single-valued one. */
export function parseSingle(attribute: Attribute, value: Json, allow: AllowLeniency): Json | undefined {
  if (attribute.type === 'complex') return parseComplex(attribute, value, allow);
  return parseSimple(attribute, value, allow);
}

/** Values of one attribute, relations apart, so that the work of a PATCH is bounded by its operations. */
export const MAX_ELEMENTS = 1000;

/** Parses a list of elements, or one element given without its list. */
export function parseElements(attribute: Attribute, value: Json, allow: AllowLeniency): Json | undefined {
  if (!isArray(value)) {
    const isElement =
      attribute.type === 'complex' ? isObject(value) || typeof value === 'string' : !isObject(value);
    if (!isElement || !allow('single-for-list')) throw invalid(attribute, 'takes a list of values');
    return parseElements(attribute, [value], allow);
  }
  if (attribute.relation === undefined && value.length > MAX_ELEMENTS)
    throw invalid(attribute, `has more than ${MAX_ELEMENTS} values`);
  const elements: Json[] = [];
  for (const item of value) {
    const element = item === null ? undefined : parseSingle(attribute, item, allow);
    if (element !== undefined) elements.push(element);
  }
  requireOnePrimary(attribute, elements);
  if (elements.length === 0) return undefined;
  return attribute.relation === undefined ? withoutRepeats(elements) : elements;
}

/** RFC 7643 §2.4: `primary: true` stands at most once. */
function requireOnePrimary(attribute: Attribute, elements: readonly Json[]): void {
  const primaries = elements.filter((element) => isObject(element) && element.primary === true);
  if (primaries.length > 1) throw invalid(attribute, 'has more than one primary value');
}

/**
 * RFC 7643 §2.4: the same value of the same type is not kept twice. The later one adds its other parts to the first,
 * as PATCH does. Members, which may be many, are told apart by their id alone.
 */
export function withoutRepeats(elements: readonly Json[]): readonly Json[] {
  const kept = new Map<string, Json>();
  for (const element of elements) {
    const key = toElementKey(element);
    const before = kept.get(key);
    const isMerged = isObject(before) && isObject(element);
    kept.set(key, isMerged ? Object.assign(createObject(), before, element) : element);
  }
  return kept.size === elements.length ? elements : [...kept.values()];
}

/** Equal for elements that {@link isSameElement} takes for the same. */
export function toElementKey(element: Json): string {
  if (!isObject(element)) return JSON.stringify(element);
  const { value, type } = element;
  return JSON.stringify(value === undefined ? Object.entries(element).sort(byName) : [value, type]);
}

function byName([a]: readonly [string, Json], [b]: readonly [string, Json]): number {
  return a < b ? -1 : 1;
}

function parseComplex(attribute: Attribute, value: Json, allow: AllowLeniency): Json | undefined {
  if (!isObject(value)) return parseBareComplex(attribute, value, allow);
  const parts = parseParts(attribute, value, allow);
  requireParts(attribute, parts);
  if (isCleared(attribute, parts, allow) || isEmpty(parts)) return undefined;
  return attribute.multiValued && isValueLost(value, parts) && isOnlyLabel(parts) ? undefined : parts;
}

/** The element had a value, which is null or is not kept. */
function isValueLost(given: JsonObject, parts: JsonObject): boolean {
  return parts.value === undefined && Object.keys(given).some((name) => name.toLowerCase() === 'value');
}

/** An e-mail without address is no e-mail. */
export function isOnlyLabel(parts: JsonObject): boolean {
  return Object.keys(parts).every((name) => name === 'type' || name === 'primary');
}

/**
 * Entra ID clears the manager with {"value": ""} (T11): a reference to nothing is no reference.
 *
 * @throws ScimError 400 `invalidValue` where that is not tolerated.
 */
export function isCleared(attribute: Attribute, parts: JsonObject, allow: AllowLeniency): boolean {
  const isEmptyReference =
    !attribute.multiValued && parts.value === '' && attribute.subAttributes.has('$ref');
  if (isEmptyReference && !allow('empty-reference')) throw invalid(attribute, 'refers to nothing');
  return isEmptyReference;
}

/** The parts of a complex value in schema form; whether the required ones are there is not judged. */
export function parseParts(attribute: Attribute, value: JsonObject, allow: AllowLeniency): JsonObject {
  const result = createObject();
  for (const [name, part] of Object.entries(value)) {
    const sub = attribute.subAttributes.get(name.toLowerCase());
    if (sub === undefined) {
      if (allow('unknown-attribute')) continue;
      throw badRequest(
        'invalidSyntax',
        `${attribute.name} has a part that its schema does not know.`,
        attribute.name,
      );
    }
    if (sub.mutability === 'readOnly') continue;
    const parsed = parseValue(sub, part, allow);
    if (parsed !== undefined) result[sub.name] = parsed;
  }
  return result;
}

/** A complex value given as its bare `value`, as Entra ID does for manager. */
function parseBareComplex(attribute: Attribute, value: Json, allow: AllowLeniency): Json | undefined {
  const sub = attribute.subAttributes.get('value');
  if (sub === undefined || typeof value !== 'string' || !allow('value-for-complex')) {
    throw invalid(attribute, 'takes an object');
  }
  if (value === '') return undefined;
  const parsed = parseValue(sub, value, allow);
  if (parsed === undefined) return undefined;
  const result = createObject();
  result[sub.name] = parsed;
  return result;
}

/** RFC 7643 §7: a complex value has its required sub-attributes. */
export function requireParts(attribute: Attribute, value: JsonObject): void {
  if (isEmpty(value)) return;
  for (const sub of attribute.subAttributes.values()) {
    const part = value[sub.name];
    const isExpected = sub.required && sub.mutability !== 'readOnly';
    if (isExpected && (part === undefined || part === '')) throw invalid(attribute, `needs "${sub.name}"`);
  }
}

function parseSimple(attribute: Attribute, value: Json, allow: AllowLeniency): Json | undefined {
  switch (attribute.type) {
    case 'boolean':
      return parseBoolean(attribute, value, allow);
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        throw invalid(attribute, 'takes a whole number, written without fraction and exponent');
      return value;
    case 'decimal':
      return parseDecimal(attribute, value);
    case 'dateTime':
      return parseDate(attribute, value);
    case 'binary':
      return parseBinary(attribute, value);
    case 'reference':
      return parseReference(attribute, parseString(attribute, value), allow);
    default:
      return parseWord(attribute, value, allow);
  }
}

/** Text, which in the interop profile is one of the words its schema lists, where it lists any. */
function parseWord(attribute: Attribute, value: Json, allow: AllowLeniency): string {
  const text = parseString(attribute, value);
  const { canonicalValues, caseExact } = attribute;
  const form = (word: string) => (caseExact ? word : word.toLowerCase());
  const isListed = canonicalValues.some((word) => form(word) === form(text));
  if (canonicalValues.length === 0 || isListed || allow('other-value')) return text;
  throw invalid(attribute, `takes one of ${canonicalValues.join(', ')}`);
}

function parseString(attribute: Attribute, value: Json): string {
  if (typeof value !== 'string') throw invalid(attribute, 'takes text');
  if (value.length > attribute.maxLength)
    throw invalid(attribute, `is longer than ${attribute.maxLength} characters`);
  return value;
}

function parseBoolean(attribute: Attribute, value: Json, allow: AllowLeniency): boolean {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  if ((word === 'true' || word === 'false') && allow('boolean-as-string')) return word === 'true';
  throw invalid(attribute, 'takes true or false');
}

function parseDate(attribute: Attribute, value: Json): string {
  const text = parseString(attribute, value);
  if (parseDateTime(text) === undefined)
    throw invalid(attribute, 'takes a date and time such as 2026-01-31T09:00:00Z');
  return text;
}

function parseDecimal(attribute: Attribute, value: Json): number {
  if (isWrittenNumber(value)) return Number(value.rawJSON);
  if (typeof value !== 'number') throw invalid(attribute, 'takes a number');
  return value;
}

/** RFC 7643 §2.3.6: base64 of RFC 4648 §4 or its URL form §5; padding, where given, must fit. */
function parseBinary(attribute: Attribute, value: Json): string {
  const text = parseString(attribute, value);
  const body = text.replace(/={1,2}$/, '');
  const isAlphabet = /^[A-Za-z0-9+/]*$/.test(body) || /^[A-Za-z0-9_-]*$/.test(body);
  const isPadded = body.length === text.length || text.length % 4 === 0;
  if (!isAlphabet || !isPadded || body.length % 4 === 1) throw invalid(attribute, 'takes base64');
  return text;
}

/** Characters of a URI (RFC 3986), those beyond ASCII included, and escapes that are whole. */
const URI_REFERENCE = /^(?:[^\s"<>\\^`{|}%\p{Cc}]|%[0-9A-Fa-f]{2})*$/u;

/**
 * RFC 7643 §2.3.7: an absolute or relative URI. URIs to other places end up in pages as links and images, so of
 * those only https: is kept; none is ever fetched.
 */
function parseReference(attribute: Attribute, text: string, allow: AllowLeniency): string | undefined {
  if (text === '') return text;
  const isExternal = attribute.referenceTypes.includes('external');
  const isUri = isExternal ? /^https:\/\//i.test(text) && URL.canParse(text) : URI_REFERENCE.test(text);
  if (isUri) return text;
  if (!allow('reference-dropped'))
    throw invalid(attribute, isExternal ? 'takes an https: URL' : 'takes a URI');
  return undefined;
}

function isEmpty(value: JsonObject): boolean {
  return Object.keys(value).length === 0;
}

/** True when both stand for the same element: same `value` and `type`, or the same JSON where there is no `value`. */
export function isSameElement(a: Json, b: Json): boolean {
  if (!isObject(a) || !isObject(b) || a.value === undefined) return isSameJson(a, b);
  return a.value === b.value && isSameJson(a.type, b.type);
}

function invalid(attribute: Attribute, fault: string): ScimError {
  return badRequest('invalidValue', `${attribute.name} ${fault}.`, attribute.name);
}
