import type { AttributeDefinition, ResourceTypeDefinition, SchemaDefinition } from './definition.ts';

export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_USER_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** The sub-attributes RFC 7643 §2.4 gives every multi-valued attribute, around its own `value`. */
function plural(value: AttributeDefinition, types: readonly string[]): readonly AttributeDefinition[] {
  return [
    value,
    { name: 'display', description: 'A human-readable name.' },
    {
      name: 'type',
      description: 'A label for the function of the value.',
      ...(types.length > 0 ? { canonicalValues: types } : {}),
    },
    { name: 'primary', type: 'boolean', description: 'True for the preferred value, at most once.' },
  ];
}

/** RFC 7643 §4.1. `password` is accepted and discarded, so it is not listed: this server has no logins. */
const USER_SCHEMA: SchemaDefinition = {
  id: USER_URN,
  name: 'User',
  description: 'User Account',
  attributes: [
    {
      name: 'userName',
      description: 'The name the identity provider knows the user by. Unique within the connection.',
      required: true,
      uniqueness: 'server',
      indexed: true,
      maxLength: 320,
    },
    {
      name: 'name',
      type: 'complex',
      description: 'The components of the name.',
      subAttributes: [
        { name: 'formatted', description: 'The full name, ready to show.' },
        { name: 'familyName', description: 'The family name.' },
        { name: 'givenName', description: 'The given name.' },
        { name: 'middleName', description: 'The middle names.' },
        { name: 'honorificPrefix', description: 'A title before the name.' },
        { name: 'honorificSuffix', description: 'A suffix after the name.' },
      ],
    },
    { name: 'displayName', description: 'The name to show.', indexed: true },
    { name: 'nickName', description: 'A casual name.' },
    {
      name: 'profileUrl',
      type: 'reference',
      referenceTypes: ['external'],
      description: 'A page about the user.',
    },
    { name: 'title', description: 'The job title.' },
    { name: 'userType', description: 'The relation to the organisation, such as Employee.' },
    { name: 'preferredLanguage', description: 'Preferred languages, as in Accept-Language.' },
    { name: 'locale', description: 'A BCP 47 language tag.' },
    { name: 'timezone', description: 'An IANA time zone.' },
    {
      name: 'active',
      type: 'boolean',
      description: 'False when the user may not use the app.',
      indexed: true,
      default: true,
    },
    {
      name: 'emails',
      type: 'complex',
      multiValued: true,
      description: 'E-mail addresses.',
      subAttributes: plural({ name: 'value', description: 'The address.', indexed: true }, [
        'work',
        'home',
        'other',
      ]),
    },
    {
      name: 'phoneNumbers',
      type: 'complex',
      multiValued: true,
      description: 'Phone numbers.',
      subAttributes: plural({ name: 'value', description: 'The number.' }, [
        'work',
        'home',
        'mobile',
        'fax',
        'pager',
        'other',
      ]),
    },
    {
      name: 'ims',
      type: 'complex',
      multiValued: true,
      description: 'Instant messaging addresses.',
      subAttributes: plural({ name: 'value', description: 'The address.' }, []),
    },
    {
      name: 'photos',
      type: 'complex',
      multiValued: true,
      description: 'URIs of pictures.',
      subAttributes: plural(
        {
          name: 'value',
          type: 'reference',
          referenceTypes: ['external'],
          description: 'The URI of a picture.',
        },
        ['photo', 'thumbnail'],
      ),
    },
    {
      name: 'addresses',
      type: 'complex',
      multiValued: true,
      description: 'Postal addresses.',
      subAttributes: [
        { name: 'formatted', description: 'The full address, ready to show.' },
        { name: 'streetAddress', description: 'Street and number.' },
        { name: 'locality', description: 'The city.' },
        { name: 'region', description: 'The state or region.' },
        { name: 'postalCode', description: 'The postal code.' },
        { name: 'country', description: 'The country.' },
        { name: 'type', description: 'A label for the address.', canonicalValues: ['work', 'home', 'other'] },
        { name: 'primary', type: 'boolean', description: 'True for the preferred address, at most once.' },
      ],
    },
    {
      name: 'groups',
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      relation: 'memberOf',
      description: 'Groups the user belongs to; changed through the groups.',
      subAttributes: [
        { name: 'value', caseExact: true, mutability: 'readOnly', description: 'The id of the group.' },
        {
          name: '$ref',
          type: 'reference',
          mutability: 'readOnly',
          referenceTypes: ['Group'],
          description: 'The URI of the group.',
        },
        { name: 'display', mutability: 'readOnly', description: 'The name of the group.' },
        {
          name: 'type',
          mutability: 'readOnly',
          canonicalValues: ['direct', 'indirect'],
          description: 'How.',
        },
      ],
    },
    {
      name: 'entitlements',
      type: 'complex',
      multiValued: true,
      description: 'Things the user has.',
      subAttributes: plural({ name: 'value', description: 'The entitlement.' }, []),
    },
    {
      name: 'roles',
      type: 'complex',
      multiValued: true,
      description: 'Roles of the user.',
      subAttributes: plural({ name: 'value', description: 'The role.' }, []),
    },
    {
      name: 'x509Certificates',
      type: 'complex',
      multiValued: true,
      description: 'Certificates, DER in base64.',
      subAttributes: plural({ name: 'value', type: 'binary', description: 'One certificate.' }, []),
    },
  ],
};

