import { z } from 'zod';
import type { ExtensionOption } from './options.ts';
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from './protocol/schema/core.ts';
import type { ResourceTypeDefinition } from './protocol/schema/definition.ts';
import { withMemberTypes } from './protocol/schema/member-types.ts';
import { compileResourceType, type ResourceType, schemasOf } from './protocol/schema/resource-type.ts';

/**
 * User and Group first, then the host's own types, each with the extensions named for it.
 *
 * @throws TypeError naming the place of a declaration that is not well-formed or cannot be honoured.
 */
export function compileTypes(
  resourceTypes: readonly ResourceTypeDefinition[],
  extensions: readonly ExtensionOption[],
): readonly ResourceType[] {
  requireShape({ resourceTypes, extensions });
  const memberTypes = resourceTypes.filter(({ groupMember }) => groupMember).map(({ name }) => name);
  const groupType = withMemberTypes(GROUP_RESOURCE_TYPE, memberTypes);
  const definitions = [USER_RESOURCE_TYPE, groupType, ...resourceTypes];
  const unknown = extensions.find(
    ({ resourceType }) => !definitions.some(({ name }) => name === resourceType),
  );
  if (unknown !== undefined)
    throw new TypeError(`createScim: extensions: there is no resource type "${unknown.resourceType}".`);
  const types = definitions.map((definition) => compileResourceType(withExtensions(definition, extensions)));
  for (const key of ['name', 'id', 'endpoint'] as const) {
    const values = types.map((type) => type[key].toLowerCase());
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice !== undefined)
      throw new TypeError(`createScim: resourceTypes: two types have the ${key} "${twice}".`);
  }
  requireOneMeaning(types);
  return Object.freeze(types);
}

function withExtensions(
  definition: ResourceTypeDefinition,
  extensions: readonly ExtensionOption[],
): ResourceTypeDefinition {
  const own = extensions.filter(({ resourceType }) => resourceType === definition.name);
  return { ...definition, schemaExtensions: [...(definition.schemaExtensions ?? []), ...own] };
}

/** `/Schemas` has one entry for a URN, so two types may share a schema but not differ about it. */
function requireOneMeaning(types: readonly ResourceType[]): void {
  const known = new Map<string, string>();
  for (const schema of types.flatMap(schemasOf)) {
    const meaning = JSON.stringify(schema, (_key, value) => (value instanceof Map ? [...value] : value));
    const first = known.get(schema.id.toLowerCase());
    if (first !== undefined && first !== meaning)
      throw new TypeError(
        `createScim: resourceTypes: schema ${schema.id} is declared in two different ways.`,
      );
    known.set(schema.id.toLowerCase(), meaning);
  }
}

const text = z.string();
const attributeShape = z.strictObject({
  name: text,
  type: text.optional(),
  multiValued: z.boolean().optional(),
  description: text.optional(),
  required: z.boolean().optional(),
  canonicalValues: z.array(text).optional(),
  caseExact: z.boolean().optional(),
  mutability: text.optional(),
  returned: text.optional(),
  uniqueness: text.optional(),
  referenceTypes: z.array(text).optional(),
  get subAttributes() {
    return z.array(attributeShape).optional();
  },
  indexed: z.boolean().optional(),
  maxLength: z.number().int().positive().optional(),
  default: z.union([text, z.number(), z.boolean()]).optional(),
  relation: text.optional(),
});

const schemaShape = z.strictObject({
  id: text,
  name: text,
  description: text.optional(),
  attributes: z.array(attributeShape),
});

const declarationsShape = z.object({
  resourceTypes: z.array(
    z.strictObject({
      id: text.optional(),
      name: text,
      endpoint: text,
      description: text.optional(),
      schema: schemaShape,
      schemaExtensions: z
        .array(z.strictObject({ schema: schemaShape, required: z.boolean().optional() }))
        .optional(),
      groupMember: z.boolean().optional(),
    }),
  ),
  extensions: z.array(
    z.strictObject({ resourceType: text, schema: schemaShape, required: z.boolean().optional() }),
  ),
});

/** Declarations read from a file have been seen by no compiler; what is misspelt there would be ignored. */
function requireShape(declarations: object): void {
  const parsed = declarationsShape.safeParse(declarations);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined)
    throw new TypeError(`createScim: ${printPlace(declarations, issue.path)}: ${issue.message}.`);
}

/** `resourceTypes[0] "Device", schema "Device", attributes[3] "mass", multiValued` */
function printPlace(declarations: object, path: readonly PropertyKey[]): string {
  let value: unknown = declarations;
  const steps: string[] = [];
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
    const name: unknown =
      typeof value === 'object' && value !== null ? Reflect.get(value, 'name') : undefined;
    const label = typeof name === 'string' ? ` ${JSON.stringify(name)}` : '';
    if (typeof key === 'number') steps.push(`${steps.pop()}[${key}]${label}`);
    else steps.push(`${String(key)}${label}`);
  }
  return steps.join(', ');
}
