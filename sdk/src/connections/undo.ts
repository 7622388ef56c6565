import { z } from 'zod';
import { createObject, isArray, isObject, isSameJson, type Json, type JsonObject } from '../protocol/json.ts';
import { type Change, NO_MEMBERS } from '../provisioning/change.ts';
import { parsePolicy } from '../provisioning/policy.ts';
import { toEvents } from '../provisioning/record-events.ts';
import { fromEvent, tellAgain } from '../provisioning/tell-again.ts';
import type { EventRecord, Member, ResourceWriter, StoredResource } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { actSchema, requireParameters } from './parameters.ts';
import type { DryRunInProgressError } from './reconcile.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

export type UndoParameters = ConnectionSelector & {
  readonly eventId: string;
  /** Who asked for it: in the audit, and in the event that says it was undone. @default null */
  readonly actor?: string | null | undefined;
};

/** What an event did to the app was taken back. */
export interface Undone {
  readonly connectionId: string;
  readonly eventId: string;
  /** The event's resource. */
  readonly resourceId: string;
  /** Types of the events that told the app, such as `user.reactivated`; they carry `undoes`. */
  readonly told: readonly string[];
  /**
   * Whether the app has something else than the directory now: `reconcile` shows it and, unless asked to, leaves it.
   * The next change of the same attribute by the identity provider is told as ever.
   */
  readonly differs: boolean;
}

/** There is no such event of this connection, or it is no longer kept. */
export interface EventNotFoundError {
  readonly type: 'EventNotFound';
}

export interface AlreadyUndoneError {
  readonly type: 'AlreadyUndone';
}

/** What the event did has been changed again: undoing it now would undo that as well. */
export interface ChangedSinceError {
  readonly type: 'ChangedSince';
  /** `resource`: it was deleted, or came back. */
  readonly names: readonly string[];
}

/** Events of this type did nothing to the app that can be taken back. */
export interface NotUndoableError {
  readonly type: 'NotUndoable';
  readonly eventType: string;
}

export type UndoError =
  | EventNotFoundError
  | AlreadyUndoneError
  | ChangedSinceError
  | NotUndoableError
  | DryRunInProgressError;

const undoSchema = z.strictObject({ ...actSchema.shape, eventId: z.string().min(1).max(255) });

/**
 * Tells the app the inverse of what an event said. The directory stays as it is: it belongs to the identity provider,
 * which would set it right again.
 */
