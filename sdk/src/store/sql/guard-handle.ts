/** A handle that can be taken back. */
export interface GuardedHandle<T> {
  readonly proxy: T;
  /** From now on every use throws, also of functions and statements taken from the handle before. */
  revoke(): void;
}

/** What became of a statement that is awaited; undefined = it succeeded. */
type OnStatement = (failure: unknown) => void;

/**
 * Lends the real handle for the time of one transaction. A hook that was given up on may wake up later, when
 * the same handle is in somebody else's transaction, so whatever it kept must be dead by then.
 *
 * @param onStatement told of each statement that a hook awaits
 */
export function guardHandle<T extends object>(handle: T, onStatement?: OnStatement): GuardedHandle<T> {
  let isRevoked = false;
  const assertLent = () => {
    if (isRevoked)
      throw new TypeError('hooks: the transaction of this hook has ended; its database is gone.');
  };
  const guard = <U extends object>(target: U): U => {
    const proxy: U = new Proxy(target, {
      get(_target, name) {
        assertLent();
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...values: unknown[]) => {
          assertLent();
          if (ENDING.has(name)) throw new TypeError(`hooks: ${String(name)}() is scimkit's to call.`);
          if (TAKING_SQL.has(name)) refuseTransaction(values[0]);
          const result: unknown = Reflect.apply(value, target, values);
          if (result === target) return proxy;
          if (onStatement !== undefined && result instanceof Promise) return noteOutcome(result, onStatement);
          return LENDING.has(name) && typeof result === 'object' && result !== null ? guard(result) : result;
        };
      },
    });
    return proxy;
  };
  return {
    proxy: guard(handle),
    revoke() {
      isRevoked = true;
    },
  };
}

async function noteOutcome<R>(result: Promise<R>, onStatement: OnStatement): Promise<R> {
  try {
    const value = await result;
    onStatement(undefined);
    return value;
  } catch (error) {
    onStatement(error);
    throw error;
  }
}

const TAKING_SQL: ReadonlySet<string | symbol> = new Set(['prepare', 'exec', 'query']);

const ENDING: ReadonlySet<string | symbol> = new Set(['close', 'end', 'release']);

/** A hook that ended the transaction by mistake would leave half of the change behind. */
function refuseTransaction(statement: unknown): void {
  const isObject = typeof statement === 'object' && statement !== null;
  const sql = isObject ? (statement as { text?: unknown }).text : statement;
  if (typeof sql !== 'string') return;
  if (!/^\s*(?:BEGIN|COMMIT|END|ROLLBACK(?!\s+(?:TRANSACTION\s+)?TO\b))\b/i.test(sql)) return;
  throw new TypeError("hooks: the transaction is scimkit's. Use SAVEPOINT, or throw to roll it back.");
}

/** Methods whose result goes on using the handle: statements and their cursors. */
const LENDING: ReadonlySet<string | symbol> = new Set(['prepare', 'iterate', Symbol.iterator]);
