import type { AuditRecord } from './connections.ts';
import type { OwnedEvent } from './event-log.ts';
import type { EventRecord } from './port.ts';

/** The right to deliver the events of one connection to one consumer, until somebody else has taken it over. */
export interface Claim {
  readonly consumer: string;
  readonly connectionId: string;
  /** Grows whenever the right changes hands, so that who was late is told from who holds it. */
  readonly fence: number;
}

export interface Claimed {
  readonly claim: Claim;
  /** Everything up to here is delivered, or parked. */
  readonly position: number;
}

/** An event that waits because it failed, or because one of its resource did. */
export interface ParkedEvent {
  readonly position: number;
  readonly resourceId: string;
  readonly attempts: number;
  /** Milliseconds since the epoch; null = it waits behind another one, or is tried no more. */
  readonly dueAt: number | null;
  /** Since when it is tried no more. */
  readonly deadAt: number | null;
  readonly error: string | null;
}

/** What became of deliveries, written down at once. */
export interface Outcome {
  /** Everything up to here is delivered, or parked. */
  readonly position: number;
  /** Parked for the first time. */
  readonly parked: readonly ParkedEvent[];
  /** Tried again in vain. */
  readonly failed: readonly Omit<ParkedEvent, 'resourceId'>[];
  /** Positions of what was parked and is delivered. */
  readonly delivered: readonly number[];
  /** Resources whose next parked event is to be tried from `dueAt` on. */
  readonly next: readonly { readonly resourceId: string; readonly dueAt: number }[];
  /** For how long the claim is kept from now on; 0 = it is given back. */
  readonly leaseMs: number;
}

/** A parked event whose turn comes. */
export interface QueuedEvent extends Pick<ParkedEvent, 'attempts' | 'dueAt'> {
  readonly event: EventRecord;
}

/** A parked event with what it says. */
export interface DeadLetter extends ParkedEvent {
  readonly consumer: string;
  readonly event: OwnedEvent;
}

/** How far each consumer is with the events of each connection. */
export interface Deliveries {
  /** Makes a consumer known. Answers whether it was not known before. `now`: it gets no event of before. */
  register(
    consumer: string,
    start: { readonly from: 'beginning' | 'now'; readonly at: number },
  ): Promise<boolean>;
  /** Forgets a consumer and how far it was. */
  forget(consumer: string): Promise<void>;
  /** How far a consumer is with each connection of which it has had events. */
  positions(consumer: string): Promise<ReadonlyMap<string, number>>;
  /** Connections with parked events that are due. */
  due(consumer: string, now: number): Promise<readonly string[]>;
  /** When the next parked event of a consumer is due, milliseconds since the epoch. */
  nextDue(consumer: string): Promise<number | undefined>;
  /** Takes the right to deliver; undefined = somebody else has it. */
  claim(wanted: Omit<Claim, 'fence'> & { readonly leaseMs: number }): Promise<Claimed | undefined>;
  /** Writes outcomes down and keeps the claim. Answers false, and has done nothing, when it was taken over. */
  settle(claim: Claim, outcome: Outcome): Promise<boolean>;
  /** What is parked and not given up, without its times, by position. */
  parked(claim: Claim): Promise<readonly Pick<ParkedEvent, 'position' | 'resourceId'>[]>;
  /** Resources with a parked event that is due. */
  dueResources(
    claim: Claim,
    due: { readonly now: number; readonly limit: number },
  ): Promise<readonly string[]>;
  /** The parked events of one resource, in order. */
  queue(
    claim: Claim,
    of: { readonly resourceId: string; readonly limit: number },
  ): Promise<readonly QueuedEvent[]>;
  /** Events that are waiting for a further try, or are given up, by connection and position. */
  letters(query: LetterQuery): Promise<readonly DeadLetter[]>;
  /** Has what was given up tried again, and records who asked for it. Answers how many there were. */
  revive(selection: LetterSelection & AuditedSelection & { readonly dueAt: number }): Promise<number>;
  /** Takes what was given up away, and records who asked for it. Answers how many there were. */
  discard(selection: LetterSelection & AuditedSelection): Promise<number>;
}

export interface LetterSelection {
  readonly consumer: string;
  readonly connectionId?: string | undefined;
  readonly eventId?: string | undefined;
}

/** The selected events of one connection. */
export interface SelectedLetters {
  readonly connectionId: string;
  readonly customerId: string;
  readonly count: number;
}

export interface AuditedSelection {
  /** The record of the act for one connection; asked for each one something is selected of. */
  readonly toAct: (selected: SelectedLetters) => AuditRecord;
}

export interface LetterQuery {
  readonly consumer?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly state: 'dead' | 'waiting';
  readonly after?:
    | { readonly connectionId: string; readonly consumer: string; readonly position: number }
    | undefined;
  readonly limit: number;
}
