import { call } from './api.ts';

/** An identity provider that can be played. */
export interface Persona {
  readonly id: string;
  readonly name: string;
  /** The first is played unless another one is chosen. */
  readonly scenarios: readonly { readonly name: string; readonly title: string }[];
}

/** What was chosen. */
export interface PlayChoice {
  readonly persona: string;
  readonly scenario: string;
  readonly keep: boolean;
  readonly pace: 'watch' | 'full';
}

/** The connection, and the run that is going on or was the last. */
export interface PlayState {
  readonly connection: 'missing' | 'active' | 'paused';
  readonly provider: string | null;
  readonly run: PlayRun | null;
}

export interface PlayRun {
  /** Grows with every change. */
  readonly revision: number;
  readonly persona: string;
  readonly personaName: string;
  readonly scenario: string;
  readonly title: string;
  readonly keep: boolean;
  readonly pace: PlayChoice['pace'];
  readonly state: 'running' | 'stopping' | 'ended';
  readonly steps: readonly PlayStep[];
  readonly progress: { readonly title: string; readonly done: number; readonly total: number } | null;
  readonly outcome: PlayOutcome | null;
  readonly error: string | null;
}

export interface PlayOutcome {
  readonly ok: boolean;
  readonly interrupted: boolean;
  readonly counts: {
    readonly steps: number;
    readonly failed: number;
    readonly requests: number;
    readonly created: number;
    readonly deleted: number;
    readonly leftBehind: number;
  };
  readonly durationMs: number;
}

export interface PlayStep {
  readonly id: string;
  readonly title: string;
  readonly purpose: 'idp' | 'check';
  readonly ok: boolean;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly requests: number;
  readonly problem?: string;
  readonly administratorSees?: string;
  readonly note?: string;
}

export async function fetchPlay(): Promise<PlayState & { readonly personas: readonly Persona[] }> {
  return call('GET', '/api/play');
}

export async function startPlay(choice: PlayChoice): Promise<PlayRun> {
  return (await call<{ run: PlayRun }>('POST', '/api/play', choice)).run;
}

export async function stopPlay(): Promise<PlayRun> {
  return (await call<{ run: PlayRun }>('DELETE', '/api/play')).run;
}

/** Each message is a whole {@link PlayState}. */
export const playEventsPath = '/api/play/events';
