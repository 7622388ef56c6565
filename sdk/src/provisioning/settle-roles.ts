import { findMembersAttribute } from '../protocol/schema/resource-type.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { ConnectionScope, ResourceWriter, StoredResource } from '../store/port.ts';
import type { Change } from './change.ts';
import { parsePolicy } from './policy.ts';
import {
  type ConcernedUsers,
  findConcerned,
  findConcernedByEnd,
  lockRoleRules,
  type RoleChange,
  type RoleOptions,
  readRoleRules,
  resolveOwnRoles,
  resolveRoles,
} from './resolve-roles.ts';
import type { Walks } from './walks.ts';

/** What the roles of a change are settled with. */
export interface SettleRolesOptions extends RoleOptions {
  readonly walks: Walks;
}

/** A change of a connection, in its open transaction. */
export interface RoleMoment {
  readonly scope: ConnectionScope;
  readonly connection: ConnectionRecord;
  readonly change: Change;
  /** Of a group that was deleted: see {@link findConcernedBefore}. */
  readonly concerned?: ConcernedUsers | undefined;
}

/** Whose roles the deletion of a resource will concern, found out before it: afterwards nobody knows its members. */
export async function findConcernedBefore(
  options: RoleOptions | undefined,
  tx: ResourceWriter,
  { connection, resource }: { readonly connection: ConnectionRecord; readonly resource: StoredResource },
): Promise<ConcernedUsers> {
  if (options === undefined || !hasRoles(options, connection) || resource.type.name === options.userType.name)
    return [];
  return findConcernedByEnd(tx, resource.id, await readRoleRules(tx, options));
}

/**
 * Resolves the roles of everybody a change concerns and keeps them. Answers those that changed, to be told. More than
 * a thousand users are left to a walk that begins once the change is committed.
 */
export async function settleRoles(
  options: SettleRolesOptions | undefined,
  tx: ResourceWriter,
  moment: RoleMoment,
): Promise<readonly RoleChange[]> {
  const { scope, connection, change } = moment;
  if (options === undefined || !hasRoles(options, connection)) return [];
  options.walks.resume(scope);
  const { userType } = options;
  const concerned =
    change.kind === 'deleted'
      ? (moment.concerned ?? findConcernedAfter(change, userType))
      : await findConcerned(tx, change, { matcher: await readRoleRules(tx, options), userType });
  if (concerned.length === 0) return [];
  const matcher = await lockRoleRules(tx, options);
  if (concerned === 'many') {
    await tx.walks.add({ kind: 'roles' });
    // It waits for this transaction, and finds nothing should that be rolled back.
    options.walks.start(scope);
    return [];
  }
  const isOwn = change.kind !== 'deleted' && change.after.type.name === userType.name;
  const changes = isOwn
    ? await resolveOwnRoles(tx, change.after, { matcher, userType })
    : await resolveRoles(tx, concerned, { matcher, userType });
  for (const { user, after } of changes) await tx.roles.setRoles(user.id, after);
  return changes;
}

/**
 * A change that was under way while its connection got its first rules was settled without them: everybody is resolved
 * once more. Whoever saves rules waits for the transaction that has recorded events, and those who record them later
 * see the policy that was saved with the rules.
 *
 * @param policy the connection's, read with the recording of the change; undefined = nothing was recorded
 */
export async function makeUpForFirstRules(
  options: SettleRolesOptions | undefined,
  tx: ResourceWriter,
  {
    scope,
    connection,
    policy,
  }: Pick<RoleMoment, 'scope' | 'connection'> & { readonly policy: string | undefined },
): Promise<void> {
  if (options === undefined || policy === undefined || policy === connection.policy) return;
  if (hasRoles(options, connection) || !hasRoles(options, { policy })) return;
  await tx.walks.add({ kind: 'roles' });
  // It waits for this transaction, as with a change that concerns many.
  options.walks.start(scope);
}

/** Of a group that is long gone nobody knows who was in it. */
function findConcernedAfter(
  { before: { type } }: Change & { kind: 'deleted' },
  userType: RoleOptions['userType'],
): ConcernedUsers {
  return type.name === userType.name || findMembersAttribute(type) === undefined ? [] : 'many';
}

function hasRoles({ roles }: RoleOptions, { policy }: Pick<ConnectionRecord, 'policy'>): boolean {
  return roles.length > 0 && parsePolicy(policy).roles === 'map';
}
