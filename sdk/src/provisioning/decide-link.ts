import type { ResourceWriter, StoredResource } from '../store/port.ts';
import type { Change } from './change.ts';
import { isSameEmail, readEmail, toDomain } from './email.ts';
import type { LinkCandidate, LinkFacts, ScimHooks } from './hooks.ts';
import { type HookRun, runHook } from './run-hook.ts';

/** What was decided about an account the app may have already. */
export type LinkDecision =
  | { readonly kind: 'none' }
  | { readonly kind: 'linked'; readonly by: 'externalId' | 'verifiedEmail'; readonly userId: string };

type LinkRun = HookRun & { readonly tx: ResourceWriter };

/**
 * Whether a new user is somebody the app knows (P40). The app names a candidate and decides, and an address alone is
 * never enough: without the same externalId, the account must be a member of the customer already and the domain of
 * its address shown to be the customer's.
 */
export async function decideLink(
  hooks: ScimHooks,
  { after }: Change & { readonly kind: 'created' },
  run: LinkRun,
): Promise<LinkDecision> {
  const { linkCandidate, allowLink } = hooks;
  if (linkCandidate === undefined || allowLink === undefined || after.userId !== null) return NONE;
  const { externalId } = after.attributes;
  const question = {
    scimUserId: after.id,
    externalId: typeof externalId === 'string' ? externalId : null,
    email: readEmail(after.attributes),
  };
  const candidate = await runHook(run, (context) => linkCandidate.call(hooks, question, context));
  if (candidate === null || candidate === undefined) return NONE;
  requireCandidate(candidate, after);
  const domain = question.email === null ? null : toDomain(question.email);
  const facts: LinkFacts = {
    ...question,
    emailDomainVerifiedForCustomer: domain !== null && (await run.tx.verifiedDomains()).has(domain),
    existingMemberOfCustomer: candidate.isMemberOfCustomer === true,
    candidate,
  };
  const by = findGround(facts);
  if (by === undefined) return NONE;
  const isAllowed = await runHook(run, (context) => allowLink.call(hooks, facts, context));
  return isAllowed === true ? { kind: 'linked', by, userId: candidate.userId } : NONE;
}

const NONE: LinkDecision = Object.freeze({ kind: 'none' });

/** What speaks for it beside the address; undefined = nothing does. */
function findGround(facts: LinkFacts): 'externalId' | 'verifiedEmail' | undefined {
  const { externalId, email, candidate } = facts;
  if (externalId !== null && candidate.externalId === externalId) return 'externalId';
  const isSame = email !== null && candidate.email != null && isSameEmail(email, candidate.email);
  const isTheirs = facts.emailDomainVerifiedForCustomer && facts.existingMemberOfCustomer;
  return isSame && isTheirs ? 'verifiedEmail' : undefined;
}

function requireCandidate({ userId }: LinkCandidate, { id }: StoredResource): void {
  if (typeof userId !== 'string' || userId === '' || userId === id)
    throw new TypeError('hooks: linkCandidate answers { userId } with the id of your own account, or null.');
}
