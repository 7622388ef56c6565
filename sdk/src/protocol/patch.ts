import { badRequest, ScimError } from './errors.ts';
import type { Filter, FilterSyntax } from './filter/ast.ts';
import { matchElement } from './filter/match.ts';
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
import { PATCH_LIMITS, type PatchOperation, type PatchTarget, parsePatchTarget } from './patch-request.ts';
import type { AttributePath } from './path.ts';
import {
  type MemberValue,
  parseMembers,
  requireAttributes,
  requireImmutableParts,
  requireImmutables,
  requireUnknownAllowed,
} from './resource.ts';
import type { Attribute, ResourceType } from './schema/resource-type.ts';
import {
  isCleared,
  isSameElement,
  MAX_ELEMENTS,
  parseElements,
  parseParts,
  parseSingle,
  parseValue,
  requireParts,
} from './value.ts';

/** What a PATCH asks of the members relation, in order. The store carries it out without loading the group. */
export type MembersChange =
  | { readonly kind: 'add'; readonly members: readonly MemberValue[] }
  | { readonly kind: 'replace'; readonly members: readonly MemberValue[] }
  | { readonly kind: 'remove'; readonly ids: readonly string[] }
  | { readonly kind: 'removeMatching'; readonly filter: Filter };

/** The outcome of a PATCH: new attributes (the same object when nothing changed) and member changes. */
export interface PatchResult {
  readonly attributes: JsonObject;
  readonly members: readonly MembersChange[];
}

/**
 * Applies the operations of a PATCH in order, each seeing the result of the one before (RFC 7644 §3.5.2).
 * Pure: the given attributes are never modified, and an error leaves nothing behind.
 *
 * @throws ScimError 400 `mutability`, `invalidValue`, `invalidPath`, `noTarget`; 413 for too many members.
 */
export function applyPatch(
  type: ResourceType,
  attributes: JsonObject,
  request: { readonly operations: readonly PatchOperation[]; readonly allow: AllowLeniency },
): PatchResult {
  const patch: Patch = { type, allow: request.allow, attributes, members: [], memberCount: 0 };
  for (const operation of request.operations) applyOperation(patch, operation);
  requireAttributes(type, patch.attributes);
  requireImmutables(type, attributes, patch.attributes);
  const isSame = isSameJson(attributes, patch.attributes);
  return { attributes: isSame ? attributes : patch.attributes, members: patch.members };
}

interface Patch {
  readonly type: ResourceType;
  readonly allow: AllowLeniency;
  readonly members: MembersChange[];
  attributes: JsonObject;
  memberCount: number;
}

interface Change {
  readonly op: 'add' | 'remove' | 'replace';
  readonly value: Json | undefined;
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
    if (target.kind === 'attribute' && isReadOnly(target.path)) {
      // Okta and authentik send the whole group, id and meta included (T4).
      if (patch.allow('read-only-in-value')) continue;
    }
    applyToTarget(patch, target, { op, value: part });
  }
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
  const after = computeValue(patch, { target, before, change });
  if (path.attribute.required && after === undefined) {
    throw badRequest(
      'mutability',
      `${path.attribute.name} is required and cannot be removed.`,
      path.attribute.name,
    );
  }
  requireMutable(path, before, after);
  writeContainer(patch, path, after);
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

const EMPTY: JsonObject = Object.freeze(createObject());

function writeContainer(patch: Patch, path: AttributePath, value: Json | undefined): void {
  const container = withValue(readContainer(patch, path), path.attribute.name, value);
  if (path.extension === undefined) patch.attributes = container;
  else writeExtension(patch, path.extension.id, container);
}

function writeExtension(patch: Patch, urn: string, extension: JsonObject | undefined): void {
  const isEmpty = extension === undefined || Object.keys(extension).length === 0;
  patch.attributes = withValue(patch.attributes, urn, isEmpty ? undefined : extension);
}

