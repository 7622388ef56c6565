import type { Processes } from './processes.ts';
import type { Answer } from './target.ts';

/** What was measured of some requests; times in milliseconds. Only right answers count. */
export interface Measured {
  readonly requests: number;
  readonly errors: number;
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** CPU time of all server processes per request; NaN where it cannot be read. */
  readonly cpuMs: number;
  /** What was wrong with wrong answers, and how often. */
  readonly messages: Readonly<Record<string, number>>;
}

/** Says what is wrong with an answer; undefined = nothing. */
export type Verify = (answer: Answer) => string | undefined;

/** Keeps the times of requests, and charges the servers' CPU time to them. */
export class Recorder {
  readonly #processes: Processes | undefined;
  readonly #checks: Checks | undefined;
  readonly #latencies: number[] = [];
  readonly #messages = new Map<string, number>();
  #started = 0;
  #ended = 0;
  #cpuStart = Number.NaN;
  #cpuMs = Number.NaN;
  #errors = 0;

  /** @param account who is charged with the requests, and where wrong answers are noted */
  constructor(account: { readonly processes?: Processes; readonly checks?: Checks } = {}) {
    this.#processes = account.processes;
    this.#checks = account.checks;
  }

  start(): this {
    this.#cpuStart = this.#processes?.readCpuMs() ?? Number.NaN;
    this.#started = performance.now();
    this.#ended = this.#started;
    return this;
  }

  /** Ends the account: what is asked afterwards, to check, is not charged. */
  stop(): this {
    if (Number.isNaN(this.#cpuMs) && this.#processes)
      this.#cpuMs = this.#processes.readCpuMs() - this.#cpuStart;
    return this;
  }

  /** Times one request. Answers nothing where the answer was wrong. */
  async time(send: () => Promise<Answer>, verify: Verify): Promise<Answer | undefined> {
    const begin = performance.now();
    const outcome = await send().catch((error: unknown) => String(error));
    const end = performance.now();
    this.#ended = end;
    const problem = typeof outcome === 'string' ? outcome : verify(outcome);
    if (problem === undefined && typeof outcome !== 'string') {
      this.#latencies.push(end - begin);
      return outcome;
    }
    this.#note(problem ?? 'wrong');
    return undefined;
  }

  /** How many answers were right. */
  get count(): number {
    return this.#latencies.length;
  }

  get errors(): number {
    return this.#errors;
  }

  summary(): Measured {
    this.stop();
    const sorted = this.#latencies.toSorted((one, other) => one - other);
    const seconds = (this.#ended - this.#started) / 1000;
    return {
      requests: sorted.length,
      errors: this.#errors,
      rps: seconds > 0 ? sorted.length / seconds : 0,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      max: sorted.at(-1) ?? Number.NaN,
      cpuMs: this.#cpuMs / sorted.length,
      messages: Object.fromEntries(this.#messages),
    };
  }

  #note(problem: string): void {
    this.#errors += 1;
    this.#checks?.ok(false, problem);
    if (this.#messages.size < 8 || this.#messages.has(problem))
      this.#messages.set(problem, (this.#messages.get(problem) ?? 0) + 1);
  }
}

/** Nearest-rank quantile of values in rising order. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** The middle value; NaN where there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((one, other) => one - other);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}

/** Where a {@link loop} ends: whichever comes first. */
export interface LoopBounds {
  readonly count?: number;
  readonly seconds?: number;
  /** @default 1 */
  readonly concurrency?: number;
}

/** Calls `task` with 0, 1, … with at most `concurrency` at work at once. Answers how many were begun. */
export async function loop(bounds: LoopBounds, task: (index: number) => Promise<unknown>): Promise<number> {
  const { count = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY, concurrency = 1 } = bounds;
  const deadline = performance.now() + seconds * 1000;
  let next = 0;
  const work = async () => {
    while (next < count && performance.now() < deadline) {
      next += 1;
      await task(next - 1);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return next;
}

/** What was found out about the state of a server after a workload. */
export class Checks {
  passed = 0;
  readonly failed: string[] = [];

  /** Notes `failure` unless the condition holds. */
  ok(condition: boolean, failure: string): boolean {
    if (condition) this.passed += 1;
    else this.failed.push(failure);
    return condition;
  }
}
