import { isArray, isObject, type Json } from './json.ts';
import type { AllowLeniency } from './leniency/leniency.ts';
import { type Attribute, findMembersAttribute, type ResourceType } from './schema/resource-type.ts';
import { parseElements } from './value.ts';

/** A member as a client names it. */
export interface MemberValue {
  readonly value: string;
  readonly display: string | null;
}

/** Parses member values; several entries with one id are one member. */
export function parseMembers(
  attribute: Attribute,
  value: Json,
  allow: AllowLeniency,
): readonly MemberValue[] {
  const known = isArray(value) ? parsedInTurns.get(value) : undefined;
  if (known?.attribute === attribute) return known.take();
  const members = new Map<string, MemberValue>();
  addMembers(members, attribute, { value, allow });
  return [...members.values()];
}

function addMembers(
  members: Map<string, MemberValue>,
  attribute: Attribute,
  { value, allow }: { readonly value: Json; readonly allow: AllowLeniency },
): void {
  const elements = value === null ? undefined : parseElements(attribute, value, allow);
  for (const element of isArray(elements) ? elements : []) {
    if (!isObject(element) || typeof element.value !== 'string') continue;
    const display = typeof element.display === 'string' ? element.display : null;
    members.set(element.value, { value: element.value, display });
  }
}

/** Lists that were parsed ahead of the reading of their bodies: what {@link parseMembers} answers for them. */
const parsedInTurns = new WeakMap<
  readonly Json[],
  { attribute: Attribute; take(): readonly MemberValue[] }
>();

/** Members from which on a list is parsed in turns. */
const LONG = 2_000;

/**
 * Finds lists of members in the body of a write that are too long to be parsed in one go.
 *
 * @returns none for types without members, and for nearly every body.
 */
export function findLongMemberLists(type: ResourceType, body: Json): readonly (readonly Json[])[] {
  const attribute = findMembersAttribute(type);
  // Which of several values is the primary one shows only in the whole list.
  if (attribute === undefined || attribute.subAttributes.has('primary')) return [];
  return findLists(body, 4);
}

/** At the top of a resource, in an operation of a PATCH, and in the value of one without a path. */
function findLists(value: Json | undefined, depth: number): readonly (readonly Json[])[] {
  if (depth === 0 || typeof value !== 'object' || value === null) return [];
  if (isArray(value) && value.length >= LONG) return [value];
  const parts = isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return parts.flatMap((part) => findLists(part, depth - 1));
}

/**
 * Parses such lists. What is wrong with one is told where its body is read.
 *
 * @param inTurns gives a list in parts, with a rest between them.
 */
export async function parseMembersInTurns(
  type: ResourceType,
  lists: readonly (readonly Json[])[],
  {
    allow,
    inTurns,
  }: { allow: AllowLeniency; inTurns: (list: readonly Json[]) => AsyncIterable<readonly Json[]> },
): Promise<void> {
  const attribute = findMembersAttribute(type);
  if (attribute === undefined) return;
  for (const list of lists) {
    const members = new Map<string, MemberValue>();
    try {
      for await (const value of inTurns(list)) addMembers(members, attribute, { value, allow });
    } catch (error) {
      const fail = () => {
        throw error;
      };
      parsedInTurns.set(list, { attribute, take: fail });
      continue;
    }
    const parsed = [...members.values()];
    parsedInTurns.set(list, { attribute, take: () => parsed });
  }
}
