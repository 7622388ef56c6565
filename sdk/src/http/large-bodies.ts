import { createQueue, type Queue } from './queue.ts';

/** Bounds how many large bodies are in memory at once, and how many of those are one connection's. */
export interface LargeBodies {
  /** Waits for a place. Answers how to give it back, or undefined when the wait took too long. */
  enter(connectionId: string): Promise<(() => void) | undefined>;
}

/**
 * One place is always left to the others, where there is more than one: a connection that sends its bodies
 * slowly must not keep everybody's groups from being written.
 *
 * @param places in this process.
 */
export function createLargeBodies(places: number): LargeBodies {
  const all = createQueue({ places, waiting: places * 8 });
  const perConnection = new Map<string, { readonly queue: Queue; users: number }>();

  return {
    async enter(connectionId) {
      const own = perConnection.get(connectionId) ?? {
        queue: createQueue({ places: Math.max(1, places - 1), waiting: places * 8 }),
        users: 0,
      };
      perConnection.set(connectionId, own);
      own.users += 1;
      const forget = () => {
        own.users -= 1;
        if (own.users === 0) perConnection.delete(connectionId);
      };
      const leaveOwn = await own.queue.enter();
      const leaveAll = leaveOwn === undefined ? undefined : await all.enter();
      if (leaveOwn === undefined || leaveAll === undefined) {
        leaveOwn?.();
        forget();
        return undefined;
      }
      return () => {
        leaveAll();
        leaveOwn();
        forget();
      };
    },
  };
}
