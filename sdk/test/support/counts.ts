import { TestRunner } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** How many inputs of each kind a test tried; `kind: outcome` tells kinds apart by what came of them. */
    counts?: Record<string, number>;
  }
}

/** How many inputs a random test tries: the given number, times `SCIMKIT_RUNS` where that is set. */
export function runs(count: number): number {
  return Math.ceil(count * factor());
}

/** A test's time limit in milliseconds, which grows with {@link runs}. */
export function seconds(count: number): number {
  return count * 1000 * Math.max(1, factor());
}

function factor(): number {
  return Number(process.env.SCIMKIT_RUNS ?? 1);
}

/** The seed of this process's random tests: `SCIMKIT_SEED`, which repeats a failure, else a new one. */
export const SEED = Number(process.env.SCIMKIT_SEED ?? Date.now() % 2_147_483_647);

/**
 * Notes that the running test tried inputs of a kind, for the report of counts.
 *
 * @param kind the plan's id and what the input is, such as `B5 JSON texts`, with `: outcome` where that is told.
 */
export function countInputs(kind: string, tried = 1): void {
  const meta = TestRunner.getCurrentTest()?.meta;
  if (meta === undefined) throw new TypeError('countInputs: no test is running.');
  meta.counts ??= {};
  meta.counts[kind] = (meta.counts[kind] ?? 0) + tried;
}
