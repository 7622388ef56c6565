import { badRequest } from '../errors.ts';
import type { Filter, FilterSyntax } from '../filter/ast.ts';
import { matchElement } from '../filter/match.ts';
import { createObject, isArray, isObject, isSameJson, type Json, type JsonObject } from '../json.ts';
import type { AllowLeniency } from '../leniency/leniency.ts';
import { requireImmutableParts } from '../resource.ts';
import type { Attribute } from '../schema/resource-type.ts';
import {
  isOnlyLabel,
  isSameElement,
  MAX_ELEMENTS,
  parseElements,
  parseParts,
  parseSingle,
  requireParts,
  toElementKey,
  withoutRepeats,
} from '../value.ts';
import { EMPTY, withValue } from '../with-value.ts';
import {
  type Computation,
  computeSub,
  mergeObjects,
  mergeParts,
  requirePart,
  requireUnchanged,
  toBoundedList,
  unwrap,
} from './single.ts';
import { type Change, namesValues } from './target.ts';

/** The value of a multi-valued attribute after an operation. */
export function computeList(allow: AllowLeniency, { target, before, change }: Computation): Json | undefined {
  const { attribute, sub } = target.path;
  const elements = isArray(before) ? before : [];
  const list: List = { allow, attribute, sub, elements, change };
  return toBoundedList(attribute, computeElements(list, target));
}

function computeElements(list: List, target: Computation['target']): readonly Json[] {
  if (target.filter !== undefined) return changeMatching(list, target.filter, target.filterSyntax);
  if (list.sub !== undefined) return changeEverySub(list);
  if (list.change.op === 'remove') return removeElements(list);
  const given = parseElements(list.attribute, list.change.value ?? [], list.allow);
  const added = isArray(given) ? given : [];
  return list.change.op === 'replace' ? added : addElements(list, added);
}

/** New values are appended; one already there gains the parts it did not have (RFC 7644 §3.5.2.1, T7). */
function addElements({ elements, attribute }: List, added: readonly Json[]): readonly Json[] {
  const given = new Map(added.map((element) => [toElementKey(element), element]));
  const known = new Set(elements.map(toElementKey));
  const merged = elements.map((present) => {
    const same = given.get(toElementKey(present));
    return same === undefined ? present : addToElement(attribute, present, same);
  });
  const fresh = added.filter((element) => !known.has(toElementKey(element)));
  const all = [...merged, ...fresh];
  // What was primary before and merely gained other parts does not stay primary against a value added as primary.
  const primary = added.find((element) => isObject(element) && element.primary === true);
  return primary === undefined
    ? all
    : withOnePrimary(
        all,
        all.filter((element) => isSameElement(element, primary)),
      );
}

function addToElement(attribute: Attribute, element: Json, given: Json): Json {
  if (!isObject(element) || !isObject(given)) return element;
  const merged = mergeObjects(element, given);
  requireImmutableParts(attribute, element, merged);
  return isSameJson(element, merged) ? element : merged;
}

interface List {
  readonly allow: AllowLeniency;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
  readonly elements: readonly Json[];
  readonly change: Change;
}

/** `remove` of a whole list, or only of the values named (T5). */
function removeElements({ allow, attribute, elements, change }: List): readonly Json[] {
  if (!namesValues(change, attribute, allow)) return [];
  const shapes = groupByShape(parseNamed(attribute, change.value ?? null, allow));
  return elements.filter((element) => !shapes.some((shape) => isNamed(element, shape)));
}

/** The values to remove. Each is read on its own: several that name one value are not one condition. */
function parseNamed(attribute: Attribute, value: Json, allow: AllowLeniency): readonly Json[] {
  const parts = isArray(value) && value.length <= MAX_ELEMENTS ? value.map((item) => [item]) : [value];
  return parts.flatMap((part) => {
    const parsed = parseElements(attribute, part, allow);
    return isArray(parsed) ? parsed : [];
  });
}

/** Values to remove that give the same parts, and what they give. */
interface Shape {
  readonly names: readonly string[];
  readonly keys: Set<string>;
}

/** Values of one shape are looked up together, so that the work grows with both lists and not with their product. */
function groupByShape(named: readonly Json[]): readonly Shape[] {
  const shapes = new Map<string, Shape>();
  for (const item of named) {
    const names = isObject(item) ? Object.keys(item).sort() : [];
    const shape = shapes.get(names.join()) ?? { names, keys: new Set() };
    shapes.set(names.join(), shape);
    shape.keys.add(toShapeKey(item, names));
  }
  return [...shapes.values()];
}

