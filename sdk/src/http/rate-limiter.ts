import type { ConnectionScope } from '../store/port.ts';
import type { RateLimit } from './limits.ts';
import { tooManyRequests } from './too-many-requests.ts';

/** Holds each connection to its rate. */
export interface RateLimiter {
  /**
   * Takes one request from what the connection may still send.
   *
   * @throws ScimError 429 when there is nothing left.
   */
  take(scope: ConnectionScope): Promise<void>;
  /** Charges a connection for further requests, below zero if need be: it then waits until they are paid. */
  charge(scope: ConnectionScope, requests: number): void;
}

interface Bucket {
  tokens: number;
  /** Milliseconds. */
  filledAt: number;
}

/** Connections without requests for this long are forgotten. */
const IDLE_MS = 60_000;

/**
 * Counts in this process alone: any number of processes let in as many times the rate.
 *
 * @param clock milliseconds since the epoch.
 */
export function createRateLimiter(limit: RateLimit, clock: () => number): RateLimiter {
  const buckets = new Map<string, Bucket>();
  let sweptAt = clock();

  /** A debt is not forgotten. */
  const isIdle = (bucket: Bucket, now: number) => {
    const idle = now - bucket.filledAt;
    return idle > IDLE_MS && bucket.tokens + (idle / 1000) * limit.requestsPerSecond >= 0;
  };

  const findBucket = (connectionId: string, now: number): Bucket => {
    if (now - sweptAt > IDLE_MS) {
      sweptAt = now;
      for (const [id, bucket] of buckets) if (isIdle(bucket, now)) buckets.delete(id);
    }
    const known = buckets.get(connectionId);
    if (known !== undefined) return known;
    const bucket: Bucket = { tokens: limit.burst, filledAt: now };
    buckets.set(connectionId, bucket);
    return bucket;
  };

  return {
    async take({ connectionId }) {
      const now = clock();
      const bucket = findBucket(connectionId, now);
      const elapsed = Math.max(0, now - bucket.filledAt) / 1000;
      bucket.tokens = Math.min(limit.burst, bucket.tokens + elapsed * limit.requestsPerSecond);
      bucket.filledAt = now;
      if (bucket.tokens < 1) throw tooManyRequests((1 - bucket.tokens) / limit.requestsPerSecond);
      bucket.tokens -= 1;
    },
    charge({ connectionId }, requests) {
      findBucket(connectionId, clock()).tokens -= requests;
    },
  };
}
