import { badRequest, ScimError, storeUnavailable } from '../protocol/errors.ts';
import type { ConnectionScope } from '../store/port.ts';
import { type HookContext, type HookDatabase, HookRefusal } from './hooks.ts';

/** What a hook's context is made from. */
export interface HookRun {
  readonly scope: ConnectionScope;
  /** The driver's handle inside the open transaction. */
  readonly database: unknown;
  readonly timeoutMs: number;
}

/**
 * Awaits one hook inside the transaction.
 *
 * @throws ScimError what a refusal says, or 503 when the hook takes too long; whatever else it throws.
 */
export async function runHook<T>(run: HookRun, hook: (context: HookContext) => T | Promise<T>): Promise<T> {
  const abort = new AbortController();
  const context: HookContext = Object.freeze({
    connectionId: run.scope.connectionId,
    customerId: run.scope.customerId,
    database: run.database as HookDatabase,
    signal: abort.signal,
  });
  try {
    const result = hook(context);
    return isThenable(result)
      ? await withinTime(Promise.resolve(result), { abort, timeoutMs: run.timeoutMs })
      : result;
  } catch (error) {
    throw error instanceof HookRefusal ? toScimError(error) : error;
  }
}

/** Query builders hand out thenables that are no promises. */
function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The hook holds the transaction, on SQLite the only writer; a hanging one must not stop the others. */
async function withinTime<T>(
  result: Promise<T>,
  { abort, timeoutMs }: { abort: AbortController; timeoutMs: number },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      abort.abort();
      reject(storeUnavailable());
    }, timeoutMs);
  });
  try {
    return await Promise.race([result, expired]);
  } finally {
    clearTimeout(timer);
  }
}

function toScimError(refusal: HookRefusal): ScimError {
  if (refusal.status === 400) return badRequest('invalidValue', refusal.message);
  return new ScimError(refusal.status, refusal.message);
}
