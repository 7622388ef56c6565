import type { HeldChange } from '../store/held-changes.ts';
import type { Member, ResourceReader, ResourceWriter, StoredResource } from '../store/port.ts';
import { activeChange, type Change, hasDelta } from './change.ts';
import { judgeDestruction } from './guard.ts';
import { namesOfChanges } from './plan.ts';
import type { Reason } from './reason.ts';
import type { SettleOptions, Settling } from './settle.ts';

/** A change in its transaction, with what is held back of its resource already. */
interface Holding<C extends Change = Change> {
  readonly options: Pick<SettleOptions, 'clock'>;
  readonly tx: ResourceWriter;
  readonly settling: Settling;
  readonly change: C;
  readonly held: HeldChange | undefined;
}

/**
 * What the app is told of a change now; undefined = nothing. What goes beyond the guard's threshold waits for a
 * person, and with it whatever else becomes of that resource, until it comes back: then the app is told the
 * difference, if there is one. Of groups it is the members that wait; anything else goes on reaching the app.
 */
export async function holdBack(
  options: Pick<SettleOptions, 'clock'>,
  tx: ResourceWriter,
  settling: Settling,
): Promise<Change | undefined> {
  const { change, connection } = settling;
  if (change.kind === 'created') return change;
  if (settling.reason !== undefined) return passOnRequest(tx, change, settling.reason);
  const isHeld = change.before.isHeld === true;
  if (connection.guard === 'off' && !isHeld) return change;
  const held = isHeld ? await tx.held.find(change.before.id) : undefined;
  const told =
    change.kind === 'deleted'
      ? await holdDeletion({ options, tx, settling, change, held })
      : await holdUpdate({ options, tx, settling, change, held });
  if (told === undefined) await tx.effects.noteQuietWrite();
  return told;
}

/** What a person has asked for is not held. Told what is stored now, the app knows what was held before. */
async function passOnRequest(
  tx: ResourceWriter,
  change: Change & { kind: 'updated' | 'deleted' },
  { kind }: Reason,
): Promise<Change> {
  const { id, isHeld } = change.before;
  const isCurrent = kind !== 'undo' && (isHeld === true || change.kind === 'deleted');
  if (isCurrent && (await tx.held.find(id)) !== undefined) await tx.held.remove(id);
  return change;
}

async function holdUpdate(holding: Holding<Change & { kind: 'updated' }>): Promise<Change | undefined> {
  const { tx, change, held } = holding;
  const { id } = change.after;
  const { removed } = change.members;
  const wasAway = held?.kind === 'deactivated';
  const goes = !wasAway && activeChange(change) === 'deactivated' ? 1 : 0;
  const cut = (await isMassRemoval(tx, change)) ? removed.length : 0;
  const isHeldNow = goes + cut > 0 && (await judge(holding, goes + cut)) === 'hold';
  const isAway = wasAway ? change.after.attributes.active === false : isHeldNow && goes > 0;
  const gone = isHeldNow && cut > 0 ? removed : [];
  const added = held === undefined ? change.members.added : await withoutHeld(tx, id, change.members.added);

  await keepUpdate(holding, { isAway, isHeldNow, gone });

  const members = { added, removed: gone.length > 0 ? [] : removed };
  const before = wasAway ? asTold(change.before, held) : change.before;
  const changed = wasAway ? namesOfChanges(before.attributes, change.after.attributes) : change.changed;
  if (!isAway)
    return changed.length > 0 || hasDelta(members) ? { ...change, before, changed, members } : undefined;
  return hasDelta(members) ? { ...change, changed: [], members } : undefined;
}

/** Writes down what the app is not told, or forgets what it need not be told any more. */
async function keepUpdate(
  { options, tx, settling, change, held }: Holding<Change & { kind: 'updated' }>,
  {
    isAway,
    isHeldNow,
    gone,
  }: { readonly isAway: boolean; readonly isHeldNow: boolean; readonly gone: readonly Member[] },
): Promise<void> {
  const { id } = change.after;
  const wasAway = held?.kind === 'deactivated';
  const hasMembers = gone.length > 0 || (held !== undefined && (await tx.held.hasMembers(id)));
  if (!isAway && !hasMembers) {
    if (held !== undefined) await tx.held.remove(id);
    return;
  }
  if (!isHeldNow && isAway === wasAway) return;
  const told = wasAway && isAway ? asTold(change.before, held) : change.before;
  const since = held?.state === 'waiting' ? held.heldAt : toSeconds(options.clock());
  const review = isHeldNow || held === undefined ? UNREVIEWED : held;
  await tx.held.keep({
    ...toHeldChange(settling, told),
    ...pickReview(review),
    kind: isAway ? 'deactivated' : 'membersRemoved',
    heldAt: since,
  });
  await tx.held.keepMembers(id, gone);
}

