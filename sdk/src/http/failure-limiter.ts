import { tooManyRequests } from './too-many-requests.ts';

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
