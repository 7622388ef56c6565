import type { AppOptions } from '../../src/app.ts';
import type { Harbor } from './harbor.ts';

/** Something that happens to an app with directory sync, told in plain sentences and checked as it is told. */
export interface Scenario {
  /** What it shows, in one sentence. */
  readonly title: string;
  /** Ends early, and has failed, when something is not as told. */
  readonly run: (stage: Stage) => Promise<void>;
}

/** What a scenario is played with. */
export interface Stage {
  /** Says what happens next, or why. */
  tell(sentence: string): void;
  /**
   * Says what must be so, and looks whether it is.
   *
   * @param check not so = answers false, or throws; an assertion of `node:assert` says best what was there instead
   */
  expectThat(sentence: string, check: Check): Promise<void>;
  /** The same for what comes about by itself in a while, such as a delivery: looks again for up to ten seconds. */
  expectSoon(sentence: string, check: Check): Promise<void>;
  /**
   * Starts the real Harbor on a free port. All Harbors of one scenario share its database; each ends with the
   * scenario unless it is closed before.
   */
  startHarbor(options?: Partial<Omit<AppOptions, 'database' | 'now'>>): Promise<Harbor>;
  /** Lets the clock of every Harbor of this scenario run ahead. */
  passTime(milliseconds: number): void;
  /** Has something done when the scenario has ended, however it did; the last first. */
  onEnd(clean: () => void | Promise<void>): void;
}

export type Check = () => unknown;
