import { parseEndpoint } from './endpoint.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createHoldings, type Holdings } from './holdings.ts';
import { createNames } from './names.ts';
import type { Persona, PersonaId, Scenario } from './persona.ts';
import { findPersona, findScenario } from './personas.ts';
import { createRedactor } from './redact.ts';
import type { SimulationProgress, SimulationReport, StepReport } from './report.ts';
import { createSession, type Session, StepFailed } from './session.ts';
import { SimulationError } from './simulation-error.ts';
import { createFetchTransport, createNodeTransport, type Transport } from './transport.ts';

export type { PersonaId } from './persona.ts';
export { listPersonas, type PersonaDescription } from './personas.ts';
export type { LeftBehind, SimulationProgress, SimulationReport, StepReport } from './report.ts';
export { SimulationError } from './simulation-error.ts';

/** What {@link simulate} takes. */
export interface SimulateOptions {
  /** The endpoint URL, as the customer's administrator pastes it. */
  readonly url: string;
  /** The SCIM API key. */
  readonly key: string;
  /** By name or sequence, such as `rename` or `S19`. @default 'life' */
  readonly scenario?: string;
  /** How many users the scenario makes, where that can be chosen. */
  readonly users?: number;
  readonly groups?: number;
  /** Members of each group. */
  readonly members?: number;
  /** Requests at once, where many are sent. @default 8 */
  readonly concurrency?: number;
  /** Milliseconds to wait between two steps, for somebody who watches. @default 0 */
  readonly pace?: number;
  /** The rate `throttle` sends at. @default as fast as the server answers */
  readonly requestsPerSecond?: number;
  /** The second connection, for `tenants`. */
  readonly url2?: string;
  readonly key2?: string;
  /** Leaves what was made, for a look at it. @default false */
  readonly keep?: boolean;
  /** The next step waits for what it answers, so that state may be looked at in between. */
  readonly onProgress?: (progress: SimulationProgress) => unknown;
  /** Gives the run up; what it made is deleted all the same. */
  readonly signal?: AbortSignal;
  /** Sends the requests. @default requests exactly as the identity provider writes them; fetch drops an empty query */
  readonly fetch?: typeof fetch;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
  /** Milliseconds. @default performance.now */
  readonly now?: () => number;
  /** Waits before a retry. @default setTimeout */
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/**
 * Plays an identity provider against a SCIM server: its requests in its form, its decisions, its retries. Users
 * and groups have names of the run's own and are deleted at its end, whatever happens.
 *
 * @returns a report; a step answered wrongly makes `ok` false and ends the scenario.
 * @throws SimulationError for options at fault, and when nobody answers at the URL.
 * @example
 * const { ok, steps } = await simulate('entra', { url: 'http://localhost:3000/scim/v2', key });
 */
export async function simulate(persona: PersonaId, options: SimulateOptions): Promise<SimulationReport> {
  const who = findPersona(persona);
  const scenario = findScenario(who, options.scenario);
  requireCounts(options);
  const now = options.now ?? (() => performance.now());
  const start = now();
  const transport = options.fetch === undefined ? createNodeTransport() : createFetchTransport(options.fetch);
  const redact = createRedactor([options.key, options.key2 ?? '']);
  const steps: StepReport[] = [];
  const stage: Stage = {
    ...options,
    persona: who,
    scenario,
    transport,
    now,
    names: createNames({ random: options.random ?? Math.random, makeExternalId: who.makeExternalId }),
    async record(step) {
      const named = redact.step({ ...step, id: findFreeId(steps, step.id) });
      steps.push(named);
      await options.onProgress?.({ kind: 'step', step: named });
    },
  };
  try {
    const second = openSecond(stage);
    const first = openConnection(stage, { url: options.url, key: options.key, other: second?.session });
    const connections = second === undefined ? [first] : [first, second];
    const end = await playScenario(scenario, first.session, options.signal);
    const ends = await Promise.all(connections.map((connection) => leave(connection, stage)));
    if ('error' in end) throw end.error;
    const { interrupted } = end;
    const leftBehind = ends.flatMap((end) => end.leftBehind);
    const failed = steps.filter((step) => !step.ok).length;
    const sum = (read: (connection: Connection) => number) =>
      connections.reduce((total, connection) => total + read(connection), 0);
    return {
      persona,
      scenario: scenario.name,
      run: stage.names.run,
      ok: failed === 0 && !interrupted,
      interrupted,
      steps,
      counts: {
        steps: steps.length,
        failed,
        requests: sum(({ exchange }) => exchange.requests()),
        retries: steps.reduce((total, step) => total + step.retries, 0),
        created: sum(({ holdings }) => holdings.createdCount()),
        deleted: ends.reduce((total, end) => total + end.deleted, 0),
        leftBehind: leftBehind.length,
      },
      leftBehind: leftBehind.map(redact.leftBehind),
      durationMs: Math.round(now() - start),
    };
  } finally {
    transport.close();
  }
}

interface Stage extends Omit<SimulateOptions, 'now' | 'scenario'> {
  readonly persona: Persona;
  readonly scenario: Scenario;
  readonly transport: Transport;
  readonly now: () => number;
  readonly names: ReturnType<typeof createNames>;
  readonly record: (step: StepReport) => Promise<void>;
}

interface Connection {
  readonly exchange: Exchange;
  readonly holdings: Holdings;
  readonly session: Session;
}

function openSecond(stage: Stage): Connection | undefined {
  const { url, url2 = url, key2 } = stage;
  return key2 === undefined ? undefined : openConnection(stage, { url: url2, key: key2, other: undefined });
}

function openConnection(
  stage: Stage,
  { url, key, other }: { readonly url: string; readonly key: string; readonly other: Session | undefined },
): Connection {
  const { persona, scenario, transport, names, record, now, keep = false, pace = 0 } = stage;
  const parsed = parseEndpoint(url);
  if (parsed === undefined)
    throw new SimulationError('usage', 'The URL must begin with http:// or https://.');
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new SimulationError('usage', 'The key must be text without spaces, as the server gave it out.');
  }
  const endpoint = { ...parsed, query: parsed.query === '' ? (persona.flag ?? '') : parsed.query };
  const sleep = stage.sleep ?? ((milliseconds) => wait(milliseconds, stage.signal));
  const exchange = createExchange({ persona, endpoint, key, transport, sleep });
  const holdings = createHoldings(exchange);
  const { users, groups, members, concurrency = 8, requestsPerSecond } = stage;
  const session = createSession({
    persona,
    exchange,
    holdings,
    names,
    record,
    now,
    sleep,
    pace,
    keep,
    other,
    sizes: { users, groups, members, concurrency, requestsPerSecond },
    signal: stage.signal ?? new AbortController().signal,
    onProgress: stage.onProgress ?? (() => {}),
    sequence: scenario.sequences[0] ?? null,
  });
  return { exchange, holdings, session };
}