export async function undo(
  options: ManagementOptions,
  parameters: UndoParameters,
): Promise<ManagementResult<Undone, SelectionError | UndoError>> {
  const { eventId, actor = null, ...selector } = requireParameters(undoSchema, parameters);
  assertSelector(selector);
  const { store, telling, clock, random } = options;
  const selected = await selectConnection(store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const policy = parsePolicy(connection.policy);
  if (policy.effects !== 'apply') return new Failure({ type: 'DryRunInProgress' });
  const scope = createScope(connection);
  const { connectionId } = connection;
  const history = store.history(scope);
  await history.catchUp();
  const [event] = await history.events({ subject: eventId, after: 0, limit: 1 });
  if (event === undefined || event.id !== eventId) return new Failure({ type: 'EventNotFound' });
  const type = telling.types.get(event.resourceType);
  const isOfGroup = type?.name === options.groupType.name;
  if (type === undefined || (isOfGroup && policy.groups === 'ignore'))
    return new Failure({ type: 'NotUndoable', eventType: event.type });
  const undone = await store.changeResources(scope, async (tx): Promise<Inverse> => {
    const now = await tx.find(type, event.resourceId);
    const inverse = await findInverse(tx, { event, eventState: fromEvent(type, event), now });
    if (!inverse.ok) return inverse;
    const noted = { eventId, resourceId: event.resourceId, undoneAt: readNow(options), actor };
    if (!(await tx.effects.noteUndone(noted))) return { ok: false, error: { type: 'AlreadyUndone' } };
    const occurredAt = new Date(clock()).toISOString();
    const reason = { kind: 'undo', eventId, actor } as const;
    await tellAgain({ app: telling.app, tx, scope, connection, occurredAt, reason }, inverse.change);
    return inverse;
  });
  if (!undone.ok) return new Failure(undone.error);
  const told = toEvents(undone.change).map(({ type }) => type);
  const subject = { connection, now: readNow(options), random };
  const detail = { eventId, eventType: event.type, scimId: event.resourceId };
  await store.changeConnections((tx) =>
    tx.appendAudit(createAuditRecord(subject, { action: 'event.undone', actor, detail })),
  );
  return new Success({ connectionId, eventId, resourceId: event.resourceId, told, differs: true });
}

interface Undoing {
  readonly event: EventRecord;
  /** The resource as the event has it. */
  readonly eventState: StoredResource;
  /** As it is stored; undefined = it is gone. */
  readonly now: StoredResource | undefined;
}

type Inverse =
  | { readonly ok: true; readonly change: Change }
  | { readonly ok: false; readonly error: UndoError };

async function findInverse(tx: ResourceWriter, undoing: Undoing): Promise<Inverse> {
  const { event, now } = undoing;
  const verb = event.type.slice(event.type.indexOf('.') + 1);
  if (verb === 'deleted') return undoDeletion(undoing);
  if (now === undefined) return changedSince(['resource']);
  switch (verb) {
    case 'created':
      return undoCreation(now);
    case 'updated':
    case 'deactivated':
    case 'reactivated':
      return undoUpdate(undoing, now);
    case 'members_changed':
      return undoMembers(tx, event, now);
    default:
      return { ok: false, error: { type: 'NotUndoable', eventType: event.type } };
  }
}

/** The account is made again; no user of the directory is linked to it. */
function undoDeletion({ eventState, now }: Undoing): Inverse {
  if (now !== undefined) return changedSince(['resource']);
  return {
    ok: true,
    change: { kind: 'created', after: { ...eventState, userId: null }, members: NO_MEMBERS },
  };
}

/** Not deleted, which could not be taken back: switched off. What has no `active` stays. */
function undoCreation(now: StoredResource): Inverse {
  if (now.type.schema.attributes.get('active')?.type !== 'boolean')
    return { ok: false, error: { type: 'NotUndoable', eventType: `${now.type.eventName}.created` } };
  if (now.attributes.active === false) return changedSince(['active']);
  const after = { ...now, attributes: { ...now.attributes, active: false } };
  return {
    ok: true,
    change: { kind: 'updated', before: now, after, changed: ['active'], members: NO_MEMBERS },
  };
}

function undoUpdate({ event, eventState }: Undoing, now: StoredResource): Inverse {
  const { changed: names, before } = event.data;
  if (!isArray(names) || !isObject(before))
    return { ok: false, error: { type: 'NotUndoable', eventType: event.type } };
  const shown = names.map(String).filter((name) => name in eventState.attributes || name in before);
  const changed = undoneNames(event, shown);
  if (changed.length === 0) return { ok: false, error: { type: 'NotUndoable', eventType: event.type } };
  const others = changed.filter((name) => !isSameJson(eventState.attributes[name], now.attributes[name]));
  if (others.length > 0) return changedSince(others);
  const after = { ...now, attributes: withValues(now.attributes, before, changed) };
  return { ok: true, change: { kind: 'updated', before: now, after, changed, members: NO_MEMBERS } };
}

/** One change has two events where it was about `active` and more; each is undone by itself. */
function undoneNames({ type }: EventRecord, names: readonly string[]): readonly string[] {
  return type.endsWith('.updated')
    ? names.filter((name) => name !== 'active' || names.length === 1)
    : ['active'];
}

function withValues(
  attributes: JsonObject,
  values: JsonObject,
  names: readonly string[],
): Readonly<Record<string, Json>> {
  const result = Object.assign(createObject(), attributes);
  for (const name of names) {
    const value = values[name];
    if (value === undefined) delete result[name];
    else result[name] = value;
  }
  return result;
}

async function undoMembers(tx: ResourceWriter, event: EventRecord, now: StoredResource): Promise<Inverse> {
  const added = toMembers(event.data.added);
  const removed = toMembers(event.data.removed);
  const members = new Set<string>();
  for await (const part of tx.memberParts(now.id)) for (const { value } of part) members.add(value);
  const others = [
    ...added.filter(({ value }) => !members.has(value)),
    ...removed.filter(({ value }) => members.has(value)),
  ];
  if (others.length > 0) return changedSince(others.map(({ value }) => value));
  const delta = { added: removed, removed: added };
  return { ok: true, change: { kind: 'updated', before: now, after: now, changed: [], members: delta } };
}

function toMembers(members: Json | undefined): readonly Member[] {
  if (!isArray(members)) return [];
  return members
    .filter(isObject)
    .map(({ value, type }) => ({ value: String(value), type: String(type), display: null }));
}

function changedSince(names: readonly string[]): Inverse {
  return { ok: false, error: { type: 'ChangedSince', names } };
}
