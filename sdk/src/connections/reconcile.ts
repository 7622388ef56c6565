import { z } from 'zod';
import { createObject } from '../protocol/json.ts';
import { parsePolicy } from '../provisioning/policy.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { UndoneEvent } from '../store/effects.ts';
import type { Membership, StoredResource } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import {
  type AccountField,
  type AppAccount,
  type AppAccounts,
  createComparison,
  readAccounts,
} from './app-accounts.ts';
import { createAuditRecord } from './audit.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { actSchema, requireParameters } from './parameters.ts';
import { type AppGroups, type GroupsReport, reconcileGroups } from './reconcile-groups.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';
import { type TellingAccounts, tellAccount, tellDeletion } from './tell-account.ts';
import { type NotTold, toNotTold } from './told.ts';
import { walkResources } from './walk-resources.ts';

export type ReconcileParameters = ConnectionSelector & {
  /**
   * The accounts the connection made in the app, all of them. Accounts of another origin must not be among them: they
   * would be shown as too many.
   */
  readonly accounts: AppAccounts;
  /**
   * The groups the app has of the connection, all of them. Compared first, so that nobody is told to be in a group the
   * app does not know; one that is missing is told with its members. @default groups are not compared
   */
  readonly groups?: AppGroups | undefined;
  /** Tells the app what is stored, wherever it differs. @default false: nothing is done, the differences are shown */
  readonly apply?: boolean | undefined;
  /** Also where an administrator has undone what the directory did. @default false */
  readonly reapplyUndone?: boolean | undefined;
  /** Differences listed in the report, which counts all of them. 0 to 10,000. @default 1000 */
  readonly limit?: number | undefined;
  /** Who asked for it, for the audit. @default null */
  readonly actor?: string | null | undefined;
  /** Gives up between two people. To go on, begin anew: what was told differs no more. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ReconcileProgress) => void) | undefined;
};

export interface ReconcileProgress {
  /** Accounts and users looked at. */
  readonly compared: number;
  readonly differing: number;
  readonly applied: number;
}

/**
 * `missing`: an active user whose account the app no longer has. `unlinked`: an active user without an account.
 * `extra`: an active account without a user. `differs`: both are there, and `fields` differ.
 */
export type DifferenceKind = 'missing' | 'unlinked' | 'extra' | 'differs';

/** One person the app has otherwise than the directory. */
export interface AccountDifference {
  readonly kind: DifferenceKind;
  /** The app's account; null = unlinked. */
  readonly userId: string | null;
  /** The SCIM user; null = extra. */
  readonly scimId: string | null;
  readonly userName: string | null;
  readonly fields: readonly AccountField[];
  /** Set where an administrator has undone what an event did to the account. */
  readonly undone: {
    readonly eventId: string;
    readonly undoneAt: number;
    readonly actor: string | null;
  } | null;
  /**
   * Set where the app is not to know yet: `guard` holds the change for a person to decide, or that person has
   * rejected it; or no `seat` is free.
   */
  readonly waitsFor: 'guard' | 'seat' | null;
  /**
   * `found`: nothing was tried. `applied`: the app was told. `left`: an undone event stands, the guard or a seat is waited for, or nothing that is stored
   * says what to tell: an account the directory never made, a group that is gone. `failed`: see `failures`.
   */
  readonly outcome: 'found' | 'applied' | 'left' | 'failed';
}

/** How the app differs from the directory, and what was done about it. */
export interface ReconcileReport {
  readonly connectionId: string;
  /** false: the signal was aborted, so that not everything was compared. */
  readonly complete: boolean;
  /** Accounts given. */
  readonly accounts: number;
  /** How many people of each kind; of `differs` also how many by field. */
  readonly counts: Readonly<Record<DifferenceKind, number>>;
  readonly fieldCounts: Readonly<Record<string, number>>;
  /** The first of them, up to `limit`. */
  readonly differences: readonly AccountDifference[];
  readonly hasMore: boolean;
  readonly applied: number;
  readonly left: number;
  readonly failed: number;
  /** The first of those that failed, up to `limit` and one at least. */
  readonly failures: readonly NotTold[];
  /** null = none were given, or the policy is to ignore groups. */
  readonly groups: GroupsReport | null;
}

/** The app does not know on purpose what is stored: end the dry run instead. */
export interface DryRunInProgressError {
  readonly type: 'DryRunInProgress';
}

const isFunction = (value: unknown) => typeof value === 'function';

const reconcileSchema = z.strictObject({
  ...actSchema.shape,
  accounts: z.custom<AppAccounts>(isAccounts, {
    error: 'Give a list of accounts, what yields them one by one, or a function that reads them.',
  }),
  groups: z.custom<AppGroups>(isAccounts, { error: 'Give groups as you give accounts.' }).optional(),
  apply: z.boolean().default(false),
  reapplyUndone: z.boolean().default(false),
  limit: z.number().int().min(0).max(10_000).default(1000),
  signal: z.instanceof(AbortSignal).optional(),
  onProgress: z.custom<NonNullable<ReconcileParameters['onProgress']>>(isFunction).optional(),
});

