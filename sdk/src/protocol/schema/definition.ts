/** Attribute data types of RFC 7643 §2.3. */
export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'binary'
  | 'reference'
  | 'complex';

/**
 * An attribute as a developer declares it. Everything left out takes the default of RFC 7643 §2.2:
 * `string`, single-valued, optional, `caseExact: false`, `readWrite`, returned by `default`, not unique.
 */
export interface AttributeDefinition {
  readonly name: string;
  readonly type?: AttributeType;
  readonly multiValued?: boolean;
  readonly description?: string;
  readonly required?: boolean;
  /** Suggestions shown in `/Schemas`; other values are accepted. */
  readonly canonicalValues?: readonly string[];
  readonly caseExact?: boolean;
  readonly mutability?: 'readWrite' | 'readOnly' | 'immutable' | 'writeOnly';
  readonly returned?: 'default' | 'always' | 'never' | 'request';
  readonly uniqueness?: 'none' | 'server' | 'global';
  readonly referenceTypes?: readonly string[];
  /** For `complex` only. Never complex themselves (RFC 7643 §2.3.8). */
  readonly subAttributes?: readonly AttributeDefinition[];
  /**
   * Ours: an equality filter on this attribute uses an index. Not shown in `/Schemas`. Like `uniqueness`, `type`
   * and `caseExact` it is to be settled before resources are stored: they are not indexed anew.
   */
  readonly indexed?: boolean;
  /** Ours: longest value in characters, at most 65536. @default 1024; 65536 for `binary` */
  readonly maxLength?: number;
  /** Ours: the value a new resource gets when the client sends none, such as `active: true`. Base schemas only. */
  readonly default?: string | number | boolean;
  /**
   * Ours: values live in rows of their own. `members` is a collection of resources of this connection,
   * `memberOf` is its read-only inverse on the member.
   */
  readonly relation?: 'members' | 'memberOf';
}

/** A schema as a developer declares it, RFC 7643 §7. */
export interface SchemaDefinition {
  /** The schema's URN, such as `urn:example:params:scim:schemas:2.0:Device`. */
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly attributes: readonly AttributeDefinition[];
}

/** An extension of a resource type, RFC 7643 §3.3. */
export interface SchemaExtensionDefinition {
  readonly schema: SchemaDefinition;
  /** @default false */
  readonly required?: boolean;
}

/**
 * A resource type as a developer declares it, RFC 7643 §6. Declared, it is served at once: validation,
 * PATCH, filter, sort, projection, `/ResourceTypes` and `/Schemas` all read this table.
 */
export interface ResourceTypeDefinition {
  /** @default the name */
  readonly id?: string;
  readonly name: string;
  /** Path below the base URL, such as `/Devices`. */
  readonly endpoint: string;
  readonly description?: string;
  readonly schema: SchemaDefinition;
  readonly schemaExtensions?: readonly SchemaExtensionDefinition[];
  /** Ours: groups may hold resources of this type, and `members.$ref` in the Group schema says so. @default false */
  readonly groupMember?: boolean;
}
