import { parseDateTime } from '../protocol/date-time.ts';
import { ScimError } from '../protocol/errors.ts';
import type { Filter, FilterSyntax } from '../protocol/filter/ast.ts';
import { bindElementFilter } from '../protocol/filter/bind.ts';
import { matchElement, readPathValues } from '../protocol/filter/match.ts';
import { parsePathSyntax } from '../protocol/filter/parse.ts';
import { createObject, isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import { type AttributePath, findPath } from '../protocol/path.ts';
import type { Attribute, ResourceType } from '../protocol/schema/resource-type.ts';
import type { MappedValue, MappingField, PropertyType, ScimUserMapping } from './mapping.ts';

/** A user as the app wants it, made from the SCIM user by the connection's mapping. */
export interface Profile {
  /** By `outputField`; fields without a value and without a default are left out. */
  readonly parsedUserData: JsonObject;
  /** The primary e-mail address, else the first; null = none. */
  readonly primaryEmail: string | null;
  readonly warnings: readonly ProfileWarning[];
}

/** `missing`: a field to be warned of has no value. `unsuitable`: a value was there, but not of the field's type. */
export interface ProfileWarning {
  readonly field: string;
  readonly code: 'missing' | 'unsuitable';
  readonly message: string;
}

/**
 * Prepares a mapping for a resource type; the result reads any number of its resources.
 *
 * A path that the type does not have gives no value: mappings are written for an app, not for one schema.
 */
export function createProfileReader(
  type: ResourceType,
  mapping: ScimUserMapping,
): (resource: JsonObject) => Profile {
  const fields = mapping.userSchema.map((field) => compileField(type, field));
  const email = compileInputPath(type, 'emails.primary');
  return (resource) => {
    const parsedUserData = createObject();
    const warnings: ProfileWarning[] = [];
    for (const { field, readers } of fields) {
      const { value, isUnsuitable } = readField(field, readers, resource);
      const used = value ?? field.defaultValue;
      if (used !== undefined) parsedUserData[field.outputField] = used;
      if (isUnsuitable) warnings.push(toWarning(field, 'unsuitable'));
      else if (used === undefined && field.warnIfMissing) warnings.push(toWarning(field, 'missing'));
    }
    const [primaryEmail] = email(resource);
    return {
      parsedUserData,
      primaryEmail: typeof primaryEmail === 'string' ? primaryEmail : null,
      warnings,
    };
  };
}

/** The values a path has, the preferred one first. */
type ReadValues = (resource: JsonObject) => readonly Json[];

interface CompiledField {
  readonly field: MappingField;
  readonly readers: readonly ReadValues[];
}

function compileField(type: ResourceType, field: MappingField): CompiledField {
  const paths = [field.inputPath, ...field.fallbackInputPaths];
  return { field, readers: paths.map((path) => compileInputPath(type, path)) };
}

function compileInputPath(type: ResourceType, text: string): ReadValues {
  const syntax = parsePathSyntax(text);
  const target = findPath(type, syntax.path);
  if (target.kind !== 'attribute') return () => [];
  const { attribute, extension } = target.path;
  const path: AttributePath = { attribute, extension, sub: undefined };
  const sub =
    syntax.sub === undefined ? target.path.sub : attribute.subAttributes.get(syntax.sub.toLowerCase());
  const filter = syntax.filter === undefined ? undefined : bindFilterOrNothing(attribute, syntax.filter);
  const isUnknownSub = syntax.sub !== undefined && sub === undefined;
  if (isUnknownSub) return () => [];
  const leaf = isPreferredElement(attribute, sub) ? attribute.subAttributes.get('value') : sub;
  return (resource) => readElements({ path, filter, leaf }, resource);
}

/** A filter that does not fit the attribute, such as `[primary gt true]`, selects nothing. */
function bindFilterOrNothing(attribute: Attribute, syntax: FilterSyntax): Filter {
  try {
    return bindElementFilter(attribute, syntax);
  } catch (error) {
    if (error instanceof ScimError) return { kind: 'constant', value: false };
    throw error;
  }
}

/** `emails.primary` means the primary e-mail's value, not whether it is the primary one. */
function isPreferredElement(attribute: Attribute, sub: Attribute | undefined): boolean {
  return attribute.multiValued && sub?.name === 'primary' && attribute.subAttributes.has('value');
}

interface Reading {
  readonly path: AttributePath;
  readonly filter: Filter | undefined;
  readonly leaf: Attribute | undefined;
}

function readElements({ path, filter, leaf }: Reading, resource: JsonObject): readonly Json[] {
  const elements = readPathValues(path, resource).filter(
    (element) => filter === undefined || (isObject(element) && matchElement(filter, element)),
  );
  const isPrimary = (element: Json): boolean => isObject(element) && element.primary === true;
  const ordered = [...elements.filter(isPrimary), ...elements.filter((element) => !isPrimary(element))];
  const values = ordered.map((element) => readLeaf(element, leaf));
  return values.filter((value) => value !== undefined && value !== null && value !== '') as Json[];
}

/** Of a complex value without a named sub-attribute, its `value`: `emails`, `manager`. */
function readLeaf(element: Json, leaf: Attribute | undefined): Json | undefined {
  return isObject(element) ? element[leaf?.name ?? 'value'] : element;
}

interface FieldValue {
  readonly value: MappedValue | undefined;
  readonly isUnsuitable: boolean;
}

function readField(field: MappingField, readers: readonly ReadValues[], resource: JsonObject): FieldValue {
  let isUnsuitable = false;
  for (const read of readers) {
    const values = read(resource);
    if (values.length === 0) continue;
    const value = toPropertyValue(field.propertyType, values);
    // Of a list, what is of its type is kept, and of the rest it is warned.
    if (value !== undefined) return { value, isUnsuitable: isArray(value) && value.length < values.length };
    isUnsuitable = true;
  }
  return { value: undefined, isUnsuitable };
}

/** A value as one of a type; undefined = it is none. */
export function toPropertyValue(type: PropertyType, values: readonly Json[]): MappedValue | undefined {
  if (type.dataType !== 'List') return toScalar(type, values[0]);
  const { itemType } = type;
  const items = values.map((value) => toScalar(itemType, value)).filter((item) => item !== undefined);
  return items.length > 0 ? items : undefined;
}

function toScalar(type: PropertyType, value: Json | undefined): MappedValue | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const text = String(value);
  switch (type.dataType) {
    case 'String':
      return text;
    case 'Integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'Float':
      return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
    case 'Boolean':
      return toBoolean(text);
    case 'Date':
      return parseDateTime(text.length === 10 ? `${text}T00:00:00Z` : text)?.slice(0, 10);
    case 'DateTime':
      return toInstant(text);
    case 'Enum':
      return type.options.find((option) => option.toLowerCase() === text.toLowerCase());
    case 'List':
      return undefined;
  }
}

function toBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : undefined;
}

/** ISO 8601 in UTC with milliseconds. */
function toInstant(text: string): string | undefined {
  const instant = parseDateTime(text);
  return instant === undefined ? undefined : new Date(instant).toISOString();
}

function toWarning(field: MappingField, code: ProfileWarning['code']): ProfileWarning {
  const message =
    code === 'missing'
      ? `${field.displayName}: the identity provider sent no value.`
      : `${field.displayName}: the value sent is not of type ${field.propertyType.dataType}.`;
  return { field: field.outputField, code, message };
}
