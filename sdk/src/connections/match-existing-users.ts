import { z } from 'zod';
import { fold } from '../protocol/fold.ts';
import { readEmail, toDomain } from '../provisioning/email.ts';
import type { StoredResource } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import type { ManagementOptions } from './management-context.ts';
import { MisuseError, requireParameters, selectionFields } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

/** An account the app has already, of people of this one customer. */
export interface ExistingAccount {
  readonly userId: string;
  /** An address the account has shown to be its own. */
  readonly email?: string | null | undefined;
  /** The directory's id of the person, as the app learned it by a sign-in. */
  readonly externalId?: string | null | undefined;
  readonly name?: string | null | undefined;
}

export type MatchExistingUsersParameters = ConnectionSelector & {
  readonly accounts: AsyncIterable<ExistingAccount> | Iterable<ExistingAccount>;
};

/**
 * Why a user is taken for an account, or for none. `linked`: an account is linked already. `externalId`: the same id
 * of the directory. `verifiedEmail`: the same address, of a domain verified for the customer. `unverifiedEmail`: the
 * same address, of any other domain; nothing is proposed. `ambiguous`: several would do. `nobody`: none fits.
 */
export type MatchOutcome =
  | 'linked'
  | 'externalId'
  | 'verifiedEmail'
  | 'unverifiedEmail'
  | 'ambiguous'
  | 'nobody';

export interface UserMatch {
  readonly scimUserId: string;
  readonly userName: string | null;
  readonly email: string | null;
  readonly outcome: MatchOutcome;
  /** Accounts that fit, at most five. */
  readonly candidates: readonly ExistingAccount[];
  /** The account a person may confirm by `confirmLinks`; null = there is none to propose. */
  readonly proposedUserId: string | null;
}

export interface MatchReport {
  readonly connectionId: string;
  readonly matches: readonly UserMatch[];
  /** How many users of each outcome. */
  readonly counts: Readonly<Record<MatchOutcome, number>>;
  /** Accounts nobody of the directory fits: they stay as they are. */
  readonly unmatched: readonly ExistingAccount[];
}

const schema = z.strictObject({ ...selectionFields, accounts: z.custom<object>(isIterable) });

const accountSchema = z.object({
  userId: z.string().min(1),
  email: z.string().nullish(),
  externalId: z.string().nullish(),
  name: z.string().nullish(),
});

const USERS_IN_PART = 200;
const MOST_CANDIDATES = 5;

/** Compares a connection's users with the accounts the app has. Changes nothing. */
export async function matchExistingUsers(
  options: ManagementOptions,
  parameters: MatchExistingUsersParameters,
): Promise<ManagementResult<MatchReport, SelectionError>> {
  const { accounts: given, ...selector } = requireParameters(schema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connectionId, customerId } = selected.connection;
  const accounts = await readAccounts(given as MatchExistingUsersParameters['accounts']);
  const domains = new Set(await options.store.connections.verifiedDomains(customerId));
  const users: StoredResource[] = [];
  for await (const part of walkUsers(options, createScope(selected.connection))) users.push(...part);
  const findings = withRivals(users.map((user) => findMatch(user, { accounts, domains })));
  const used = new Set(findings.flatMap(({ candidates }) => candidates.map(({ userId }) => userId)));
  for (const { userId } of users) if (userId !== null) used.add(userId);
  const counts = { linked: 0, externalId: 0, verifiedEmail: 0, unverifiedEmail: 0, ambiguous: 0, nobody: 0 };
  for (const { outcome } of findings) counts[outcome] += 1;
  const unmatched = [...accounts.byId.values()].filter(({ userId }) => !used.has(userId));
  return new Success({ connectionId, matches: findings, counts, unmatched });
}

interface Accounts {
  readonly byId: ReadonlyMap<string, ExistingAccount>;
  readonly byExternalId: ReadonlyMap<string, readonly ExistingAccount[]>;
  readonly byEmail: ReadonlyMap<string, readonly ExistingAccount[]>;
}

async function readAccounts(given: MatchExistingUsersParameters['accounts']): Promise<Accounts> {
  const byId = new Map<string, ExistingAccount>();
  const byExternalId = new Map<string, ExistingAccount[]>();
  const byEmail = new Map<string, ExistingAccount[]>();
  for await (const one of given) {
    const parsed = accountSchema.safeParse(one);
    if (!parsed.success)
      throw new MisuseError('scim.management: accounts: each is { userId, email?, externalId?, name? }.');
    const { userId, email = null, externalId = null, name = null } = parsed.data;
    if (byId.has(userId)) continue;
    const account = { userId, email, externalId, name };
    byId.set(userId, account);
    if (externalId) put(byExternalId, externalId, account);
    if (email) put(byEmail, fold(email), account);
  }
  return { byId, byExternalId, byEmail };
}

function put(map: Map<string, ExistingAccount[]>, key: string, account: ExistingAccount): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [account]);
  else known.push(account);
}

async function* walkUsers({ store, userType }: ManagementOptions, scope: ReturnType<typeof createScope>) {
  const reader = store.resources(scope);
  let page = await reader.walk([{ type: userType }], { limit: USERS_IN_PART });
  yield page.resources;
  while (page.next !== undefined) {
    page = await reader.walk([{ type: userType }], { limit: USERS_IN_PART, after: page.next });
    yield page.resources;
  }
}

function findMatch(
  user: StoredResource,
  { accounts, domains }: { readonly accounts: Accounts; readonly domains: ReadonlySet<string> },
): UserMatch {
  const { externalId, userName } = user.attributes;
  const email = readEmail(user.attributes);
  const person = {
    scimUserId: user.id,
    userName: typeof userName === 'string' ? userName : null,
    email,
  };
  const none = { ...person, candidates: [], proposedUserId: null };
  if (user.userId !== null) return { ...none, outcome: 'linked' };
  const sameId = typeof externalId === 'string' ? (accounts.byExternalId.get(externalId) ?? []) : [];
  const sameEmail = email === null ? [] : (accounts.byEmail.get(fold(email)) ?? []);
  const all = [...new Set([...sameId, ...sameEmail])];
  const [one] = all;
  if (one === undefined) return { ...none, outcome: 'nobody' };
  const candidates = all.slice(0, MOST_CANDIDATES);
  if (all.length > 1) return { ...person, candidates, proposedUserId: null, outcome: 'ambiguous' };
  if (sameId.length > 0) return { ...person, candidates, proposedUserId: one.userId, outcome: 'externalId' };
  const domain = email === null ? null : toDomain(email);
  const isVerified = domain !== null && domains.has(domain);
  return {
    ...person,
    candidates,
    proposedUserId: isVerified ? one.userId : null,
    outcome: isVerified ? 'verifiedEmail' : 'unverifiedEmail',
  };
}

/** An account that several users fit is proposed for none of them. */
function withRivals(matches: readonly UserMatch[]): readonly UserMatch[] {
  const times = new Map<string, number>();
  for (const { candidates } of matches)
    for (const { userId } of candidates) times.set(userId, (times.get(userId) ?? 0) + 1);
  return matches.map((match) => {
    const isShared = match.candidates.some(({ userId }) => (times.get(userId) ?? 0) > 1);
    return isShared ? { ...match, outcome: 'ambiguous', proposedUserId: null } : match;
  });
}

function isIterable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
