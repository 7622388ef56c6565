import type { Logger } from '../logger.ts';
import type { ConnectionRecord, KeyRecord } from '../store/connections.ts';
import type { ConnectionScope, Store } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { type Misspelling, parseAuthorization } from './authorization-header.ts';
import type { KeyHasher } from './key-digest.ts';
import { findKeyEnd, type KeyEnd } from './key-life.ts';
import { recordKeyUse } from './key-use.ts';
import type { RandomSource } from './random-text.ts';

/**
 * Why a request is not let in. For logs and for an administrator's page; on the wire all of them are the same
 * 401. `foreign`: the URL names another connection than the key's.
 */
export type AuthenticationFailure =
  | 'missing'
  | 'malformed'
  | 'unknown'
  | 'wrong'
  | Misspelling
  | KeyEnd
  | 'paused'
  | 'foreign';

/** A request that proved to come from a connection's identity provider. */
export interface Authenticated {
  readonly scope: ConnectionScope;
  readonly connection: ConnectionRecord;
  readonly keyId: string;
}

/** A request that did not. `connectionId` is set once the secret of a key of the customer's was right. */
export interface NotAuthenticated {
  readonly failure: AuthenticationFailure;
  readonly connectionId?: string;
  /** Beside `connectionId`. */
  readonly keyId?: string;
}

/**
 * Verifies the key of an `Authorization` header.
 *
 * @param connectionIdInUrl the connection the URL names, where it names one; must be the key's own.
 * @throws StoreUnavailableError when the database cannot be read.
 */
export type Authenticate = (
  authorization: string | null,
  connectionIdInUrl?: string,
) => Promise<Authenticated | NotAuthenticated>;

export interface AuthenticatorOptions {
  readonly store: Store;
  readonly hasher: KeyHasher;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/**
 * Makes the one way in. Every request reads its key from the store, so that revoking, pausing and deleting act
 * at once in every process. Text that is no key is refused without a read.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticate {
  const { store, hasher, clock, logger } = options;
  const recordUse = recordKeyUse(options);
  const missingPeppers = new Set<string | null>();

  const warnOfPepper = ({ keyId, pepperId }: KeyRecord): void => {
    if (hasher.knows(pepperId) || missingPeppers.has(pepperId)) return;
    missingPeppers.add(pepperId);
    logger.warn('A SCIM API key was hashed with a pepper that is not configured.', { keyId, pepperId });
  };

  return async (authorization, connectionIdInUrl) => {
    const parsed = parseAuthorization(authorization);
    if (parsed.kind === 'missing' || parsed.kind === 'malformed') return { failure: parsed.kind };
    const found = await store.connections.findKey(parsed.key.keyId);
    if (found === undefined) {
      hasher.pretend(parsed.key.text);
      return { failure: 'unknown' };
    }
    const { key, connection } = found;
    if (!hasher.verify(parsed.key.text, key)) {
      warnOfPepper(key);
      return { failure: 'wrong' };
    }
    const { connectionId } = connection;
    const { keyId } = key;
    const now = Math.floor(clock() / 1000);
    const end = findKeyEnd(key, now);
    // A temporary key was meant to end: its end is told of no connection, so that nobody is warned.
    if (end !== undefined)
      return key.kind === 'temporary' ? { failure: end } : { failure: end, connectionId, keyId };
    if (parsed.kind === 'misspelt')
      return key.kind === 'temporary'
        ? { failure: 'malformed' }
        : { failure: parsed.flaw, connectionId, keyId };
    if (connectionIdInUrl !== undefined && connectionIdInUrl !== connectionId) {
      return { failure: 'foreign', connectionId, keyId };
    }
    if (connection.status === 'paused') return { failure: 'paused', connectionId, keyId };
    const recorded = recordUse(found, now);
    // The first use retires the key before it; for later ones no request waits behind somebody's long write.
    if (key.lastUsedAt === null) await recorded;
    return { scope: createScope(connection), connection, keyId };
  };
}
