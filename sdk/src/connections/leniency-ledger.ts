import type { Logger } from '../logger.ts';
import type { Leniency } from '../protocol/leniency/leniency.ts';
import type { LeniencyCount } from '../store/connections.ts';
import type { Store } from '../store/port.ts';

/** Counts how often each connection's requests needed a tolerance (E4). */
export interface LeniencyLedger {
  /** Counts in memory; written a moment later, so that no request waits. A crash may lose that moment. */
  note(connectionId: string, used: ReadonlySet<Leniency>): void;
  /** Writes what was counted. Counts that cannot be written are kept for the next time. */
  flush(): Promise<void>;
}

export interface LeniencyLedgerOptions {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

/** How long counts wait to be written together. */
const DELAY_MS = 1_000;

export function createLeniencyLedger({ store, clock, logger }: LeniencyLedgerOptions): LeniencyLedger {
  let counted = new Map<string, Map<string, LeniencyCount>>();
  let timer: NodeJS.Timeout | undefined;

  const add = (connectionId: string, { name, count, lastUsedAt }: LeniencyCount) => {
    const counts = counted.get(connectionId) ?? new Map<string, LeniencyCount>();
    counts.set(name, { name, count: (counts.get(name)?.count ?? 0) + count, lastUsedAt });
    counted.set(connectionId, counts);
  };

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (counted.size === 0) return;
    const writing = counted;
    counted = new Map();
    try {
      await store.changeConnections(async (tx) => {
        for (const [connectionId, counts] of writing) {
          await tx.addLeniencies(connectionId, [...counts.values()]);
        }
      });
    } catch (cause) {
      for (const [connectionId, counts] of writing) {
        for (const count of counts.values()) add(connectionId, count);
      }
      logger.warn('The counts of tolerances could not be written; they are kept in memory.', { cause });
    }
  };

  return {
    flush,
    note(connectionId, used) {
      if (used.size === 0) return;
      const lastUsedAt = Math.floor(clock() / 1000);
      for (const name of used) add(connectionId, { name, count: 1, lastUsedAt });
      if (timer !== undefined) return;
      timer = setTimeout(flush, DELAY_MS);
      timer.unref();
    },
  };
}
