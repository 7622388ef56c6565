import { badRequest, ScimError } from '../errors.ts';
import type { Filter, FilterSyntax } from '../filter/ast.ts';
import { bindElementFilter } from '../filter/bind.ts';
import { parsePathSyntax } from '../filter/parse.ts';
import type { Json } from '../json.ts';
import type { AllowLeniency } from '../leniency/leniency.ts';
import { type AttributePath, findPath } from '../path.ts';
import type { Attribute, ResourceType, Schema } from '../schema/resource-type.ts';

/** More are refused with 413. */
export const PATCH_LIMITS = { maxOperations: 1000, maxMembers: 10_000, maxValueVisits: 100_000 } as const;

/** One operation of a PATCH request, its path found in the schema. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  /** undefined = no path: the value's names are the paths. */
  readonly target: PatchTarget | undefined;
  /** undefined = the operation has no value. */
  readonly value: Json | undefined;
}

/** What an operation changes. */
export type PatchTarget =
  | { readonly kind: 'extension'; readonly schema: Schema }
  | { readonly kind: 'unknown' }
  | AttributeTarget;

/** An attribute, or elements of one. */
export interface AttributeTarget {
  readonly kind: 'attribute';
  readonly path: AttributePath;
  /** The elements chosen by `attribute[filter]`. */
  readonly filter: Filter | undefined;
  /** As written; tells which element to create when none matches (T10). */
  readonly filterSyntax: FilterSyntax | undefined;
}

/** An operation without its target. */
export type Change = Pick<PatchOperation, 'op' | 'value'>;

/**
 * Whether a `remove` names the values to remove (T5). RFC 7644 §3.5.2.2 knows no such thing; where it is not
 * tolerated it is refused, because removing all of them is the last thing the client means.
 */
export function namesValues({ value }: Change, attribute: Attribute, allow: AllowLeniency): boolean {
  if (value === undefined || value === null) return false;
  if (allow('remove-with-value')) return true;
  const detail = `remove takes no value: name what to remove as ${attribute.name}[value eq "…"].`;
  throw badRequest('invalidValue', detail, attribute.name);
}

/** Finds what a path names. An attribute this server does not have is `unknown` where that is tolerated (T32). */
export function parsePatchTarget(type: ResourceType, text: string, allow: AllowLeniency): PatchTarget {
  const exact = findPath(type, text.trim(), allow);
  if (exact.kind === 'extension') return exact;
  if (exact.kind === 'attribute') return { ...exact, filter: undefined, filterSyntax: undefined };
  const { path, filter, sub } = parsePathSyntax(text);
  const found = findPath(type, path, allow);
  if (found.kind === 'extension' && filter === undefined) return found;
  if (found.kind !== 'attribute') return unknown(allow);
  const { attribute } = found.path;
  if (filter === undefined) return { ...found, filter: undefined, filterSyntax: undefined };
  if (attribute.type !== 'complex' || found.path.sub !== undefined) {
    throw badRequest('invalidPath', 'Only a complex attribute can be followed by a filter in brackets.');
  }
  const subAttribute = sub === undefined ? undefined : attribute.subAttributes.get(sub.toLowerCase());
  if (sub !== undefined && subAttribute === undefined) return unknown(allow);
  return {
    kind: 'attribute',
    path: Object.freeze({ ...found.path, sub: subAttribute }),
    filter: bindPathFilter(attribute, filter, allow),
    filterSyntax: filter,
  };
}

/** RFC 7644 §3.5.2: a fault in the path's filter is a fault in the path. */
function bindPathFilter(attribute: Attribute, syntax: FilterSyntax, allow: AllowLeniency): Filter {
  try {
    return bindElementFilter(attribute, syntax, allow);
  } catch (error) {
    if (error instanceof ScimError) throw badRequest('invalidPath', error.message);
    throw error;
  }
}

function unknown(allow: AllowLeniency): PatchTarget {
  if (!allow('unknown-path'))
    throw badRequest('invalidPath', 'The path names an attribute this resource type does not have.');
  return { kind: 'unknown' };
}
