import type { Json } from '../protocol/json.ts';
import type { Request } from './message.ts';

/** What one step did, and whether the answer was what the identity provider needs. */
export interface StepReport {
  /** Stable name of the step, such as `add-member`. */
  readonly id: string;
  readonly title: string;
  /** The sequence it belongs to, such as `S5`; null where the project's list of sequences has none. */
  readonly sequence: string | null;
  /** The tolerances of the identity provider's dialect that it needs, such as `T5`. */
  readonly tolerances: readonly string[];
  /** `idp`: the identity provider sends this. `check`: the simulator looks at what became of it. */
  readonly purpose: 'idp' | 'check';
  /** Of several requests the one that failed, else the first. The body only of steps that failed. */
  readonly request: { readonly method: Request['method']; readonly path: string; readonly body?: Json };
  /** Status null = no answer came. The body only of steps that failed. */
  readonly response: { readonly status: number | null; readonly body?: Json };
  readonly ok: boolean;
  /** What was expected and what came instead. */
  readonly problem?: string;
  /** Where and how the failure shows at the identity provider. */
  readonly administratorSees?: string;
  /** Something worth knowing that is no failure. */
  readonly note?: string;
  /** How many requests the step consists of. */
  readonly requests: number;
  /** Requests sent again after 429, 5xx or a broken connection. */
  readonly retries: number;
  readonly durationMs: number;
}

/** A resource of the run that could not be deleted at its end. */
export interface LeftBehind {
  readonly path: string;
  readonly problem: string;
}

/** The outcome of a run. It never contains a key. */
export interface SimulationReport {
  readonly persona: string;
  readonly scenario: string;
  /** What the names of this run's users and groups contain. */
  readonly run: string;
  /** True when every step was answered as the identity provider needs. */
  readonly ok: boolean;
  /** True when the run was given up through its signal. */
  readonly interrupted: boolean;
  readonly steps: readonly StepReport[];
  readonly counts: {
    readonly steps: number;
    readonly failed: number;
    readonly requests: number;
    readonly retries: number;
    readonly created: number;
    readonly deleted: number;
    readonly leftBehind: number;
  };
  /** Empty after a clean run; everything of the run when it was told to keep it. */
  readonly leftBehind: readonly LeftBehind[];
  readonly durationMs: number;
}

/** Told while a run goes on. It never contains a key. */
export type SimulationProgress =
  | { readonly kind: 'step'; readonly step: StepReport }
  /** Requests done within a step or the cleaning up that consists of many. */
  | { readonly kind: 'count'; readonly title: string; readonly done: number; readonly total: number };
