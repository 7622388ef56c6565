import type { ResourceWriter } from '../store/port.ts';
import type { Change } from './change.ts';
import { type ConnectionPolicy, parsePolicy } from './policy.ts';
import type { RoleChange } from './resolve-roles.ts';
import type { SettleOptions, Settling } from './settle.ts';
import { makeUpForFirstRules, settleRoles } from './settle-roles.ts';

/** Whether the app is to hear nothing of a change, since it is of a group (policy `groups`). */
export function isIgnored(change: Change, { groups }: Pick<ConnectionPolicy, 'groups'>): boolean {
  const { type } = change.kind === 'deleted' ? change.before : change.after;
  return groups === 'ignore' && type.eventName === 'group';
}

/**
 * Keeps a change of a group from the app, and answers the roles it gives and takes all the same; undefined = the app
 * is to hear of it after all: the policy is the one of now, not that of when the request came in.
 */
export async function ignoreGroup(
  { appRoles }: Pick<SettleOptions, 'appRoles'>,
  tx: ResourceWriter,
  settling: Settling,
): Promise<readonly RoleChange[] | undefined> {
  const { change, reason, decision } = settling;
  const connection = { ...settling.connection, policy: await tx.effects.policy() };
  if (!isIgnored(change, parsePolicy(connection.policy))) return undefined;
  await decision?.decide(tx, change);
  await forgetHeld(tx, settling);
  await tx.effects.noteQuietWrite();
  await makeUpForFirstRules(appRoles, tx, { ...settling, policy: connection.policy });
  // What is undone is not what is stored, which roles follow.
  return reason?.kind === 'undo' ? [] : settleRoles(appRoles, tx, { ...settling, connection });
}

/** What the guard held of the group from before it was ignored waits for nobody any more. */
async function forgetHeld(tx: ResourceWriter, { change, reason }: Settling): Promise<void> {
  if (change.kind === 'created') return;
  const { id, isHeld } = change.before;
  const mayBeHeld = isHeld === true || reason?.kind === 'release';
  if (mayBeHeld && (await tx.held.find(id)) !== undefined) await tx.held.remove(id);
}
