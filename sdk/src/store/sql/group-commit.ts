import { setImmediate } from 'node:timers/promises';
import { StoreUnavailableError } from './database.ts';

/** The statements a group of transactions is made of. Those that may fail throw. */
export interface GroupedHandle {
  /** Takes the write lock. */
  begin(): Promise<void>;
  commit(): void;
  /** What is due after a commit and need not be waited for by those it was for. Never throws. */
  tidy(): Promise<void>;
  /** Never throws. */
  rollBack(): void;
  savepoint(): void;
  release(): void;
  /** Answers whether the transaction around it is still there. */
  rollBackToSavepoint(): boolean;
}

/** Lets transactions that wait for one write lock share a commit. */
export interface GroupCommit {
  /** One transaction: all of what `work` does, or nothing. Nothing is committed of it once it is aborted. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Resolves when nobody is waiting and nothing is open. */
  idle(): Promise<void>;
}

/** Most transactions that share one commit. */
const MAX_GROUP = 64;

/** A group takes nobody in any more after this long: those already in it are waiting for their answer. */
const MAX_GROUP_MS = 10;

interface Outcome {
  /** Whether there is something to commit. */
  readonly isKept: boolean;
  /** Whether the transaction around it was lost. */
  readonly isLost: boolean;
}

interface Waiting {
  readonly signal: AbortSignal | undefined;
  /** Does the work. Never rejects. */
  work(): Promise<Outcome>;
  /** Answers whoever asked, once the fate of the group is known; a failure is that of the whole group. */
  settle(failure?: unknown): void;
}

/**
 * Runs transactions one after the other, each whole or not at all, and waits for the disk once for all of those
 * that had to wait for the lock. Nobody is answered before that commit.
 */
export function createGroupCommit(handle: GroupedHandle): GroupCommit {
  const queue: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      // A transaction waits for nothing but the disk: begun at once, it would be over before the next request that
      // has come already is looked at, and each would have a commit of its own.
      await setImmediate();
      await runGroup();
    }
    running = undefined;
  }

  async function runGroup(): Promise<void> {
    try {
      await handle.begin();
    } catch (error) {
      // They all have waited for the same lock.
      for (const waiting of queue.splice(0)) waiting.settle(error);
      return;
    }
    const group: Waiting[] = [];
    try {
      if (await fill(group)) handle.commit();
      else handle.rollBack();
    } catch (error) {
      handle.rollBack();
      for (const waiting of group) waiting.settle(error);
      return;
    }
    for (const waiting of group) waiting.settle();
    await handle.tidy();
  }

  /** Runs who is waiting, one after the other. Answers whether there is something to commit. */
  async function fill(group: Waiting[]): Promise<boolean> {
    const end = performance.now() + MAX_GROUP_MS;
    const kept: Waiting[] = [];
    do {
      const next = queue.shift();
      if (next === undefined) break;
      group.push(next);
      const outcome = await next.work();
      if (outcome.isLost) throw new StoreUnavailableError('The database gave the transaction up.');
      if (outcome.isKept) kept.push(next);
    } while (group.length < MAX_GROUP && performance.now() < end);
    // One of them cannot be taken out any more; the others may try again.
    if (kept.some(({ signal }) => signal?.aborted))
      throw new StoreUnavailableError('A request was given up.');
    return kept.length > 0;
  }

  return {
    run: (work, signal) =>
      new Promise((resolve, reject) => {
        let settle = (_failure?: unknown): void => {};
        queue.push({
          signal,
          async work() {
            try {
              handle.savepoint();
              const result = await work();
              handle.release();
              settle = (failure) => (failure === undefined ? resolve(result) : reject(failure));
              return { isKept: true, isLost: false };
            } catch (error) {
              settle = (failure) => reject(failure ?? error);
              return { isKept: false, isLost: !handle.rollBackToSavepoint() };
            }
          },
          settle(failure) {
            if (failure !== undefined) reject(failure);
            else settle();
          },
        });
        running ??= drain();
      }),
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
