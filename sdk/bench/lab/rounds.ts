import { type Measured, median } from '../driver/measure.ts';

/** What a cell is told about the round it is part of. */
export interface Round {
  /** New in every round: names what is made in it. */
  readonly run: string;
  /** Part of its full length: the round that warms up is shorter. */
  readonly weight: number;
}

/** Measures one thing once. */
export type Cell = (round: Round) => Promise<Measured>;

/** What each cell measured, round by round. */
export type Rounds<K extends string> = Readonly<Record<K, readonly Measured[]>>;

let runs = 0;

/**
 * Runs all cells one after the other, then all of them again: what slows the machine down slows all of them. The
 * first round warms up and does not count; every second round goes the other way.
 */
export async function runRounds<K extends string>(
  rounds: number,
  cells: Readonly<Record<K, Cell>>,
): Promise<Rounds<K>> {
  const names = Object.keys(cells) as K[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as Measured[]])) as Record<K, Measured[]>;
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      runs += 1;
      const run = `${process.pid.toString(36)}-${runs}`;
      const result = await cells[name]({ run, weight: round === 0 ? 0.4 : 1 });
      if (round > 0) measured[name].push(result);
    }
  }
  return measured;
}

export type Figure = 'cpuMs' | 'rps' | 'p50' | 'p99' | 'max';

/** How many times the other's figure it is: the median of the rounds' own ratios. */
export function ratio(
  measured: readonly Measured[] | undefined,
  other: readonly Measured[] | undefined,
  figure: Figure,
): number {
  const ratios = (measured ?? []).map(
    (result, round) => result[figure] / (other?.[round]?.[figure] ?? Number.NaN),
  );
  return median(ratios);
}

/** The median of a figure. */
export function middle(measured: readonly Measured[] | undefined, figure: Figure): number {
  return median((measured ?? []).map((result) => result[figure]));
}
