import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { findFaults } from './judge.ts';
import { plans } from './plan.ts';
import { carryOut, type RunCounts } from './run.ts';
import { createSharedFile } from './shared-file.ts';
import { type Spoiler, withHastyCursor, withKeyCache, withLostWrites, withoutFence } from './wrong-stores.ts';

/** A push's worth. */
const RUNS = 250;

test(
  'fault-F24, inv-I1, inv-I2, inv-I4, inv-I8, inv-I9: whatever comes between two steps of requests, key commands and dispatchers, every invariant holds',
  async () => {
    const file = createSharedFile();
    const total = new Map<keyof RunCounts, number>();
    const property = fc.asyncProperty(fc.scheduler(), plans, async (scheduler, plan) => {
      const run = await carryOut({ file, scheduler, plan });
      for (const [name, count] of Object.entries(run.counts) as [keyof RunCounts, number][])
        total.set(name, (total.get(name) ?? 0) + count);
      expect(await findFaults(run, file)).toEqual([]);
    });
    await fc.assert(property, { numRuns: runs(RUNS), seed: SEED, endOnFailure: true });
    countInputs('F24 interleavings', runs(RUNS));
    for (const [name, what] of Object.entries(COUNTED) as [keyof RunCounts, string][])
      countInputs(`F24 in them: ${what}`, total.get(name) ?? 0);
    // Runs in which nothing of it happened would hold everything. Few acknowledgements are late.
    for (const [name, count] of total)
      if (name !== 'late') expect({ name, count }).not.toEqual({ name, count: 0 });
  },
  seconds(120),
);

const COUNTED: Readonly<Record<keyof RunCounts, string>> = {
  steps: 'steps',
  requests: 'requests',
  keyActs: 'key commands',
  refused: 'refused requests',
  crashes: 'crashes',
  pauses: 'pauses',
  tellings: 'events told',
  takenOver: 'rights to deliver that changed hands',
  late: 'late acknowledgements',
};

test('fault-F24: a seed takes the same course again', async () => {
  const file = createSharedFile();
  const course = async () => {
    const courses: unknown[] = [];
    for (const [scheduler, plan] of fc.sample(fc.tuple(fc.scheduler(), plans), { numRuns: 5, seed: SEED })) {
      const { counts, tellings, writes } = await carryOut({ file, scheduler, plan });
      const told = tellings.all.map(({ event, processId }) => [event.type, event.resourceVersion, processId]);
      courses.push([counts, told, writes.map(({ canary, outcome }) => [canary, outcome])]);
    }
    return courses;
  };
  const first = await course();
  expect(await course()).toEqual(first);
});

describe('fault-F24: the same judge finds', () => {
  test.each<{ what: string; spoiler: Spoiler; fault: RegExp }>([
    { what: 'a late acknowledgement that is accepted', spoiler: withoutFence, fault: /^I2/ },
    { what: 'a cursor that goes ahead of the handler', spoiler: withHastyCursor, fault: /^I2: .* by nobody/ },
    { what: 'writes that are acknowledged and lost', spoiler: withLostWrites, fault: /^I1/ },
    { what: 'keys that are remembered', spoiler: withKeyCache, fault: /^I8/ },
  ])(
    '$what',
    async ({ spoiler, fault }) => {
      const file = createSharedFile();
      const found: string[] = [];
      const property = fc.asyncProperty(fc.scheduler(), plans, async (scheduler, plan) => {
        found.push(...(await findFaults(await carryOut({ file, scheduler, plan, spoil: spoiler() }), file)));
        return !found.some((one) => fault.test(one));
      });
      const { failed } = await fc.check(property, { numRuns: 2_000, seed: SEED, endOnFailure: true });
      expect(failed).toBe(true);
    },
    seconds(60),
  );
});
