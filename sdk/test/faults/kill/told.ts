import type { ReadRows } from './stored.ts';

/** An event as somebody was told of it. */
export interface ToldEvent {
  readonly id: string;
  readonly type: string;
  readonly connectionId: string;
  readonly resourceId: string;
  readonly resourceVersion: number;
}

/** An event that was committed. */
interface Committed {
  readonly id: string;
  readonly connectionId: string;
  readonly position: number;
  readonly resourceId: string;
}

export async function readCommitted(read: ReadRows): Promise<ReadonlyMap<string, Committed>> {
  const rows = await read(
    'SELECT connection_id, position, id, resource_id FROM {p}events ORDER BY connection_id, position',
    [],
  );
  return new Map(
    rows.map((row) => [
      String(row.id),
      {
        id: String(row.id),
        connectionId: String(row.connection_id),
        position: Number(row.position),
        resourceId: String(row.resource_id),
      },
    ]),
  );
}

/**
 * Holds what somebody was told, in the order it was, against what was committed: all of it, nothing else, and what
 * is of one resource in order. What comes twice is the same event with the same id.
 *
 * @returns one sentence for each fault
 */
export function findTellingFaults(
  told: readonly ToldEvent[],
  committed: ReadonlyMap<string, Committed>,
): readonly string[] {
  const faults: string[] = [];
  const seen = new Map<string, string>();
  const last = new Map<string, number>();
  for (const event of told) {
    const source = committed.get(event.id);
    if (source === undefined) {
      faults.push(`invented: ${event.type} ${event.id}`);
      continue;
    }
    const text = JSON.stringify([event.type, event.connectionId, event.resourceId, event.resourceVersion]);
    const before = seen.get(event.id);
    if (before !== undefined && before !== text)
      faults.push(`changed: ${event.id} was ${before}, then ${text}`);
    if (before !== undefined) continue;
    seen.set(event.id, text);
    const resource = `${source.connectionId} ${source.resourceId}`;
    const position = last.get(resource) ?? 0;
    if (source.position < position)
      faults.push(`order: ${event.type} at ${source.position} behind ${position}`);
    last.set(resource, source.position);
  }
  for (const { id, position } of committed.values())
    if (!seen.has(id)) faults.push(`never told: ${id} at ${position}`);
  return faults;
}