function isAccounts(value: unknown): boolean {
  if (typeof value === 'function') return true;
  return (
    typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

/** Accounts compared at once. */
const IN_PART = 250;

/**
 * Compares the app's accounts with the stored users, and where asked to, tells the app what is stored: by the same
 * hooks and events as a change, one transaction for each person. What fails keeps nobody else waiting.
 */
export async function reconcile(
  options: ManagementOptions,
  parameters: ReconcileParameters,
): Promise<ManagementResult<ReconcileReport, SelectionError | DryRunInProgressError>> {
  const asked = requireParameters(reconcileSchema, parameters);
  const {
    apply,
    limit,
    actor = null,
    signal,
    onProgress,
    reapplyUndone,
    accounts,
    groups,
    ...selector
  } = asked;
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const policy = parsePolicy(connection.policy);
  if (policy.effects !== 'apply') return new Failure({ type: 'DryRunInProgress' });
  const tally = createTally(limit);
  const comparison = createComparison(options, connection);
  const scope = createScope(connection);
  const toldWhole = new Set<string>();
  const run: Run = { options, connection, scope, comparison, tally, apply, reapplyUndone, toldWhole };
  const seen = new Set<string>();
  const startedAt = new Date(options.clock()).toISOString();
  const proceed = () => {
    onProgress?.(tally.progress());
    return signal?.aborted !== true;
  };
  let isComplete = proceed();
  const groupsReport =
    groups === undefined || policy.groups === 'ignore'
      ? null
      : await reconcileGroups({ ...run, groups, limit, startedAt, signal });
  isComplete = proceed();
  for await (const part of isComplete ? readAccounts(accounts, IN_PART) : []) {
    await compareAccounts(run, part, seen);
    isComplete = proceed();
    if (!isComplete) break;
  }
  for await (const users of isComplete
    ? walkResources(options.store.resources(scope), options.userType)
    : []) {
    for (const user of users) await lookForAccount(run, { user, seen, startedAt });
    isComplete = proceed();
    if (!isComplete) break;
  }
  const report = { ...tally.report(), groups: groupsReport };
  if (apply) await audit(options, connection, { actor, report });
  const { connectionId } = connection;
  return new Success({ connectionId, complete: isComplete, accounts: tally.accounts(), ...report });
}

interface Run extends TellingAccounts {
  readonly toldWhole: Set<string>;
  readonly tally: ReturnType<typeof createTally>;
  readonly apply: boolean;
  readonly reapplyUndone: boolean;
}

async function compareAccounts(run: Run, part: readonly AppAccount[], seen: Set<string>): Promise<void> {
  const { options, scope, tally } = run;
  const reader = options.store.resources(scope);
  const { compare } = run.comparison;
  const users = await findUsers(run, part);
  const memberIds = part
    .filter(({ groupIds }) => groupIds !== undefined)
    .flatMap(({ userId }) => users.get(userId)?.id ?? []);
  const memberships: ReadonlyMap<string, readonly Membership[]> =
    memberIds.length === 0 ? new Map() : await reader.membershipsOf(memberIds);
  const undone = await options.store.effects(scope).undoneOf([...users.values()].map(({ id }) => id));
  tally.looked(part.length);
  for (const account of part) {
    if (seen.has(account.userId)) continue;
    seen.add(account.userId);
    tally.addAccount();
    const user = users.get(account.userId);
    if (user !== undefined) seen.add(user.id);
    if (user === undefined) {
      // Many apps keep the accounts of those who left.
      if (account.active) await settleExtra(run, account);
      continue;
    }
    const fields = compare(account, user, memberships.get(user.id) ?? []);
    if (fields.length === 0) continue;
    const found = { kind: 'differs', user, fields, undone: undone.get(user.id) } as const;
    await settleUser(run, { ...found, account });
  }
}

/** Users by their accounts: those linked, else those an account says it is of, where nothing else is linked. */
async function findUsers(
  { options, scope }: Run,
  part: readonly AppAccount[],
): Promise<ReadonlyMap<string, StoredResource>> {
  const reader = options.store.resources(scope);
  const linked = await reader.findByUserIds(part.map(({ userId }) => userId));
  const others = part.filter(({ userId, scimId }) => scimId !== undefined && !linked.has(userId));
  if (others.length === 0) return linked;
  const named = await reader.findEach(
    options.userType,
    others.map(({ scimId }) => String(scimId)),
  );
  const byId = new Map(named.map((user) => [user.id, user]));
  const found = new Map(linked);
  for (const { userId, scimId } of others) {
    const user = byId.get(String(scimId));
    if (user?.userId === null) found.set(userId, user);
  }
  return found;
}

async function lookForAccount(
  run: Run,
  { user, seen, startedAt }: { user: StoredResource; seen: ReadonlySet<string>; startedAt: string },
): Promise<void> {
  run.tally.looked(1);
  if (user.attributes.active === false) return;
  if (seen.has(user.id)) return;
  // The account may be newer than the list of accounts.
  if (user.lastModified > startedAt) return;
  const kind = user.userId === null ? 'unlinked' : 'missing';
  const undone = (await run.options.store.effects(run.scope).undoneOf([user.id])).get(user.id);
  await settleUser(run, { kind, user, fields: [], undone, account: undefined });
}

interface FoundUser {
  readonly kind: 'missing' | 'unlinked' | 'differs';
  readonly user: StoredResource;
  readonly fields: readonly AccountField[];
  readonly undone: UndoneEvent | undefined;
  /** undefined = the app has none. */
  readonly account: AppAccount | undefined;
}

async function settleUser(run: Run, found: FoundUser): Promise<void> {
  const { kind, user, fields, undone } = found;
  const { userName } = user.attributes;
  const difference = {
    kind,
    userId: user.userId,
    scimId: user.id,
    userName: typeof userName === 'string' ? userName : null,
    fields,
    undone: toUndone(undone),
    waitsFor: await findWaiting(run, user),
  };
  const isLeft = difference.waitsFor !== null || (undone !== undefined && !run.reapplyUndone);
  await settleDifference(run, difference, async () => !isLeft && tellAccount(run, found));
}

async function settleExtra(run: Run, account: AppAccount): Promise<void> {
  const { userId } = account;
  const difference = {
    kind: 'extra',
    userId,
    scimId: null,
    userName: null,
    fields: [],
    undone: null,
    waitsFor: null,
  } as const;
  await settleDifference(run, difference, () => tellDeletion(run, account));
}

async function findWaiting(
  { options, scope }: Run,
  { id, isHeld }: StoredResource,
): Promise<AccountDifference['waitsFor']> {
  if (isHeld === true) return 'guard';
  const { waiting } = options.store.resources(scope);
  return (await waiting.find(id)) === undefined ? null : 'seat';
}

function toUndone(undone: UndoneEvent | undefined): AccountDifference['undone'] {
  if (undone === undefined) return null;
  const { eventId, undoneAt, actor } = undone;
  return { eventId, undoneAt, actor };
}

async function settleDifference(
  { apply, tally, options }: Run,
  difference: Omit<AccountDifference, 'outcome'>,
  tell: () => Promise<boolean>,
): Promise<void> {
  if (!apply) return tally.add({ ...difference, outcome: 'found' });
  try {
    tally.add({ ...difference, outcome: (await tell()) ? 'applied' : 'left' });
  } catch (cause) {
    const failure = {
      resourceType: options.userType.name,
      resourceId: difference.scimId ?? difference.userId ?? '',
      cause,
    };
    options.logger.error('scimkit: the app could not be told of a user.', failure);
    tally.add({ ...difference, outcome: 'failed' }, toNotTold(failure));
  }
}

/** Counts differences, and keeps the first of them. */
function createTally(limit: number) {
  const counts = { missing: 0, unlinked: 0, extra: 0, differs: 0 };
  const fieldCounts: Record<string, number> = createObject() as Record<string, number>;
  const outcomes = { found: 0, applied: 0, left: 0, failed: 0 };
  const differences: AccountDifference[] = [];
  const failures: NotTold[] = [];
  let compared = 0;
  let accounts = 0;
  const total = () => counts.missing + counts.unlinked + counts.extra + counts.differs;
  return {
    addAccount() {
      accounts += 1;
    },
    accounts: () => accounts,
    looked(count: number) {
      compared += count;
    },
    add(difference: AccountDifference, failure?: NotTold): void {
      counts[difference.kind] += 1;
      outcomes[difference.outcome] += 1;
      for (const { field } of difference.fields) fieldCounts[field] = (fieldCounts[field] ?? 0) + 1;
      if (differences.length < limit) differences.push(difference);
      if (failure !== undefined && failures.length < Math.max(limit, 1)) failures.push(failure);
    },
    progress: () => ({ compared, differing: total(), applied: outcomes.applied }),
    report: () => ({
      counts,
      fieldCounts,
      differences,
      hasMore: total() > differences.length,
      applied: outcomes.applied,
      left: outcomes.left,
      failed: outcomes.failed,
      failures,
    }),
  };
}

async function audit(
  { store, clock, random }: ManagementOptions,
  connection: ConnectionRecord,
  {
    actor,
    report,
  }: { actor: string | null; report: Omit<ReconcileReport, 'connectionId' | 'complete' | 'accounts'> },
): Promise<void> {
  const { counts, applied, left, failed, groups } = report;
  const ofGroups = groups && {
    ...groups.counts,
    applied: groups.applied,
    left: groups.left,
    failed: groups.failed,
  };
  const detail = { ...counts, applied, left, failed, ...(ofGroups && { groups: ofGroups }) };
  const subject = { connection, now: readNow({ clock }), random };
  const act = { action: 'app.reconciled', actor, detail } as const;
  await store.changeConnections((tx) => tx.appendAudit(createAuditRecord(subject, act)));
}
