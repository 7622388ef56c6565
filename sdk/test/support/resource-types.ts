import type { AttributeDefinition, ResourceTypeDefinition } from '../../src/protocol/schema/definition.ts';
import type { ResourceType } from '../../src/protocol/schema/resource-type.ts';
import { compileTypes } from '../../src/resource-types.ts';

export const ASSET_URN = 'urn:example:params:scim:schemas:extension:2.0:Asset';

/** One attribute of every type of RFC 7643 §2.3, once single-valued and once multi-valued. */
const EVERY_TYPE: readonly AttributeDefinition[] = [
  { name: 'label', indexed: true },
  { name: 'code', caseExact: true },
  { name: 'enabled', type: 'boolean' },
  { name: 'slots', type: 'integer', indexed: true },
  { name: 'weight', type: 'decimal' },
  { name: 'boughtAt', type: 'dateTime' },
  { name: 'firmware', type: 'binary' },
  { name: 'homepage', type: 'reference', referenceTypes: ['external'] },
  { name: 'tags', multiValued: true },
  { name: 'codes', multiValued: true, caseExact: true, indexed: true },
  { name: 'flags', type: 'boolean', multiValued: true },
  { name: 'ports', type: 'integer', multiValued: true, indexed: true },
  { name: 'readings', type: 'decimal', multiValued: true },
  { name: 'seenAt', type: 'dateTime', multiValued: true },
  { name: 'blobs', type: 'binary', multiValued: true },
  { name: 'links', type: 'reference', referenceTypes: ['uri'], multiValued: true },
];

/** A resource type declared as data, with every attribute type and an extension. */
export const DEVICE_RESOURCE_TYPE: ResourceTypeDefinition = {
  name: 'Device',
  endpoint: '/Devices',
  groupMember: true,
  schema: {
    id: 'urn:example:params:scim:schemas:2.0:Device',
    name: 'Device',
    attributes: [
      { name: 'serial', required: true, caseExact: true, uniqueness: 'server', indexed: true },
      { name: 'vendorId', mutability: 'immutable' },
      { name: 'seal', mutability: 'readOnly' },
      ...EVERY_TYPE,
      {
        name: 'site',
        type: 'complex',
        subAttributes: [
          { name: 'room', indexed: true },
          { name: 'key', caseExact: true },
          { name: 'floor', type: 'integer' },
          { name: 'height', type: 'decimal' },
          { name: 'secure', type: 'boolean' },
          { name: 'surveyedAt', type: 'dateTime' },
          { name: 'plan', type: 'binary' },
          { name: 'map', type: 'reference', referenceTypes: ['uri'] },
          { name: 'aliases', multiValued: true, indexed: true },
        ],
      },
      {
        name: 'interfaces',
        type: 'complex',
        multiValued: true,
        subAttributes: [
          { name: 'value', indexed: true },
          { name: 'type' },
          { name: 'primary', type: 'boolean' },
          { name: 'mac', caseExact: true },
          { name: 'speed', type: 'integer', indexed: true },
          { name: 'load', type: 'decimal' },
          { name: 'upSince', type: 'dateTime' },
          { name: 'certificate', type: 'binary' },
          { name: 'page', type: 'reference', referenceTypes: ['uri'] },
          { name: 'addresses', multiValued: true, indexed: true },
        ],
      },
    ],
  },
  schemaExtensions: [
    {
      schema: {
        id: ASSET_URN,
        name: 'Asset',
        attributes: [
          { name: 'inventoryNumber', caseExact: true, uniqueness: 'server' },
          { name: 'owner' },
          { name: 'price', type: 'decimal', indexed: true },
          { name: 'written', type: 'boolean' },
          { name: 'notes', multiValued: true },
          {
            name: 'checks',
            type: 'complex',
            multiValued: true,
            subAttributes: [
              { name: 'value', indexed: true },
              { name: 'type' },
              { name: 'primary', type: 'boolean' },
              { name: 'at', type: 'dateTime' },
            ],
          },
        ],
      },
    },
  ],
};

// User and Group stand before the types of the host.
const compiled = compileTypes([DEVICE_RESOURCE_TYPE], []) as readonly [
  ResourceType,
  ResourceType,
  ResourceType,
];
export const [userType, groupType, deviceType] = compiled;
export const allTypes = [userType, groupType, deviceType] as const;
