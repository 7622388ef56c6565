/** Lets a fixed number of tasks run at once; further ones wait for a place, in order, for a limited time. */
export interface Queue {
  /** Waits for a place. Answers how to give it back, or undefined when the wait took too long or the queue is full. */
  enter(): Promise<(() => void) | undefined>;
}

/** The longest wait for a place. */
const WAIT_MS = 2_000;

/** @param options.waiting how many may wait at once. */
export function createQueue(options: { readonly places: number; readonly waiting: number }): Queue {
  let free = options.places;
  const waiters: ((granted: boolean) => void)[] = [];

  const leave = () => {
    const next = waiters.shift();
    if (next === undefined) free += 1;
    else next(true);
  };
  const once = () => {
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      leave();
    };
  };

  return {
    enter() {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(once());
      }
      if (waiters.length >= options.waiting) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const waiter = (granted: boolean) => {
          clearTimeout(timer);
          resolve(granted ? once() : undefined);
        };
        const timer = setTimeout(() => {
          waiters.splice(waiters.indexOf(waiter), 1);
          waiter(false);
        }, WAIT_MS);
        waiters.push(waiter);
      });
    },
  };
}
