import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type {
  AttributeDefinition,
  ExtensionOption,
  ProfileName,
  ResourceTypeDefinition,
  ScimOptions,
} from '../../src/index.ts';
import { connect, openScim, patch, send } from './scim.ts';

/** What a file of declarations holds: the demo's `RESOURCE_TYPES`, options of `createScim`. */
export interface Declarations {
  readonly resourceTypes: readonly ResourceTypeDefinition[];
  readonly extensions: readonly ExtensionOption[];
}

/** Declarations as data: nothing but what JSON carries. */
export function readDeclarations(name: string): Declarations {
  const file = new URL(`../fixtures/resource-types/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Declarations;
}

export const laboratory = readDeclarations('laboratory');

export const SAMPLE_URN = 'urn:example:params:scim:schemas:laboratory:2.0:Sample';
export const CUSTODY_URN = 'urn:example:params:scim:schemas:extension:laboratory:2.0:Custody';
export const STORAGE_URN = 'urn:example:params:scim:schemas:extension:laboratory:2.0:Storage';
export const BADGE_URN = 'urn:example:params:scim:schemas:extension:laboratory:2.0:Badge';

/** The attributes that one of the laboratory's schemas declares. */
export function attributesOf(urn: string): readonly AttributeDefinition[] {
  const schemas = [
    ...laboratory.resourceTypes.flatMap(({ schema, schemaExtensions = [] }) => [
      schema,
      ...schemaExtensions.map((extension) => extension.schema),
    ]),
    ...laboratory.extensions.map(({ schema }) => schema),
  ];
  const found = schemas.find(({ id }) => id === urn);
  if (found === undefined) throw new TypeError(`no schema ${urn}`);
  return found.attributes;
}

/** A sample with what is required, and more; `schemas` names the extensions it has. */
export function sample(more: object = {}) {
  const content = {
    number: randomUUID(),
    purposes: ['test'],
    [CUSTODY_URN]: { department: 'Chemistry' },
    ...more,
  };
  return {
    schemas: [SAMPLE_URN, ...Object.keys(content).filter((name) => name.startsWith('urn:'))],
    ...content,
  };
}

/** A server with declarations, and one connection's requests to it. */
export async function openWith(
  options: Declarations & Pick<ScimOptions, 'hooks'>,
  profile: ProfileName = 'compat',
) {
  const { file, scim } = openScim(options);
  const { scimApiKey: key } = (
    await scim.management.createScimConnection({ customerId: 'acme', profile })
  ).getOrThrow();
  const ask = (path: string, method: string, body?: unknown) =>
    send(scim, path, { key, method, ...(body === undefined ? {} : { body }) });
  return {
    scim,
    /** Where the database is. */
    file,
    get: (path: string) => ask(path, 'GET'),
    post: (path: string, body: unknown) => ask(path, 'POST', body),
    put: (path: string, body: unknown) => ask(path, 'PUT', body),
    patch: (path: string, ...operations: readonly object[]) => ask(path, 'PATCH', patch(...operations)),
    remove: (path: string) => ask(path, 'DELETE'),
    /** Creates, and answers the resource and its path. */
    async make(endpoint: string, body: unknown) {
      const answer = await ask(endpoint, 'POST', body);
      expect(answer.status, answer.text).toBe(201);
      return { path: `${endpoint}/${answer.body.id}`, key, ...answer };
    },
    find: (endpoint: string, query: Readonly<Record<string, string>>) =>
      ask(`${endpoint}?${new URLSearchParams(query)}`, 'GET'),
    /** Requests of another customer to the same server. */
    async openOther() {
      const other = await connect(scim, 'other');
      return (path: string, method: string, body?: unknown) =>
        send(scim, path, { key: other.key, method, ...(body === undefined ? {} : { body }) });
    },
  };
}

export const openLaboratory = (profile: ProfileName = 'compat') => openWith(laboratory, profile);
