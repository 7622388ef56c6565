import { setTimeout as wait } from 'node:timers/promises';
import type { Scim } from 'scimkit';
import {
  listPersonas,
  type PersonaDescription,
  SimulationError,
  type SimulationProgress,
  type SimulationReport,
  simulate,
} from 'scimkit/simulate';
import { ApiError, type ErrorLog } from './api-error.ts';
import { unwrap } from './management-answer.ts';

/** What a visitor chose to be played. */
export interface PlayChoice {
  readonly persona: string;
  /** @default the first of the persona */
  readonly scenario?: string | undefined;
  /** Leaves the people and teams in place at the end. */
  readonly keep: boolean;
  /** `watch`: slowly enough to follow. `full`: as fast as Harbor answers. */
  readonly pace: 'watch' | 'full';
}

/** A run as the page shows it. It never contains a key. */
export interface PlayRun {
  /** Grows with every change: of two pictures of the customer's run the one with the higher is the later. */
  readonly revision: number;
  readonly persona: string;
  readonly personaName: string;
  readonly scenario: string;
  readonly title: string;
  readonly keep: boolean;
  readonly pace: PlayChoice['pace'];
  readonly state: 'running' | 'stopping' | 'ended';
  readonly steps: readonly PlayStep[];
  /** Where a step or the cleaning up consists of many requests. */
  readonly progress: { readonly title: string; readonly done: number; readonly total: number } | null;
  /** Set once it has ended. */
  readonly outcome: Pick<SimulationReport, 'ok' | 'interrupted' | 'counts' | 'durationMs'> | null;
  /** Why it could not be played to its end. */
  readonly error: string | null;
}

/** One step and how it was answered. */
export interface PlayStep {
  readonly id: string;
  readonly title: string;
  /** `check`: not sent by the identity provider; the player looks at what became of it. */
  readonly purpose: 'idp' | 'check';
  readonly ok: boolean;
  readonly method: string;
  readonly path: string;
  /** null: no answer came. */
  readonly status: number | null;
  readonly requests: number;
  readonly problem?: string;
  readonly administratorSees?: string;
  readonly note?: string;
}

/** Plays identity providers against Harbor itself, one at a time for each customer. */
export interface Play {
  /** The run that is going on, or the last one. */
  find(customerId: string): PlayRun | null;
  /** UNIX seconds of the last request that was let in. */
  lastRequestAt(customerId: string): number | null;
  /** Begins a run. Throws an {@link ApiError} where that is not possible now. */
  start(asked: PlayChoice & { readonly customerId: string; readonly actorId: string }): Promise<PlayRun>;
  /** Gives the run up; what it made is taken away first, unless it is to stay. */
  stop(customerId: string): void;
  /** Calls `listener` at every change of the customer's run. Answers how to end that. */
  watch(customerId: string, listener: () => void): () => void;
  /** Stops all runs and ends their keys. */
  close(): Promise<void>;
}

const pauseBetweenSteps = { watch: 350, full: 0 } as const;
/** The key outlives the longest run by the time its cleaning up may take. */
const keySeconds = 1800;
const longestRunMilliseconds = 20 * 60_000;
const closingMilliseconds = 5_000;

interface Running {
  run: PlayRun;
  lastRequestAt: number | null;
  readonly stop: AbortController;
  readonly revokeKey: () => Promise<unknown>;
  done: Promise<void>;
}

/** What can be played here: scenarios that need a second customer's key cannot. */
export function listPlayable(): readonly PersonaDescription[] {
  return listPersonas().map((persona) => ({
    ...persona,
    scenarios: persona.scenarios
      .filter(({ name }) => name !== 'tenants')
      // Options of the command are no use on a page.
      .map((scenario) => ({ ...scenario, title: scenario.title.replace(/ \(--[a-z-]+\)/g, '') })),
  }));
}

