import fc from 'fast-check';
import { isArray, isObject, type Json, type JsonObject } from '../../src/protocol/json.ts';
import { parseJson } from '../../src/protocol/parse-json.ts';
import { printPath } from '../../src/protocol/path.ts';
import type { Attribute, ResourceType, Schema } from '../../src/protocol/schema/resource-type.ts';
import { arbitraryValue } from './values.ts';

/** One attribute of a type, where it lives, and what one resource holds there. */
interface Place {
  readonly extension: Schema | undefined;
  readonly attribute: Attribute;
  readonly stored: readonly JsonObject[];
}

/** The body of a PATCH: mostly sensible operations on the resource, some that must be refused. */
export function arbitraryPatch(
  type: ResourceType,
  resource: JsonObject,
  ids: readonly string[],
): fc.Arbitrary<Json> {
  const places = collectPlaces(type, resource).flatMap(
    (place) => Array(weightOf(place)).fill(place) as Place[],
  );
  const operation = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...places).chain((place) => arbitraryOperation(place, ids)) },
    { weight: 3, arbitrary: arbitraryPathless(places, ids) },
    { weight: 1, arbitrary: arbitraryNonsense(places) },
  );
  return fc.array(operation, { minLength: 1, maxLength: 3 }).map((operations) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: operations,
  }));
}

function collectPlaces(type: ResourceType, resource: JsonObject): readonly Place[] {
  const toPlace = (extension: Schema | undefined, attribute: Attribute): Place => {
    const container = extension === undefined ? resource : resource[extension.id];
    const value = isObject(container) ? container[attribute.name] : undefined;
    return { extension, attribute, stored: (isArray(value) ? value : [value ?? null]).filter(isObject) };
  };
  return [
    ...[...type.attributes.values()].map((attribute) => toPlace(undefined, attribute)),
    ...type.extensions.flatMap(({ schema }) =>
      [...schema.attributes.values()].map((attribute) => toPlace(schema, attribute)),
    ),
  ];
}

/** Most operations are on what may be written, and of those on groups most are on members. */
function weightOf({ attribute }: Place): number {
  if (attribute.mutability === 'readOnly') return 1;
  return attribute.relation === 'members' ? 25 : 5;
}

const OPS = fc.constantFrom('add', 'replace', 'remove', 'Add', 'Replace', 'Remove');

function arbitraryOperation(place: Place, ids: readonly string[]): fc.Arbitrary<Json> {
  return fc
    .record({ op: OPS, target: arbitraryTarget(place), useValue: fc.boolean() })
    .chain(({ op, target, useValue }) => {
      const { path, leaf } = target;
      if (op.toLowerCase() === 'remove' && !useValue) return fc.constant<Json>({ op, path });
      return arbitraryGiven(place, leaf, ids).map((value): Json => ({ op, path, value }));
    });
}

/** `attribute`, `attribute.sub`, `attribute[filter]` and `attribute[filter].sub`, with and without URN. */
function arbitraryTarget({ extension, attribute, stored }: Place) {
  const whole = { path: printPath({ extension, attribute, sub: undefined }), leaf: attribute };
  const subs = [...attribute.subAttributes.values()];
  if (subs.length === 0) return fc.constant(whole);
  if (attribute.relation === 'members') {
    const narrow = fc.constantFrom(
      '[type eq "Device"]',
      '[not (type eq "User")]',
      '[value eq "x"]',
      '.display',
    );
    const rest = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: narrow });
    return rest.map((text) => ({ ...whole, path: whole.path + text }));
  }
  const filter = fc.oneof(fc.constant('type eq "work"'), arbitraryStoredFilter(stored));
  return fc.oneof(
    fc.constant(whole),
    fc.constantFrom(...subs).map((sub) => ({ path: printPath({ extension, attribute, sub }), leaf: sub })),
    filter.map((text) => ({ path: `${whole.path}[${text}]`, leaf: { ...attribute, multiValued: false } })),
    fc
      .record({ filter, sub: fc.constantFrom(...subs) })
      .map(({ filter: text, sub }) => ({ path: `${whole.path}[${text}].${sub.name}`, leaf: sub })),
  );
}

/** A filter that a stored element meets. */
function arbitraryStoredFilter(stored: readonly JsonObject[]): fc.Arbitrary<string> {
  const terms = stored.flatMap((element) =>
    Object.entries(element)
      .filter(([, value]) => !isObject(value) && !isArray(value))
      .map(([name, value]) => `${name} eq ${JSON.stringify(value)}`),
  );
  if (terms.length === 0) return fc.constant('value pr');
  return fc
    .record({
      term: fc.constantFrom(...terms),
      other: fc.constantFrom(...terms),
      kind: fc.constantFrom('', 'and', 'or', 'not'),
    })
    .map(({ term, other, kind }) => {
      if (kind === '') return term;
      return kind === 'not' ? `not (${term})` : `${term} ${kind} ${other}`;
    });
}

/** Mostly a value of the attribute, sometimes null, [] or something that does not belong there. */
function arbitraryGiven(place: Place, leaf: Attribute, ids: readonly string[]): fc.Arbitrary<Json> {
  return fc.oneof(
    {
      weight: 10,
      arbitrary: place.attribute.relation === 'members' ? arbitraryMembers(ids) : arbitraryValue(leaf),
    },
    { weight: 1, arbitrary: fc.constantFrom<Json[]>(null, [], '', {}) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }).filter(isStorable) as fc.Arbitrary<Json> },
  );
}

function arbitraryMembers(ids: readonly string[]): fc.Arbitrary<Json> {
  return fc.subarray([...ids], { maxLength: 5 }).map((values) => values.map((value) => ({ value })));
}

function arbitraryPathless(places: readonly Place[], ids: readonly string[]): fc.Arbitrary<Json> {
  const part = fc
    .constantFrom(...places)
    .chain((place) =>
      fc.record({ target: arbitraryTarget(place), given: arbitraryGiven(place, place.attribute, ids) }),
    )
    .map(({ target, given }) => [target.path, given] as const);
  return fc
    .record({ op: fc.constantFrom('add', 'replace'), parts: fc.array(part, { minLength: 1, maxLength: 3 }) })
    .map(({ op, parts }): Json => ({ op, value: Object.fromEntries(parts) }));
}

function arbitraryNonsense(places: readonly Place[]): fc.Arbitrary<Json> {
  const names = places.map(({ attribute }) => attribute.name);
  return fc.constantFrom<Json[]>(
    { op: 'remove' },
    { op: 'move', path: 'x' },
    { op: 'add', path: names[0] ?? 'id' },
    { op: 'replace', path: 'id', value: 'x' },
    { op: 'add', path: 'a[b', value: 1 },
    { op: 'add', path: 'unknownAttribute', value: 1 },
    { op: 'add', path: 'constructor', value: { prototype: 1 } },
    { op: 'add', value: 'x' },
    { op: 'replace', path: 'userName', value: '' },
    { op: 'replace', path: 'displayName', value: '' },
    { op: 'replace', path: 'serial', value: 'S-1' },
    { op: 'replace', path: 'userName', value: 'USER1@example.com' },
    { op: 'replace', path: 'displayName', value: 'GROUP 0' },
    { op: 'add', path: 'members', value: [{ value: 'no-such-id' }] },
  );
}

/** What the parser of bodies lets through. */
function isStorable(value: unknown): boolean {
  try {
    parseJson(JSON.stringify(value), { maxDepth: 8, maxNodes: 1000, maxStringLength: 1000 });
    return true;
  } catch {
    return false;
  }
}
