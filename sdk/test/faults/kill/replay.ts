import type { Document, EventRow } from './stored.ts';

/** A resource, as its events tell of it. */
export interface Replayed {
  version: number;
  lastModified: string;
  document: Document;
  /** Ids. */
  readonly members: Set<string>;
}

/** What the events of a connection say there is. */
export interface Replay {
  readonly resources: ReadonlyMap<string, Replayed>;
  /** Events that cannot follow those before them, one sentence each. */
  readonly faults: readonly string[];
}

export function replayEvents(events: readonly EventRow[]): Replay {
  const resources = new Map<string, Replayed>();
  const faults: string[] = [];
  for (const event of events) {
    const before = resources.get(event.resourceId);
    const isCreation = event.type.endsWith('.created');
    if ((before === undefined) !== isCreation) {
      faults.push(`history: ${event.type} at ${event.position} of what is ${before ? '' : 'not '}there`);
      continue;
    }
    if (before === undefined) {
      resources.set(event.resourceId, { ...toState(event), members: new Set() });
      continue;
    }
    faults.push(...findBackward(before, event));
    if (event.type.endsWith('.deleted')) faults.push(...remove(resources, event));
    else Object.assign(before, toState(event));
    if (!event.type.endsWith('.members_changed')) continue;
    for (const { value } of event.data.added as readonly Document[]) before.members.add(String(value));
    for (const { value } of event.data.removed as readonly Document[]) before.members.delete(String(value));
  }
  return { resources, faults };
}

function toState({ version, occurredAt, data }: EventRow) {
  return { version, lastModified: occurredAt, document: data.resource as Document };
}

/** Versions rise by one, and times do not go back. One change may be told by several events, of one version. */
function findBackward(before: Replayed, { version, occurredAt, position }: EventRow): readonly string[] {
  const faults: string[] = [];
  if (version !== before.version && version !== before.version + 1)
    faults.push(`version: ${version} at ${position} after ${before.version}`);
  if (occurredAt < before.lastModified)
    faults.push(`time: ${occurredAt} at ${position} after ${before.lastModified}`);
  return faults;
}

/** Whoever goes leaves its groups, each of which is changed by that. */
function remove(resources: Map<string, Replayed>, event: EventRow): readonly string[] {
  const { resourceId, occurredAt, data } = event;
  const faults: string[] = [];
  resources.delete(resourceId);
  for (const groupId of data.memberOf as readonly string[]) {
    const group = resources.get(groupId);
    if (group?.members.delete(resourceId) !== true) {
      faults.push(`history: ${resourceId} was not in ${groupId}`);
      continue;
    }
    group.version += 1;
    if (group.lastModified < occurredAt) group.lastModified = occurredAt;
  }
  return faults;
}