/** RFC 7643 §4.3. */
const ENTERPRISE_USER_SCHEMA: SchemaDefinition = {
  id: ENTERPRISE_USER_URN,
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    { name: 'employeeNumber', description: 'The number the organisation gave.' },
    { name: 'costCenter', description: 'The cost center.' },
    { name: 'organization', description: 'The organisation.' },
    { name: 'division', description: 'The division.' },
    { name: 'department', description: 'The department.' },
    {
      name: 'manager',
      type: 'complex',
      description:
        "The user's manager. Identity providers name managers before they create them, so any id is kept.",
      subAttributes: [
        { name: 'value', description: 'The id of the manager.' },
        { name: '$ref', type: 'reference', referenceTypes: ['User'], description: 'The URI of the manager.' },
        { name: 'displayName', mutability: 'readOnly', description: 'The name of the manager.' },
      ],
    },
  ],
};

/**
 * RFC 7643 §4.2. `displayName` is required by erratum 5368. It is unique within the connection because
 * Entra ID and authentik match groups by it and rely on the 409.
 */
const GROUP_SCHEMA: SchemaDefinition = {
  id: GROUP_URN,
  name: 'Group',
  description: 'Group',
  attributes: [
    {
      name: 'displayName',
      required: true,
      uniqueness: 'server',
      indexed: true,
      description: 'The name of the group. Unique within the connection.',
    },
    {
      name: 'members',
      type: 'complex',
      multiValued: true,
      relation: 'members',
      description: 'The members of the group: users, and groups to any depth, but never in a circle.',
      subAttributes: [
        {
          name: 'value',
          required: true,
          caseExact: true,
          mutability: 'immutable',
          description: 'The id of the member.',
        },
        {
          name: '$ref',
          type: 'reference',
          mutability: 'immutable',
          referenceTypes: ['User', 'Group'],
          description: 'The URI of the member.',
        },
        {
          name: 'type',
          mutability: 'immutable',
          canonicalValues: ['User', 'Group'],
          description: 'The type of the member.',
        },
        { name: 'display', mutability: 'immutable', description: 'The name of the member.' },
      ],
    },
  ],
};

/** RFC 7643 §8.7.1: what every server has. */
export const USER_RESOURCE_TYPE: ResourceTypeDefinition = {
  name: 'User',
  endpoint: '/Users',
  description: 'User Account',
  schema: USER_SCHEMA,
  schemaExtensions: [{ schema: ENTERPRISE_USER_SCHEMA, required: false }],
};

export const GROUP_RESOURCE_TYPE: ResourceTypeDefinition = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'Group',
  schema: GROUP_SCHEMA,
};