async function holdDeletion(holding: Holding<Change & { kind: 'deleted' }>): Promise<Change | undefined> {
  const { options, tx, settling, change, held } = holding;
  const { before, memberOf } = change;
  const told = held?.kind === 'deactivated' ? asTold(before, held) : before;
  // A rejection was of what had happened by then. That the resource is gone for good is another matter.
  const isWaiting = held !== undefined && held.state !== 'rejected';
  const weight = Math.max(1, (change.memberCount ?? 0) >= SMALLEST_GROUP ? (change.memberCount ?? 0) : 1);
  const isPassing = !isWaiting && (await judge(holding, weight)) === 'pass';
  if (held !== undefined) await tx.held.remove(before.id);
  if (isPassing) return { ...change, before: { ...told, version: before.version } };
  await tx.held.keep({
    ...toHeldChange(settling, told),
    ...pickReview(isWaiting ? held : UNREVIEWED),
    kind: 'deleted',
    version: before.version,
    memberOf,
    heldAt: isWaiting ? held.heldAt : toSeconds(options.clock()),
  });
  return undefined;
}

function judge({ options, tx, settling, held }: Holding, weight: number): Promise<'pass' | 'hold'> {
  const { connection, change, occurredAt } = settling;
  const isUser = change.kind !== 'created' && change.before.type.name === 'User';
  // One that is held counts as active all the while, as the app takes it to be.
  const lostUsers = isUser && held === undefined && change.before.attributes.active !== false ? 1 : 0;
  return judgeDestruction(tx, { connection, weight, lostUsers, occurredAt }, options.clock());
}

/** Smaller groups are emptied in the course of things. */
const SMALLEST_GROUP = 20;

/** A fifth of a group. */
const SHARE = 5;

/** Whether a group was emptied, or lost more than a fifth of at least 20 members (P22). */
export async function isMassRemoval(
  tx: ResourceReader,
  { after, members: { added, removed } }: Change & { kind: 'updated' },
): Promise<boolean> {
  if (removed.length * SHARE <= SMALLEST_GROUP) return false;
  // Counted no further than the answer needs: of a group that is large enough to lose so many, not at all far.
  const enough = removed.length * SHARE;
  const before = (await tx.countMembers(after.id, enough + added.length)) - added.length + removed.length;
  return before >= SMALLEST_GROUP && removed.length * SHARE > before;
}

/** Those that the app does not know of: it was never told that the others had gone. */
async function withoutHeld(
  tx: ResourceWriter,
  groupId: string,
  added: readonly Member[],
): Promise<readonly Member[]> {
  if (added.length === 0) return added;
  const ids = added.map(({ value }) => value);
  const back = new Set(await tx.held.takeMembers(groupId, ids));
  return added.filter(({ value }) => !back.has(value));
}

/** A resource as the app was last told of it. */
export function asTold(resource: StoredResource, { told }: HeldChange): StoredResource {
  const { attributes, version, created, lastModified } = told;
  return { ...resource, attributes, version, created, lastModified };
}

function toHeldChange(
  { change, keyId }: Settling,
  told: StoredResource,
): Omit<HeldChange, 'heldAt' | 'kind'> {
  const { id, type, attributes, version, created, lastModified, userId } = told;
  return {
    id,
    resourceType: type.name,
    ...UNREVIEWED,
    told: { attributes, version, created, lastModified, userId },
    wasActive: attributes.active !== false,
    version: change.kind === 'deleted' ? change.before.version : version,
    memberOf: [],
    keyId,
  };
}

type Review = Pick<HeldChange, 'state' | 'reviewedBy' | 'reviewedAt' | 'failure'>;

const UNREVIEWED: Review = { state: 'waiting', reviewedBy: null, reviewedAt: null, failure: null };

function pickReview({ state, reviewedBy, reviewedAt, failure }: Review): Review {
  return { state, reviewedBy, reviewedAt, failure };
}

function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
