import type { JsonObject } from '../protocol/json.ts';
import type { OwnedEvent } from '../store/event-log.ts';

/**
 * Something that happened to a resource, as it is told to the app. The same event has the same `id` however often it
 * is told; an event whose `resourceVersion` is lower than one that was dealt with already can be left alone.
 */
export interface ScimEvent {
  /** `evt_…` */
  readonly id: string;
  /** Such as `user.created`, `user.deactivated`, `group.members_changed`. */
  readonly type: string;
  readonly connectionId: string;
  readonly customerId: string;
  /** Such as `User`. */
  readonly resourceType: string;
  readonly resourceId: string;
  /** Grows with every change of the resource. */
  readonly resourceVersion: number;
  /** ISO 8601 UTC with milliseconds. */
  readonly occurredAt: string;
  /**
   * `resource`: all of its state after the change, without members and without anything secret; `userId`: the app's
   * account, if linked; `changed` and `before`: names and former values of what an update changed; `added` and
   * `removed`: members of a group that came and went; `memberOf`: the groups of a user who left or was deactivated;
   * `keyId`: the key it was done with, null = the host itself.
   */
  readonly data: JsonObject;
  /** Where it stands: `scim.events.list({ after })` goes on behind it. */
  readonly cursor: string;
}

export function toScimEvent(event: OwnedEvent, cursor: string): ScimEvent {
  const { id, type, connectionId, customerId, resourceType, resourceId, resourceVersion, occurredAt, data } =
    event;
  return Object.freeze({
    id,
    type,
    connectionId,
    customerId,
    resourceType,
    resourceId,
    resourceVersion,
    occurredAt,
    data,
    cursor,
  });
}
