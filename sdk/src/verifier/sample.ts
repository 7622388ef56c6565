import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import { type Discovery, isSameUrn, read } from './discovery.ts';

/** A writable attribute, wherever the server has it. */
export interface Place {
  /** Of the resource type, such as `/Users`. */
  readonly endpoint: string;
  /** The resource type's own schema. */
  readonly schema: string;
  /** The extension's URN; undefined for an attribute of the resource type's own schema. */
  readonly extension: string | undefined;
  readonly attribute: JsonObject;
}

type Listed = Pick<Discovery, 'resourceTypes' | 'schemas'>;

/** Every writable attribute of every resource type that discovery describes. */
export function collectPlaces({ resourceTypes, schemas }: Listed): readonly Place[] {
  return resourceTypes.flatMap(({ endpoint, schema, schemaExtensions }) => {
    const extensions = (isArray(schemaExtensions) ? schemaExtensions : []).map((one) => read(one, 'schema'));
    return [schema, ...extensions].flatMap((urn, index) => {
      const attributes = schemas.find(({ id }) => isSameUrn(id, String(urn)))?.attributes;
      return (isArray(attributes) ? attributes : [])
        .filter(isObject)
        .filter(({ mutability }) => mutability !== 'readOnly')
        .map((attribute) => ({
          endpoint: String(endpoint),
          schema: String(schema),
          extension: index === 0 ? undefined : String(urn),
          attribute,
        }));
    });
  });
}

/** A body that has a value at each of the places, all of one resource type. */
export function fillPlaces(places: readonly Place[], newName: () => string): Record<string, Json> {
  const body: Record<string, Json> = {};
  const extensions = new Map<string, Record<string, Json>>();
  for (const { extension, attribute } of places) {
    const value = sampleValue(attribute, newName);
    if (value === undefined) continue;
    const part = extension === undefined ? body : (extensions.get(extension) ?? {});
    part[String(attribute.name)] = value;
    if (extension !== undefined) extensions.set(extension, part);
  }
  const own = places.slice(0, 1).map(({ schema }) => schema);
  return { schemas: [...own, ...extensions.keys()], ...body, ...Object.fromEntries(extensions) };
}

/** Values of attributes that servers may check for more than their type. */
const KNOWN: Readonly<Record<string, string>> = {
  preferredLanguage: 'en-GB',
  locale: 'en-GB',
  timezone: 'Europe/London',
  country: 'GB',
};

/** undefined for what only the id of another resource could fill. */
export function sampleValue(attribute: JsonObject, newName: () => string): Json | undefined {
  const value = sampleOne(attribute, newName);
  return value === undefined || attribute.multiValued !== true ? value : [value];
}

function sampleOne(attribute: JsonObject, newName: () => string): Json | undefined {
  const { type = 'string', canonicalValues, name } = attribute;
  switch (type) {
    case 'boolean':
      return true;
    case 'integer':
      return 7;
    case 'decimal':
      return 1.5;
    case 'dateTime':
      return '2026-01-31T09:00:00Z';
    case 'binary':
      return 'AQID';
    case 'reference':
      return isResourceReference(attribute) ? undefined : `https://example.com/${newName()}`;
    case 'complex':
      return sampleComplex(attribute, newName);
    default:
      if (isArray(canonicalValues) && canonicalValues[0] !== undefined) return canonicalValues[0];
      return KNOWN[String(name)] ?? `${newName()}@example.com`;
  }
}

function sampleComplex({ subAttributes }: JsonObject, newName: () => string): Json | undefined {
  const subs = (isArray(subAttributes) ? subAttributes : []).filter(isObject);
  if (subs.some(isResourceReference)) return undefined;
  const entries = subs
    .filter(({ mutability }) => mutability !== 'readOnly')
    .map((sub) => [String(sub.name), sampleValue(sub, newName)] as const)
    .filter((entry): entry is readonly [string, Json] => entry[1] !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function isResourceReference({ type, referenceTypes }: JsonObject): boolean {
  if (type !== 'reference') return false;
  const types = isArray(referenceTypes) ? referenceTypes : [];
  return types.some((name) => name !== 'external' && name !== 'uri');
}
