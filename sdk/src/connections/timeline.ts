import { z } from 'zod';
import { bindFilter } from '../protocol/filter/bind.ts';
import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import type { AuditRecord, ConnectionRecord } from '../store/connections.ts';
import type { EventRecord } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import type { ManagementOptions } from './management-context.ts';
import { MAX_PAGE_SIZE, MisuseError, requireParameters, selectionSchema } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

/** A person, by one of these. A name finds those who had it once, the deleted included. */
export type PersonSelector =
  | { readonly scimId: string }
  | { readonly userId: string }
  | { readonly userName: string };

export type GetTimelineParameters = ConnectionSelector &
  PersonSelector & {
    /** `next` of the page before. */
    readonly after?: string | undefined;
    /** Events of a page, 1 to 200. @default 100 */
    readonly limit?: number | undefined;
  };

/** One thing that happened to a person, or while they were there. */
export interface TimelineEntry {
  /** `event`: of the person. `membership`: of a group, about the person. `act`: an administrator's. */
  readonly kind: 'event' | 'membership' | 'act';
  /** The event's type, or the action, such as `connection.paused`. */
  readonly type: string;
  /** ISO 8601 UTC; of acts to the second. */
  readonly at: string;
  /** null for acts. */
  readonly eventId: string | null;
  /** What changed, with the values before and after; null where nothing was there. Empty for all but updates. */
  readonly changed: readonly { readonly name: string; readonly before: Json; readonly after: Json }[];
  /** The group they came into, or went out of. */
  readonly group: {
    readonly groupId: string;
    readonly displayName: string | null;
    readonly isAdded: boolean;
  } | null;
  /** The SCIM API key that was used; null = the host itself. */
  readonly keyId: string | null;
  /** Why the app was told: see `HookContext.reason`. */
  readonly reason: 'request' | 'reconcile' | 'undo';
  /** Who did it, where that is known: of acts, and of events that were undone. */
  readonly actor: string | null;
  /** Of events the rest of what they say, of acts what the audit says. */
  readonly detail: JsonObject;
}

export interface Timeline {
  readonly connectionId: string;
  readonly scimId: string;
  /** The newest that is known. */
  readonly userName: string | null;
  /** Others of this name, newest last: people who were deleted, as a rule. */
  readonly others: readonly string[];
  readonly entries: readonly TimelineEntry[];
  /** Give as `after` for the next page; null = this is the last. */
  readonly next: string | null;
}

/** Nobody of this name is there, or ever was. */
export interface PersonNotFoundError {
  readonly type: 'PersonNotFound';
}

const text = z.string().min(1).max(1024);

const timelineSchema = z.strictObject({
  ...selectionSchema.shape,
  scimId: text.optional(),
  userId: text.optional(),
  userName: text.optional(),
  after: z
    .string()
    .regex(/^\d{1,15}-\d{1,12}$/, { error: 'Give `next` of the page before.' })
    .optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE).default(100),
});

/** Acts without end: any time there is. */
const FOREVER = Number.MAX_SAFE_INTEGER;

/** What happened to one person, in order, also after they were deleted. */
export async function getTimeline(
  options: ManagementOptions,
  parameters: GetTimelineParameters,
): Promise<ManagementResult<Timeline, SelectionError | PersonNotFoundError>> {
  const { scimId, userId, userName, after, limit, ...selector } = requireParameters(
    timelineSchema,
    parameters,
  );
  if ([scimId, userId, userName].filter((name) => name !== undefined).length !== 1)
    throw new MisuseError('scim.management: name the person by one of scimId, userId and userName.');
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const history = options.store.history(createScope(connection));
  await history.catchUp();
  const ids = await findIds(options, connection, { scimId, userId, userName });
  const id = ids.at(-1);
  const last = id === undefined ? undefined : await history.lastEvent(id);
  if (id === undefined || last === undefined) return new Failure({ type: 'PersonNotFound' });
  const [position = 0, seconds] = after?.split('-').map(Number) ?? [];
  // One more than asked for tells whether there is a next page.
  const found = await history.events({ subject: id, after: position, limit: limit + 1 });
  const page = found.slice(0, limit);
  const end = page.at(-1);
  const isLast = found.length <= limit || end === undefined;
  const from = seconds === undefined ? toSeconds(page[0]) : seconds + 1;
  const to = isLast ? FOREVER : toSeconds(end);
  const acts = await options.store.connections.acts(connection.connectionId, { from, to });
  const own = acts.filter(({ detail }) => detail.scimId === undefined || detail.scimId === id);
  const entries = [...own.map(toAct), ...page.map((event) => toEntry(event, id))];
  const { resource } = last.data;
  return new Success({
    connectionId: connection.connectionId,
    scimId: id,
    userName: isObject(resource) && typeof resource.userName === 'string' ? resource.userName : null,
    others: ids.slice(0, -1),
    // Sorted by time alone: those of one moment stay as they are, acts first.
    entries: entries.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)),
    next: isLast ? null : `${end.position}-${toSeconds(end)}`,
  });
}

