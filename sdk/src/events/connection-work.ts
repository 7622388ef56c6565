import type { Logger } from '../logger.ts';
import type { Claimed } from '../store/deliveries.ts';
import type { EventRecord, Store } from '../store/port.ts';
import type { Timers } from '../timers.ts';
import type { Consumer } from './consumer.ts';
import { toScimEvent } from './event.ts';
import { toCursor } from './event-cursor.ts';
import type { Lease } from './lease.ts';
import { createParking, type Parking } from './parking.ts';
import { createResultBuffer, type ResultBuffer } from './results.ts';
import { createSlots } from './slots.ts';
import { tellInTime } from './tell-in-time.ts';

/** Everything it takes to deliver one connection's events to one consumer. */
export interface ConnectionDelivery {
  readonly store: Store;
  readonly consumer: Consumer;
  readonly claimed: Claimed;
  readonly customerId: string;
  readonly epoch: string;
  readonly lease: Lease;
  /** Whether to stop, once what is under way has come to its end. */
  readonly isStopping: () => boolean;
  /** Milliseconds since the epoch, by which further tries are planned. */
  readonly clock: () => number;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** What the parts of a delivery share. */
export interface ConnectionWork extends ConnectionDelivery {
  readonly connectionId: string;
  readonly parking: Parking;
  /** Not written down yet. */
  readonly results: ResultBuffer;
  /** Whether nothing more may be begun. */
  isOver(): boolean;
  /** Tells the consumer of an event, when it is its turn. */
  tell(record: EventRecord, attempt: number): Promise<Told>;
  /** What becomes of an event that failed so many times. */
  plan(record: EventRecord, attempts: number): Plan;
}

/** `abandoned`: it was not told, or nobody knows any more whether this process still had the right to. */
export type Told =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'abandoned' };

/** When an event is tried again, or since when it is given up. Milliseconds since the epoch. */
export type Plan =
  | { readonly dueAt: number; readonly deadAt: null }
  | { readonly dueAt: null; readonly deadAt: number };

export function createConnectionWork(options: ConnectionDelivery): ConnectionWork {
  const { consumer, claimed, customerId, epoch, lease, isStopping, clock, timers, logger } = options;
  const { connectionId } = claimed.claim;
  const slots = createSlots(consumer.concurrency);
  const isOver = () => isStopping() || !lease.isHeld();
  return {
    ...options,
    connectionId,
    parking: createParking(),
    results: createResultBuffer(),
    isOver,
    tell: (record, attempt) =>
      slots.run(async (): Promise<Told> => {
        if (isOver()) return { kind: 'abandoned' };
        const place = { kind: 'connection', connectionId, position: record.position } as const;
        const event = toScimEvent({ ...record, connectionId, customerId }, toCursor({ epoch, place }));
        const error = await tellInTime(consumer, event, { attempt, signal: lease.signal, timers });
        if (!lease.isHeld()) return { kind: 'abandoned' };
        return error === undefined ? { kind: 'done' } : { kind: 'failed', error };
      }),
    plan({ id, type }, attempts) {
      const delay = consumer.retryDelaysMs[attempts - 1];
      if (delay !== undefined) return { dueAt: clock() + delay, deadAt: null };
      const details = { connectionId, eventId: id, eventType: type, attempts };
      logger.error(`scimkit: ${consumer.name} did not deal with an event, which is given up.`, details);
      return { dueAt: null, deadAt: clock() };
    },
  };
}
