/** What every method of `scim.management`, `scim.events` and `scim.webhooks` resolves to. Expected failures are data, not exceptions. */
export type ManagementResult<T, E extends { readonly type: string }> = Success<T> | Failure<E>;

/** The call did what it says. */
export class Success<T> {
  readonly ok = true;
  readonly data: T;

  constructor(data: T) {
    this.data = data;
  }

  /** The data: for callers that treat every failure alike. */
  getOrThrow(): T {
    return this.data;
  }
}

/** The call changed nothing; `error.type` says why. */
export class Failure<E extends { readonly type: string }> {
  readonly ok = false;
  readonly error: E;

  constructor(error: E) {
    this.error = error;
  }

  /** @throws ManagementError with this failure's `error`. */
  getOrThrow(): never {
    throw new ManagementError(this.error);
  }
}

/** Thrown by `getOrThrow()` alone. `error` is that of the result. */
export class ManagementError<E extends { readonly type: string } = { readonly type: string }> extends Error {
  override readonly name = 'ManagementError';
  readonly error: E;

  constructor(error: E) {
    super(sayWhy(error));
    this.error = error;
  }
}

function sayWhy(error: { readonly type: string }): string {
  if ('message' in error && typeof error.message === 'string') return error.message;
  if (!('fields' in error && Array.isArray(error.fields))) return error.type;
  const fields = error.fields as readonly { readonly field: string; readonly message: string }[];
  return `${error.type}: ${fields.map(({ field, message }) => `${field}: ${message}`).join(' ')}`;
}
