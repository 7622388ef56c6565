import type { Consumer } from './consumer.ts';
import type { ScimEvent } from './event.ts';

const LONGEST_ERROR = 500;

/**
 * Tells a consumer of an event and waits for a limited time. Never rejects: answers what went wrong, or undefined.
 *
 * @param delivery.signal aborted when nobody waits for the outcome any more
 */
export async function tellInTime(
  consumer: Consumer,
  event: ScimEvent,
  { attempt, signal }: { readonly attempt: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      abort.abort();
      reject(new Error(`No answer within ${consumer.timeoutMs / 1000} s.`));
    }, consumer.timeoutMs);
  });
  try {
    const telling = (async () =>
      consumer.deliver(event, { attempt, signal: AbortSignal.any([abort.signal, signal]) }))();
    await Promise.race([telling, late]);
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_ERROR) || 'Unknown';
  } finally {
    clearTimeout(timer);
  }
}
