import type { AttributeDefinition, ResourceTypeDefinition } from './definition.ts';
import { findMembersAttribute, type ResourceType } from './resource-type.ts';

/**
 * A resource type whose members may be of further types, so that its schema says so: `$ref` refers to them,
 * and `type` suggests them (RFC 7643 §4.2).
 */
export function withMemberTypes(
  definition: ResourceTypeDefinition,
  names: readonly string[],
): ResourceTypeDefinition {
  if (names.length === 0) return definition;
  const attributes = definition.schema.attributes.map((attribute) =>
    attribute.relation === 'members' ? addTypes(attribute, names) : attribute,
  );
  return { ...definition, schema: { ...definition.schema, attributes } };
}

function addTypes(members: AttributeDefinition, names: readonly string[]): AttributeDefinition {
  const subAttributes = (members.subAttributes ?? []).map((sub) => {
    if (sub.name === '$ref') return { ...sub, referenceTypes: [...(sub.referenceTypes ?? []), ...names] };
    if (sub.name === 'type') return { ...sub, canonicalValues: [...(sub.canonicalValues ?? []), ...names] };
    return sub;
  });
  return { ...members, subAttributes };
}

/** Names of the types the members of a resource may be of; undefined = its schema does not limit them. */
export function memberTypesOf(type: ResourceType): readonly string[] | undefined {
  const referenceTypes = findMembersAttribute(type)?.subAttributes.get('$ref')?.referenceTypes ?? [];
  return referenceTypes.length === 0 ? undefined : referenceTypes;
}
