import { countInputs, SEED } from './counts.ts';

/** Random choices that follow from a seed alone. For tests that try too many inputs to make each by fast-check. */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  int(below: number): number;
  /** True once in so many throws. */
  oneIn(throws: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** So many picks, the same one possibly several times. */
  picks<T>(list: readonly T[], count: number): readonly T[];
  shuffle<T>(list: readonly T[]): readonly T[];
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  // Steps of a Weyl sequence, mixed; cheap, and good enough to choose test inputs by.
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const int = (below: number) => next() % below;
  const pick = <T>(list: readonly T[]) => list[int(list.length)] as T;
  return {
    int,
    pick,
    oneIn: (throws) => int(throws) === 0,
    picks: (list, count) => Array.from({ length: count }, () => pick(list)),
    shuffle: (list) =>
      list
        .map((item) => ({ item, order: next() }))
        .sort((a, b) => a.order - b.order)
        .map(({ item }) => item),
  };
}

/** What became of an input, for the report of counts; undefined = only that it was tried is counted. */
type Outcome = 'accepted' | 'refused' | undefined;

/** Tries so many inputs, each from dice of its own. What fails names the seed and the case. */
export function tryInputs(kind: string, count: number, attempt: (dice: Dice) => Outcome): void {
  const tally = createTally(kind);
  for (let index = 0; index < count; index += 1) {
    try {
      tally.note(attempt(diceOf(index)));
    } catch (error) {
      throw toFailure(kind, index, error);
    }
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
