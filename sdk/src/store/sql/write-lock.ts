import { setTimeout as sleep } from 'node:timers/promises';

/** The write lock of a SQLite file, which other handles and processes want too. */
export interface WriteLock {
  /**
   * Takes the lock, waiting for it as long as five seconds without blocking the thread: its holder may be another
   * handle of this very process, which could not let go of it meanwhile.
   *
   * @throws what the last try was answered, and whatever a try throws.
   */
  take(): Promise<void>;
  /** Says that the lock was let go of. */
  noteReleased(): void;
}

/** The longest wait. */
const PATIENCE_MS = 5_000;

/** The longest pause between two tries, and how long it is for who has waited for {@link LONG_WAIT_MS}. */
const RETRY_MS = 20;
const URGENT_RETRY_MS = 2;
const LONG_WAIT_MS = 250;

/** How long the lock is taken again at once each time before others are let in, and for how long they are. */
const LONGEST_RUN_MS = 1_000;
const PAUSE_MS = 10;

/** How long somebody who was met is reckoned with. */
const POLITE_MS = 1_000;

/**
 * SQLite keeps no queue: whoever tries while the lock happens to be free has it, and a handle under load frees it
 * for microseconds only. So a holder pauses: now and then, and after every turn as long as somebody else is met.
 *
 * @param tryTake takes the lock, or answers why that has to wait; throws what is no question of waiting
 */
export function createWriteLock(tryTake: () => Error | undefined): WriteLock {
  let runStart = 0;
  let released = Number.NEGATIVE_INFINITY;
  let met = Number.NEGATIVE_INFINITY;

  async function pause(): Promise<void> {
    const now = performance.now();
    const isRun = now - released < PAUSE_MS;
    const isAlone = now - met > POLITE_MS;
    if (isRun && isAlone && now - runStart < LONGEST_RUN_MS) return;
    if (isRun) await sleep(PAUSE_MS);
    runStart = performance.now();
  }

  return {
    async take() {
      await pause();
      const start = performance.now();
      for (let busy = tryTake(); busy !== undefined; busy = tryTake()) {
        met = performance.now();
        const waited = met - start;
        if (waited > PATIENCE_MS) throw busy;
        await sleep(1 + Math.random() * (waited < LONG_WAIT_MS ? RETRY_MS : URGENT_RETRY_MS));
      }
    },
    noteReleased() {
      released = performance.now();
    },
  };
}
