import type { JsonObject } from '../protocol/json.ts';
import { isObject } from '../protocol/json.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { ConnectionScope, EventRecord, ResourceWriter, StoredResource } from '../store/port.ts';
import { type Change, NO_MEMBERS } from './change.ts';
import type { Reason } from './reason.ts';
import { type SettleOptions, settle } from './settle.ts';

/** What is told anew, in an open transaction. */
export interface TellingAgain {
  readonly app: SettleOptions;
  readonly tx: ResourceWriter;
  readonly scope: ConnectionScope;
  readonly connection: ConnectionRecord;
  /** ISO 8601 UTC with milliseconds. */
  readonly occurredAt: string;
  readonly reason: Reason;
}

/** Tells the app of a change that the store has seen already, or never will. */
export function tellAgain(
  { app, tx, scope, connection, occurredAt, reason }: TellingAgain,
  change: Change,
): Promise<StoredResource> {
  const settling = { scope, connection, change, occurredAt, keyId: null, reason };
  return settle(app, tx, settling).then(({ resource }) => resource);
}

/** Tells the app of a user as of a newcomer, and of the groups that hold him. Answers him as he is linked then. */
export async function tellWhole(telling: TellingAgain, user: StoredResource): Promise<StoredResource> {
  const linked = await tellAgain(telling, { kind: 'created', after: user, members: NO_MEMBERS });
  const memberships = (await telling.tx.membershipsOf([user.id])).get(user.id) ?? [];
  for (const { groupId, isDirect } of memberships)
    if (isDirect) await tellMembership(telling, { groupId, user: linked, isMember: true });
  return linked;
}

/** Tells the app that somebody is in a group, or no longer. Nothing is told of a group that is gone. */
export async function tellMembership(
  telling: TellingAgain,
  { groupId, user, isMember }: { groupId: string; user: StoredResource; isMember: boolean },
): Promise<boolean> {
  const group = await telling.tx.findById(groupId);
  if (group === undefined) return false;
  const member = [{ value: user.id, type: user.type.name, display: null }];
  const members = isMember ? { added: member, removed: [] } : { added: [], removed: member };
  await tellAgain(telling, { kind: 'updated', before: group, after: group, changed: [], members });
  return true;
}

/** The direct groups of a resource: what an event of a leaver carries. */
export async function findDirectGroups(
  tx: ResourceWriter,
  { id }: StoredResource,
): Promise<readonly string[]> {
  const memberships = (await tx.membershipsOf([id])).get(id) ?? [];
  return memberships.filter(({ isDirect }) => isDirect).map(({ groupId }) => groupId);
}

/** A resource as an event has it. */
export function fromEvent(
  type: ResourceType,
  event: Pick<EventRecord, 'resourceId' | 'resourceVersion' | 'data' | 'occurredAt'>,
): StoredResource {
  const { resource, userId } = event.data;
  const { schemas: _schemas, id: _id, meta, ...attributes } = isObject(resource) ? resource : {};
  const { created, lastModified } = (meta ?? {}) as JsonObject;
  return {
    id: event.resourceId,
    type,
    attributes,
    version: event.resourceVersion,
    created: typeof created === 'string' ? created : event.occurredAt,
    lastModified: typeof lastModified === 'string' ? lastModified : event.occurredAt,
    userId: typeof userId === 'string' ? userId : null,
    isMember: false,
  };
}
