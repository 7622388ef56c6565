import type { ScimEvent } from './event.ts';

/** What a handler is told beside the event. */
export interface EventDelivery {
  /** Aborted when the time is over, and when another process has taken the connection over. */
  readonly signal: AbortSignal;
  /** 1 = the first try. */
  readonly attempt: number;
}

/** Somebody who is told of events, under a name that outlives the process. */
export interface Consumer {
  readonly name: string;
  /** Where it begins when it is new. */
  readonly from: 'beginning' | 'now';
  /** Whose events it is told of. */
  selects(connection: { readonly connectionId: string; readonly customerId: string }): boolean;
  /** Which of them. */
  wants(type: string): boolean;
  /** Events of one connection, of different resources, that it is told of at the same time. */
  readonly concurrency: number;
  /** How long one telling may take, milliseconds. */
  readonly timeoutMs: number;
  /** Pauses before each further try, milliseconds; after the last one the event is given up. */
  readonly retryDelaysMs: readonly number[];
  /** Rejects when the event was not dealt with. */
  deliver(event: ScimEvent, delivery: EventDelivery): Promise<void>;
}
