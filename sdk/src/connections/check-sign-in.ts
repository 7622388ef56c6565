import { createHash } from 'node:crypto';
import { z } from 'zod';
import { bindFilter } from '../protocol/filter/bind.ts';
import { isActive } from '../provisioning/change.ts';
import { proveLink } from '../provisioning/link-account.ts';
import { parsePolicy } from '../provisioning/policy.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { StoredResource } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { MisuseError, requireParameters } from './parameters.ts';
import {
  Failure,
  type ManagementResult,
  type ScimConnectionNotFoundError,
  Success,
  type UnexpectedManagementError,
} from './result.ts';
import {
  readSubject,
  SIGN_IN_STRATEGIES,
  type SignInClaims,
  type SignInStrategy,
  type Subject,
} from './sign-in-strategy.ts';

export interface CheckSignInParameters {
  /** From the app's own knowledge of where the sign-in came from, never from its claims. */
  readonly customerId: string;
  /** The one connection to ask. @default every connection of the customer */
  readonly scimConnectionId?: string | undefined;
  readonly strategy: SignInStrategy;
  readonly claims: SignInClaims;
}

/** Somebody who may sign in. */
export interface SignInAllowed {
  readonly connectionId: string;
  readonly scimUserId: string;
  /** The app's own account; null = none is linked to the user. */
  readonly userId: string | null;
}

/**
 * The directory does not know the person: the customer decides by it who has access, so there is none.
 *
 * `unknown`: no user fits. `ambiguous`: several active users do. `claimMissing`, `emailNotVerified`: the claims name
 * nobody by this strategy.
 */
export interface ScimUserNotFoundWhereExpectedError {
  readonly type: 'ScimUserNotFoundWhereExpected';
  readonly reason: 'unknown' | 'ambiguous' | 'claimMissing' | 'emailNotVerified';
}

/** The directory knows the person, who has no access now. */
export interface ScimUserNotActiveError {
  readonly type: 'ScimUserNotActive';
  /**
   * `deactivated`: the identity provider switched the user off. `waiting`: the app has not been told of the user yet,
   * since no seat is free.
   */
  readonly reason: 'deactivated' | 'waiting';
  readonly connectionId: string;
  readonly scimUserId: string;
  readonly userId: string | null;
}

export type SignInError =
  | ScimConnectionNotFoundError
  | ScimUserNotFoundWhereExpectedError
  | ScimUserNotActiveError
  | UnexpectedManagementError;

/** Says whether the directory lets somebody in. See `Scim.checkSignIn`. */
export type CheckSignIn = (
  parameters: CheckSignInParameters,
) => Promise<ManagementResult<SignInAllowed, SignInError>>;

const schema = z.strictObject({
  customerId: z.string(),
  scimConnectionId: z.string().optional(),
  strategy: z.enum(SIGN_IN_STRATEGIES),
  claims: z.looseObject({
    sub: z.string().optional(),
    email: z.string().optional(),
    email_verified: z.boolean().optional(),
    preferred_username: z.string().optional(),
  }),
});

type Options = Pick<ManagementOptions, 'store' | 'clock' | 'random' | 'logger' | 'userType' | 'telling'>;

/** Makes `scim.checkSignIn`. */
export function createSignInCheck(options: Options): CheckSignIn {
  const audit = createRefusalAudit(options);
  return async (parameters) => {
    try {
      const { customerId, scimConnectionId, strategy, claims } = requireParameters(schema, parameters);
      const connections = await findConnections(options, { customerId, scimConnectionId });
      if (connections.length === 0) return new Failure({ type: 'ScimConnectionNotFound' });
      const subject = readSubject(strategy, claims);
      const found = typeof subject === 'string' ? [] : await findUsers(options, connections, subject);
      const verdict =
        typeof subject === 'string'
          ? new Failure({ type: 'ScimUserNotFoundWhereExpected', reason: subject } as const)
          : judge(found);
      if (!verdict.ok) await audit({ connections, error: verdict.error, strategy, subject });
      else if (strategy === 'OidcSubToScimExternalId')
        await prove(options, verdict.data, { connections, found });
      return verdict;
    } catch (cause) {
      if (cause instanceof MisuseError) throw cause;
      options.logger.error('scim.checkSignIn failed; nobody was let in.', { cause });
      return new Failure({
        type: 'UnexpectedError',
        message: 'The directory is temporarily unavailable. Try again.',
      });
    }
  };
}

interface Found {
  readonly connectionId: string;
  /** Whether the app takes the user for active: it is not told at once of all that is stored. */
  readonly isActive: boolean;
  readonly isWaiting: boolean;
  readonly user: StoredResource;
}