/** A copy of the object with one value set, or left out when undefined. */
function withValue(object: JsonObject, name: string, value: Json | undefined): MutableJsonObject {
  const copy = Object.assign(createObject(), object);
  if (value === undefined) delete copy[name];
  else copy[name] = value;
  return copy;
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

interface Computation {
  readonly target: PatchTarget & { kind: 'attribute' };
  readonly before: Json | undefined;
  readonly change: Change;
}

function computeValue(patch: Patch, computation: Computation): Json | undefined {
  const { target, change } = computation;
  const { attribute, sub } = target.path;
  if (attribute.multiValued) return computeList(patch, computation);
  if (target.filter !== undefined) return computeFiltered(patch, computation);
  if (sub !== undefined) return computePart(patch, sub, computation);
  if (change.op === 'remove') return undefined;
  const given = unwrap(patch, attribute, change.value);
  if (attribute.type !== 'complex' || given === null) return parseValue(attribute, given, patch.allow);
  if (isObject(given)) return mergeParts(patch, attribute, { before: computation.before, given });
  const parsed = parseSingle(attribute, given, patch.allow);
  return isObject(parsed)
    ? withoutStaleReference(computation.before, mergeObjects(computation.before, parsed))
    : parsed;
}

/** Entra ID documents a manager as a list of one (T11). */
function unwrap(patch: Patch, attribute: Attribute, value: Json | undefined): Json {
  const isList = isArray(value) && value.length === 1 && attribute.type === 'complex';
  return (isList && patch.allow('list-for-single') ? value[0] : value) ?? null;
}

/**
 * The parts that were given are set, one given as null or empty is cleared, the others stay: RFC 7644
 * §3.5.2.1 and §3.5.2.3.
 */
function mergeParts(
  patch: Patch,
  attribute: Attribute,
  { before, given }: { readonly before: Json | undefined; readonly given: JsonObject },
): JsonObject | undefined {
  const parts = parseParts(attribute, given, patch.allow);
  if (isCleared(attribute, parts)) return undefined;
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

function mergeObjects(before: Json | undefined, parts: JsonObject): MutableJsonObject {
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

function computePart(patch: Patch, sub: Attribute, computation: Computation): Json | undefined {
  const { before, change, target } = computation;
  const { attribute } = target.path;
  const object = isObject(before) ? before : EMPTY;
  const value = computeSub(patch, sub, { before: object[sub.name], change });
  requirePart(sub, object[sub.name], value);
  const result = withoutStaleReference(before, withValue(object, sub.name, value));
  if (isCleared(attribute, result)) return undefined;
  if (value !== undefined) requireParts(attribute, result);
  return Object.keys(result).length === 0 ? undefined : result;
}

/** The value of one sub-attribute afterwards. To a list, `add` appends (RFC 7644 §3.5.2.1). */
function computeSub(
  patch: Patch,
  sub: Attribute,
  { before, change }: Pick<Computation, 'before' | 'change'>,
): Json | undefined {
  if (change.op === 'remove') return undefined;
  const value = parseValue(sub, change.value ?? null, patch.allow);
  if (change.op === 'replace' || !sub.multiValued) return value;
  const present = isArray(before) ? before : [];
  const fresh = isArray(value)
    ? value.filter((item) => !present.some((known) => isSameJson(known, item)))
    : [];
  return toList(sub, [...present, ...fresh]);
}

function requirePart(sub: Attribute, before: Json | undefined, after: Json | undefined): void {
  if (sub.required && after === undefined && before !== undefined)
    throw badRequest('mutability', `${sub.name} is required and cannot be removed.`, sub.name);
}

/** `name[familyName eq "x"].givenName`: a filter on a single-valued complex attribute. */
function computeFiltered(patch: Patch, computation: Computation): Json | undefined {
  const { before, target, change } = computation;
  const isMatch = isObject(before) && target.filter !== undefined && matchElement(target.filter, before);
  if (!isMatch) {
    if (change.op === 'remove') return before;
    throw badRequest('noTarget', `No value of ${target.path.attribute.name} matches the filter in the path.`);
  }
  return computeValue(patch, {
    before,
    change,
    target: { ...target, filter: undefined, filterSyntax: undefined },
  });
}

function computeList(patch: Patch, { target, before, change }: Computation): Json | undefined {
  const { attribute, sub } = target.path;
  const elements = isArray(before) ? before : [];
  const list: List = { patch, attribute, sub, elements, change };
  return toList(attribute, computeElements(list, target));
}

function computeElements(list: List, target: Computation['target']): readonly Json[] {
  if (target.filter !== undefined) return changeMatching(list, target.filter, target.filterSyntax);
  if (list.sub !== undefined) return changeEverySub(list);
  if (list.change.op === 'remove') return removeElements(list);
  const given = parseElements(list.attribute, list.change.value ?? [], list.patch.allow);
  const added = isArray(given) ? given : [];
  return list.change.op === 'replace' ? added : addElements(list, added);
}

/** New values are appended; one already there gains the parts it did not have (RFC 7644 §3.5.2.1, T7). */
function addElements({ elements, attribute }: List, added: readonly Json[]): readonly Json[] {
  const merged = elements.map((present) => {
    const same = added.filter((element) => isSameElement(present, element));
    return same.reduce<Json>((element, given) => addToElement(attribute, element, given), present);
  });
  const fresh = added.filter((element) => !elements.some((present) => isSameElement(present, element)));
  const present = new Set(elements);
  return withOnePrimary(
    [...merged, ...fresh],
    [...merged.filter((element) => !present.has(element)), ...fresh],
  );
}

function addToElement(attribute: Attribute, element: Json, given: Json): Json {
  if (!isObject(element) || !isObject(given)) return element;
  const merged = mergeObjects(element, given);
  requireImmutableParts(attribute, element, merged);
  return isSameJson(element, merged) ? element : merged;
}

interface List {
  readonly patch: Patch;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
  readonly elements: readonly Json[];
  readonly change: Change;
}

function toList(attribute: Attribute, elements: readonly Json[]): Json | undefined {
  if (elements.length > MAX_ELEMENTS) {
    throw badRequest(
      'invalidValue',
      `${attribute.name} has more than ${MAX_ELEMENTS} values.`,
      attribute.name,
    );
  }
  return elements.length === 0 ? undefined : elements;
}

/** `remove` of a whole list, or only of the values named (T5). */
function removeElements({ patch, attribute, elements, change }: List): readonly Json[] {
  if (change.value === undefined || change.value === null || !patch.allow('remove-with-value')) return [];
  const given = parseElements(attribute, change.value, patch.allow);
  const named = isArray(given) ? given : [];
  return elements.filter((element) => !named.some((item) => isNamed(element, item)));
}

/** A value to remove may leave `type` out. */
function isNamed(element: Json, named: Json): boolean {
  if (!isObject(element) || !isObject(named)) return isSameJson(element, named);
  return Object.entries(named).every(([name, value]) => isSameJson(element[name], value));
}

/** `emails.type`: the sub-attribute of every element. */
function changeEverySub(list: List): readonly Json[] {
  const elements = list.elements.length === 0 && list.change.op !== 'remove' ? [EMPTY] : list.elements;
  const changed = elements.map((element) => changeElement(list, element)).filter(isKept);
  return withOnePrimary(changed, changed);
}

function changeMatching(list: List, filter: Filter, syntax: FilterSyntax | undefined): readonly Json[] {
  const { elements, change, attribute } = list;
  const isMatch = (element: Json) => isObject(element) && matchElement(filter, element);
  if (elements.some(isMatch)) {
    const changed = elements.map((element) => (isMatch(element) ? changeElement(list, element) : element));
    const touched = changed.filter((element, index) => element !== elements[index]);
    return withOnePrimary(changed.filter(isKept), touched.filter(isKept));
  }
  // Removing what is not there succeeds, so that a retry does (T6).
  if (change.op === 'remove') return elements;
  const template = syntax === undefined ? undefined : toTemplate(attribute, syntax);
  if (template === undefined || !list.patch.allow('create-by-filter')) {
    throw badRequest(
      'noTarget',
      `No value of ${attribute.name} matches the filter in the path.`,
      attribute.name,
    );
  }
  const created = changeElement(
    { ...list, change: { ...change, op: 'add' } },
    parseParts(attribute, template, list.patch.allow),
  );
  return withOnePrimary([...elements, created].filter(isKept), [created].filter(isKept));
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
  const { patch, attribute, sub, change } = list;
  if (sub !== undefined) return changePart(list, sub, isObject(element) ? element : EMPTY);
  const given = unwrap(patch, attribute, change.value);
  if (change.op === 'remove' || given === null) return undefined;
  if (change.op === 'replace' || !isObject(given)) return parseSingle(attribute, given, patch.allow);
  const merged = mergeParts(patch, attribute, { before: element, given });
  requireImmutableParts(attribute, element, merged);
  return merged;
}

function changePart(
  { patch, attribute, change }: List,
  sub: Attribute,
  element: JsonObject,
): Json | undefined {
  const before = element[sub.name];
  const value = computeSub(patch, sub, { before, change });
  const result = withValue(element, sub.name, value);
  const isOnlyLabel = Object.keys(result).every((name) => name === 'type' || name === 'primary');
  // An e-mail without address is no e-mail: clearing the value removes the element.
  if (isOnlyLabel && sub.name !== 'type' && sub.name !== 'primary' && value === undefined) return undefined;
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

function applyToMembers(patch: Patch, target: PatchTarget & { kind: 'attribute' }, change: Change): void {
  const { attribute, sub } = target.path;
  if (sub !== undefined) {
    throw badRequest(
      'mutability',
      'Members are added and removed whole; their parts cannot be changed.',
      attribute.name,
    );
  }
  if (target.filter !== undefined) {
    if (change.op !== 'remove')
      throw badRequest('mutability', 'Members are added and removed whole.', attribute.name);
    const id = readIdFilter(target.filterSyntax);
    patch.members.push(
      id === undefined ? { kind: 'removeMatching', filter: target.filter } : { kind: 'remove', ids: [id] },
    );
    countMembers(patch, 1);
    return;
  }
  const hasValue = change.value !== undefined && change.value !== null;
  if (change.op === 'remove' && !(hasValue && patch.allow('remove-with-value'))) {
    patch.members.push({ kind: 'replace', members: [] });
    return;
  }
  const members = parseMembers(attribute, change.value ?? null, patch.allow);
  if (change.op !== 'replace') countMembers(patch, members.length);
  patch.members.push(
    change.op === 'remove'
      ? { kind: 'remove', ids: members.map(({ value }) => value) }
      : { kind: change.op, members },
  );
}

/** `value eq "id"`, which needs no reading of the group. */
function readIdFilter(syntax: FilterSyntax | undefined): string | undefined {
  const isId =
    syntax?.kind === 'compare' && syntax.operator === 'eq' && syntax.path.toLowerCase() === 'value';
  return isId && typeof syntax.value === 'string' ? syntax.value : undefined;
}

function countMembers(patch: Patch, count: number): void {
  patch.memberCount += count;
  if (patch.memberCount > PATCH_LIMITS.maxMembers) {
    throw new ScimError(413, `A PATCH adds or removes at most ${PATCH_LIMITS.maxMembers} members.`);
  }
}

function leafName(path: AttributePath): string {
  return path.sub === undefined ? path.attribute.name : `${path.attribute.name}.${path.sub.name}`;
}