/** @param options.endpointUrl Harbor's own endpoint: requests take the whole way, through whatever stands before it */
export function createPlay(options: {
  readonly scim: Scim;
  readonly endpointUrl: () => string;
  readonly nowSeconds: () => number;
  readonly log: ErrorLog;
}): Play {
  const { scim, endpointUrl, nowSeconds, log } = options;
  const runs = new Map<string, Running>();
  const starting = new Set<string>();
  const listeners = new Map<string, Set<() => void>>();
  let isClosing = false;

  function update(customerId: string, running: Running, change: Partial<PlayRun>): void {
    running.run = { ...running.run, ...change, revision: running.run.revision + 1 };
    for (const listener of listeners.get(customerId) ?? []) listener();
  }

  async function play(customerId: string, running: Running, key: string) {
    const onProgress = (progress: SimulationProgress) => {
      if (progress.kind === 'count') {
        const { title, done, total } = progress;
        update(customerId, running, { progress: { title, done, total } });
        return;
      }
      const step = toPlayStep(progress.step);
      const isLetIn = step.status !== null && step.status !== 401 && step.status !== 403;
      if (isLetIn) running.lastRequestAt = nowSeconds();
      update(customerId, running, { steps: [...running.run.steps, step], progress: null });
    };
    const ending = await simulate(running.run.persona as PersonaDescription['id'], {
      url: endpointUrl(),
      key,
      scenario: running.run.scenario,
      keep: running.run.keep,
      pace: pauseBetweenSteps[running.run.pace],
      signal: AbortSignal.any([running.stop.signal, AbortSignal.timeout(longestRunMilliseconds)]),
      onProgress,
    }).then(toOutcome, (error: unknown) => {
      if (!(error instanceof SimulationError)) log.error('A run of the player broke off.', { error });
      return {
        error: error instanceof SimulationError ? error.message : 'The run broke off unexpectedly.',
      };
    });
    await running.revokeKey();
    update(customerId, running, { ...ending, progress: null, state: 'ended' });
  }

  return {
    find: (customerId) => runs.get(customerId)?.run ?? null,
    lastRequestAt: (customerId) => runs.get(customerId)?.lastRequestAt ?? null,

    async start({ customerId, actorId, ...choice }) {
      const { persona, scenario } = findChosen(choice);
      const last = runs.get(customerId);
      if (isClosing || starting.has(customerId) || (last && last.run.state !== 'ended')) {
        throw new ApiError(409, 'already_playing', 'An identity provider is being played already.');
      }
      starting.add(customerId);
      try {
        const { connectionId, keyId, scimApiKey } = unwrap(
          await scim.management.createTemporaryScimApiKey({
            customerId,
            validForSeconds: keySeconds,
            purpose: `Playing ${persona.name}`,
            createdBy: actorId,
          }),
        );
        const key = { scimConnectionId: connectionId, keyId, actor: actorId };
        const running: Running = {
          run: {
            revision: last?.run.revision ?? 0,
            persona: persona.id,
            personaName: persona.name,
            scenario: scenario.name,
            title: scenario.title,
            keep: choice.keep,
            pace: choice.pace,
            state: 'running',
            steps: [],
            progress: null,
            outcome: null,
            error: null,
          },
          lastRequestAt: last?.lastRequestAt ?? null,
          stop: new AbortController(),
          // It may be gone already, with the connection or by its own end.
          revokeKey: () => scim.management.revokeTemporaryScimApiKey(key),
          done: Promise.resolve(),
        };
        runs.set(customerId, running);
        running.done = play(customerId, running, scimApiKey);
        update(customerId, running, {});
        return running.run;
      } finally {
        starting.delete(customerId);
      }
    },

    stop(customerId) {
      const running = runs.get(customerId);
      if (!running || running.run.state === 'ended') {
        throw new ApiError(404, 'not_playing', 'No identity provider is being played.');
      }
      update(customerId, running, { state: 'stopping' });
      running.stop.abort();
    },

    watch(customerId, listener) {
      const watching = listeners.get(customerId) ?? new Set();
      listeners.set(customerId, watching.add(listener));
      return () => {
        watching.delete(listener);
        if (watching.size === 0) listeners.delete(customerId);
      };
    },

    async close() {
      isClosing = true;
      const unfinished = [...runs.values()].filter(({ run }) => run.state !== 'ended');
      if (unfinished.length === 0) return;
      for (const { stop } of unfinished) stop.abort();
      const done = Promise.all(unfinished.map((running) => running.done));
      // A long cleaning up is not waited for, but no key outlives the app.
      await Promise.race([done, wait(closingMilliseconds)]);
      await Promise.all(unfinished.map(({ revokeKey }) => revokeKey()));
    },
  };
}

function findChosen(choice: PlayChoice) {
  const persona = listPlayable().find(({ id }) => id === choice.persona);
  const scenario = persona?.scenarios.find(({ name }, index) =>
    choice.scenario === undefined ? index === 0 : name === choice.scenario,
  );
  if (!persona || !scenario) {
    throw new ApiError(422, 'invalid_fields', 'Choose an identity provider, and one of its scenarios.');
  }
  return { persona, scenario };
}

/** Bodies stay on the server: they are long, and the page has no use for them. */
function toPlayStep(step: SimulationReport['steps'][number]): PlayStep {
  const { id, title, purpose, ok, request, response, requests, problem, administratorSees, note } = step;
  return {
    id,
    title,
    purpose,
    ok,
    method: request.method,
    path: request.path,
    status: response.status,
    requests,
    ...(problem !== undefined && { problem }),
    ...(administratorSees !== undefined && { administratorSees }),
    ...(note !== undefined && { note }),
  };
}

function toOutcome({ ok, interrupted, counts, durationMs }: SimulationReport): Partial<PlayRun> {
  return { outcome: { ok, interrupted, counts, durationMs } };
}
