import type { JsonObject } from '../protocol/json.ts';
import type {
  AccountLink,
  ConnectionRecord,
  ConnectionScope,
  ResourceWriter,
  StoredResource,
} from '../store/port.ts';
import type { Change } from './change.ts';
import { fireHooks } from './fire-hooks.ts';
import type { ScimHooks } from './hooks.ts';
import { recordEvents } from './record-events.ts';

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
  { scope, change, occurredAt, keyId }: Settling,
): Promise<Settled> {
  const run = { scope, tx, database: tx.database, timeoutMs: hookTimeoutMs };
  const { userId, shownOnce } = await fireHooks(hooks, change, run);
  if (change.kind === 'deleted') {
    await recordEvents(tx, change, { occurredAt, keyId });
    return { resource: change.before };
  }
  const link = findLink(change.after, userId);
  const resource = { ...change.after, ...(link && { userId: link.userId }) };
  await recordEvents(tx, { ...change, after: resource }, { occurredAt, keyId, link });
  return { resource, shownOnce };
}

/** The account a hook linked, where it is not the one that is linked already. */
function findLink(resource: StoredResource, userId: string | undefined): AccountLink | undefined {
  return userId === undefined || userId === resource.userId ? undefined : { id: resource.id, userId };
}
