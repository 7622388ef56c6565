import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { findFaults } from './judge.ts';
import { plans } from './plan.ts';
import { carryOut, type RunCounts } from './run.ts';
import { createSharedFile } from './shared-file.ts';
import { type Spoiler, withHastyCursor, withKeyCache, withoutFence } from './wrong-stores.ts';

/** A push's worth. */
const RUNS = 300;

test(
  'fault-F24, inv-I1, inv-I2, inv-I8, inv-I9: whatever comes between two steps of requests, key commands and dispatchers, every invariant holds',
  async () => {
    const file = createSharedFile();
    const totals: Record<keyof RunCounts, number> = {
      steps: 0,
      requests: 0,
      refused: 0,
      keyActs: 0,
      takenOver: 0,
    };
    const property = fc.asyncProperty(fc.scheduler(), plans, async (scheduler, plan) => {
      const run = await carryOut({ file, scheduler, plan });
      for (const name of Object.keys(totals) as (keyof RunCounts)[]) totals[name] += run.counts[name];
      expect(await findFaults(run, file)).toEqual([]);
    });
    await fc.assert(property, { numRuns: runs(RUNS), seed: SEED, endOnFailure: true });
    console.log(totals);
    countInputs('F24 interleavings', runs(RUNS));
  },
  seconds(120),
);

describe('fault-F24: the same judge finds', () => {
  test.each<{ what: string; spoiler: Spoiler; fault: RegExp }>([
    { what: 'a late acknowledgement that is accepted', spoiler: withoutFence, fault: /^I2/ },
    { what: 'a cursor that goes ahead of the handler', spoiler: withHastyCursor, fault: /^I2: .* by nobody/ },
    { what: 'keys that are remembered', spoiler: withKeyCache, fault: /^I8/ },
  ])(
    '$what',
    async ({ spoiler, fault }) => {
      const file = createSharedFile();
      const found: string[] = [];
      let tried = 0;
      const property = fc.asyncProperty(fc.scheduler(), plans, async (scheduler, plan) => {
        tried += 1;
        found.push(...(await findFaults(await carryOut({ file, scheduler, plan, spoil: spoiler() }), file)));
        return !found.some((one) => fault.test(one));
      });
      const { failed } = await fc.check(property, { numRuns: 2_000, seed: SEED, endOnFailure: true });
      console.log(tried, found);
      expect(failed).toBe(true);
    },
    seconds(60),
  );
});
