import type { JsonObject } from '../protocol/json.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { AccountLink, ConnectionScope, ResourceWriter, StoredResource } from '../store/port.ts';
import type { AppDecision } from './app-decision.ts';
import type { Change } from './change.ts';
import { decideLink } from './decide-link.ts';
import { keepFromApp } from './dry-run.ts';
import { fireAfter, fireHooks } from './fire-hooks.ts';
import { holdBack } from './hold-back.ts';
import type { ScimHooks } from './hooks.ts';
import { withholdIdentity } from './identity.ts';
import { ignoreGroup, isIgnored } from './ignore-groups.ts';
import { parsePolicy } from './policy.ts';
import type { Reason } from './reason.ts';
import { recordEvents } from './record-events.ts';
import type { ConcernedUsers, RoleChange } from './resolve-roles.ts';
import type { HookRun } from './run-hook.ts';
import { countsSeats, judgeSeats, recordSeats } from './seats.ts';
import { makeUpForFirstRules, type SettleRolesOptions, settleRoles } from './settle-roles.ts';
import { fireRoleHooks, recordRoleEvents } from './tell-roles.ts';

/** What a change is settled with. */
export interface SettleOptions {
  readonly hooks: ScimHooks;
  readonly hookTimeoutMs: number;
  /** Left out: the host has no roles to give. */
  readonly appRoles?: SettleRolesOptions | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** A change that the store has been told of, in its open transaction. */
export interface Settling {
  readonly scope: ConnectionScope;
  readonly connection: ConnectionRecord;
  readonly change: Change;
  /** ISO 8601 UTC with milliseconds. */
  readonly occurredAt: string;
  /** The key that was used; null = the host itself. */
  readonly keyId: string | null;
  /** Of a deletion: whose roles it concerns, as far as that had to be found out before. */
  readonly concerned?: ConcernedUsers | undefined;
  /** Left out: no app in another process has a say. */
  readonly decision?: AppDecision | undefined;
  /** Why the app is told, where no request of a client is why. */
  readonly reason?: Reason;
}

/** A change with what came of it. */
export interface Settled {
  /** As it is now: linked, where a hook linked an account. Of a deletion, as it was. */
  readonly resource: StoredResource;
  /** Values for the answer to this request alone. */
  readonly shownOnce?: JsonObject | undefined;
}

/**
 * What a change does in the app, in its transaction. Every change comes through here, and nothing else reaches the
 * app: a dry run writes it down instead, the guard holds back what goes too far, and the rest is told.
 */
export async function settle(
  options: SettleOptions,
  tx: ResourceWriter,
  settling: Settling,
): Promise<Settled> {
  if (await isKeptFromApp(options, tx, settling)) return { resource: toCurrent(settling.change) };
  if (await isIgnoredByApp(options, tx, settling)) return { resource: toCurrent(settling.change) };
  const change = await holdBack(options, tx, settling);
  if (change === undefined) return { resource: toCurrent(settling.change) };
  const settled = await tellSeated(options, tx, { ...settling, change });
  if (change.kind === 'created') await forgetReturned(tx, change, settled.resource);
  return settled;
}

/** Tells the app of a change, where seats are counted as far as they go. */
async function tellSeated(options: SettleOptions, tx: ResourceWriter, settling: Settling): Promise<Settled> {
  const { hooks } = options;
  const { connection, reason } = settling;
  const isCounted = reason?.kind !== 'seat' && countsSeats(parsePolicy(connection.policy), hooks);
  if (!isCounted) return tellApp(options, tx, settling);
  const seated = await judgeSeats(hooks, settling, toRun(options, tx, settling));
  if (seated.kind === 'wait') {
    if (seated.began) await recordSeats(tx, settling, { ...seated.began, type: 'seats.waiting' });
    else await tx.effects.noteQuietWrite();
    return { resource: toCurrent(settling.change) };
  }
  const settled = await tellApp(options, tx, { ...settling, change: seated.change });
  if (seated.exceeded) await recordSeats(tx, settling, { ...seated.exceeded, type: 'seats.exceeded' });
  return settled;
}

async function isKeptFromApp(
  options: SettleOptions,
  tx: ResourceWriter,
  settling: Settling,
): Promise<boolean> {
  const { connection, reason } = settling;
  if (reason !== undefined || parsePolicy(connection.policy).effects === 'apply') return false;
  return keepFromApp({ hooks: options.hooks, run: toRun(options, tx, settling) }, settling);
}

/** Of an ignored group the app is told what it makes of users' roles. */
async function isIgnoredByApp(
  options: SettleOptions,
  tx: ResourceWriter,
  settling: Settling,
): Promise<boolean> {
  const { change, connection, occurredAt, keyId, reason } = settling;
  if (!isIgnored(change, parsePolicy(connection.policy))) return false;
  const roles = await ignoreGroup(options, tx, settling);
  if (roles === undefined) return false;
  await fireRoleHooks(options.hooks, roles, toRun(options, tx, settling));
  await recordRoleEvents(tx, roles, { occurredAt, keyId, reason });
  return true;
}

/** Tells the app of a change that nothing keeps from it: roles are resolved, its hooks decide, then its events are recorded. */
async function tellApp(options: SettleOptions, tx: ResourceWriter, settling: Settling): Promise<Settled> {
  const { hooks, appRoles } = options;
  if (settling.connection.mapping !== null) appRoles?.walks.resume(settling.scope);
  const { change: planned, occurredAt, keyId, reason, decision } = settling;
  const run = toRun(options, tx, settling);
  const decided = decision === undefined ? planned : await decision.decide(tx, planned);
  const linked = decision === undefined ? await linkExisting(hooks, settling, run) : decided;
  const change = await withholdIdentity(tx, linked);
  // What is undone is not what is stored, which roles follow.
  const isUndone = reason?.kind === 'undo';
  const roles = isUndone ? [] : await settleRoles(appRoles, tx, { ...settling, change: linked });
  const occasion = { occurredAt, keyId, reason };
  const { userId, shownOnce, profile } = await fireHooks(hooks, change, run);
  if (change.kind === 'deleted') {
    await fireRoleHooks(hooks, roles, run);
    await fireAfter(hooks, { change, profile }, run);
    const policy = await recordEvents(tx, change, occasion);
    await makeUpForFirstRules(appRoles, tx, { ...settling, policy });
    await recordRoleEvents(tx, roles, occasion);
    return { resource: toCurrent(planned) };
  }
  const link = findLink(change.after, userId);
  const resource = { ...change.after, ...(link && { userId: link.userId }) };
  const told = roles.map((role) => withLinked(role, resource));
  await fireRoleHooks(hooks, told, run);
  await fireAfter(hooks, { change: { ...change, after: resource }, profile }, run);
  const policy = await recordEvents(tx, { ...change, after: resource }, { ...occasion, link });
  await makeUpForFirstRules(appRoles, tx, { ...settling, policy });
  await recordRoleEvents(tx, told, occasion);
  return { resource: { ...toCurrent(linked), ...(link && { userId: link.userId }) }, shownOnce };
}

/** P40: links the account the app has already of a new user, where the connection asks for it and the app says so. */
async function linkExisting(
  hooks: ScimHooks,
  { connection, change }: Settling,
  run: HookRun & { readonly tx: ResourceWriter },
): Promise<Change> {
  const isAsked = change.kind === 'created' && change.after.type.eventName === 'user';
  if (!isAsked || parsePolicy(connection.policy).link !== 'ask') return change;
  const decision = await decideLink(hooks, change, run);
  if (decision.kind === 'none') return change;
  const { userId, by } = decision;
  await run.tx.linkExisting(change.after.id, userId);
  return { ...change, after: { ...change.after, userId, link: 'unproven' }, linked: by };
}

/** The user whose account was linked just now is told of with it. */
function withLinked(change: RoleChange, resource: StoredResource): RoleChange {
  return change.user.id === resource.id ? { ...change, user: resource } : change;
}

function toRun(
  { hookTimeoutMs }: SettleOptions,
  tx: ResourceWriter,
  { scope, connection: { mapping }, reason }: Settling,
) {
  return { scope, tx, database: tx.database, timeoutMs: hookTimeoutMs, reason, mapping };
}

/** The account a hook linked, where it is not the one that is linked already. */
function findLink(resource: StoredResource, userId: string | undefined): AccountLink | undefined {
  return userId === undefined || userId === resource.userId ? undefined : { id: resource.id, userId };
}

/** Whose account was given to who came after is not going to go, though its deletion is held. */
async function forgetReturned(
  tx: ResourceWriter,
  { previous }: Change & { kind: 'created' },
  { userId }: StoredResource,
): Promise<void> {
  if (previous === undefined || userId === null || previous.userId !== userId) return;
  if ((await tx.held.find(previous.id)) !== undefined) await tx.held.remove(previous.id);
}

function toCurrent(change: Change): StoredResource {
  return change.kind === 'deleted' ? change.before : change.after;
}
