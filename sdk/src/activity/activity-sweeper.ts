import { letOthers } from '../in-turns.ts';
import type { Logger } from '../logger.ts';
import type { Store } from '../store/port.ts';
import type { ActivityOptions } from './activity-options.ts';

/** Deletes requests that are too old, or too many. */
export interface ActivitySweeper {
  /** Begins, where the last time is an hour ago. Nobody waits for it. */
  sweep(): void;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface ActivitySweeperOptions {
  readonly store: Store;
  readonly keep: ActivityOptions;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

const PAUSE_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Connections looked at in one go, and requests deleted by one transaction. */
const PART = 500;

export function createActivitySweeper({
  store,
  keep,
  clock,
  logger,
}: ActivitySweeperOptions): ActivitySweeper {
  let sweptAt: number | undefined;
  let sweeping: Promise<void> | undefined;
  let isClosed = false;

  /** Of every connection: also of those that nobody asks any more. */
  const sweepAll = async (now: number) => {
    let after: string | undefined;
    do {
      const part = await store.connections.list({ ...(after !== undefined && { after }), limit: PART });
      for (const { connectionId } of part) {
        if (isClosed) return;
        await sweepOne(connectionId, now);
        await letOthers();
      }
      after = part.length < PART ? undefined : part.at(-1)?.connectionId;
    } while (after !== undefined);
  };

  /** In short transactions: on SQLite each of them keeps all others from writing. */
  const sweepOne = async (connectionId: string, now: number) => {
    const reader = store.activity({ connectionId });
    const oldest = toFirstId(now - keep.retentionDays * DAY_MS);
    const last = await reader.nthNewest(keep.maxRequests - 1);
    const end = last !== undefined && last > oldest ? last : oldest;
    while (!isClosed && (await reader.hasBefore(end))) {
      await store.changeActivity((of) => of(connectionId).deleteBefore(end, PART));
      await letOthers();
    }
  };

  return {
    sweep() {
      const now = clock();
      const isEarly = sweptAt !== undefined && now >= sweptAt && now - sweptAt < PAUSE_MS;
      if (isEarly || sweeping !== undefined || isClosed) return;
      sweptAt = now;
      sweeping = sweepAll(now)
        .catch((cause) =>
          logger.warn('Old activity could not be deleted; it is tried again in an hour.', { cause }),
        )
        .finally(() => {
          sweeping = undefined;
        });
    },
    async close() {
      isClosed = true;
      await sweeping;
    },
  };
}

/** Below every id of that millisecond and later. */
function toFirstId(at: number): string {
  const hex = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
