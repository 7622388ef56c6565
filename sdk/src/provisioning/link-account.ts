import type { ConnectionRecord } from '../store/connections.ts';
import type { ConnectionScope, ResourceWriter, StoredResource } from '../store/port.ts';
import { toHookResource } from './fire-hooks.ts';
import { hideIdentity, toProof } from './identity.ts';
import { parsePolicy } from './policy.ts';
import { recordUserEvent } from './record-events.ts';
import { runHook } from './run-hook.ts';
import { type SettleOptions, settle } from './settle.ts';

/** A link a person has decided on, in an open transaction. */
export interface Linking {
  readonly scope: ConnectionScope;
  readonly connection: ConnectionRecord;
  readonly user: StoredResource;
  readonly userId: string;
  /** Who decided. */
  readonly actor: string;
}

/**
 * Links an account the app has already to a user who has none. The app is told at once, but not who it is: see
 * `withholdIdentity`. On a dry run it is told with the user himself, in the end.
 */
export async function linkAccount(
  app: SettleOptions,
  tx: ResourceWriter,
  { scope, connection, user, userId, actor }: Linking,
): Promise<void> {
  await tx.linkExisting(user.id, userId);
  if (parsePolicy(connection.policy).effects !== 'apply') {
    await tx.effects.noteQuietWrite();
    return;
  }
  const told = hideIdentity({ ...user, userId, link: 'unproven' });
  const reason = { kind: 'link', actor } as const;
  const run = { scope, database: tx.database, timeoutMs: app.hookTimeoutMs, reason };
  const hook = app.hooks.userLinked;
  if (hook !== undefined)
    await runHook(run, (context) => hook.call(app.hooks, toHookResource(told), context));
  const occurredAt = new Date(app.clock()).toISOString();
  const facts = { linkDecision: 'confirmed' };
  await recordUserEvent(tx, { user: told, verb: 'linked', facts }, { occurredAt, keyId: null, reason });
}

/** The person of a link has signed in with the directory's id: from now on the app is told who it is. */
export async function proveLink(
  app: SettleOptions,
  tx: ResourceWriter,
  { scope, connection, user }: Pick<Linking, 'scope' | 'connection' | 'user'>,
): Promise<void> {
  await tx.proveLink(user.id);
  const occurredAt = new Date(app.clock()).toISOString();
  const reason = { kind: 'link', actor: null } as const;
  await settle(app, tx, { scope, connection, change: toProof(user), occurredAt, keyId: null, reason });
}
