/** Lets one asynchronous task at a time run; the others wait in order. */
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

/** A mutex for each name: tasks of other names run meanwhile. */
export interface MutexByName {
  run<T>(name: string, task: () => Promise<T>): Promise<T>;
}

export function createMutexByName(): MutexByName {
  const used = new Map<string, { readonly mutex: Mutex; tasks: number }>();
  return {
    async run(name, task) {
      const own = used.get(name) ?? { mutex: createMutex(), tasks: 0 };
      used.set(name, own);
      own.tasks += 1;
      try {
        return await own.mutex.run(task);
      } finally {
        own.tasks -= 1;
        if (own.tasks === 0) used.delete(name);
      }
    },
  };
}

function ignore(): void {}
