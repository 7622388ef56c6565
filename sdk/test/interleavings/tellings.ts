import type { ScimEvent } from '../../src/index.ts';

/** One time that a handler was told of an event. */
export interface Telling {
  readonly event: ScimEvent;
  readonly processId: number;
  /** Which process had the right to deliver then, by the order of the commits. */
  readonly holder: number | undefined;
  /** Whether nobody waits for its end any more. */
  readonly isGivenUp: () => boolean;
  /** Tellings of the same resource in this process that were under way when it began. */
  readonly beside: readonly Telling[];
  /** Whether each event of the resource before this one had been dealt with when it began. */
  readonly isInTurn: boolean;
  hasEnded: boolean;
  wasDealtWith: boolean;
}

/** Everything handlers were told, in the order in which it was begun. */
export interface Tellings {
  readonly all: readonly Telling[];
  /** Notes that a process has the right to deliver a connection's events now. */
  noteHolder(connectionId: string, processId: number): void;
  begin(event: ScimEvent, of: { readonly processId: number; readonly signal: AbortSignal }): Telling;
}

/** @param readEarlier ids of the events of a resource that were committed before another one */
export function createTellings(readEarlier: (event: ScimEvent) => readonly string[]): Tellings {
  const all: Telling[] = [];
  const dealtWith = new Set<string>();
  const holders = new Map<string, number>();
  return {
    all,
    noteHolder: (connectionId, processId) => void holders.set(connectionId, processId),
    begin(event, { processId, signal }) {
      for (const telling of all) if (telling.wasDealtWith) dealtWith.add(telling.event.id);
      const isBeside = (other: Telling) =>
        !other.hasEnded &&
        other.processId === processId &&
        other.event.resourceId === event.resourceId &&
        !other.isGivenUp();
      const telling: Telling = {
        event,
        processId,
        holder: holders.get(event.connectionId),
        isGivenUp: () => signal.aborted,
        beside: all.filter(isBeside),
        isInTurn: readEarlier(event).every((id) => dealtWith.has(id)),
        hasEnded: false,
        wasDealtWith: false,
      };
      all.push(telling);
      return telling;
    },
  };
}
