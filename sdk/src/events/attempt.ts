import type { Logger } from '../logger.ts';
import { Failure, type ManagementResult } from '../result.ts';

/** The database could not serve; the cause is in the host's log. */
export interface UnexpectedError {
  readonly type: 'UnexpectedError';
  readonly message: string;
}

/** The one place where a failing database becomes a result. What the calling code did wrong stays a TypeError. */
export async function attempt<T, E extends { readonly type: string }>(
  { logger, method }: { readonly logger: Logger; readonly method: string },
  work: () => Promise<ManagementResult<T, E>>,
): Promise<ManagementResult<T, E | UnexpectedError>> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
    logger.error(`scim.${method} failed; nothing was changed.`, { cause });
    return new Failure({
      type: 'UnexpectedError',
      message: 'The directory is temporarily unavailable. Nothing was changed; try again.',
    });
  }
}
