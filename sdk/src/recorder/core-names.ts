import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../protocol/schema/core.ts';
import type { AttributeDefinition } from '../protocol/schema/definition.ts';

/** Names of attributes in RFC 7643, in their own case. */
export const CORE_NAMES: ReadonlySet<string> = new Set([
  'schemas',
  'id',
  'externalId',
  'meta',
  'password',
  ...[USER_RESOURCE_TYPE, GROUP_RESOURCE_TYPE].flatMap(({ schema, schemaExtensions = [] }) =>
    [schema, ...schemaExtensions.map((extension) => extension.schema)].flatMap(({ attributes }) =>
      listNames(attributes),
    ),
  ),
]);

function listNames(attributes: readonly AttributeDefinition[]): readonly string[] {
  return attributes.flatMap(({ name, subAttributes = [] }) => [name, ...listNames(subAttributes)]);
}
