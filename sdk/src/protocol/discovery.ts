import type { JsonObject } from './json.ts';
import type { Profile } from './leniency/profile.ts';
import { PATCH_LIMITS } from './patch/target.ts';
import { type Attribute, type ResourceType, type Schema, schemasOf } from './schema/resource-type.ts';

const SERVICE_PROVIDER_CONFIG_URN = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';
const RESOURCE_TYPE_URN = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
const SCHEMA_URN = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

/** The limits clients are told of; each is the one that is enforced. */
export interface AdvertisedLimits {
  readonly maxPageSize: number;
  readonly defaultPageSize: number;
  readonly cursorTimeoutSeconds: number;
  readonly maxBulkOperations: number;
  readonly maxBodyBytes: number;
}

/** What `/ServiceProviderConfig` depends on. */
export interface ServiceProvider {
  readonly baseUrl: string;
  readonly types: readonly ResourceType[];
  readonly limits: AdvertisedLimits;
  readonly profile: Pick<Profile, 'allow' | 'interopProfileConformant'>;
}

/**
 * `/ServiceProviderConfig`, RFC 7643 §5, RFC 9865 §4: what this server does today for this connection, not what
 * SCIM could.
 */
export function toServiceProviderConfig(provider: ServiceProvider): JsonObject {
  const { limits, profile, baseUrl } = provider;
  return {
    schemas: [SERVICE_PROVIDER_CONFIG_URN],
    patch: { supported: true },
    bulk: {
      supported: limits.maxBulkOperations > 0,
      // authentik divides its PATCHes of a group by this number, also where bulk is not supported.
      maxOperations: limits.maxBulkOperations > 0 ? limits.maxBulkOperations : PATCH_LIMITS.maxOperations,
      maxPayloadSize: limits.maxBulkOperations > 0 ? limits.maxBodyBytes : 0,
    },
    filter: { supported: true, maxResults: limits.maxPageSize },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: profile.allow('entity-tags') },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: limits.defaultPageSize,
      maxPageSize: limits.maxPageSize,
      cursorTimeout: limits.cursorTimeoutSeconds,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'SCIM API key',
        description: 'The SCIM API key of the connection, sent as a bearer token.',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    ...(isInteropConformant(provider) ? { interopProfileConformant: true } : {}),
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

/** The profile also asks for pages of 100 and for resource types with their name as id; the host decides on both. */
function isInteropConformant({ profile, limits, types }: ServiceProvider): boolean {
  const hasPages = limits.maxPageSize >= 100 && limits.defaultPageSize >= 100;
  return profile.interopProfileConformant && hasPages && types.every(({ id, name }) => id === name);
}

/** One entry of `/ResourceTypes`, RFC 7643 §6. */
export function toResourceTypeResource(type: ResourceType, baseUrl: string): JsonObject {
  return {
    schemas: [RESOURCE_TYPE_URN],
    id: type.id,
    name: type.name,
    endpoint: type.endpoint,
    description: type.description,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ schema, required }) => ({ schema: schema.id, required })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${type.id}` },
  };
}

/** The schemas of all types, each once, RFC 7643 §7. */
export function collectSchemas(types: readonly ResourceType[]): readonly Schema[] {
  const schemas = types.flatMap((type) => schemasOf(type));
  return [...new Map(schemas.map((schema) => [schema.id.toLowerCase(), schema])).values()];
}

/** One entry of `/Schemas`. */
export function toSchemaResource(schema: Schema, baseUrl: string): JsonObject {
  return {
    schemas: [SCHEMA_URN],
    id: schema.id,
    name: schema.name,
    description: schema.description,
    attributes: [...schema.attributes.values()].map(toAttributeResource),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.id}` },
  };
}

function toAttributeResource(attribute: Attribute): JsonObject {
  const isReference = attribute.type === 'reference';
  return {
    name: attribute.name,
    type: attribute.type,
    multiValued: attribute.multiValued,
    description: attribute.description,
    required: attribute.required,
    ...(attribute.canonicalValues.length > 0 ? { canonicalValues: attribute.canonicalValues } : {}),
    caseExact: attribute.caseExact,
    mutability: attribute.mutability,
    returned: attribute.returned,
    uniqueness: attribute.uniqueness,
    ...(isReference ? { referenceTypes: attribute.referenceTypes } : {}),
    ...(attribute.type === 'complex'
      ? { subAttributes: [...attribute.subAttributes.values()].map(toAttributeResource) }
      : {}),
  };
}
