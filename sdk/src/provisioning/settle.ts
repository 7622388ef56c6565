import type { JsonObject } from '../protocol/json.ts';
import type { ConnectionRecord, ConnectionScope, ResourceWriter, StoredResource } from '../store/port.ts';
import type { Change } from './change.ts';
import { keepFromApp } from './dry-run.ts';
import { fireHooks } from './fire-hooks.ts';
import type { ScimHooks } from './hooks.ts';
import { parsePolicy } from './policy.ts';
import type { Reason } from './reason.ts';
import { recordEvents } from './record-events.ts';
import type { HookRun } from './run-hook.ts';
import { countsSeats, judgeSeats, recordSeats } from './seats.ts';

/** What a change is settled with. */
export interface SettleOptions {
  readonly hooks: ScimHooks;
  readonly hookTimeoutMs: number;
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
 * What a change does in the app, in its transaction: its hooks decide, then its events are recorded. Every change
 * comes through here, and nothing else reaches the app.
 */
export async function settle(
  { hooks, hookTimeoutMs }: SettleOptions,
  tx: ResourceWriter,
  settling: Settling,
): Promise<Settled> {
  const { scope, connection, change, reason } = settling;
  const run = { scope, tx, database: tx.database, timeoutMs: hookTimeoutMs, reason };
  const policy = parsePolicy(connection.policy);
  if (policy.effects !== 'apply' && reason === undefined && (await keepFromApp({ hooks, run }, settling)))
    return { resource: change.kind === 'deleted' ? change.before : change.after };
  if (reason?.kind === 'seat' || !countsSeats(policy, hooks)) return tell(hooks, run, settling);
  const seated = await judgeSeats(hooks, settling, run);
  if (seated.kind === 'wait') {
    if (seated.began) await recordSeats(tx, settling, { ...seated.began, type: 'seats.waiting' });
    else await tx.effects.noteQuietWrite();
    return { resource: change.kind === 'deleted' ? change.before : change.after };
  }
  const settled = await tell(hooks, run, { ...settling, change: seated.change });
  if (seated.exceeded) await recordSeats(tx, settling, { ...seated.exceeded, type: 'seats.exceeded' });
  return settled;
}

/** Hooks, the link they make, then events. */
async function tell(
  hooks: ScimHooks,
  run: HookRun & { readonly tx: ResourceWriter },
  { change, occurredAt, keyId, reason }: Settling,
): Promise<Settled> {
  const { tx } = run;
  const { userId, shownOnce } = await fireHooks(hooks, change, run);
  if (change.kind === 'deleted') {
    await recordEvents(tx, change, { occurredAt, keyId, reason });
    return { resource: change.before };
  }
  const resource = await linkAccount(tx, change.after, userId);
  await recordEvents(tx, { ...change, after: resource }, { occurredAt, keyId, reason });
  return { resource, shownOnce };
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
