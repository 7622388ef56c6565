import { compareText } from '../fold.ts';
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import type { AttributePath } from '../path.ts';
import type { Attribute } from '../schema/resource-type.ts';
import { toSearchKey } from '../search-key.ts';
import type { Filter, Operand, Operator } from './ast.ts';

/** Reads a filter against a resource in memory. The resource carries `id`, `meta` and relations where asked for. */
export function matchFilter(filter: Filter, resource: JsonObject): boolean {
  return match(filter, resource);
}

/** Reads the filter inside `attribute[…]` against one element. */
export function matchElement(filter: Filter, element: JsonObject): boolean {
  return match(filter, element);
}

function match(filter: Filter, subject: JsonObject): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.operands.every((operand) => match(operand, subject));
    case 'or':
      return filter.operands.some((operand) => match(operand, subject));
    case 'not':
      return !match(filter.operand, subject);
    case 'constant':
      return filter.value;
    case 'element':
      return elementsOf(readAttribute(filter.path, subject)).some(
        (element) => isObject(element) && match(filter.filter, element),
      );
    case 'present':
      return readValues(filter.operand, subject).some(isNonEmpty);
    case 'compare':
      return compareValues(filter, subject);
  }
}

function compareValues(filter: Filter & { kind: 'compare' }, subject: JsonObject): boolean {
  const { operand, operator, value: literal } = filter;
  const attribute = operand.from === 'element' ? operand.sub : (operand.path.sub ?? operand.path.attribute);
  const keys = readValues(operand, subject)
    .map((value) => toSearchKey(attribute, value))
    .filter((key) => key !== undefined);
  // RFC 7644 §3.4.2.2: any value may match. Without any value, nothing is equal to the literal.
  if (operator === 'ne') return keys.length === 0 || keys.some((key) => key !== literal);
  return keys.some((key) => compareKeys(key, operator, literal));
}

type Key = string | number | boolean;

/** Compares two search keys of one attribute. */
export function compareKeys(key: Key, operator: Operator, literal: Key): boolean {
  if (operator === 'eq') return key === literal;
  if (typeof key === 'string' && typeof literal === 'string') {
    if (operator === 'co') return key.includes(literal);
    if (operator === 'sw') return key.startsWith(literal);
    if (operator === 'ew') return key.endsWith(literal);
    return isOrdered(compareText(key, literal), operator);
  }
  return typeof key === 'number' && typeof literal === 'number' && isOrdered(key - literal, operator);
}

function isOrdered(difference: number, operator: Operator): boolean {
  switch (operator) {
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
    default:
      return false;
  }
}

/** RFC 7644 §3.4.2.2 `pr`: a non-empty value; for a complex one, that there is one. */
function isNonEmpty(value: Json): boolean {
  return value !== '';
}

function readValues(operand: Operand, subject: JsonObject): readonly Json[] {
  if (operand.from === 'element') return elementsOf(subject[operand.sub.name]);
  return readPathValues(operand.path, subject);
}

/** All values a path has in a resource, elements of multi-valued attributes taken apart. */
export function readPathValues(path: AttributePath, resource: JsonObject): readonly Json[] {
  const elements = elementsOf(readAttribute(path, resource));
  const { sub } = path;
  if (sub === undefined) return elements;
  return elements.flatMap((element) => (isObject(element) ? elementsOf(element[sub.name]) : []));
}

function readAttribute(path: AttributePath, resource: JsonObject): Json | undefined {
  if (path.extension === undefined) return resource[path.attribute.name];
  const extension = resource[path.extension.id];
  return isObject(extension) ? extension[path.attribute.name] : undefined;
}

function elementsOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return isArray(value) ? value : [value];
}

/** The value resources are sorted by: of several, the primary one, else the first (RFC 7644 §3.4.2.3). */
export function readSortKey(path: AttributePath, resource: JsonObject): Key | undefined {
  const elements = elementsOf(readAttribute(path, resource));
  const primary = elements.find((element) => isObject(element) && element.primary === true) ?? elements[0];
  const sub: Attribute | undefined = path.sub ?? path.attribute.subAttributes.get('value');
  if (sub === undefined) return toSearchKey(path.attribute, primary);
  return isObject(primary) ? toSearchKey(sub, primary[sub.name]) : undefined;
}
