import type { JsonObject } from '../protocol/json.ts';
import type { EventRecord } from '../store/port.ts';
import type { ConnectionWork } from './connection-work.ts';

/** Events that are delivered for the first time. */
export interface NewEvents {
  /** Delivers an event once those it comes behind are dealt with. To be called in order. */
  begin(record: EventRecord): void;
  /** Everything up to here is delivered, or parked. */
  donePosition(): number;
  /** The last event that was begun. */
  readonly position: number;
  /** Events under way. */
  readonly size: number;
  settled(): Promise<unknown>;
}

/** @param onSettled called when one of them is dealt with */
export function createNewEvents(work: ConnectionWork, onSettled: () => void): NewEvents {
  const { consumer, claimed, parking, results, connectionId, logger, isOver } = work;
  /** Positions that are read and not yet dealt with, in order. */
  const pending = new Set<number>();
  /** The last event of each resource that is under way. */
  const tails = new Map<string, Promise<void>>();
  let position = claimed.position;

  async function deliver(record: EventRecord): Promise<void> {
    if (isOver()) return;
    const { position: own, resourceId } = record;
    if (parking.has(resourceId)) {
      // Some are parked already: they were before a crash.
      if (!parking.holds(resourceId, own))
        park(record, { attempts: 0, dueAt: null, deadAt: null, error: null });
      return finish(own);
    }
    const told = await work.tell(record, 1);
    if (told.kind === 'abandoned') return;
    if (told.kind === 'failed') park(record, { attempts: 1, ...work.plan(record, 1), error: told.error });
    finish(own);
  }

  function park(
    { position: own, resourceId }: EventRecord,
    state: { attempts: number; dueAt: number | null; deadAt: number | null; error: string | null },
  ): void {
    results.park({ position: own, resourceId, ...state });
    if (state.deadAt === null) parking.add(resourceId, own);
  }

  function finish(own: number): void {
    pending.delete(own);
    onSettled();
  }

  return {
    begin(record) {
      position = record.position;
      if (!consumer.wants(record.type)) return;
      pending.add(position);
      const { resourceId } = record;
      const before = [resourceId, ...membersOf(record.data)].flatMap((id) => tails.get(id) ?? []);
      const telling = Promise.all(before)
        .then(() => deliver(record))
        .catch((cause) => logger.error('scimkit: an event could not be delivered.', { connectionId, cause }))
        .finally(() => {
          if (tails.get(resourceId) === telling) tails.delete(resourceId);
        });
      tails.set(resourceId, telling);
    },
    donePosition() {
      const [oldest] = pending;
      return oldest === undefined ? position : oldest - 1;
    },
    get position() {
      return position;
    },
    get size() {
      return pending.size;
    },
    settled: () => Promise.all(tails.values()),
  };
}

/** Ids a group's event names: it comes behind the events of those resources. */
function membersOf({ added, removed }: JsonObject): readonly string[] {
  return [added, removed].flatMap((members) =>
    Array.isArray(members)
      ? members.flatMap((member) =>
          typeof member === 'object' && member !== null && 'value' in member ? [String(member.value)] : [],
        )
      : [],
  );
}
