import type { Timers } from '../timers.ts';
import type { Consumer } from './consumer.ts';
import type { ScimEvent } from './event.ts';

const LONGEST_ERROR = 500;

interface TellingOptions {
  readonly attempt: number;
  /** Aborted when nobody waits for the outcome any more. */
  readonly signal: AbortSignal;
  readonly timers: Timers;
}

/**
 * Tells a consumer of an event and waits for a limited time. Never rejects: answers what went wrong, or undefined.
 */
export async function tellInTime(
  consumer: Consumer,
  event: ScimEvent,
  { attempt, signal, timers }: TellingOptions,
): Promise<string | undefined> {
  const abort = new AbortController();
  const late = Promise.withResolvers<never>();
  const leaveOut = timers.after(consumer.timeoutMs, () => {
    abort.abort();
    late.reject(new Error(`No answer within ${consumer.timeoutMs / 1000} s.`));
  });
  try {
    const telling = (async () =>
      consumer.deliver(event, { attempt, signal: AbortSignal.any([abort.signal, signal]) }))();
    await Promise.race([telling, late.promise]);
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).slice(0, LONGEST_ERROR) || 'Unknown';
  } finally {
    leaveOut();
  }
}
