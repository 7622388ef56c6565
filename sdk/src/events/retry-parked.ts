import type { ConnectionWork } from './connection-work.ts';

/** Events that are tried again. */
export interface Retries {
  /** Begins with those that are due. */
  tryDue(): Promise<void>;
  /** Resources under way. */
  readonly size: number;
  settled(): Promise<unknown>;
}

/** Parked events of one resource that are read at once. */
const QUEUE_PAGE = 20;

/**
 * @param options.write writes down what became of deliveries; answers whether the right to deliver is still held
 * @param options.onSettled called when a resource is dealt with
 */
export function createRetries(
  work: ConnectionWork,
  { write, onSettled }: { readonly write: () => Promise<boolean>; readonly onSettled: () => void },
): Retries {
  const { store, consumer, claimed, parking, results, connectionId, clock, logger, isOver } = work;
  const { claim } = claimed;
  const retrying = new Map<string, Promise<void>>();
  /** When a resource is due again that failed here: the table is told of it a moment later. */
  const planned = new Map<string, number>();

  /** Delivers what is parked of a resource, in order, as far as it goes. */
  async function retry(resourceId: string): Promise<void> {
    for (;;) {
      const known = parking.positions(resourceId);
      // What was parked a moment ago is in the queue then.
      if (isOver() || !(await write())) return;
      const queue = await store.deliveries.queue(claim, { resourceId, limit: QUEUE_PAGE });
      // Whatever was known of and is not there was taken away by somebody.
      if (queue.length === 0) for (const position of known) parking.remove(resourceId, position);
      if (!parking.has(resourceId) && queue.length === 0) return;
      for (const { event, attempts, dueAt } of queue) {
        // It came when those before it were through, was told at once, and failed.
        if (dueAt !== null && dueAt > clock()) return;
        const told = await work.tell(event, attempts + 1);
        if (told.kind === 'abandoned') return;
        const { position } = event;
        if (told.kind === 'done') results.deliver(position);
        else {
          const plan = work.plan(event, attempts + 1);
          results.fail({ position, attempts: attempts + 1, ...plan, error: told.error });
          if (plan.dueAt !== null) {
            planned.set(resourceId, plan.dueAt);
            return;
          }
        }
        parking.remove(resourceId, position);
        results.release(resourceId, clock());
      }
    }
  }

  return {
    async tryDue() {
      const limit = consumer.concurrency * 4;
      for (const resourceId of await store.deliveries.dueResources(claim, { now: clock(), limit })) {
        if (retrying.has(resourceId) || (planned.get(resourceId) ?? 0) > clock()) continue;
        planned.delete(resourceId);
        const trying = retry(resourceId)
          .catch((cause) =>
            logger.error('scimkit: an event could not be tried again.', { connectionId, cause }),
          )
          .finally(() => {
            retrying.delete(resourceId);
            onSettled();
          });
        retrying.set(resourceId, trying);
      }
    },
    get size() {
      return retrying.size;
    },
    settled: () => Promise.all(retrying.values()),
  };
}
