import { ScimError } from '../protocol/errors.ts';

/**
 * A 429 whose `Retry-After` is an integer from 1 to 30 seconds: Okta ignores every other form.
 *
 * @param seconds until there is room again, as far as is known.
 */
export function tooManyRequests(seconds: number): ScimError {
  const retryAfter = Math.min(30, Math.max(1, Math.ceil(seconds)));
  return new ScimError(429, `Too many requests. Try again in ${retryAfter} s.`, {
    headers: { 'Retry-After': String(retryAfter) },
  });
}
