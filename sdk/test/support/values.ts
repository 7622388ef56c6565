import fc from 'fast-check';
import { createObject, isObject, type Json } from '../../src/protocol/json.ts';
import type { Attribute, ResourceType } from '../../src/protocol/schema/resource-type.ts';

/** Text that databases and JavaScript like to see differently: case, forms, wildcards, quotes, astral planes. */
const TEXTS = [
  'ada',
  'Ada',
  'ADA LOVELACE',
  'Grace',
  'grace hopper',
  'work',
  'Home',
  'other',
  'Éa',
  'E\u0301a',
  'éa',
  'ΟΔΟΣ',
  'οδος',
  'İx',
  'ıx',
  '\u212Aelvin',
  'kelvin',
  '100%',
  '_under',
  `it's "quoted"`,
  'back\\slash',
  '😀 face',
  '\uE000 private',
  '\uFFFD',
  'ﬁn',
  'a]b)c',
  ' lead',
  'x'.repeat(60),
];

const INSTANTS = [
  '2025-01-01T00:00:00Z',
  '2025-01-01T01:00:00+01:00',
  '2025-01-01T00:00:00.001Z',
  '2024-02-29T23:59:59-05:00',
  '2026-06-30T12:00:00',
  '1999-12-31T23:59:59.999999999Z',
];

const BINARIES = ['AAAA', 'aaaa', 'QUJD', 'QUI=', 'Zm9v', '_-_-'];
const LINKS = [
  'https://a.example/x',
  'https://a.example/X',
  'https://b.example/',
  'https://b.example/?q=%25',
];

/** A value of the attribute's type, from a pool small enough for filters to meet some rows and not all. */
export function arbitrarySimple(attribute: Attribute): fc.Arbitrary<string | number | boolean> {
  switch (attribute.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.constantFrom(-7, 0, 1, 2, 3, 10, 80, 443, 9007199254740991);
    case 'decimal':
      return fc.constantFrom(-0.5, 0, 0.1, 1, 1.5, 2.25, 1e21, 5e-7);
    case 'dateTime':
      return fc.constantFrom(...INSTANTS);
    case 'binary':
      return fc.constantFrom(...BINARIES);
    case 'reference':
      return fc.constantFrom(...LINKS);
    default:
      return fc.constantFrom(...TEXTS);
  }
}

/** A value a client may send for the attribute. */
export function arbitraryValue(attribute: Attribute): fc.Arbitrary<Json> {
  const single = attribute.type === 'complex' ? arbitraryParts(attribute) : arbitrarySimple(attribute);
  if (!attribute.multiValued) return single;
  return fc
    .array(single, { minLength: 1, maxLength: 3 })
    .map((elements) => elements.map((element, index) => (index === 0 ? element : withoutPrimary(element))));
}

function arbitraryParts(attribute: Attribute): fc.Arbitrary<Json> {
  const parts = [...attribute.subAttributes.values()]
    .filter((sub) => sub.mutability !== 'readOnly')
    .map((sub) => [sub.name, arbitraryValue(sub)] as const);
  return fc.record(Object.fromEntries(parts), { requiredKeys: parts.slice(0, 1).map(([name]) => name) });
}

function withoutPrimary(element: Json): Json {
  if (!isObject(element)) return element;
  return Object.assign(createObject(), element, { primary: false });
}

/** The body of a POST; unique values are left to the caller. */
export function arbitraryBody(type: ResourceType): fc.Arbitrary<Record<string, Json>> {
  const base = arbitraryAttributes([...type.schema.attributes.values()]);
  const extensions = type.extensions.map(
    ({ schema }) => [schema.id, arbitraryAttributes([...schema.attributes.values()])] as const,
  );
  return fc
    .record({ base, extension: fc.record(Object.fromEntries(extensions), { requiredKeys: [] }) })
    .chain(({ base, extension }) =>
      fc.option(fc.constantFrom('ext-1', 'EXT-1', 'ext-2'), { nil: null }).map((externalId) => ({
        schemas: [type.schema.id],
        ...base,
        ...extension,
        externalId,
      })),
    );
}

function arbitraryAttributes(attributes: readonly Attribute[]): fc.Arbitrary<Record<string, Json>> {
  const entries = attributes
    .filter(
      ({ mutability, relation, uniqueness }) =>
        mutability !== 'readOnly' && !relation && uniqueness === 'none',
    )
    .map(
      (attribute) => [attribute.name, fc.option(arbitraryValue(attribute), { nil: null, freq: 2 })] as const,
    );
  return fc.record(Object.fromEntries(entries), { requiredKeys: [] }) as fc.Arbitrary<Record<string, Json>>;
}
