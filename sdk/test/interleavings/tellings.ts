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
  /** Whether what happened before to those it names had been dealt with as well, or had been tried in vain. */
  readonly isBehindMembers: boolean;
  hasEnded: boolean;
  wasDealtWith: boolean;
}

/** Everything handlers were told, in the order in which it was begun. */
export interface Tellings {
  readonly all: readonly Telling[];
  /** Notes that a process has the right to deliver a connection's events now. */
  noteHolder(connectionId: string, processId: number): void;
  begin(event: ScimEvent, of: TellingPlace): Telling;
}

interface TellingPlace {
  readonly processId: number;
  readonly signal: AbortSignal;
}

/** An event that was committed before another one. */
interface EarlierEvent {
  readonly id: string;
  readonly resourceId: string;
}

/** @param readEarlier the events of some resources that were committed before another one */
export function createTellings(
  readEarlier: (event: ScimEvent, resourceIds: readonly string[]) => readonly EarlierEvent[],
): Tellings {
  const all: Telling[] = [];
  const dealtWith = new Set<string>();
  const holders = new Map<string, number>();
  return {
    all,
    noteHolder: (connectionId, processId) => void holders.set(connectionId, processId),
    begin(event, { processId, signal }) {
      for (const telling of all) if (telling.wasDealtWith) dealtWith.add(telling.event.id);
      const hasFailed = (resourceId: string) =>
        all.some(
          (other) =>
            other.event.resourceId === resourceId &&
            (other.isGivenUp() || (other.hasEnded && !other.wasDealtWith)),
        );
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
        isInTurn: readEarlier(event, [event.resourceId]).every(({ id }) => dealtWith.has(id)),
        isBehindMembers: readEarlier(event, membersOf(event)).every(
          ({ id, resourceId }) => dealtWith.has(id) || hasFailed(resourceId),
        ),
        hasEnded: false,
        wasDealtWith: false,
      };
      all.push(telling);
      return telling;
    },
  };
}

function membersOf({ data }: ScimEvent): readonly string[] {
  return [data.added, data.removed].flatMap((members) =>
    Array.isArray(members) ? members.map((member) => String(Reflect.get(Object(member), 'value'))) : [],
  );
}
