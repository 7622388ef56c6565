import { ScimError } from '../protocol/errors.ts';
import type { RateLimit } from './limits.ts';
import { createQueue, type Queue } from './queue.ts';

/** Keeps one connection from taking the process from the others. Counts in this process alone. */
export interface RateLimiter {
  /**
   * Waits for a place of the connection.
   *
   * @returns how to give the place back.
   * @throws ScimError 429 with an integer `Retry-After` in seconds: Okta ignores every other form.
   */
  enter(connectionId: string): Promise<() => void>;
  /** Charges a connection for further requests, below zero if need be: it then waits until they are paid. */
  charge(connectionId: string, requests: number): void;
}

interface Bucket {
  tokens: number;
  /** Milliseconds. */
  filledAt: number;
  readonly queue: Queue;
}

/** Connections without requests for this long are forgotten. */
const IDLE_MS = 60_000;

/** @param clock milliseconds since the epoch. */
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
    const bucket: Bucket = {
      tokens: limit.burst,
      filledAt: now,
      queue: createQueue({ places: limit.concurrent, waiting: limit.burst }),
    };
    buckets.set(connectionId, bucket);
    return bucket;
  };

  return {
    async enter(connectionId) {
      const now = clock();
      const bucket = findBucket(connectionId, now);
      const elapsed = Math.max(0, now - bucket.filledAt) / 1000;
      bucket.tokens = Math.min(limit.burst, bucket.tokens + elapsed * limit.requestsPerSecond);
      bucket.filledAt = now;
      if (bucket.tokens < 1) throw tooManyRequests((1 - bucket.tokens) / limit.requestsPerSecond);
      bucket.tokens -= 1;
      const leave = await bucket.queue.enter();
      if (leave === undefined) throw tooManyRequests(1);
      return leave;
    },
    charge(connectionId, requests) {
      findBucket(connectionId, clock()).tokens -= requests;
    },
  };
}

/** Counts failed authentications by address; a valid key is never refused by it. */
export interface FailureLimiter {
  /** Notes a failure. @throws ScimError 429 once the address had too many in the last minute. */
  noteFailure(address: string | null): void;
}

const MINUTE_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/** @param clock milliseconds since the epoch. */
export function createFailureLimiter(perMinute: number | false, clock: () => number): FailureLimiter {
  let windowStart = clock();
  const counts = new Map<string, number>();
  return {
    noteFailure(address) {
      if (perMinute === false || address === null) return;
      const now = clock();
      if (now - windowStart >= MINUTE_MS || now < windowStart || counts.size > MAX_ADDRESSES) {
        windowStart = now;
        counts.clear();
      }
      const count = (counts.get(address) ?? 0) + 1;
      counts.set(address, count);
      if (count > perMinute) throw tooManyRequests((windowStart + MINUTE_MS - now) / 1000);
    },
  };
}

/** An integer from 1 to 30 seconds. */
function tooManyRequests(seconds: number): ScimError {
  const retryAfter = Math.min(30, Math.max(1, Math.ceil(seconds)));
  return new ScimError(429, `Too many requests. Try again in ${retryAfter} s.`, {
    headers: { 'Retry-After': String(retryAfter) },
  });
}
