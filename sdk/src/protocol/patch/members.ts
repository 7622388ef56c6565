import { badRequest, ScimError } from '../errors.ts';
import type { Filter, FilterSyntax } from '../filter/ast.ts';
import type { AllowLeniency } from '../leniency/leniency.ts';
import { type MemberValue, parseMembers } from '../members.ts';
import { type AttributeTarget, type Change, namesValues, PATCH_LIMITS } from './target.ts';

/** What a PATCH asks of the members relation, in order. The store carries it out without loading the group. */
export type MembersChange =
  | { readonly kind: 'add'; readonly members: readonly MemberValue[] }
  | { readonly kind: 'replace'; readonly members: readonly MemberValue[] }
  | { readonly kind: 'remove'; readonly ids: readonly string[] }
  | { readonly kind: 'removeMatching'; readonly filter: Filter };

/** What a PATCH has asked of the members so far. */
export interface MembersPatch {
  readonly allow: AllowLeniency;
  readonly members: MembersChange[];
  memberCount: number;
}

/** Notes what an operation asks of the members. */
export function applyToMembers(patch: MembersPatch, target: AttributeTarget, change: Change): void {
  const { attribute, sub } = target.path;
  if (sub !== undefined) {
    throw badRequest(
      'mutability',
      'Members are added and removed whole; their parts cannot be changed.',
      attribute.name,
    );
  }
  if (target.filter !== undefined) {
    if (change.op !== 'remove')
      throw badRequest('mutability', 'Members are added and removed whole.', attribute.name);
    const id = readIdFilter(target.filterSyntax);
    patch.members.push(
      id === undefined ? { kind: 'removeMatching', filter: target.filter } : { kind: 'remove', ids: [id] },
    );
    countMembers(patch, 1);
    return;
  }
  if (change.op === 'remove' && !namesValues(change, attribute, patch.allow)) {
    patch.members.push({ kind: 'replace', members: [] });
    return;
  }
  const members = parseMembers(attribute, change.value ?? null, patch.allow);
  if (change.op !== 'replace') countMembers(patch, members.length);
  patch.members.push(
    change.op === 'remove'
      ? { kind: 'remove', ids: members.map(({ value }) => value) }
      : { kind: change.op, members },
  );
}

/** `value eq "id"`, which needs no reading of the group. */
function readIdFilter(syntax: FilterSyntax | undefined): string | undefined {
  const isId =
    syntax?.kind === 'compare' && syntax.operator === 'eq' && syntax.path.toLowerCase() === 'value';
  return isId && typeof syntax.value === 'string' ? syntax.value : undefined;
}

function countMembers(patch: MembersPatch, count: number): void {
  patch.memberCount += count;
  if (patch.memberCount > PATCH_LIMITS.maxMembers) {
    throw new ScimError(413, `A PATCH adds or removes at most ${PATCH_LIMITS.maxMembers} members.`);
  }
}