/** P40: who signs in with the directory's own id is the person of a linked account. Failing, it stays unproven. */
async function prove(
  { store, telling, userType, logger }: Options,
  { connectionId, scimUserId }: SignInAllowed,
  known: { readonly connections: readonly ConnectionRecord[]; readonly found: readonly Found[] },
): Promise<void> {
  const connection = known.connections.find((one) => one.connectionId === connectionId);
  const signedIn = known.found.find(({ user }) => user.id === scimUserId)?.user;
  if (connection === undefined || signedIn?.link !== 'unproven') return;
  const scope = createScope(connection);
  try {
    await store.changeResources(scope, async (tx) => {
      const user = await tx.find(userType, scimUserId);
      const isSame = user?.attributes.externalId === signedIn.attributes.externalId;
      if (user?.link === 'unproven' && isSame) await proveLink(telling.app, tx, { scope, connection, user });
    });
  } catch (cause) {
    logger.error('scimkit: a link was proven by a sign-in, but the app could not be told.', { cause });
  }
}

type Refusal = ScimUserNotFoundWhereExpectedError | ScimUserNotActiveError;

function judge(found: readonly Found[]): ManagementResult<SignInAllowed, Refusal> {
  const active = found.filter((one) => one.isActive);
  const [one] = active.length > 0 ? active : found;
  if (one === undefined) return new Failure({ type: 'ScimUserNotFoundWhereExpected', reason: 'unknown' });
  if (active.length > 1) return new Failure({ type: 'ScimUserNotFoundWhereExpected', reason: 'ambiguous' });
  const person = { connectionId: one.connectionId, scimUserId: one.user.id, userId: one.user.userId };
  if (active.length === 1) return new Success(person);
  const reason = one.isWaiting ? 'waiting' : 'deactivated';
  return new Failure({ type: 'ScimUserNotActive', reason, ...person });
}

/** A connection in dry run has told the app of nobody, so it keeps nobody out. */
async function findConnections(
  { store }: Options,
  { customerId, scimConnectionId }: Pick<CheckSignInParameters, 'customerId' | 'scimConnectionId'>,
): Promise<readonly ConnectionRecord[]> {
  const all = await store.connections.findByCustomer(customerId);
  return all.filter(
    ({ connectionId, policy }) =>
      (scimConnectionId === undefined || connectionId === scimConnectionId) &&
      parsePolicy(policy).effects === 'apply',
  );
}

/** More than one user has in any directory. */
const MOST_ALIKE = 50;

async function findUsers(
  { store, userType }: Options,
  connections: readonly ConnectionRecord[],
  { path, value }: Subject,
): Promise<readonly Found[]> {
  // No user has such a name, and PostgreSQL would not even look for it.
  if (!value.isWellFormed() || value.includes('\u0000')) return [];
  const filter = bindFilter(userType, { kind: 'compare', path, operator: 'eq', value });
  const found: Found[] = [];
  for (const connection of connections) {
    const reader = store.resources(createScope(connection));
    const { resources } = await reader.query(userType, { filter, offset: 0, limit: MOST_ALIKE });
    const isWaitlist = parsePolicy(connection.policy).seats.onFull === 'waitlist';
    for (const user of resources) {
      const isOn = isActive(user);
      const isWaiting = isOn && isWaitlist && (await reader.waiting.find(user.id)) !== undefined;
      // A storm of deactivations locks nobody out before a person has let it go.
      const held = !isOn && user.isHeld ? await reader.held.find(user.id) : undefined;
      const isStillIn = held?.kind === 'deactivated' && held.wasActive;
      const { connectionId } = connection;
      found.push({ connectionId, user, isActive: (isOn && !isWaiting) || isStillIn, isWaiting });
    }
  }
  return found;
}

interface Refused {
  readonly connections: readonly ConnectionRecord[];
  readonly error: Refusal;
  readonly strategy: SignInStrategy;
  readonly subject: Subject | string;
}

/** Refusals of the same person within this time are one record. */
const ONE_RECORD_MS = 60_000;
/** Persons that are remembered for it. */
const MOST_REMEMBERED = 10_000;

/** Writes refusals down: who asks on every request is not to fill the audit. Names and addresses are not in it. */
function createRefusalAudit(options: Options) {
  const last = new Map<string, number>();
  const isRepeated = (who: string): boolean => {
    const now = options.clock();
    const before = last.get(who);
    if (before !== undefined && now - before < ONE_RECORD_MS) return true;
    last.delete(who);
    last.set(who, now);
    const [oldest] = last.keys();
    if (last.size > MOST_REMEMBERED && oldest !== undefined) last.delete(oldest);
    return false;
  };
  return async ({ connections, error, strategy, subject }: Refused): Promise<void> => {
    const named = 'connectionId' in error ? error.connectionId : connections[0]?.connectionId;
    const connection = connections.find(({ connectionId }) => connectionId === named);
    const text = JSON.stringify([named, error, strategy, subject]);
    if (connection === undefined || isRepeated(createHash('sha256').update(text).digest('base64url'))) return;
    const detail = {
      strategy,
      error: error.type,
      reason: error.reason,
      ...('scimUserId' in error && { scimUserId: error.scimUserId }),
    };
    const record = createAuditRecord(
      { connection, now: readNow(options), random: options.random },
      { action: 'signIn.refused', actor: null, detail },
    );
    await options.store.changeConnections((tx) => tx.appendAudit(record));
  };
}
