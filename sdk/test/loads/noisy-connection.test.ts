import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { expectStatus } from '../../bench/driver/expect.ts';
import type { Target } from '../../bench/driver/target.ts';
import { countInputs } from '../support/counts.ts';
import { createRecorder, isLong, LONG_ONLY, report } from './load.ts';
import type { Noise, NoiseOptions } from './noise.ts';
import { pace } from './pace.ts';
import { startLoad } from './start-server.ts';

/** Sends far more than is allowed, from a thread of its own. */
function makeNoise(options: NoiseOptions): Promise<Noise> {
  const worker = new Worker(new URL('noise.ts', import.meta.url), { workerData: options });
  onTestFinished(() => void worker.terminate());
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

/** What was over the limit was told so, in a form every identity provider understands. */
function expectSurplusRefused({ statuses, waits }: Noise, most: number): void {
  expect([...statuses.keys()].toSorted()).toEqual([200, 429]);
  expect(statuses.get(200)).toBeLessThanOrEqual(most);
  for (const wait of waits) expect(wait).toMatch(/^([1-9]|[12]\d|30)$/);
}

test.skipIf(!isLong)(
  `load-L6: one connection at ten times its limit is told 429; 19 others do not notice${LONG_ONLY}`,
  { timeout: 300_000 },
  async () => {
    const load = await startLoad();
    const noisy = await load.connect('noisy');
    const others: Target[] = [];
    for (let index = 0; index < 19; index += 1) others.push(await load.connect(`customer-${index}`));
    const measure = async (seconds: number) => {
      const recorder = createRecorder();
      await pace({ perSecond: 95, seconds }, (index) =>
        recorder.time(
          () => (others[index % others.length] ?? noisy).listUsers(1, 10),
          (answer) => expectStatus(answer, 200),
        ),
      );
      return recorder.summary();
    };

    await measure(5);
    const baseline = await measure(20);
    report(`load-L6 ${load.store} the others alone`, baseline);
    const [disturbed, noise] = await Promise.all([
      measure(20),
      makeNoise({ ports: load.ports, token: noisy.token, perSecond: 500, seconds: 20 }),
    ]);
    report(`load-L6 ${load.store} the others beside it`, disturbed, {
      rssMb: load.readPeakRssMb(),
      bounds: { p99: baseline.p99 * 2 },
    });

    for (const [status, count] of noise.statuses) countInputs(`load-L6 noise: ${status}`, count);
    expectSurplusRefused(noise, 200 + 50 * 25);
  },
);

test('P9: two processes that share their limits let in no more than the limit, all told; the surplus is 429', {
  timeout: 60_000,
}, async () => {
  const rateLimit = { requestsPerSecond: 20, burst: 20, shared: true };
  const load = await startLoad({ servers: 2, limits: { rateLimit } });
  const { token } = await load.connect('acme');
  const begin = performance.now();

  const noise = await makeNoise({ ports: load.ports, token, perSecond: 120, seconds: 4 });

  const seconds = (performance.now() - begin) / 1000;
  for (const [status, count] of noise.statuses) countInputs(`P9 shared limits: ${status}`, count);
  // Each process may hold back what it took ahead, two requests here.
  expectSurplusRefused(noise, 20 + 20 * seconds);
  expect(noise.statuses.get(200)).toBeGreaterThanOrEqual(20 + 20 * 2);
});

test('P9: the same two processes let in twice as much when each counts for itself', {
  timeout: 60_000,
}, async () => {
  const rateLimit = { requestsPerSecond: 0.01, burst: 20 };
  const load = await startLoad({ servers: 2, limits: { rateLimit } });
  const { token } = await load.connect('acme');

  const { statuses } = await makeNoise({ ports: load.ports, token, perSecond: 50, seconds: 2 });

  expect(statuses.get(200)).toBe(40);
});
