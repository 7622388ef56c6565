import { randomUUID } from 'node:crypto';
import { letOthers } from '../in-turns.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { AccountLink, EventRecord, ResourceWriter, StoredResource } from '../store/port.ts';
import { activeChange, type Change, hasDelta, type MembersDelta } from './change.ts';
import { findEmailChange } from './fire-hooks.ts';
import { type Reason, toFacts } from './reason.ts';
import { representAttributes } from './represent.ts';

/**
 * Records a change as events, in its transaction: `user.created`, `user.updated`, `user.deactivated`,
 * `user.reactivated`, `user.deleted`, and the same of every other resource type; `group.members_changed`.
 *
 * Each carries the full new state without members, the key that was used and, for updates, the names of what
 * changed with the values they had before; where no request is the
 * reason, also that. Nothing else is kept of who changed what, so this is the audit too.
 *
 * Answers the connection's policy as it is now; undefined = there was nothing to record.
 */
export async function recordEvents(
  tx: ResourceWriter,
  change: Change,
  { occurredAt, keyId, reason, link }: Occasion,
): Promise<string | undefined> {
  const why = reason === undefined ? {} : toFacts(reason);
  const events = toEvents(change).map(({ data, ...event }) => ({
    ...event,
    data: { ...data, keyId, ...why },
    id: `evt_${randomUUID()}`,
    occurredAt,
  }));
  const isLong = countMembers(change) > MANY;
  if (isLong) await letOthers();
  const policy = await tx.appendEvents(events, link);
  if (isLong) await letOthers();
  return policy;
}

/** Records what happened to a user beside a change of its resource: `role_changed`, with what is known of it. */
export async function recordUserEvent(
  tx: ResourceWriter,
  { user, verb, facts }: { readonly user: StoredResource; readonly verb: string; readonly facts: JsonObject },
  { occurredAt, keyId, reason }: Occasion,
): Promise<void> {
  const why = reason === undefined ? {} : toFacts(reason);
  const { data, ...event } = toEvent(user, verb, facts);
  await tx.appendEvent({
    ...event,
    data: { ...data, keyId, ...why },
    id: `evt_${randomUUID()}`,
    occurredAt,
  });
}

/** Members whose coming and going is written down for so long that others have their turn before and after. */
const MANY = 10_000;

function countMembers(change: Change): number {
  return change.kind === 'deleted' ? 0 : change.members.added.length + change.members.removed.length;
}

/** When a change was made, and with which key of the connection; null = by the host itself. */
export interface Occasion {
  readonly occurredAt: string;
  readonly keyId: string | null;
  /** The account a hook linked, written with the events. */
  readonly link?: AccountLink | undefined;
  readonly reason?: Reason | undefined;
}

/** An event before it is recorded. */
export type NewEvent = Omit<EventRecord, 'position' | 'id' | 'occurredAt'>;

/** The events of a change, in order. */
export function toEvents(change: Change): readonly NewEvent[] {
  switch (change.kind) {
    case 'created':
      return [
        toEvent(change.after, 'created', toOrigin(change)),
        ...toMembersEvents(change.after, change.members),
      ];
    case 'updated':
      return toUpdateEvents(change);
    case 'deleted':
      return [toEvent(change.before, 'deleted', { memberOf: change.memberOf })];
  }
}

function toOrigin({ after, previous, linked }: Change & { kind: 'created' }): JsonObject {
  return {
    ...(previous !== undefined && { previousId: previous.id }),
    // P40: of users alone there is something to decide.
    ...(after.type.eventName === 'user' && { linkDecision: linked ?? 'none' }),
  };
}

function toEmailFact(change: Change & { kind: 'updated' }): JsonObject {
  const { emailChange } = findEmailChange(change);
  return emailChange === undefined ? {} : { emailChange: { ...emailChange } };
}

function toUpdateEvents(change: Change & { kind: 'updated' }): readonly NewEvent[] {
  const { after, changed } = change;
  const facts = { changed, before: pickBefore(change), ...toEmailFact(change) };
  const active = activeChange(change);
  const isOnlyActive = active !== undefined && changed.length === 1;
  const events: NewEvent[] = [];
  const memberOf = change.memberOf === undefined ? {} : { memberOf: change.memberOf };
  if (active !== undefined) events.push(toEvent(after, active, { ...facts, ...memberOf }));
  if (changed.length > 0 && !isOnlyActive) events.push(toEvent(after, 'updated', facts));
  return [...events, ...toMembersEvents(after, change.members)];
}

/** What changed, as it was; what was not there before is left out. */
function pickBefore({ before, changed }: Change & { kind: 'updated' }): JsonObject {
  const whole = representAttributes(before);
  return Object.fromEntries(Object.entries(whole).filter(([name]) => changed.includes(name)));
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
    data: {
      resource: representAttributes(resource),
      userId: resource.userId,
      ...(resource.link && { link: resource.link }),
      ...facts,
    },
  };
}
