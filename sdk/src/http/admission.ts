import type { Logger } from '../logger.ts';
import { ScimError } from '../protocol/errors.ts';
import type { ConnectionScope, Store } from '../store/port.ts';
import type { Limits } from './limits.ts';
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts';
import { createSharedRateLimiter } from './shared-rate-limiter.ts';
import { tooManyRequests } from './too-many-requests.ts';
import { createTurns, type Entry, type Turns, WAIT_MS } from './turns.ts';

/** Lets requests in: no more than a connection may send, and no more at once than the process is meant to hold. */
export interface Admission {
  /**
   * Finds out who sends a request: few at once, and those with the same credentials behind each other, so that one
   * connection's flood is not what everybody's database look-ups wait for.
   *
   * @throws ScimError 429, 503.
   */
  identify<T>(credentials: string | null, work: () => Promise<T>): Promise<T>;
  /** Waits for a place of the connection. @throws ScimError 429, 503. */
  admit(scope: ConnectionScope): Promise<Admitted>;
  /** Charges a connection for requests beyond the one that was let in. */
  charge(scope: ConnectionScope, requests: number): void;
}

/** A request that was let in. */
export interface Admitted {
  /**
   * Waits for the request's turn to be worked on. Not before its body is there: who sends slowly holds a place of
   * the connection, and none of the process.
   *
   * @throws ScimError 503.
   */
  begin(): Promise<void>;
  /** Gives the place of the process back. */
  finish(): void;
  /** Gives both places back. */
  leave(): void;
}

export interface AdmissionOptions {
  readonly limits: Limits;
  readonly store: Pick<Store, 'takeAllowance'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { limits } = options;
  const rateLimiter = openRateLimiter(options);
  const ofConnection = createDoor(limits);
  const ofProcess = createWorkplaces(limits);
  const beforeDoor = createQueueBeforeDoor(limits);

  return {
    async identify(credentials, work) {
      const leave = await enter(beforeDoor, credentials ?? '', WAIT_MS);
      try {
        return await work();
      } finally {
        leave?.();
      }
    },
    async admit(scope) {
      const { connectionId } = scope;
      await rateLimiter?.take(scope);
      const start = performance.now();
      const leaveConnection = await enter(ofConnection, connectionId, WAIT_MS);
      const waited = performance.now() - start;
      let leaveProcess: (() => void) | undefined;
      let isLeft = false;
      return {
        async begin() {
          const leave = await enter(ofProcess, connectionId, Math.max(0, WAIT_MS - waited));
          if (isLeft) leave?.();
          else leaveProcess = leave;
        },
        finish: () => leaveProcess?.(),
        leave() {
          isLeft = true;
          leaveProcess?.();
          leaveConnection?.();
        },
      };
    },
    charge: (scope, requests) => rateLimiter?.charge(scope, requests),
  };
}

function openRateLimiter({ limits: { rateLimit }, ...options }: AdmissionOptions): RateLimiter | undefined {
  if (rateLimit === false) return undefined;
  return rateLimit.shared
    ? createSharedRateLimiter({ ...options, limit: rateLimit })
    : createRateLimiter(rateLimit, options.clock);
}

/** Look-ups of keys at once: enough to keep a pool of database connections busy. */
const LOOK_UPS = { places: 16, placesEach: 8 };

/** Who waits to be identified, by what was sent: nobody knows yet whose it is. */
function createQueueBeforeDoor(limits: Limits): Turns | undefined {
  const { rateLimit, maxConcurrentRequests, maxWaitingRequests } = limits;
  if (maxConcurrentRequests === false) return undefined;
  const waitingEach = rateLimit === false ? Number.POSITIVE_INFINITY : rateLimit.burst;
  return createTurns({ ...LOOK_UPS, waiting: maxWaitingRequests, waitingEach });
}

/** What a connection may have under way; any number of connections. */
function createDoor({ rateLimit, maxWaitingRequests }: Limits): Turns | undefined {
  if (rateLimit === false) return undefined;
  return createTurns({
    places: Number.POSITIVE_INFINITY,
    placesEach: rateLimit.concurrent,
    waiting: maxWaitingRequests,
    waitingEach: rateLimit.burst,
  });
}

/** What the process works on. */
function createWorkplaces({ maxConcurrentRequests, maxWaitingRequests }: Limits): Turns | undefined {
  if (maxConcurrentRequests === false) return undefined;
  return createTurns({
    places: maxConcurrentRequests,
    placesEach: Number.POSITIVE_INFINITY,
    waiting: maxWaitingRequests,
    waitingEach: Number.POSITIVE_INFINITY,
  });
}

/**
 * How many large bodies are in memory at once. One place is left to the others, where there is more than one: a
 * connection that sends its bodies slowly must not keep everybody's groups from being written.
 */
export function createLargeBodies(places: number): Turns {
  const waiting = places * 8;
  return createTurns({ places, placesEach: Math.max(1, places - 1), waiting, waitingEach: waiting });
}

async function enter(
  turns: Turns | undefined,
  connectionId: string,
  waitMs: number,
): Promise<(() => void) | undefined> {
  const entry: Entry | undefined = await turns?.enter(connectionId, waitMs);
  if (entry === undefined || 'leave' in entry) return entry?.leave;
  throw entry.fullOf === 'connection' ? tooManyRequests(1) : busy();
}

function busy(): ScimError {
  return new ScimError(503, 'The server is busy. Nothing was changed; try again.', {
    headers: { 'Retry-After': '2' },
  });
}
