import { randomUUID } from 'node:crypto';
import { ScimError } from '../protocol/errors.ts';
import type { Member, ResourceWriter } from '../store/port.ts';
import {
  activeChange,
  type Change,
  hasActive,
  hasDelta,
  isActive,
  type MembersDelta,
  NO_MEMBERS,
} from './change.ts';
import type { ScimHooks } from './hooks.ts';
import { netChange, toToldState } from './net-change.ts';
import { type ConnectionPolicy, parsePolicy } from './policy.ts';
import { type HookRun, runHook } from './run-hook.ts';
import type { Settling } from './settle.ts';

/** What the app is told of a change, where seats are counted. */
export type Seated =
  /** The change, without those the app does not know yet. */
  | { readonly kind: 'tell'; readonly change: Change; readonly exceeded?: SeatsTaken | undefined }
  /** Nothing now; `began` is given where a user begins to wait. */
  | { readonly kind: 'wait'; readonly began?: SeatsTaken | undefined };

/** How many active users have a seat, the new one included, of how many. */
export interface SeatsTaken {
  readonly limit: number;
  readonly taken: number;
}

type SeatRun = HookRun & { readonly tx: ResourceWriter };

/** Whether seats are counted at all. Where they are not, nothing of it costs anything. */
export function countsSeats(policy: ConnectionPolicy, hooks: ScimHooks): boolean {
  return policy.seats.limit !== null || hooks.seatLimit !== undefined || policy.seats.onFull === 'waitlist';
}

/**
 * Judges a change by the seats there are (row F5): a user who becomes active takes one, or is refused, waits, or is let
 * in all the same. Nobody else writes to the connection meanwhile.
 *
 * @throws ScimError 403 where users beyond the limit are refused.
 */
export async function judgeSeats(hooks: ScimHooks, settling: Settling, run: SeatRun): Promise<Seated> {
  const { change, connection, occurredAt } = settling;
  const { tx } = run;
  const { onFull } = parsePolicy(connection.policy).seats;
  const known = await toKnown(change, settling, tx);
  if (known === undefined) return { kind: 'wait' };
  if (!takesSeat(known)) return { kind: 'tell', change: known };
  const limit = await findLimit(hooks, settling, run);
  if (limit === null) return { kind: 'tell', change: known };
  const { type, id } = known.after;
  const taken = await tx.waiting.countSeated(type);
  // Who comes now does not pass those who wait for the same seat.
  const isFull = taken > limit || (onFull === 'waitlist' && (await tx.waiting.list({ limit: 1 })).length > 0);
  if (!isFull) return { kind: 'tell', change: known };
  const seats = { limit, taken };
  if (onFull === 'allow') return { kind: 'tell', change: known, exceeded: seats };
  if (onFull === 'refuse') throw noSeatLeft(limit);
  const told = known.kind === 'updated' ? toToldState(known.before) : null;
  await tx.waiting.add({ resourceId: id, since: occurredAt, told });
  return { kind: 'wait', began: seats };
}

/** The limit of a connection: as chosen, else as the host counts. null = there is none. */
export async function findLimit(
  hooks: ScimHooks,
  { connection }: Pick<Settling, 'connection'>,
  run: HookRun,
): Promise<number | null> {
  const { limit } = parsePolicy(connection.policy).seats;
  const { seatLimit } = hooks;
  if (limit !== null || seatLimit === undefined) return limit;
  const own = await runHook(run, (context) => seatLimit.call(hooks, context));
  if (own === null || own === undefined) return null;
  if (!Number.isInteger(own) || own < 0)
    throw new TypeError('hooks: seatLimit answers a whole number of seats, or null for no limit.');
  return own;
}

/** What records a user beyond the limit, or one who waits. */
export async function recordSeats(
  tx: ResourceWriter,
  { change, occurredAt, keyId }: Settling,
  seats: SeatsTaken & { readonly type: 'seats.exceeded' | 'seats.waiting' },
): Promise<void> {
  const { type, limit, taken } = seats;
  const resource = change.kind === 'deleted' ? change.before : change.after;
  await tx.appendEvent({
    id: `evt_${randomUUID()}`,
    type,
    resourceType: resource.type.name,
    resourceId: resource.id,
    resourceVersion: resource.version,
    occurredAt,
    data: { limit, taken, keyId },
  });
}

type TakingSeat = Change & { readonly kind: 'created' | 'updated' };

function takesSeat(change: Change): change is TakingSeat {
  if (change.kind === 'deleted' || !hasActive(change.after.type)) return false;
  return change.kind === 'created' ? isActive(change.after) : activeChange(change) === 'reactivated';
}

/** What of a change the app can be told, who does not know those who wait; undefined = nothing. */
async function toKnown(
  change: Change,
  { connection, occurredAt }: Settling,
  tx: ResourceWriter,
): Promise<Change | undefined> {
  if (parsePolicy(connection.policy).seats.onFull !== 'waitlist') return change;
  if (change.kind !== 'deleted' && hasDelta(change.members)) return withKnownMembers(change, tx);
  const { id, type } = change.kind === 'deleted' ? change.before : change.after;
  const waiting = change.kind === 'created' || !hasActive(type) ? undefined : await tx.waiting.find(id);
  if (waiting === undefined || change.kind === 'created') return change;
  const { told } = waiting;
  if (change.kind === 'updated' && isActive(change.after)) {
    if (!isActive(change.before)) await tx.waiting.add({ resourceId: id, since: occurredAt, told });
    return undefined;
  }
  // Who was never told of is kept so, switched off or not, until the app is told of him.
  if (told === null && change.kind === 'updated') return undefined;
  await tx.waiting.remove(id);
  if (told === null) return undefined;
  const now = change.kind === 'updated' ? change.after : undefined;
  const memberOf = change.kind === 'deleted' ? change.memberOf : [];
  return netChange({ id, type, told: { ...told, memberOf }, now, members: NO_MEMBERS });
}

async function withKnownMembers(
  change: Change & { readonly kind: 'created' | 'updated' },
  tx: ResourceWriter,
): Promise<Change | undefined> {
  const { added, removed } = change.members;
  const unknown = await tx.waiting.neverTold([...added, ...removed].map(({ value }) => value));
  if (unknown.size === 0) return change;
  const isKnown = ({ value }: Member) => !unknown.has(value);
  const members: MembersDelta = { added: added.filter(isKnown), removed: removed.filter(isKnown) };
  const isNothing = change.kind === 'updated' && change.changed.length === 0 && !hasDelta(members);
  return isNothing ? undefined : { ...change, members };
}

function noSeatLeft(limit: number): ScimError {
  const seats = limit === 1 ? 'The only seat is' : `All ${limit} seats are`;
  return new ScimError(
    403,
    `${seats} taken. Deactivate somebody who has left, or get more seats; then retry.`,
  );
}
