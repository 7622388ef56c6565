import { storeUnavailable } from '../protocol/errors.ts';

/**
 * Waits for work for a limited time. Work that is given up on is told so by its signal, so that it commits
 * nothing after somebody has heard "try again".
 *
 * @throws ScimError 503 when the time is over.
 */
export async function withinTime<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      abort.abort();
      reject(storeUnavailable());
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(abort.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}
