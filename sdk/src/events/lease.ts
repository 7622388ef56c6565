import { createMutex } from '../mutex.ts';
import type { Claimed, Deliveries, Outcome } from '../store/deliveries.ts';
import type { Timers } from '../timers.ts';

/** What became of deliveries since it was last written down. */
export type Results = Omit<Outcome, 'position' | 'leaseMs'>;

/**
 * The right to deliver the events of a connection to a consumer, for as long as it is renewed. Whoever was stopped
 * past its end finds that out before it delivers anything further: by its own clock, which no other machine's
 * concerns, and by the fence when it writes down what it did.
 */
export interface Lease {
  /** False once the right is lost, or may be. */
  isHeld(): boolean;
  /** Aborted when it is lost. */
  readonly signal: AbortSignal;
  /** Writes results down, and with that renews. Answers whether the right is still held. */
  write(take: () => { readonly position: number; readonly results: Results }): Promise<boolean>;
  /** Writes results down and gives the right back. */
  giveBack(take: () => { readonly position: number; readonly results: Results }): Promise<void>;
  /** Whether it is time to renew. */
  isDue(): boolean;
}

export interface LeaseOptions {
  readonly deliveries: Deliveries;
  readonly claimed: Claimed;
  readonly leaseMs: number;
  /** When the right was asked for, by the timers: it may have begun then. */
  readonly begun: number;
  readonly timers: Timers;
}

export function createLease(options: LeaseOptions): Lease {
  const { deliveries, claimed, leaseMs, begun, timers } = options;
  const { claim } = claimed;
  const abort = new AbortController();
  const mutex = createMutex();
  let end = begun + leaseMs;
  let isOver = false;
  const lose = () => {
    isOver = true;
    abort.abort();
  };
  const isHeld = () => {
    // A tenth is left for what is under way when the check is made.
    if (!isOver && timers.now() > end - leaseMs / 10) lose();
    return !isOver;
  };

  return {
    isHeld,
    signal: abort.signal,
    isDue: () => timers.now() > end - (leaseMs * 2) / 3,
    write: (take) =>
      mutex.run(async () => {
        if (!isHeld()) return false;
        const asked = timers.now();
        const { position, results } = take();
        const isKept = await deliveries.settle(claim, { position, ...results, leaseMs });
        if (isKept) end = asked + leaseMs;
        else lose();
        return isHeld();
      }),
    giveBack: (take) =>
      mutex.run(async () => {
        if (!isHeld()) return;
        const { position, results } = take();
        await deliveries.settle(claim, { position, ...results, leaseMs: 0 });
        lose();
      }),
  };
}
