import { expect, test } from 'vitest';
import { createAdmission } from './admission.ts';
import { DEFAULT_LIMITS } from './limits.ts';

/** Requests that are identified one step after the other, as by a database that is slow. */
function openDoor(limits = DEFAULT_LIMITS) {
  const logger = { error() {}, warn() {}, info() {} };
  const store = {
    takeAllowance: () => Promise.reject(new Error('No rates are shared.')),
  };
  const admission = createAdmission({ limits, store, clock: Date.now, logger });
  const order: string[] = [];
  return {
    order,
    identify: (credentials: string) =>
      admission
        .identify(credentials, async () => {
          order.push(credentials);
          await new Promise((resolve) => setImmediate(resolve));
          return 200;
        })
        .catch((error) => error.status as number),
  };
}

test('P9: one who sends many is identified after one who sends one, and what is too much is 429 without a look-up', async () => {
  const { identify, order } = openDoor();
  const flood = Array.from({ length: 1_000 }, () => identify('noisy'));
  const answers = await Promise.all([...flood, identify('quiet')]);

  expect(answers.at(-1)).toBe(200);
  expect(order.indexOf('quiet')).toBeLessThanOrEqual(8);
  // Eight places, and as many waiting as may come at once.
  expect(answers.filter((status) => status === 200)).toHaveLength(8 + 200 + 1);
  expect(answers.filter((status) => status === 429)).toHaveLength(1_000 - 208);
});

test('P9: strangers by the thousand are bounded too: 503, and those who came keep their turn', async () => {
  const { identify } = openDoor({ ...DEFAULT_LIMITS, maxWaitingRequests: 50 });
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, (_, index) => identify(`stranger ${index}`)),
  );

  expect(answers.filter((status) => status === 200)).toHaveLength(16 + 50);
  expect(answers.filter((status) => status === 503)).toHaveLength(1_000 - 66);
});

test('P9: lifted, nobody waits', async () => {
  const { identify } = openDoor({ ...DEFAULT_LIMITS, rateLimit: false, maxConcurrentRequests: false });
  const answers = await Promise.all(Array.from({ length: 3_000 }, () => identify('bulk')));
  expect(new Set(answers)).toEqual(new Set([200]));
});
