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
