import { ATTRIBUTE_NAME, isHidden, LONGEST_TEXT, requireDeclaration } from './attribute-rules.ts';
import type {
  AttributeDefinition,
  AttributeType,
  ResourceTypeDefinition,
  SchemaDefinition,
} from './definition.ts';

/** An attribute with all defaults filled in; frozen. Sub-attributes are found by lower-case name. */
export interface Attribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly canonicalValues: readonly string[];
  readonly caseExact: boolean;
  readonly mutability: 'readWrite' | 'readOnly' | 'immutable' | 'writeOnly';
  readonly returned: 'default' | 'always' | 'never' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  readonly referenceTypes: readonly string[];
  readonly subAttributes: ReadonlyMap<string, Attribute>;
  readonly indexed: boolean;
  readonly maxLength: number;
  readonly default: string | number | boolean | undefined;
  readonly relation: 'members' | 'memberOf' | undefined;
}

/** A compiled schema; attributes are found by lower-case name. */
export interface Schema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** A compiled resource type: what every part of the protocol reads. */
export interface ResourceType {
  readonly id: string;
  readonly name: string;
  /** With a leading slash, such as `/Users`. */
  readonly endpoint: string;
  readonly description: string;
  readonly schema: Schema;
  readonly extensions: readonly SchemaExtension[];
  /** Common attributes (RFC 7643 §3.1) and those of the base schema, by lower-case name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Name of the event family: the resource type's name in lower case. */
  readonly eventName: string;
}

export interface SchemaExtension {
  readonly schema: Schema;
  readonly required: boolean;
}

const URN = /^urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[A-Za-z0-9._:/-]+$/;
const ENDPOINT = /^\/[A-Za-z][A-Za-z0-9._-]*$/;

/** Paths the server itself answers; a resource type cannot take them. */
const RESERVED_ENDPOINTS = new Set(['/serviceproviderconfig', '/resourcetypes', '/schemas', '/bulk', '/me']);

/**
 * Compiles a declaration.
 *
 * @throws TypeError naming the part at fault: names outside the ABNF of RFC 7643 §2.1, complex attributes
 * inside complex ones (§2.3.8), names that differ by case only, reserved endpoints.
 */
export function compileResourceType(definition: ResourceTypeDefinition): ResourceType {
  const where = `resource type ${JSON.stringify(definition.name)}`;
  if (!ATTRIBUTE_NAME.test(definition.name))
    throw new TypeError(`${where}: name must be letters and digits.`);
  if (!ENDPOINT.test(definition.endpoint) || RESERVED_ENDPOINTS.has(definition.endpoint.toLowerCase())) {
    throw new TypeError(
      `${where}: endpoint must be one path segment such as "/Devices", and not one of the protocol's own.`,
    );
  }
  const schema = compileSchema(definition.schema);
  const extensions = (definition.schemaExtensions ?? []).map((extension) =>
    Object.freeze({ schema: compileExtension(extension.schema), required: extension.required ?? false }),
  );
  const ids = [schema, ...extensions.map((extension) => extension.schema)].map(({ id }) => id.toLowerCase());
  if (new Set(ids).size !== ids.length) throw new TypeError(`${where}: a schema is named twice.`);
  const shadowed = [...schema.attributes.keys()].find((name) => COMMON_ATTRIBUTES.has(name));
  if (shadowed !== undefined)
    throw new TypeError(`${where}: attribute "${shadowed}" is a common attribute of SCIM.`);
  return Object.freeze({
    id: definition.id ?? definition.name,
    name: definition.name,
    endpoint: definition.endpoint,
    description: definition.description ?? definition.name,
    schema,
    extensions: Object.freeze(extensions),
    attributes: new Map([...COMMON_ATTRIBUTES, ...schema.attributes]),
    eventName: definition.name.toLowerCase(),
  });
}

function compileSchema(definition: SchemaDefinition): Schema {
  if (!URN.test(definition.id))
    throw new TypeError(`schema ${JSON.stringify(definition.id)}: id must be a URN.`);
  return Object.freeze({
    id: definition.id,
    name: definition.name,
    description: definition.description ?? definition.name,
    attributes: compileAttributes(definition.attributes, `schema ${definition.id}`),
  });
}

