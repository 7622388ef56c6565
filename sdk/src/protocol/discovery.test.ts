import { describe, expect, test } from 'vitest';
import { allTypes, deviceType, userType } from '../../test/support/resource-types.ts';
import {
  collectSchemas,
  type ServiceProvider,
  toResourceTypeResource,
  toSchemaResource,
  toServiceProviderConfig,
} from './discovery.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { createProfile } from './leniency/profile.ts';

const BASE = 'https://scim.example/v2';

const limits = {
  maxPageSize: 200,
  defaultPageSize: 100,
  cursorTimeoutSeconds: 600,
  maxBulkOperations: 1000,
  maxBodyBytes: 1_048_576,
};

const configOf = (change: Partial<ServiceProvider> = {}) =>
  toServiceProviderConfig({
    baseUrl: BASE,
    types: allTypes,
    limits,
    profile: createProfile('compat'),
    ...change,
  });

test('rfc 46: /ServiceProviderConfig has every member, and says only what is so', () => {
  expect(configOf()).toMatchObject({
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 },
    filter: { supported: true, maxResults: 200 },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: 100,
      maxPageSize: 200,
      cursorTimeout: 600,
    },
    authenticationSchemes: [
      { type: 'oauthbearertoken', name: expect.any(String), description: expect.any(String) },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${BASE}/ServiceProviderConfig` },
  });
});

test('rfc 194: the interop profile is claimed for its connections alone, and only where the host lets it be so', () => {
  const profile = createProfile('interop');
  const claims = (change: Partial<ServiceProvider>) => configOf(change).interopProfileConformant;

  expect(configOf({ profile })).toMatchObject({ interopProfileConformant: true, etag: { supported: false } });
  for (const name of ['compat', 'strict'] as const)
    expect(configOf({ profile: createProfile(name) })).not.toHaveProperty('interopProfileConformant');
  expect(claims({ profile, limits: { ...limits, maxPageSize: 99, defaultPageSize: 99 } })).toBeUndefined();
  expect(claims({ profile, limits: { ...limits, defaultPageSize: 50 } })).toBeUndefined();
  expect(claims({ profile, types: [{ ...userType, id: 'Person' }] })).toBeUndefined();
});

test('rfc 48: a resource type names schemas that are served', () => {
  const served = new Set(collectSchemas(allTypes).map(({ id }) => id));
  for (const type of allTypes) {
    const shown = toResourceTypeResource(type, BASE);
    expect(shown).toMatchObject({
      id: type.name,
      name: type.name,
      endpoint: type.endpoint,
      meta: { resourceType: 'ResourceType', location: `${BASE}/ResourceTypes/${type.name}` },
    });
    expect(served).toContain(shown.schema);
    for (const extension of shown.schemaExtensions as readonly JsonObject[]) {
      expect(served).toContain(extension.schema);
      expect(typeof extension.required).toBe('boolean');
    }
  }
});

describe('rfc 50, 51: schemas', () => {
  test('each is listed once, messages and common attributes are not', () => {
    const ids = collectSchemas([...allTypes, userType, deviceType]).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(5);
    expect(ids.filter((id) => id.includes(':messages:'))).toEqual([]);
  });

  test('every attribute states all its characteristics, sub-attributes included', () => {
    for (const schema of collectSchemas(allTypes)) {
      const shown = toSchemaResource(schema, BASE);
      expect(shown).toMatchObject({
        id: schema.id,
        meta: { resourceType: 'Schema', location: `${BASE}/Schemas/${schema.id}` },
      });
      requireCharacteristics(shown.attributes);
    }
  });

  test('rfc 31: password is not listed, since it is not kept', () => {
    const text = JSON.stringify(collectSchemas(allTypes).map((schema) => toSchemaResource(schema, BASE)));
    expect(text).not.toContain('password');
    expect(text).not.toMatch(/"(indexed|maxLength|relation|default)":/);
  });

  test('rfc 30, 40, 43: the figures of the core schemas', () => {
    const text = (path: string) => {
      const [name = '', sub = ''] = path.split('.');
      const attribute = [...allTypes]
        .flatMap((type) => [type.schema, ...type.extensions.map(({ schema }) => schema)])
        .map((schema) => schema.attributes.get(name))
        .find((found) => found !== undefined);
      const leaf = sub === '' ? attribute : attribute?.subAttributes.get(sub);
      return leaf && `${leaf.type} ${leaf.required} ${leaf.caseExact} ${leaf.mutability} ${leaf.uniqueness}`;
    };
    expect(text('username')).toBe('string true false readWrite server');
    expect(text('groups')).toBe('complex false false readOnly none');
    expect(text('members.value')).toBe('string true true immutable none');
    expect(text('x509certificates.value')).toBe('binary false true readWrite none');
    expect(text('profileurl')).toBe('reference false true readWrite none');
    expect(text('manager.displayname')).toBe('string false false readOnly none');
  });
});

function requireCharacteristics(attributes: Json | undefined): void {
  for (const attribute of isArray(attributes) ? attributes : []) {
    if (!isObject(attribute)) throw new TypeError('attribute');
    expect(attribute).toMatchObject({
      name: expect.stringMatching(/^[A-Za-z$]/),
      type: expect.stringMatching(/^(string|boolean|decimal|integer|dateTime|reference|complex|binary)$/),
      multiValued: expect.any(Boolean),
      description: expect.any(String),
      required: expect.any(Boolean),
      caseExact: expect.any(Boolean),
      mutability: expect.stringMatching(/^(readOnly|readWrite|immutable|writeOnly)$/),
      returned: expect.stringMatching(/^(always|never|default|request)$/),
      uniqueness: expect.stringMatching(/^(none|server|global)$/),
    });
    expect(attribute.type === 'complex').toBe(isArray(attribute.subAttributes));
    expect(attribute.type === 'reference').toBe(isArray(attribute.referenceTypes));
    requireCharacteristics(attribute.subAttributes);
  }
}
