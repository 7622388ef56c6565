import { setTimeout as sleep } from 'node:timers/promises';
import { openHarbor } from './harbor.ts';
import type { Check, Scenario, Stage } from './scenario.ts';

/** A sentence of a scenario, as it was told. */
export interface Line {
  readonly kind: 'told' | 'checked';
  readonly sentence: string;
  /** Whether it was so; always, of what is only told. */
  readonly isSo: boolean;
}

/** How a scenario went. */
export interface Performance {
  /** Undefined: all was as told. */
  readonly fault: string | undefined;
  readonly lines: readonly Line[];
  /** What Harbor logged as an error meanwhile. */
  readonly logged: readonly string[];
  readonly seconds: number;
}

/** How long {@link Stage.expectSoon} looks again. */
const longestWaitMilliseconds = 10_000;

/**
 * Plays a scenario to its end, or to the first thing that is not as told. Never rejects for what the scenario does.
 *
 * @param options.databaseUrl an empty database
 * @param options.onLine told each sentence as soon as it is known whether it is so
 */
export async function playScenario(
  scenario: Scenario,
  options: { readonly databaseUrl: string; readonly onLine?: (line: Line) => void },
): Promise<Performance> {
  const start = performance.now();
  const lines: Line[] = [];
  const logged: string[] = [];
  const cleaning: (() => void | Promise<void>)[] = [];
  let ahead = 0;

  const note = (line: Line) => {
    lines.push(line);
    options.onLine?.(line);
  };
  async function expectWithin(milliseconds: number, sentence: string, check: Check): Promise<void> {
    try {
      await untilItIsSo(check, performance.now() + milliseconds);
      note({ kind: 'checked', sentence, isSo: true });
    } catch (error) {
      note({ kind: 'checked', sentence, isSo: false });
      throw error;
    }
  }

  const stage: Stage = {
    tell: (sentence) => note({ kind: 'told', sentence, isSo: true }),
    expectThat: (sentence, check) => expectWithin(0, sentence, check),
    expectSoon: (sentence, check) => expectWithin(longestWaitMilliseconds, sentence, check),
    async startHarbor(more = {}) {
      const harbor = await openHarbor({
        database: options.databaseUrl,
        now: () => Date.now() + ahead,
        logger: { error: (...details) => logged.push(details.map(describe).join(' ')), warn() {}, info() {} },
        ...more,
      });
      cleaning.push(() => harbor.close());
      return harbor;
    },
    passTime(milliseconds) {
      ahead += milliseconds;
    },
    onEnd: (clean) => void cleaning.push(clean),
  };

  let fault: string | undefined;
  try {
    await scenario.run(stage);
    if (!lines.some(({ kind }) => kind === 'checked')) fault = 'Nothing was checked.';
  } catch (error) {
    fault = describe(error);
  }
  for (const clean of cleaning.reverse()) {
    try {
      await clean();
    } catch (error) {
      fault ??= describe(error);
    }
  }
  return { fault, lines, logged, seconds: (performance.now() - start) / 1000 };
}

async function untilItIsSo(check: Check, end: number): Promise<void> {
  for (;;) {
    try {
      if ((await check()) !== false) return;
      if (performance.now() >= end) throw new Error('It is not so.');
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await sleep(50);
  }
}

function describe(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : JSON.stringify(error);
}