/** A value to remove may leave `type` out. */
function isNamed(element: Json, { names, keys }: Shape): boolean {
  return keys.has(toShapeKey(element, names));
}

function toShapeKey(element: Json, names: readonly string[]): string {
  return JSON.stringify(isObject(element) ? names.map((name) => element[name]) : element);
}

/** `emails.type`: the sub-attribute of every element. */
function changeEverySub(list: List): readonly Json[] {
  const elements = list.elements.length === 0 && list.change.op !== 'remove' ? [EMPTY] : list.elements;
  const changed = elements.map((element) => changeElement(list, element)).filter(isKept);
  return withoutRepeats(withOnePrimary(changed, changed));
}

function changeMatching(list: List, filter: Filter, syntax: FilterSyntax | undefined): readonly Json[] {
  const { elements, change, attribute } = list;
  const isMatch = (element: Json) => isObject(element) && matchElement(filter, element);
  if (elements.some(isMatch)) {
    const changed = elements.map((element) => (isMatch(element) ? changeElement(list, element) : element));
    const touched = changed.filter((element, index) => element !== elements[index]);
    return withoutRepeats(withOnePrimary(changed.filter(isKept), touched.filter(isKept)));
  }
  // Removing what is not there succeeds, so that a retry does (T6).
  if (change.op === 'remove') return elements;
  const template = syntax === undefined ? undefined : toTemplate(attribute, syntax);
  if (template === undefined || !list.allow('create-by-filter')) {
    throw badRequest(
      'noTarget',
      `No value of ${attribute.name} matches the filter in the path.`,
      attribute.name,
    );
  }
  const created = changeElement(
    { ...list, change: { ...change, op: 'add' } },
    parseParts(attribute, template, list.allow),
  );
  return withoutRepeats(withOnePrimary([...elements, created].filter(isKept), [created].filter(isKept)));
}

/** The element that `type eq "work" and primary eq true` describes; undefined for any other filter. */
function toTemplate(attribute: Attribute, syntax: FilterSyntax): JsonObject | undefined {
  const template = createObject();
  const terms = syntax.kind === 'and' ? syntax.operands : [syntax];
  for (const term of terms) {
    if (term.kind !== 'compare' || term.operator !== 'eq' || term.value === null) return undefined;
    if (!attribute.subAttributes.has(term.path.toLowerCase())) return undefined;
    template[term.path] = term.value;
  }
  return template;
}

/** One element after the operation; undefined when nothing of it is left. */
function changeElement(list: List, element: Json): Json | undefined {
  const { allow, attribute, sub, change } = list;
  if (sub !== undefined) return changePart(list, sub, isObject(element) ? element : EMPTY);
  const given = unwrap(allow, attribute, change.value);
  if (change.op === 'remove' || given === null) return undefined;
  if (change.op === 'replace' || !isObject(given)) return parseSingle(attribute, given, allow);
  const merged = mergeParts(allow, attribute, { before: element, given });
  requireImmutableParts(attribute, element, merged);
  return merged;
}

function changePart(
  { allow, attribute, change }: List,
  sub: Attribute,
  element: JsonObject,
): Json | undefined {
  const before = element[sub.name];
  const value = computeSub(allow, sub, { before, change });
  requireUnchanged(attribute, sub, { before, after: value });
  const result = withValue(element, sub.name, value);
  const isLabel = sub.name === 'type' || sub.name === 'primary';
  if (value === undefined && !isLabel && isOnlyLabel(result)) return undefined;
  requirePart(sub, before, value);
  requireParts(attribute, result);
  requireImmutableParts(attribute, element, result);
  return result;
}

function isKept(element: Json | undefined): element is Json {
  return element !== undefined && !(isObject(element) && Object.keys(element).length === 0);
}

/** RFC 7644 §3.5.2: making one value primary ends the others' being primary. */
function withOnePrimary(elements: readonly Json[], changed: readonly Json[]): readonly Json[] {
  const primary = changed.findLast((element) => isObject(element) && element.primary === true);
  if (primary === undefined) return elements;
  return elements.map((element) =>
    element !== primary && isObject(element) && element.primary === true
      ? withValue(element, 'primary', false)
      : element,
  );
}
