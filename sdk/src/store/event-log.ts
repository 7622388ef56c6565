import type { EventRecord } from './port.ts';

/** Where the events of a connection end. */
export interface EventEnd {
  readonly connectionId: string;
  readonly customerId: string;
  /** Of its last event; 0 = it has none. */
  readonly position: number;
}

/** An event with whose it is. */
export interface OwnedEvent extends EventRecord {
  readonly connectionId: string;
  readonly customerId: string;
}

/** An event with its place among those of all connections. */
export interface OrderedEvent extends OwnedEvent {
  /** Only grows. Numbers are left out where a connection was deleted. */
  readonly sequence: number;
}

/** A part of the order of all events. */
export interface OrderedPage {
  readonly events: readonly OrderedEvent[];
  /** Where the next part starts: behind the last event, or behind connections that are gone. */
  readonly next: number;
  readonly hasMore: boolean;
}

/** Events of any connection, for the host. */
export interface EventLog {
  /** Where each connection's events end. */
  ends(): Promise<readonly EventEnd[]>;
  end(connectionId: string): Promise<EventEnd | undefined>;
  /** Events of one connection after a position, in order. */
  read(
    connectionId: string,
    range: { readonly after: number; readonly limit: number },
  ): Promise<readonly EventRecord[]>;
  /**
   * Puts events that have no place among those of all connections yet behind those that have. Writers know nothing of
   * this order: it costs them nothing, and no commit is waited for.
   */
  order(): Promise<void>;
  /** Events in that order, after a place in it. */
  readOrdered(range: { readonly after: number; readonly limit: number }): Promise<OrderedPage>;
  /** The place of the last event in that order; 0 = there is none. */
  orderedEnd(): Promise<number>;
}
