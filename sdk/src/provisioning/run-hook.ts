import { badRequest, ScimError } from '../protocol/errors.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ConnectionScope } from '../store/port.ts';
import { type HookContext, type HookDatabase, HookRefusal } from './hooks.ts';
import type { Reason } from './reason.ts';
import { withinTime } from './within-time.ts';

/** What a hook's context is made from. */
export interface HookRun {
  readonly scope: ConnectionScope;
  /** The driver's handle inside the open transaction. */
  readonly database: unknown;
  readonly timeoutMs: number;
  readonly reason?: Reason | undefined;
  /** The connection's own mapping. @default null: scimkit's */
  readonly mapping?: JsonObject | null;
}

/**
 * Awaits one hook inside the transaction.
 *
 * @throws ScimError what a refusal says, or 503 when the hook takes too long; whatever else it throws.
 */
export async function runHook<T>(run: HookRun, hook: (context: HookContext) => T | Promise<T>): Promise<T> {
  try {
    // The hook holds the transaction, on SQLite the only writer; a hanging one must not stop the others.
    return await withinTime(run.timeoutMs, (signal) => hook(toContext(run, signal)));
  } catch (error) {
    throw error instanceof HookRefusal ? toScimError(error) : error;
  }
}

function toContext({ scope, database, reason }: HookRun, signal: AbortSignal): HookContext {
  return Object.freeze({
    connectionId: scope.connectionId,
    customerId: scope.customerId,
    // The port leaves the driver's handle open; hooks are promised the part all SQLite drivers share.
    database: database as HookDatabase,
    signal,
    reason: reason?.kind ?? 'request',
  });
}

function toScimError(refusal: HookRefusal): ScimError {
  if (refusal.status === 400) return badRequest('invalidValue', refusal.message);
  return new ScimError(refusal.status, refusal.message);
}
