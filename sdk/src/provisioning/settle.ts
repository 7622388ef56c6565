import type { JsonObject } from '../protocol/json.ts';
import type { ConnectionRecord, ConnectionScope, ResourceWriter, StoredResource } from '../store/port.ts';
import type { AppDecision } from './app-decision.ts';
import type { Change } from './change.ts';
import { keepFromApp } from './dry-run.ts';
import { fireHooks } from './fire-hooks.ts';
import type { ScimHooks } from './hooks.ts';
import { parsePolicy } from './policy.ts';
import type { Reason } from './reason.ts';
import { recordEvents } from './record-events.ts';
import type { ConcernedUsers, RoleChange } from './resolve-roles.ts';
import { type SettleRolesOptions, settleRoles } from './settle-roles.ts';
import { fireRoleHooks, recordRoleEvents } from './tell-roles.ts';

/** What a change is settled with. */
export interface SettleOptions {
  readonly hooks: ScimHooks;
  readonly hookTimeoutMs: number;
  /** Left out: the host has no roles to give. */
  readonly appRoles?: SettleRolesOptions | undefined;
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
 * What a change does in the app, in its transaction: roles are resolved, hooks decide, then its events are recorded.
 * Every change comes through here, and nothing else reaches the app.
 */
export async function settle(
  options: SettleOptions,
  tx: ResourceWriter,
  settling: Settling,
): Promise<Settled> {
  const { hooks, hookTimeoutMs } = options;
  const { scope, connection, change: planned, occurredAt, keyId, reason, decision } = settling;
  const run = { scope, tx, database: tx.database, timeoutMs: hookTimeoutMs, reason };
  const { effects } = parsePolicy(connection.policy);
  if (effects !== 'apply' && reason === undefined && (await keepFromApp({ hooks, run }, settling)))
    return { resource: planned.kind === 'deleted' ? planned.before : planned.after };
  const change = decision === undefined ? planned : await decision.decide(tx, planned);
  const occasion = { occurredAt, keyId, reason };
  const roles = await settleRoles(options.appRoles, tx, { ...settling, change });
  const { userId, shownOnce } = await fireHooks(hooks, change, run);
  if (change.kind === 'deleted') {
    await fireRoleHooks(hooks, roles, run);
    await recordEvents(tx, change, occasion);
    await recordRoleEvents(tx, roles, occasion);
    return { resource: change.before };
  }
  const resource = await linkAccount(tx, change.after, userId);
  const told = roles.map((role) => withLinked(role, resource));
  await fireRoleHooks(hooks, told, run);
  await recordEvents(tx, { ...change, after: resource }, occasion);
  await recordRoleEvents(tx, told, occasion);
  return { resource, shownOnce };
}

/** The user whose account was linked just now is told of with it. */
function withLinked(change: RoleChange, resource: StoredResource): RoleChange {
  return change.user.id === resource.id ? { ...change, user: resource } : change;
}

async function linkAccount(
  tx: ResourceWriter,
  resource: StoredResource,
  userId: string | undefined,
): Promise<StoredResource> {
  if (userId === undefined || userId === resource.userId) return resource;
  await tx.link(resource.id, userId);
  return { ...resource, userId };
}
