import { describe, expect, test } from 'vitest';
import { planRetry } from './exchange.ts';

const okta = { needsRetryAfter: true };
const answer = (status: number, retryAfter?: string) => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
});

describe('after an answer, an identity provider', () => {
  test.each([200, 201, 204, 400, 401, 404, 409, 501])('has an answer with %i', (status) => {
    expect(planRetry(okta, answer(status), 0)).toEqual({ kind: 'done' });
  });

  test.each([500, 502, 503, 504])('waits twice as long after each %i, and gives up after three', (status) => {
    expect([0, 1, 2, 3].map((retries) => planRetry(okta, answer(status), retries))).toEqual([
      { kind: 'wait', milliseconds: 250 },
      { kind: 'wait', milliseconds: 500 },
      { kind: 'wait', milliseconds: 1000 },
      { kind: 'done' },
    ]);
  });

  test('waits as long as a 503 says', () => {
    expect(planRetry(okta, answer(503, '2'), 0)).toEqual({ kind: 'wait', milliseconds: 2000 });
  });

  test('T25 waits as long as a 429 says in whole seconds, ten times', () => {
    expect(planRetry(okta, answer(429, '3'), 9)).toEqual({ kind: 'wait', milliseconds: 3000 });
    expect(planRetry(okta, answer(429, '3'), 10)).toEqual({ kind: 'done' });
  });

  test.each([undefined, '', 'soon', '1.5', '-1', 'Wed, 21 Oct 2026 07:28:00 GMT'])(
    'T25 that needs whole seconds is stuck with a 429 and %j',
    (retryAfter) => {
      expect(planRetry(okta, answer(429, retryAfter), 0)).toMatchObject({ kind: 'stuck' });
      expect(planRetry({}, answer(429, retryAfter), 2)).toEqual({ kind: 'wait', milliseconds: 4000 });
    },
  );
});
