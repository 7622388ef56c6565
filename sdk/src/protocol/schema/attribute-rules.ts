import { parseDateTime } from '../date-time.ts';
import type { AttributeDefinition } from './definition.ts';

/** RFC 7643 §2.1; `$ref` is the one name with a dollar, and names a sub-attribute. */
export const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** True for a value no client is ever shown: RFC 7643 §7. */
export function isHidden({
  mutability,
  returned,
}: Pick<AttributeDefinition, 'mutability' | 'returned'>): boolean {
  return mutability === 'writeOnly' || returned === 'never';
}

/** Where an attribute is declared. */
interface Place {
  /** For messages. */
  readonly at: string;
  /** The complex attribute it is part of; undefined = it stands in the schema itself. */
  readonly parent: AttributeDefinition | undefined;
}

/**
 * Checks that the declaration of an attribute can be honoured. Declarations may come from JavaScript or a
 * file, where no compiler has read them.
 *
 * @throws TypeError naming the attribute and the rule.
 */
export function requireDeclaration(definition: AttributeDefinition, place: Place): void {
  requireName(definition, place);
  requireWords(definition, place);
  requireLength(definition, place);
  requireParts(definition, place);
  requireVisible(definition, place);
  requireComparable(definition, place);
  requireRelation(definition, place);
  requireDefault(definition, place);
}

/** Own names of these would hide what plain objects inherit. */
const OBJECT_NAMES = Object.getOwnPropertyDescriptors(Object.prototype);

function requireName({ name }: AttributeDefinition, { at, parent }: Place): void {
  const isReference = name === '$ref' && parent !== undefined;
  if (!isReference && !ATTRIBUTE_NAME.test(name)) {
    throw new TypeError(
      `${at}: a name starts with a letter and has letters, digits, "-" and "_" (RFC 7643 §2.1).`,
    );
  }
  if (Object.hasOwn(OBJECT_NAMES, name))
    throw new TypeError(`${at}: every JavaScript object has something of this name; choose another.`);
}

const WORDS: { readonly [characteristic: string]: readonly string[] } = {
  type: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference', 'complex'],
  mutability: ['readWrite', 'readOnly', 'immutable', 'writeOnly'],
  returned: ['default', 'always', 'never', 'request'],
  uniqueness: ['none', 'server', 'global'],
  relation: ['members', 'memberOf'],
};

function requireWords(definition: AttributeDefinition, { at }: Place): void {
  for (const [characteristic, words] of Object.entries(WORDS)) {
    const given: unknown = Reflect.get(definition, characteristic);
    if (given !== undefined && !words.some((word) => word === given))
      throw new TypeError(`${at}: ${characteristic} is one of ${words.join(', ')}.`);
  }
}

/** Longer text is refused before it is known whose it is. */
export const LONGEST_TEXT = 65_536;

function requireLength({ maxLength }: AttributeDefinition, { at }: Place): void {
  if (maxLength !== undefined && maxLength > LONGEST_TEXT)
    throw new TypeError(`${at}: maxLength is at most ${LONGEST_TEXT}.`);
}

function requireParts({ type, subAttributes = [] }: AttributeDefinition, { at }: Place): void {
  if (type === 'complex' && subAttributes.length === 0)
    throw new TypeError(`${at}: a complex attribute needs subAttributes.`);
  if (type !== 'complex' && subAttributes.length > 0)
    throw new TypeError(`${at}: only a complex attribute has subAttributes.`);
  const nested = subAttributes.find((sub) => sub.type === 'complex');
  if (nested !== undefined)
    throw new TypeError(`${at}: sub-attribute "${nested.name}" cannot be complex itself (RFC 7643 §2.3.8).`);
}

/** RFC 7643 §7: a value that is not returned is not to be guessed through a conflict either. */
function requireVisible(definition: AttributeDefinition, { at, parent }: Place): void {
  if (definition.mutability === 'writeOnly' && (definition.returned ?? 'never') !== 'never')
    throw new TypeError(`${at}: a writeOnly attribute is returned "never" (RFC 7643 §7).`);
  const isKept = isHidden(definition) || (parent !== undefined && isHidden(parent));
  if (isKept && isUnique(definition))
    throw new TypeError(`${at}: a value that is never returned cannot be unique.`);
}

function requireComparable(definition: AttributeDefinition, { at }: Place): void {
  const { type, multiValued, caseExact } = definition;
  if (type === 'boolean' && (caseExact || isUnique(definition)))
    throw new TypeError(`${at}: a boolean is neither caseExact nor unique (RFC 7643 §2.3.2).`);
  if (isUnique(definition) && (multiValued || type === 'complex'))
    throw new TypeError(`${at}: only a single, simple value can be unique.`);
}

function isUnique({ uniqueness = 'none' }: AttributeDefinition): boolean {
  return uniqueness !== 'none';
}

/** Rows of members are reached through `value`, and stand beside the attributes of the resource. */
function requireRelation(definition: AttributeDefinition, { at, parent }: Place): void {
  const { relation, type, multiValued, mutability, subAttributes = [] } = definition;
  if (relation === undefined) return;
  const hasValue = subAttributes.some(({ name }) => name === 'value');
  if (parent !== undefined || type !== 'complex' || !multiValued || !hasValue)
    throw new TypeError(
      `${at}: a relation is a multi-valued complex attribute with a sub-attribute "value".`,
    );
  if (relation === 'memberOf' && mutability !== 'readOnly')
    throw new TypeError(`${at}: memberOf follows from the members of groups, so it is readOnly.`);
}

function requireDefault(definition: AttributeDefinition, { at, parent }: Place): void {
  const given = definition.default;
  if (given === undefined) return;
  if (parent !== undefined) throw new TypeError(`${at}: a sub-attribute has no default.`);
  const type = definition.type ?? 'string';
  const isNumber = type === 'integer' || type === 'decimal';
  const expected = type === 'boolean' ? 'boolean' : isNumber ? 'number' : 'string';
  const isFitting =
    typeof given === expected &&
    (type !== 'integer' || Number.isSafeInteger(given)) &&
    (type !== 'dateTime' || parseDateTime(String(given)) !== undefined);
  if (type === 'complex' || definition.multiValued || !isFitting)
    throw new TypeError(
      `${at}: default must be one ${expected} that fits ${type}, for a single, simple value.`,
    );
}
