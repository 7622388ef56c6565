import type { Need } from './claims.ts';
import type { Context } from './context.ts';
import type { Level } from './report.ts';

/** One requirement and how to see from outside whether a server meets it. */
export interface Check {
  /** Stable, such as `rfc-79`. */
  readonly id: `rfc-${number}`;
  readonly level: Level;
  /** Such as `RFC 7644 §3.3`. */
  readonly section: string;
  /** The requirement as a sentence. */
  readonly title: string;
  /** Without these the requirement is `not claimed`. */
  readonly needs?: readonly Need[];
  /** Throws a `CheckFailure` when the requirement is not met. */
  run(context: Context): Promise<void>;
}
