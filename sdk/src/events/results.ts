import type { ParkedEvent } from '../store/deliveries.ts';
import type { Results } from './lease.ts';

/** Collects what became of deliveries until it is written down. */
export interface ResultBuffer {
  park(event: ParkedEvent): void;
  fail(event: Omit<ParkedEvent, 'resourceId'>): void;
  deliver(position: number): void;
  /** The next parked event of a resource is due. */
  release(resourceId: string, dueAt: number): void;
  isEmpty(): boolean;
  /** Hands everything over. */
  take(): Results;
  /** Takes it back, where it could not be written. */
  restore(results: Results): void;
}

export function createResultBuffer(): ResultBuffer {
  let parked: ParkedEvent[] = [];
  let failed: Omit<ParkedEvent, 'resourceId'>[] = [];
  let delivered: number[] = [];
  let next = new Map<string, number>();
  return {
    park: (event) => void parked.push(event),
    fail: (event) => void failed.push(event),
    deliver: (position) => void delivered.push(position),
    release: (resourceId, dueAt) => void next.set(resourceId, dueAt),
    isEmpty: () => parked.length + failed.length + delivered.length + next.size === 0,
    take() {
      const results = {
        parked,
        failed,
        delivered,
        next: [...next].map(([resourceId, dueAt]) => ({ resourceId, dueAt })),
      };
      [parked, failed, delivered, next] = [[], [], [], new Map()];
      return results;
    },
    restore(results) {
      parked = [...results.parked, ...parked];
      failed = [...results.failed, ...failed];
      delivered = [...results.delivered, ...delivered];
      next = new Map([...results.next.map(({ resourceId, dueAt }) => [resourceId, dueAt] as const), ...next]);
    },
  };
}
