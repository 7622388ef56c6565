import type { Lab } from './lab.ts';
import type { Lines } from './lines.ts';

/** What a figure has to keep to. */
export interface Bound {
  readonly kind: 'atLeast' | 'atMost';
  readonly value: number;
}

export type Unit = '×' | 'ms' | 'µs' | 'MB' | 'statements' | 'scans';

/** One figure. Without a bound it is there to be read. */
export interface Row {
  readonly what: string;
  readonly measured: number;
  readonly unit: Unit;
  readonly bound?: Bound;
  /** What is to be known beside it, such as a size smaller than the target's. */
  readonly note?: string;
}

/** One of the performance targets. */
export interface Aim {
  /** As in the table of targets: `P-1`. */
  readonly id: string;
  readonly title: string;
  /** Measures it. What is wrong with answers is noted in the lab. */
  run(lab: Lab): Promise<AimResult>;
}

export interface AimResult {
  readonly rows: readonly Row[];
  /** Figures over a size, for the picture. */
  readonly lines?: Lines;
}

export const atLeast = (value: number): Bound => ({ kind: 'atLeast', value });
export const atMost = (value: number): Bound => ({ kind: 'atMost', value });

/** undefined = there is nothing to judge. */
export function isMet({ bound, measured }: Row): boolean | undefined {
  if (bound === undefined) return undefined;
  return bound.kind === 'atLeast' ? measured >= bound.value : measured <= bound.value;
}