type End = { readonly interrupted: boolean } | { readonly error: unknown };

/** Never rejects, so that what was made is always taken away again. */
async function playScenario(
  scenario: Scenario,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<End> {
  try {
    await scenario.run(session);
    return { interrupted: false };
  } catch (error) {
    if (signal?.aborted) return { interrupted: true };
    return error instanceof StepFailed ? { interrupted: false } : { error };
  }
}

async function leave({ holdings }: Connection, { keep, concurrency = 8, onProgress }: Stage) {
  if (keep) {
    return { deleted: 0, leftBehind: holdings.paths().map((path) => ({ path, problem: 'kept as asked' })) };
  }
  return holdings.clear({
    concurrency,
    onProgress: (done, total) => onProgress?.({ kind: 'count', title: 'clean up', done, total }),
  });
}

/** A step that is played a second time, such as the second cycle of groups, gets a number. */
function findFreeId(steps: readonly StepReport[], id: string): string {
  const times = steps.filter((step) => step.id === id || step.id.replace(/-\d+$/, '') === id).length;
  return times === 0 ? id : `${id}-${times + 1}`;
}

function requireCounts(options: SimulateOptions): void {
  for (const name of ['users', 'groups', 'members', 'concurrency', 'requestsPerSecond'] as const) {
    const value = options[name];
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new SimulationError('usage', `${name} must be a whole number greater than 0.`);
  }
}

/** Waits, and no longer once the run was given up. */
function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
