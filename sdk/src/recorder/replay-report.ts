import type { Difference } from './compare.ts';

/** An exchange that was not answered as it was recorded. */
export interface ReplayedExchange {
  /** Its number in the recording. */
  readonly number: number;
  /** As it was sent, such as `PATCH /Users/2819c223`. */
  readonly request: string;
  readonly differences: readonly Difference[];
}

/** An exchange that was not played. */
export interface SkippedExchange {
  readonly number: number;
  readonly request: string;
  readonly reason: string;
}

/** The outcome of a replay. It never contains the key. */
export interface ReplayReport {
  /** True when every exchange that was played was answered as recorded, and any was. */
  readonly ok: boolean;
  /** What the names of this replay contain; '' when they are those of the recording. */
  readonly run: string;
  /** True when the replay was given up through its signal. */
  readonly interrupted: boolean;
  readonly counts: {
    readonly exchanges: number;
    readonly played: number;
    readonly different: number;
    readonly skipped: number;
    /** Resources made first because they were there before the recording. */
    readonly prepared: number;
    readonly created: number;
    readonly leftBehind: number;
  };
  readonly different: readonly ReplayedExchange[];
  readonly skipped: readonly SkippedExchange[];
  /** Paths of what could not be deleted; of everything made when it was to be kept. */
  readonly leftBehind: readonly string[];
  readonly durationMs: number;
}

/** Replaces the key wherever a server may have put it. */
export function withoutKey(report: ReplayReport, key: string): ReplayReport {
  const clean = (text: string) => text.replaceAll(key, '[key]');
  return {
    ...report,
    different: report.different.map((exchange) => ({
      ...exchange,
      request: clean(exchange.request),
      differences: exchange.differences.map(({ where, expected, got }) => ({
        where: clean(where),
        expected: clean(expected),
        got: clean(got),
      })),
    })),
  };
}
