import { fold } from '../protocol/fold.ts';
import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import type { Bindings } from './bindings.ts';
import { decodePart } from './percent.ts';
import { NOWHERE, type Place, placeOf } from './place.ts';
import { BASE } from './redact-text.ts';
import { isSchemaUri } from './vocabulary.ts';

/** One thing that is not as it was recorded. */
export interface Difference {
  /** Such as `status`, `header etag` or `emails[0].value`. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
}

export interface CompareOptions {
  readonly bindings: Bindings;
  /** What the recorded client has sent, in folded form: the server cannot have made it. */
  readonly sent: ReadonlySet<string>;
  readonly sentNumbers: ReadonlySet<number>;
  /** Ids and cursors in the recording. */
  readonly serverMade: ReadonlySet<string>;
  /** True for what a server says of itself: its own words for people were replaced and cannot be compared. */
  readonly isDiscovery: boolean;
  /** `whole`: the list has exactly these resources; `shared`: others than the replay's may be among them. */
  readonly lists: 'whole' | 'shared';
}

/**
 * Compares an answer's body with the recorded one, elements of lists in any order. What the server makes, such as
 * ids, is bound to its counterpart where it is seen first and must be the same from then on. Times, versions and
 * explanations need only be there.
 */
export function compareBodies(
  expected: Json | undefined,
  actual: Json | undefined,
  options: CompareOptions,
): readonly Difference[] {
  if (expected === undefined && actual === undefined) return [];
  if (expected === undefined || actual === undefined) return [differ('body', expected, actual)];
  return compareValues(expected, actual, { ...options, path: '', place: NOWHERE });
}

interface Context extends CompareOptions {
  readonly path: string;
  readonly place: Place;
}

/** Values the protocol has a list of, so that they are compared as they are. */
const EXACT = new Set([
  'schemas',
  'type',
  'resourcetype',
  'scimtype',
  'status',
  'method',
  'op',
  'mutability',
  'returned',
  'uniqueness',
]);
/** Where `version` is an entity tag: in `meta`, and in the results of a bulk request. */
const VERSIONED = new Set(['meta', 'operations']);
/** Texts of discovery that are kept, so that they are compared. */
const DECLARED = new Set(['id', 'name', 'schema', 'endpoint', 'referencetypes']);
const LIST_COUNTS = new Set(['totalResults', 'itemsPerPage', 'startIndex']);

function compareValues(expected: Json, actual: Json, context: Context): readonly Difference[] {
  if (isArray(expected) && isArray(actual)) return compareLists(expected, actual, context);
  if (isObject(expected) && isObject(actual)) return compareObjects(expected, actual, context);
  if (typeof expected === 'string' && typeof actual === 'string') {
    return compareTexts(expected, actual, context);
  }
  if (typeof expected === 'number' && typeof actual === 'number') {
    const isServers = !context.sentNumbers.has(expected) && !LIST_COUNTS.has(context.path);
    return isServers || expected === actual ? [] : [differ(context.path, expected, actual)];
  }
  return expected === actual ? [] : [differ(context.path, context.bindings.toActualBody(expected), actual)];
}

function compareObjects(expected: JsonObject, actual: JsonObject, context: Context): readonly Difference[] {
  bindVersion(expected, actual, context.bindings);
  const isList = context.path === '' && isArray(expected.Resources);
  bindCursor(expected.nextCursor, actual.nextCursor, context.bindings);
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    .filter(
      (name) =>
        !(isList && context.lists === 'shared' && /^(?:totalResults|itemsPerPage|nextCursor)$/.test(name)),
    )
    // The id first, so that references to it are understood.
    .sort((a, b) => Number(b === 'id') - Number(a === 'id'));
  const isPage =
    isList && (context.lists === 'shared' || Number(expected.totalResults) > Number(expected.itemsPerPage));
  return names.flatMap((name) => {
    const [before, now] = [expected[name], actual[name]];
    const path = context.path === '' ? name : `${context.path}.${name}`;
    if (before === undefined || now === undefined) {
      return [differ(path, before === undefined ? undefined : context.bindings.toActualBody(before), now)];
    }
    const own = placeOf(name);
    const inside = {
      ...context,
      path,
      place: own.parent === '' ? { ...own, parent: context.place.name } : own,
    };
    if (isPage && name === 'Resources' && isArray(before) && isArray(now))
      return comparePages(before, now, inside);
    return compareValues(before, now, inside);
  });
}

function bindCursor(expected: Json | undefined, actual: Json | undefined, bindings: Bindings): void {
  if (typeof expected === 'string' && typeof actual === 'string') bindings.bind(expected, actual);
}

function bindVersion(expected: JsonObject, actual: JsonObject, bindings: Bindings): void {
  const [before, now] = [readVersion(expected), readVersion(actual)];
  const id =
    expected.id ?? (typeof expected.location === 'string' ? expected.location.split('/').at(-1) : undefined);
  if (typeof id !== 'string' || before === undefined || now === undefined) return;
  bindings.bindTag(decodePart(id), before, now);
}

