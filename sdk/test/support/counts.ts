import { TestRunner } from 'vitest';
import { createDice, type Dice } from './dice.ts';

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

/** What became of an input, for the report of counts; undefined = only that it was tried is counted. */
type Outcome = 'accepted' | 'refused' | undefined;

/** Tries so many inputs, each from dice of its own. What fails names the seed and the case. */
export function tryInputs(kind: string, count: number, attempt: (dice: Dice) => Outcome): void {
  const tally = createTally(kind);
  const { stackTraceLimit } = Error;
  // Most inputs are refused, and the stacks of their errors would cost more than finding out that they are wrong.
  Error.stackTraceLimit = 0;
  try {
    for (let index = 0; index < count; index += 1) {
      try {
        tally.note(attempt(diceOf(index)));
      } catch (error) {
        throw toFailure(kind, index, error);
      }
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  tally.report();
}

/** {@link tryInputs}, one after the other. */
export async function tryInputsInTurn(
  kind: string,
  count: number,
  attempt: (dice: Dice) => Promise<Outcome>,
): Promise<void> {
  const tally = createTally(kind);
  for (let index = 0; index < count; index += 1) {
    try {
      tally.note(await attempt(diceOf(index)));
    } catch (error) {
      throw toFailure(kind, index, error);
    }
  }
  tally.report();
}

function diceOf(index: number): Dice {
  return createDice(SEED + Math.imul(index, 0x2545f491));
}

function createTally(kind: string) {
  const tally = new Map<Outcome, number>();
  return {
    note: (outcome: Outcome) => void tally.set(outcome, (tally.get(outcome) ?? 0) + 1),
    report() {
      for (const [outcome, tried] of tally)
        countInputs(outcome === undefined ? kind : `${kind}: ${outcome}`, tried);
    },
  };
}

function toFailure(kind: string, index: number, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${kind}: input ${index} with SCIMKIT_SEED=${SEED} failed: ${reason}`, { cause });
}
