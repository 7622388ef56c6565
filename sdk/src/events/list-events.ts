import { z } from 'zod';
import { Failure, type ManagementResult, Success } from '../result.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { Store } from '../store/port.ts';
import { readEpoch } from './epoch.ts';
import { type ScimEvent, toScimEvent } from './event.ts';
import { type EventPlace, parseCursor, toCursor } from './event-cursor.ts';
import { requireOptions } from './require-options.ts';

/** Which events, and from where on. */
export interface ListEventsParameters {
  /**
   * `cursor` of an event, or `next` of a page; `now` = only what happens from now on. Left out: from the first event
   * that is kept.
   */
  readonly after?: string | undefined;
  /** Most events of a page. @default 100, at most 1,000 */
  readonly limit?: number | undefined;
  /** Those of one connection. */
  readonly connectionId?: string | undefined;
  /** Those of a customer's one connection. */
  readonly customerId?: string | undefined;
}

/** A page of events. */
export interface EventPage {
  readonly events: readonly ScimEvent[];
  /** Give it as `after`, now or later: also where there are no more events yet. */
  readonly next: string;
  readonly hasMore: boolean;
}

export type ListEventsError =
  /** The text is no cursor, or one of another connection's events. */
  | { readonly type: 'EventCursorInvalid'; readonly message: string }
  /** The cursor is of data that is no more: an older state was restored. Read everything anew. */
  | { readonly type: 'ResyncRequired'; readonly message: string }
  | { readonly type: 'ScimConnectionNotFound' }
  | { readonly type: 'AmbiguousConnection' };

type Result = ManagementResult<EventPage, ListEventsError>;

const schema = z.strictObject({
  after: z.string().max(1024).optional(),
  limit: z.number().int().min(1).max(1000).default(100),
  connectionId: z.string().optional(),
  customerId: z.string().optional(),
});

/** Events in order, of one connection or of all. @throws TypeError for parameters at fault. */
export async function listEvents(store: Store, parameters: ListEventsParameters = {}): Promise<Result> {
  const { after, limit, ...selector } = requireOptions('scim.events.list', schema, parameters);
  const epoch = await readEpoch(store);
  const isNow = after === NOW;
  const marked = after === undefined || isNow ? undefined : parseCursor(after);
  if (after !== undefined && !isNow && marked === undefined) return INVALID;
  if (marked !== undefined && marked.epoch !== epoch) return RESYNC;
  const isAll = selector.connectionId === undefined && selector.customerId === undefined;
  if (isAll) return listAll(store, { epoch, place: marked?.place, isNow, limit });
  const connections = await findConnections(store, selector);
  const [connection] = connections;
  if (connection === undefined) return new Failure({ type: 'ScimConnectionNotFound' });
  if (connections.length > 1) return new Failure({ type: 'AmbiguousConnection' });
  return listConnection(store, connection, { epoch, place: marked?.place, isNow, limit });
}

interface Range {
  readonly epoch: string;
  readonly place: EventPlace | undefined;
  readonly isNow: boolean;
  readonly limit: number;
}

async function listAll(store: Store, { epoch, place, isNow, limit }: Range): Promise<Result> {
  if (place !== undefined && place.kind !== 'all') return INVALID;
  await store.events.order();
  const after = isNow ? await store.events.orderedEnd() : (place?.sequence ?? 0);
  const page = await store.events.readOrdered({ after, limit });
  if (page.next === after && after > (await store.events.orderedEnd())) return RESYNC;
  const mark = (sequence: number) => toCursor({ epoch, place: { kind: 'all', sequence } });
  return new Success({
    events: page.events.map((event) => toScimEvent(event, mark(event.sequence))),
    next: mark(page.next),
    hasMore: page.hasMore,
  });
}

async function listConnection(
  store: Store,
  { connectionId, customerId }: ConnectionRecord,
  { epoch, place, isNow, limit }: Range,
): Promise<Result> {
  if (place !== undefined && (place.kind !== 'connection' || place.connectionId !== connectionId))
    return INVALID;
  const readEnd = async () => (await store.events.end(connectionId))?.position ?? 0;
  const after = isNow ? await readEnd() : (place?.position ?? 0);
  const records = await store.events.read(connectionId, { after, limit: limit + 1 });
  if (records.length === 0 && after > (await readEnd())) return RESYNC;
  const mark = (position: number) =>
    toCursor({ epoch, place: { kind: 'connection', connectionId, position } });
  const shown = records.slice(0, limit);
  return new Success({
    events: shown.map((record) =>
      toScimEvent({ ...record, connectionId, customerId }, mark(record.position)),
    ),
    next: mark(shown.at(-1)?.position ?? after),
    hasMore: records.length > limit,
  });
}

async function findConnections(
  { connections }: Store,
  { connectionId, customerId }: Pick<ListEventsParameters, 'connectionId' | 'customerId'>,
): Promise<readonly ConnectionRecord[]> {
  if (connectionId === undefined) return connections.findByCustomer(customerId ?? '');
  const found = await connections.find(connectionId);
  return found !== undefined && (customerId === undefined || found.customerId === customerId) ? [found] : [];
}

/** No cursor has this form. */
const NOW = 'now';

const INVALID: Result = new Failure({
  type: 'EventCursorInvalid',
  message:
    'The cursor is none of these events. Begin without one, or with one that was read for the same selection.',
});

const RESYNC: Result = new Failure({
  type: 'ResyncRequired',
  message:
    'The cursor is of data that was replaced by an older state. Read the state anew, then the events without a cursor.',
});