function readVersion({ meta, version }: JsonObject): string | undefined {
  const found = isObject(meta) ? meta.version : version;
  return typeof found === 'string' ? found : undefined;
}

/** Which resources are on a page is the server's affair; those on both are compared. */
function comparePages(
  expected: readonly Json[],
  actual: readonly Json[],
  context: Context,
): readonly Difference[] {
  const { pairs } = pairUp(expected, actual, context.bindings);
  return pairs.flatMap(([before, now, index]) =>
    compareValues(before, now, { ...context, path: `${context.path}[${index}]` }),
  );
}

function compareLists(
  expected: readonly Json[],
  actual: readonly Json[],
  context: Context,
): readonly Difference[] {
  const { pairs, missing, extra } = pairUp(expected, actual, context.bindings);
  const rest = missing
    .slice(0, extra.length)
    .map(([before, index], at) => [before, extra[at] ?? null, index] as const);
  return [
    ...[...pairs, ...rest].flatMap(([before, now, index]) =>
      compareValues(before, now, { ...context, path: `${context.path}[${index}]` }),
    ),
    ...missing
      .slice(extra.length)
      .map(([before, index]) =>
        differ(`${context.path}[${index}]`, context.bindings.toActualBody(before), undefined),
      ),
    ...extra.slice(missing.length).map((now) => differ(`${context.path}[]`, undefined, now)),
  ];
}

/** Elements that are the same by what names them. */
function pairUp(expected: readonly Json[], actual: readonly Json[], bindings: Bindings) {
  const waiting = new Map<string, Json[]>();
  for (const item of actual) {
    const key = keyOf(item);
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [item]);
    else list.push(item);
  }
  const pairs: (readonly [Json, Json, number])[] = [];
  const missing: (readonly [Json, number])[] = [];
  for (const [index, item] of expected.entries()) {
    const now = waiting.get(keyOf(bindings.toActualBody(item)))?.shift() ?? waiting.get(keyOf(item))?.shift();
    if (now === undefined) missing.push([item, index]);
    else pairs.push([item, now, index]);
  }
  return { pairs, missing, extra: [...waiting.values()].flat() };
}

function keyOf(item: Json): string {
  if (!isObject(item)) return JSON.stringify(item);
  const named = [
    item.id,
    item.bulkId,
    item.value,
    item.userName,
    item.displayName,
    item.name,
    item.path,
  ].find((value) => typeof value === 'string');
  return named === undefined ? '' : JSON.stringify([named, item.method, item.type]);
}

function compareTexts(expected: string, actual: string, context: Context): readonly Difference[] {
  const { bindings, place, path, sent, serverMade } = context;
  if (place.name === 'version' && VERSIONED.has(place.parent)) return [];
  if (place.parent === 'meta' && (place.name === 'created' || place.name === 'lastmodified')) {
    bindings.bind(expected, actual);
    return Number.isNaN(Date.parse(actual)) ? [differ(path, 'a dateTime', actual)] : [];
  }
  if (place.name === 'detail' && context.path === 'detail') return [];
  if (expected.startsWith(BASE)) {
    return compareTargets(expected.slice(BASE.length), actual, context)
      ? []
      : [differ(path, bindings.toActual(expected, place), actual)];
  }
  // A name that the server made of others has no suffix of its own.
  if (actual === bindings.toActual(expected, place) || actual === expected) return [];
  if (context.isDiscovery && !EXACT.has(place.name)) {
    const isKept = DECLARED.has(place.name) && /^[A-Za-z$/:][\w$/.:-]*$/.test(expected);
    return isKept ? [differ(path, expected, actual)] : [];
  }
  const isServers = serverMade.has(expected) || !sent.has(fold(expected));
  const isExact = EXACT.has(place.name) || isSchemaUri(expected);
  if (isServers && !isExact && bindings.get(expected) === undefined) {
    bindings.bind(expected, actual);
    return [];
  }
  return [differ(path, bindings.toActual(expected, place), actual)];
}

/** Compares where two URLs lead below their base URLs, which may be spelled in several ways. */
export function compareTargets(
  expected: string,
  actual: string,
  { bindings, serverMade }: CompareOptions,
): boolean {
  const before = expected.split('/');
  const now = actual.split('/').slice(-before.length);
  return (
    now.length === before.length &&
    before.every((segment, index) => {
      const [old, current] = [decodePart(segment), decodePart(now[index] ?? '')];
      if (index === 0 && old === '') return true;
      if (current === bindings.toActual(old, { name: 'id', parent: '' })) return true;
      if (bindings.get(old) !== undefined || !serverMade.has(old)) return false;
      bindings.bind(old, current);
      return true;
    })
  );
}

export function differ(where: string, expected: Json | undefined, got: Json | undefined): Difference {
  return { where, expected: show(expected), got: show(got) };
}

function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
