import type { Exchange, Outcome } from './exchange.ts';
import { type Expectation, findAnswerFaults } from './expect.ts';
import type { Holdings } from './holdings.ts';
import type { Answer, Request } from './message.ts';
import type { Names } from './names.ts';
import type { Concern, Persona } from './persona.ts';
import { runEach } from './pool.ts';
import type { SimulationProgress, StepReport } from './report.ts';

/** One step: a request, and what its answer must be. */
export interface Step {
  readonly id: string;
  readonly title: string;
  readonly concern: Concern;
  readonly tolerances?: readonly string[];
  readonly request: Request;
  /** Statuses the identity provider goes on with. */
  readonly status: number | readonly number[];
  readonly expect?: readonly Expectation[];
  readonly note?: (answer: Answer) => string | undefined;
}

/** Many requests of one kind, reported as one step. */
export interface ManySteps extends Omit<Step, 'request' | 'note'> {
  readonly requests: readonly Request[];
  /** How many are sent at once. @default what the run was told */
  readonly concurrency?: number;
}

/** Figures of a run that its caller may set; a scenario has its own defaults. */
export interface Sizes {
  readonly users: number | undefined;
  readonly groups: number | undefined;
  readonly members: number | undefined;
  readonly concurrency: number;
  readonly requestsPerSecond: number | undefined;
}

export interface SessionOptions {
  readonly persona: Persona;
  readonly exchange: Exchange;
  readonly holdings: Holdings;
  readonly names: Names;
  readonly sizes: Sizes;
  /** True when what was made shall stay. */
  readonly keep: boolean;
  /** The same identity provider of another customer. */
  readonly other: Session | undefined;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Milliseconds between two steps. */
  readonly pace: number;
  readonly record: (step: StepReport) => Promise<void>;
  readonly onProgress: (progress: SimulationProgress) => unknown;
  /** The first sequence of the scenario. */
  readonly sequence: string | null;
}

/** What a scenario plays on: one identity provider, one connection, one run. */
export interface Session
  extends Pick<SessionOptions, 'persona' | 'names' | 'sizes' | 'keep' | 'other' | 'now' | 'sleep'> {
  /** Paths of what the run made and what is still there. */
  readonly ownPaths: () => readonly string[];
  /** The same session, its steps belonging to another sequence. */
  in(sequence: string): Session;
  /** Sends what the identity provider sends. @throws StepFailed, which ends the scenario. */
  send(step: Step): Promise<Answer>;
  /** Looks at what became of it. @throws StepFailed */
  check(step: Step): Promise<Answer>;
  /** @throws StepFailed */
  sendMany(steps: ManySteps): Promise<readonly Answer[]>;
  /** @throws StepFailed */
  checkMany(steps: ManySteps): Promise<readonly Answer[]>;
  /** Sends once, whatever comes back, and reports nothing. */
  probe(request: Request): Promise<Outcome>;
  /** Goes on after a failed step: the work stands for itself. */
  attempt(work: () => Promise<void>): Promise<void>;
}

/** A step whose answer was not what the identity provider needs; it stands in the report already. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

export function createSession(options: SessionOptions): Session {
  const { persona, exchange, holdings, signal, now, sizes, onProgress } = options;

  const exchangeOne = async (request: Request): Promise<Outcome> => {
    const outcome = await exchange.send(request, { signal });
    holdings.note(request, outcome.answer);
    signal.throwIfAborted();
    return outcome;
  };

  const play = async (steps: ManySteps & Pick<Step, 'note'>, purpose: StepReport['purpose']) => {
    const { id, title, requests, concern, tolerances = [], expect = [] } = steps;
    const status = typeof steps.status === 'number' ? [steps.status] : steps.status;
    if (options.pace > 0) await options.sleep(options.pace);
    signal.throwIfAborted();
    const start = now();
    const answers: Answer[] = [];
    let shown: Shown | undefined;
    let retries = 0;
    let done = 0;
    await runEach(
      requests,
      { concurrency: steps.concurrency ?? sizes.concurrency },
      async (request, index) => {
        if (shown?.problems.length) return;
        const outcome = await exchangeOne(request);
        const problems = judge(outcome, { status, mediaTypes: persona.reads, expect, index });
        retries += outcome.retries;
        done += 1;
        if (requests.length > 1) await onProgress({ kind: 'count', title, done, total: requests.length });
        if (outcome.answer !== undefined) answers[index] = outcome.answer;
        if (shown === undefined || (problems.length > 0 && shown.problems.length === 0)) {
          shown = { request, answer: outcome.answer, problems };
        }
      },
    );
    const { ok, ...result } = describe(shown);
    const note = ok && answers[0] !== undefined ? steps.note?.(answers[0]) : undefined;
    await options.record({
      id,
      title,
      sequence: options.sequence,
      tolerances,
      purpose,
      ...result,
      ok,
      ...(ok ? {} : { administratorSees: persona.sees[concern] }),
      ...(note === undefined ? {} : { note }),
      requests: done,
      retries,
      durationMs: Math.round(now() - start),
    });
    if (!ok) throw new StepFailed(id);
    return answers;
  };

  const playOne = async ({ request, ...step }: Step, purpose: StepReport['purpose']): Promise<Answer> => {
    const [answer] = await play({ ...step, requests: [request] }, purpose);
    if (answer === undefined) throw new StepFailed(step.id);
    return answer;
  };

  const { names, keep, other, sleep } = options;
  return {
    persona,
    names,
    sizes,
    keep,
    other,
    now,
    sleep,
    ownPaths: holdings.paths,
    in: (sequence) => createSession({ ...options, sequence }),
    send: (step) => playOne(step, 'idp'),
    check: (step) => playOne(step, 'check'),
    sendMany: (steps) => play(steps, 'idp'),
    checkMany: (steps) => play(steps, 'check'),
    async probe(request) {
      const outcome = await exchange.send(request, { signal, retry: false });
      holdings.note(request, outcome.answer);
      return outcome;
    },
    async attempt(work) {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
      }
    },
  };
}

interface Shown {
  readonly request: Request;
  readonly answer: Answer | undefined;
  readonly problems: readonly string[];
}

interface Demands {
  readonly status: readonly number[];
  readonly mediaTypes: readonly string[];
  readonly expect: readonly Expectation[];
  readonly index: number;
}

function judge({ answer, problem }: Outcome, { expect, index, ...demands }: Demands): readonly string[] {
  if (answer === undefined || problem !== undefined) return [problem ?? 'no answer'];
  const faults = findAnswerFaults(answer, demands);
  return faults.length > 0 ? faults : expect.flatMap((expectation) => expectation(answer, index));
}

/** The part of a report that tells of one exchange: bodies only where something is wrong. */
function describe(shown: Shown | undefined): Pick<StepReport, 'request' | 'response' | 'ok' | 'problem'> {
  if (shown === undefined) {
    return { request: { method: 'GET', path: '' }, response: { status: null }, ok: true };
  }
  const { request, answer, problems } = shown;
  const { method, path, body } = request;
  const status = answer?.status ?? null;
  if (problems.length === 0) return { request: { method, path }, response: { status }, ok: true };
  const answered = answer?.body ?? (answer?.text || undefined);
  return {
    request: { method, path, ...(body === undefined ? {} : { body }) },
    response: { status, ...(answered === undefined ? {} : { body: answered }) },
    ok: false,
    problem: problems.join('; '),
  };
}