/** A default would put every resource under the extension, whether the client means it or not. */
function compileExtension(definition: SchemaDefinition): Schema {
  for (const attribute of definition.attributes) {
    if (attribute.default === undefined && attribute.relation === undefined) continue;
    throw new TypeError(
      `schema ${definition.id}, attribute "${attribute.name}": only a base schema's attributes have defaults and relations.`,
    );
  }
  return compileSchema(definition);
}

function compileAttributes(
  definitions: readonly AttributeDefinition[],
  where: string,
  parent?: AttributeDefinition,
): ReadonlyMap<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  for (const definition of definitions) {
    const key = definition.name.toLowerCase();
    if (attributes.has(key))
      throw new TypeError(`${where}: attribute "${definition.name}" is declared twice.`);
    const at = `${where}, attribute ${JSON.stringify(definition.name)}`;
    requireDeclaration(definition, { at, parent });
    attributes.set(key, compileAttribute(definition, at));
  }
  return attributes;
}

function compileAttribute(definition: AttributeDefinition, at: string): Attribute {
  const type = definition.type ?? 'string';
  return Object.freeze({
    name: definition.name,
    type,
    multiValued: definition.multiValued ?? false,
    description: definition.description ?? '',
    required: definition.required ?? false,
    canonicalValues: Object.freeze([...(definition.canonicalValues ?? [])]),
    // Binary values and references are exact by definition, whatever is declared: RFC 7643 §2.3.6, §2.3.7.
    caseExact: type === 'binary' || type === 'reference' || (definition.caseExact ?? false),
    mutability: definition.mutability ?? 'readWrite',
    returned: isHidden(definition) ? 'never' : (definition.returned ?? 'default'),
    uniqueness: definition.uniqueness ?? 'none',
    referenceTypes: Object.freeze([...(definition.referenceTypes ?? [])]),
    subAttributes: compileAttributes(definition.subAttributes ?? [], at, definition),
    indexed: definition.indexed ?? false,
    maxLength: definition.maxLength ?? (type === 'binary' ? LONGEST_TEXT : 1024),
    default: definition.default,
    relation: definition.relation,
  });
}

/** RFC 7643 §3 and §3.1, by lower-case name. */
export const COMMON_ATTRIBUTES: ReadonlyMap<string, Attribute> = compileAttributes(
  [
    {
      name: 'schemas',
      type: 'reference',
      multiValued: true,
      caseExact: true,
      mutability: 'readOnly',
      returned: 'always',
      referenceTypes: ['uri'],
    },
    { name: 'id', caseExact: true, mutability: 'readOnly', returned: 'always', uniqueness: 'server' },
    { name: 'externalId', caseExact: true, indexed: true },
    {
      name: 'meta',
      type: 'complex',
      mutability: 'readOnly',
      subAttributes: [
        { name: 'resourceType', caseExact: true, mutability: 'readOnly' },
        { name: 'created', type: 'dateTime', mutability: 'readOnly' },
        { name: 'lastModified', type: 'dateTime', mutability: 'readOnly' },
        {
          name: 'location',
          type: 'reference',
          caseExact: true,
          mutability: 'readOnly',
          referenceTypes: ['uri'],
        },
        { name: 'version', caseExact: true, mutability: 'readOnly' },
      ],
    },
  ],
  'common attributes',
);

/** True for a common attribute itself, and not for one of an extension that has the same name. */
export function isCommon(attribute: Attribute, name: 'id' | 'schemas' | 'meta'): boolean {
  return COMMON_ATTRIBUTES.get(name) === attribute;
}

/** The base schema and the extensions, base first. */
export function schemasOf(type: ResourceType): readonly Schema[] {
  return [type.schema, ...type.extensions.map((extension) => extension.schema)];
}

/** The extension with this URN, compared without case (RFC 7643 §2.1). */
export function findExtension(type: ResourceType, urn: string): Schema | undefined {
  const key = urn.toLowerCase();
  return type.extensions.find((extension) => extension.schema.id.toLowerCase() === key)?.schema;
}

/** The attribute whose values live in a `members` relation, if the type has one. */
export function findMembersAttribute(type: ResourceType): Attribute | undefined {
  return findRelation(type, 'members');
}

/** The read-only inverse of `members`, if the type has one. */
export function findMemberOfAttribute(type: ResourceType): Attribute | undefined {
  return findRelation(type, 'memberOf');
}

function findRelation(type: ResourceType, relation: 'members' | 'memberOf'): Attribute | undefined {
  for (const attribute of type.schema.attributes.values())
    if (attribute.relation === relation) return attribute;
  return undefined;
}