/** Everybody of this name, who is there now last. */
async function findIds(
  { store, userType }: ManagementOptions,
  connection: ConnectionRecord,
  {
    scimId,
    userId,
    userName,
  }: { scimId?: string | undefined; userId?: string | undefined; userName?: string | undefined },
): Promise<readonly string[]> {
  if (scimId !== undefined) return [scimId];
  const scope = createScope(connection);
  const reader = store.resources(scope);
  const history = store.history(scope);
  if (userId !== undefined) {
    const now = await reader.findByUserId(userId);
    return withLast(await history.idsOf({ kind: 'userId', value: userId }), now?.id);
  }
  const filter = bindFilter(userType, {
    kind: 'compare',
    path: 'userName',
    operator: 'eq',
    value: userName ?? '',
  });
  const { resources } = await reader.query(userType, { filter, offset: 0, limit: 1 });
  return withLast(await history.idsOf({ kind: 'userName', value: userName ?? '' }), resources[0]?.id);
}

function withLast(ids: readonly string[], now: string | undefined): readonly string[] {
  return now === undefined ? ids : [...ids.filter((id) => id !== now), now];
}

function toSeconds(event: EventRecord | undefined): number {
  return event === undefined ? 0 : Math.floor(Date.parse(event.occurredAt) / 1000);
}

function toEntry(event: EventRecord, id: string): TimelineEntry {
  const { resource, changed, before, added, removed, keyId, reconciled, undoes, actor, ...detail } =
    event.data;
  const isOwn = event.resourceId === id;
  return {
    kind: isOwn ? 'event' : 'membership',
    type: event.type,
    at: event.occurredAt,
    eventId: event.id,
    changed: isOwn ? toChanged(changed, before, resource) : [],
    group: isOwn ? null : toGroup(event, id),
    keyId: typeof keyId === 'string' ? keyId : null,
    reason: undoes !== undefined ? 'undo' : reconciled === true ? 'reconcile' : 'request',
    actor: typeof actor === 'string' ? actor : null,
    detail: { ...(isOwn ? detail : {}), ...(undoes === undefined ? {} : { undoes }) },
  };
}

function toChanged(
  changed: Json | undefined,
  before: Json | undefined,
  after: Json | undefined,
): TimelineEntry['changed'] {
  if (!isArray(changed)) return [];
  const read = (state: Json | undefined, name: string) => (isObject(state) ? (state[name] ?? null) : null);
  return changed.map(String).map((name) => ({ name, before: read(before, name), after: read(after, name) }));
}

function toGroup({ resourceId, data }: EventRecord, id: string): TimelineEntry['group'] {
  const { resource, added } = data;
  const isAdded = isArray(added) && added.some((member) => isObject(member) && member.value === id);
  const name = isObject(resource) ? resource.displayName : null;
  return { groupId: resourceId, displayName: typeof name === 'string' ? name : null, isAdded };
}

function toAct({ action, actor, occurredAt, detail }: AuditRecord): TimelineEntry {
  return {
    kind: 'act',
    type: action,
    at: new Date(occurredAt * 1000).toISOString(),
    eventId: null,
    changed: [],
    group: null,
    keyId: null,
    reason: 'request',
    actor,
    detail,
  };
}
