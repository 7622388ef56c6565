import { findMembersAttribute } from '../protocol/schema/resource-type.ts';
import { TURNS, type UntoldResource } from '../store/effects.ts';
import type { ResourceWriter } from '../store/port.ts';
import { type Change, hasDelta } from './change.ts';
import { fireHooks } from './fire-hooks.ts';
import type { ScimHooks } from './hooks.ts';
import { isIgnored } from './ignore-groups.ts';
import { toToldState } from './net-change.ts';
import { parsePolicy } from './policy.ts';
import { toEvents } from './record-events.ts';
import type { HookRun } from './run-hook.ts';

/** What a change is written down with. */
export interface KeepOptions {
  readonly hooks: ScimHooks;
  readonly run: HookRun & { readonly tx: ResourceWriter };
}

/** The change, when it was made, and with which key. */
export interface Keeping {
  readonly change: Change;
  readonly occurredAt: string;
  readonly keyId: string | null;
}

/**
 * Writes down what a change would do in the app, and what the app was last told of the resource. Answers false where
 * the app is to be told after all: the policy is the one of now, not that of when the request came in.
 */
export async function keepFromApp({ hooks, run }: KeepOptions, keeping: Keeping): Promise<boolean> {
  const { effects } = run.tx;
  const policy = parsePolicy(await effects.policy());
  const { effects: mode } = policy;
  if (mode === 'apply') return false;
  const isDryRun = mode === 'dryRun';
  if (!isDryRun && !(await isWaiting(run.tx, keeping.change))) return false;
  const { change } = keeping;
  await keepTold(run.tx, change);
  // An ignored group is kept for the roles it gives, and does nothing else in the app.
  if (!isDryRun || isIgnored(change, policy)) return true;
  const called = await namesOfHooks(hooks, change, run);
  for (const [at, { type, resourceType, resourceId, data }] of toEvents(change).entries()) {
    const { occurredAt, keyId } = keeping;
    // Hooks are called for the change as a whole: they stand with its first event.
    const told = { ...data, keyId, hooks: at === 0 ? called : [] };
    await effects.append({ type, resourceType, resourceId, occurredAt, data: told });
  }
  return true;
}

/**
 * While the app is catching up, what it has not heard of yet waits for its turn, and so do all groups: a member may
 * be somebody the app does not know yet.
 */
async function isWaiting(tx: ResourceWriter, change: Change): Promise<boolean> {
  const { id, type } = change.kind === 'created' ? change.after : change.before;
  return findMembersAttribute(type) !== undefined || (await tx.effects.findUntold(id)) !== undefined;
}

async function keepTold(tx: ResourceWriter, change: Change): Promise<void> {
  const { effects } = tx;
  const { id, type } = change.kind === 'created' ? change.after : change.before;
  const memberOf = change.kind === 'deleted' ? change.memberOf : undefined;
  const told = change.kind === 'created' ? null : toToldState(change.before, memberOf);
  const turn = findMembersAttribute(type) === undefined ? TURNS.plain : TURNS.holder;
  const untold: UntoldResource = {
    resourceId: id,
    resourceType: type.name,
    turn,
    position: await effects.noteQuietWrite(),
    told,
  };
  await effects.keepTold(untold);
  if (change.kind === 'deleted') {
    const kept = await effects.findUntold(id);
    // Came and went without the app.
    if (kept?.told === null) await effects.forget(id);
    else if (kept?.told && memberOf) await effects.changeTold(id, { turn, told: { ...kept.told, memberOf } });
    return;
  }
  if (hasDelta(change.members)) await effects.keepMembers(id, change.members);
}

/** The hooks that would be called: the way they are called, with nothing behind them. */
async function namesOfHooks(
  hooks: ScimHooks,
  change: Change,
  run: KeepOptions['run'],
): Promise<readonly string[]> {
  const called: string[] = [];
  const recorder = new Proxy(hooks, {
    get(target, name) {
      const hook: unknown = Reflect.get(target, name);
      return typeof hook === 'function' ? () => void called.push(String(name)) : hook;
    },
  });
  await fireHooks(recorder, change, run);
  return called;
}
