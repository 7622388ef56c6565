import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../protocol/json.ts';
import type { EventRecord, ResourceWriter, StoredResource } from '../store/port.ts';
import { activeChange, type Change, hasDelta, type MembersDelta } from './change.ts';
import { representAttributes } from './represent.ts';

/**
 * Records a change as events, in its transaction: `user.created`, `user.updated`, `user.deactivated`,
 * `user.reactivated`, `user.deleted`, and the same of every other resource type; `group.members_changed`.
 *
 * Each carries the full new state without members and, for updates, the names of what changed.
 */
export async function recordEvents(tx: ResourceWriter, change: Change, occurredAt: string): Promise<void> {
  for (const event of toEvents(change)) {
    await tx.appendEvent({ ...event, id: `evt_${randomUUID()}`, occurredAt });
  }
}

type NewEvent = Omit<EventRecord, 'position' | 'id' | 'occurredAt'>;

function toEvents(change: Change): readonly NewEvent[] {
  switch (change.kind) {
    case 'created':
      return [toEvent(change.after, 'created', {}), ...toMembersEvents(change.after, change.members)];
    case 'updated':
      return toUpdateEvents(change);
    case 'deleted':
      return [toEvent(change.before, 'deleted', { memberOf: change.memberOf })];
  }
}

function toUpdateEvents(change: Change & { kind: 'updated' }): readonly NewEvent[] {
  const { after, changed } = change;
  const active = activeChange(change);
  const isOnlyActive = active !== undefined && changed.length === 1;
  const events: NewEvent[] = [];
  if (active !== undefined) events.push(toEvent(after, active, { changed }));
  if (changed.length > 0 && !isOnlyActive) events.push(toEvent(after, 'updated', { changed }));
  return [...events, ...toMembersEvents(after, change.members)];
}

function toMembersEvents(group: StoredResource, members: MembersDelta): readonly NewEvent[] {
  if (!hasDelta(members)) return [];
  const toReference = ({ value, type }: { value: string; type: string }): JsonObject => ({ value, type });
  return [
    toEvent(group, 'members_changed', {
      added: members.added.map(toReference),
      removed: members.removed.map(toReference),
    }),
  ];
}

function toEvent(resource: StoredResource, verb: string, facts: JsonObject): NewEvent {
  return {
    type: `${resource.type.eventName}.${verb}`,
    resourceType: resource.type.name,
    resourceId: resource.id,
    resourceVersion: resource.version,
    data: { resource: representAttributes(resource), userId: resource.userId, ...facts },
  };
}
