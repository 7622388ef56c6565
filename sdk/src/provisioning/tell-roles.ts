import type { ResourceWriter } from '../store/port.ts';
import { toHookResource } from './fire-hooks.ts';
import type { ScimHooks, UserRoleChange } from './hooks.ts';
import { type Occasion, recordUserEvent } from './record-events.ts';
import type { RoleChange } from './resolve-roles.ts';
import { type HookRun, runHook } from './run-hook.ts';

/** Has the app decide on changes of roles, one user after the other. @throws ScimError what a refusal says. */
export async function fireRoleHooks(
  hooks: ScimHooks,
  changes: readonly RoleChange[],
  run: HookRun,
): Promise<void> {
  const hook = hooks.userRoleChanged;
  if (hook === undefined) return;
  for (const change of changes) {
    const told: UserRoleChange = { ...toHookResource(change.user), ...toFacts(change) };
    await runHook(run, (context) => hook.call(hooks, told, context));
  }
}

/** Records changes of roles as events `user.role_changed`, in their transaction. */
export async function recordRoleEvents(
  tx: ResourceWriter,
  changes: readonly RoleChange[],
  occasion: Occasion,
): Promise<void> {
  for (const change of changes) {
    const { user } = change;
    await recordUserEvent(tx, { user, verb: 'role_changed', facts: { ...toFacts(change) } }, occasion);
  }
}

/** A change of roles without the user. */
export function toFacts({ before, after }: Pick<RoleChange, 'before' | 'after'>) {
  return { before: before[0] ?? null, after: after[0] ?? null, rolesBefore: before, rolesAfter: after };
}
