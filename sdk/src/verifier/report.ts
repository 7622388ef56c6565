import type { Claims } from './claims.ts';
import type { Exchange } from './exchange.ts';

/** How strongly the specification asks for something. MAY includes what it leaves open but clients rely on. */
export type Level = 'MUST' | 'SHOULD' | 'MAY';

/**
 * What became of a requirement: `not claimed` = the server says it does not have the feature; `skipped` = what
 * the check needs first did not work.
 */
export type Status = 'passed' | 'failed' | 'not claimed' | 'skipped';

/** One requirement and what came of checking it. */
export interface RequirementResult {
  readonly id: string;
  readonly level: Level;
  /** Such as `RFC 7644 §3.3`. */
  readonly section: string;
  readonly title: string;
  readonly status: Status;
  /** One sentence, unless it passed. */
  readonly reason?: string;
  /** The exchange that failed, without the key. */
  readonly exchange?: Exchange;
}

/** What {@link verify} found. */
export interface VerificationReport {
  readonly url: string;
  /** True when no MUST failed. */
  readonly ok: boolean;
  readonly claims: Claims;
  readonly requirements: readonly RequirementResult[];
  readonly counts: Readonly<Record<Status, number>> & {
    /** Failed requirements by level. */
    readonly failedByLevel: Readonly<Record<Level, number>>;
  };
  /** Makes the same random requests again when given as `seed`. */
  readonly seed: number;
  readonly requests: number;
  readonly durationMs: number;
  /** Paths of test resources that could not be deleted again. */
  readonly leftovers: readonly string[];
}

/** Counts results by status, and the failed ones by level. */
export function countResults(requirements: readonly RequirementResult[]): VerificationReport['counts'] {
  const of = (status: Status) => requirements.filter((requirement) => requirement.status === status);
  const failed = (level: Level) => of('failed').filter((requirement) => requirement.level === level).length;
  return {
    passed: of('passed').length,
    failed: of('failed').length,
    'not claimed': of('not claimed').length,
    skipped: of('skipped').length,
    failedByLevel: { MUST: failed('MUST'), SHOULD: failed('SHOULD'), MAY: failed('MAY') },
  };
}
