/** Lets one asynchronous task at a time use a handle; the others wait in order. */
export interface Mutex {
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function createMutex(): Mutex {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = tail.then(task);
      tail = result.then(ignore, ignore);
      return result;
    },
  };
}

function ignore(): void {}
