import type { AttributeDefinition } from '../../src/protocol/schema/definition.ts';

export const BADGE_URN = 'urn:example:params:scim:schemas:extension:2.0:Badge';

/** Options that give User an extension with the attributes of one test, which may be declared wrongly. */
export function badge(...attributes: readonly object[]) {
  const schema = { id: BADGE_URN, name: 'Badge', attributes: attributes as readonly AttributeDefinition[] };
  return { extensions: [{ resourceType: 'User', schema }] };
}

/** An attribute as /Schemas shows it. */
export interface ShownAttribute {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability: string;
  readonly caseExact: boolean;
  readonly uniqueness: string;
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly ShownAttribute[];
}

/** Attributes and sub-attributes, in one list. */
export function flatten(attributes: readonly ShownAttribute[]): readonly ShownAttribute[] {
  return attributes.flatMap((attribute) => [attribute, ...flatten(attribute.subAttributes ?? [])]);
}

/** Every attribute and sub-attribute in an answer of /Schemas. */
export function attributesIn(body: {
  readonly Resources: readonly { readonly attributes: readonly ShownAttribute[] }[];
}): readonly ShownAttribute[] {
  return body.Resources.flatMap(({ attributes }) => flatten(attributes));
}
