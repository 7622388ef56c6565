import type { EventRecord } from './port.ts';

/**
 * Which events are about whom, deleted resources included. Nothing is written for it with the events: whoever asks
 * reads on from where the one before ended, so the first to ask of a long history waits for a while.
 */
export interface EventHistory {
  /** Reads on to the newest event, in parts. */
  catchUp(): Promise<void>;
  /** Ids of resources that had this name at some time, without regard to letter case. */
  idsOf(alias: EventAlias): Promise<readonly string[]>;
  /** Events of a resource, and those that name it as a member; of an event's id, that event. */
  events(options: {
    readonly subject: string;
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly EventRecord[]>;
  /** The newest event of a resource itself. */
  lastEvent(subject: string): Promise<EventRecord | undefined>;
}

/** What a person can be known by. */
export interface EventAlias {
  readonly kind: 'userName' | 'externalId' | 'email' | 'userId';
  readonly value: string;
}
