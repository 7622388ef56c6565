import type { MembersChange } from '../protocol/patch/members.ts';
import { findMembersAttribute } from '../protocol/schema/resource-type.ts';
import { AccountTakenError } from '../store/account-taken.ts';
import type { ResourceWriter, StoredResource } from '../store/port.ts';
import { activeChange, type Change } from './change.ts';

/** What an app in another process or database has to do before a change is committed. */
export type RequiredAction = 'LinkUser' | 'DisableUser' | 'EnableUser' | 'DeleteUser';

/** The part of such an app in one write, from the beginning of its transaction to its end. */
export interface AppDecision {
  /** First in the transaction. @throws StagedChangeGone */
  begin(tx: ResourceWriter): Promise<void>;
  /** Notes who loses a group that is about to be deleted. */
  noteMembers(tx: ResourceWriter, resource: StoredResource): Promise<void>;
  /** Notes a request that changed nothing: an app that missed the change before is told whom it is about again. */
  noteSame(tx: ResourceWriter, resource: StoredResource, members: readonly MembersChange[]): Promise<void>;
  /**
   * Answers the change as the app has decided it.
   *
   * @throws ActionRequired when it has to be asked; StagedChangeOutdated, AccountTakenError, ScimIdAsUserId.
   */
  decide(tx: ResourceWriter, change: Change): Promise<Change>;
  /** Last before the commit. @throws StagedChangeOutdated when what was decided was not needed. */
  end(): void;
  /** The app's accounts the request was about. */
  affectedUserIds(): readonly string[];
}

/** Rolls a change back that the app has to decide first. No fault: what is thrown is the question. */
export class ActionRequired extends Error {
  override readonly name = 'ActionRequired';
  readonly action: RequiredAction;
  /** As it would be; of a deletion, as it is. */
  readonly resource: StoredResource;
  /** The account of the user who had this name and was deleted. */
  readonly previousUserId: string | null;

  constructor(action: RequiredAction, change: Change) {
    super('The app has to decide.');
    this.action = action;
    this.resource = toResource(change);
    this.previousUserId = change.kind === 'created' ? (change.previous?.userId ?? null) : null;
  }
}

/** The staged change was taken already, or its time is over. */
export class StagedChangeGone extends Error {
  override readonly name = 'StagedChangeGone';
}

/** What is stored has changed since: the request would need something else of the app now, or nothing. */
export class StagedChangeOutdated extends Error {
  override readonly name = 'StagedChangeOutdated';
}

/** The app's account and the SCIM user are different things; one id for both invites taking one for the other. */
export class ScimIdAsUserId extends Error {
  override readonly name = 'ScimIdAsUserId';
}

/** The app was not asked yet. */
export function createQuestion(): AppDecision {
  const affected = new Set<string>();
  return {
    begin: async () => affected.clear(),
    noteMembers: (tx, resource) => noteMembers(tx, resource, affected),
    async noteSame(tx, { userId, isHeld }, members) {
      // Of what the guard holds back the app is not told in this way either.
      if (isHeld !== true) note(affected, [userId]);
      const ids = members.flatMap(toNamed);
      if (ids.length > 0) note(affected, [...(await tx.userIdsOf(ids)).values()]);
    },
    async decide(tx, change) {
      const action = findRequiredAction(change);
      if (action !== undefined) throw new ActionRequired(action, change);
      note(affected, await findAffected(tx, change));
      return change;
    },
    end: () => {},
    affectedUserIds: () => [...affected],
  };
}

/** What the app decided about a change staged before. */
export interface Decided {
  readonly stagedId: string;
  readonly action: RequiredAction;
  /** The account to link, or the one that was asked about. */
  readonly userId: string;
}

/** The app has decided. The staged change is used up in the transaction of its effect, so it has at most one. */
export function createGivenDecision({ stagedId, action, userId }: Decided): AppDecision {
  const affected = new Set<string>();
  let isUsed = false;
  return {
    async begin(tx) {
      isUsed = false;
      if (!(await tx.takeStaged(stagedId))) throw new StagedChangeGone();
    },
    noteMembers: (tx, resource) => noteMembers(tx, resource, affected),
    async noteSame() {
      throw new StagedChangeOutdated();
    },
    async decide(tx, change) {
      const needed = findRequiredAction(change);
      note(affected, await findAffected(tx, change));
      if (needed === undefined) return change;
      if (needed !== action || isUsed) throw new StagedChangeOutdated();
      isUsed = true;
      affected.add(userId);
      if (action === 'LinkUser') return withAccount(tx, change, userId);
      if (toResource(change).userId !== userId) throw new StagedChangeOutdated();
      return change;
    },
    end() {
      if (!isUsed) throw new StagedChangeOutdated();
    },
    affectedUserIds: () => [...affected],
  };
}

/** Changes that make a user, or let one in or out. Who has no account in the app cannot be let out of it. */
function findRequiredAction(change: Change): RequiredAction | undefined {
  const { type, userId } = toResource(change);
  if (type.name !== 'User') return undefined;
  if (change.kind === 'created') return 'LinkUser';
  if (change.kind === 'deleted') return userId === null ? undefined : 'DeleteUser';
  switch (activeChange(change)) {
    case 'deactivated':
      return userId === null ? undefined : 'DisableUser';
    case 'reactivated':
      return userId === null ? 'LinkUser' : 'EnableUser';
    case undefined:
      return undefined;
  }
}

function toResource(change: Change): StoredResource {
  return change.kind === 'deleted' ? change.before : change.after;
}

async function withAccount(tx: ResourceWriter, change: Change, userId: string): Promise<Change> {
  if (change.kind === 'deleted') return change;
  const { after } = change;
  const namesake = after.id === userId ? after : await tx.find(after.type, userId);
  if (namesake !== undefined) throw new ScimIdAsUserId();
  // Asked before the unique index is, which would end the transaction on PostgreSQL.
  if ((await tx.findByUserId(userId)) !== undefined) throw new AccountTakenError();
  await tx.link(after.id, userId);
  return { ...change, after: { ...after, userId } };
}

async function findAffected(tx: ResourceWriter, change: Change): Promise<readonly (string | null)[]> {
  const own = toResource(change).userId;
  if (change.kind === 'deleted') return [own];
  const ids = [...change.members.added, ...change.members.removed].map(({ value }) => value);
  if (ids.length === 0) return [own];
  return [own, ...(await tx.userIdsOf(ids)).values()];
}

async function noteMembers(tx: ResourceWriter, { id, type }: StoredResource, affected: Set<string>) {
  if (findMembersAttribute(type) === undefined) return;
  for await (const part of tx.memberParts(id)) {
    note(affected, [...(await tx.userIdsOf(part.map(({ value }) => value))).values()]);
  }
}

/** Members a request names, whether or not they came or went by it. */
function toNamed(change: MembersChange): readonly string[] {
  if (change.kind === 'remove') return change.ids;
  return change.kind === 'removeMatching' ? [] : change.members.map(({ value }) => value);
}

function note(affected: Set<string>, userIds: readonly (string | null)[]): void {
  for (const userId of userIds) if (userId !== null) affected.add(userId);
}
