import type { Logger } from '../logger.ts';
import type { AllowanceTaken, ConnectionScope, Store } from '../store/port.ts';
import { StoreUnavailableError } from '../store/sql/database.ts';
import type { RateLimit } from './limits.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import { tooManyRequests } from './too-many-requests.ts';

export interface SharedRateLimiterOptions {
  readonly store: Pick<Store, 'takeAllowance'>;
  readonly limit: RateLimit;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

/** What this process has of one connection's allowance. */
interface Share {
  readonly scope: ConnectionScope;
  /** Taken from the store, not yet used. */
  tokens: number;
  /** Used, not yet taken from the store. */
  owed: number;
  usedAt: number;
  /** When there was nothing to be had, and until when there will be nothing; milliseconds since the epoch. */
  empty: { readonly from: number; readonly until: number };
  taking: Promise<void> | undefined;
}

/** Shares of connections without requests for this long are dropped. */
const IDLE_MS = 60_000;

/** The longest a request waits for the store to be asked. */
const STORE_WAIT_MS = 500;

/** How long this process counts for itself before it tries the store again. */
const RETRY_MS = 1_000;

/**
 * Counts in the store, for all processes together. A process takes a few requests at a time, so that the store is
 * written far less often than requests come. Of all processes together no more is ever let in than
 * `burst + seconds × requestsPerSecond`, and per process what it took ahead; that much may also lie unused
 * in one process while another one refuses.
 */
export function createSharedRateLimiter(options: SharedRateLimiterOptions): RateLimiter {
  const { store, limit, clock, logger } = options;
  const alone = createRateLimiter(limit, clock);
  const ahead = toAhead(limit);
  const shares = new Map<string, Share>();
  let sweptAt = clock();
  let aloneUntil = 0;
  let isAlone = false;

  const findShare = (scope: ConnectionScope): Share => {
    const now = clock();
    if (now - sweptAt > IDLE_MS) {
      sweptAt = now;
      for (const [id, share] of shares)
        if (now - share.usedAt > IDLE_MS && share.owed === 0) shares.delete(id);
    }
    let share = shares.get(scope.connectionId);
    if (share === undefined) {
      share = { scope, tokens: 0, owed: 0, usedAt: now, empty: { from: 0, until: 0 }, taking: undefined };
      shares.set(scope.connectionId, share);
    }
    share.usedAt = now;
    return share;
  };

  /** One at a time for each connection. Answers when the store has answered, rejects when it cannot. */
  const takeAhead = (share: Share): Promise<void> => {
    share.taking ??= askStore(share).finally(() => {
      share.taking = undefined;
    });
    return share.taking;
  };

  const askStore = async (share: Share): Promise<void> => {
    const { owed } = share;
    share.owed = 0;
    let taken: AllowanceTaken;
    try {
      taken = await store.takeAllowance(share.scope, { ...limit, wanted: ahead, owed });
    } catch (error) {
      share.owed += owed;
      throw error;
    }
    isAlone = false;
    share.tokens += taken.granted;
    if (taken.granted > 0) return;
    const from = clock();
    share.empty = { from, until: from + ((1 - taken.left) / limit.requestsPerSecond) * 1000 };
  };

  const countAlone = (cause: unknown) => {
    aloneUntil = clock() + RETRY_MS;
    if (isAlone) return;
    isAlone = true;
    logger.warn('The shared rate limits cannot be kept in the database; each process counts for itself.', {
      cause,
    });
  };

  /** What nobody waits for may fail: the next request that needs it meets the same fault. */
  const takeAheadUnawaited = (share: Share): void => {
    takeAhead(share).catch(countAlone);
  };

  return {
    async take(scope) {
      const share = findShare(scope);
      while (share.tokens < 1) {
        const now = clock();
        if (now < aloneUntil) return alone.take(scope);
        const { from, until } = share.empty;
        // A clock that was set back shuts nobody out.
        if (from <= now && now < until) throw tooManyRequests((until - now) / 1000);
        try {
          await withinStoreWait(takeAhead(share));
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) throw error;
          countAlone(error);
        }
      }
      share.tokens -= 1;
      if (share.tokens < Math.floor(ahead / 2)) takeAheadUnawaited(share);
    },
    charge(scope, requests) {
      const share = findShare(scope);
      const paid = Math.min(share.tokens, requests);
      share.tokens -= paid;
      share.owed += requests - paid;
      if (share.owed > 0) takeAheadUnawaited(share);
    },
  };
}

/** A fifth of a second's requests, but no more than a tenth of the burst: the rest is for the other processes. */
function toAhead({ requestsPerSecond, burst }: RateLimit): number {
  return Math.max(1, Math.min(Math.ceil(requestsPerSecond / 5), Math.floor(burst / 10)));
}

async function withinStoreWait(asking: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailableError('No answer in time.')), STORE_WAIT_MS);
  });
  try {
    await Promise.race([asking, late]);
  } finally {
    clearTimeout(timer);
  }
}
