/** Does work of the same name one after the other, in the order asked for; work of other names meanwhile. */
export type InTurn = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/**
 * Makes a set of names with turns. Changes of one resource wait for each other in the database anyway; here they
 * wait without a connection of the pool, of which one busy group would else hold all.
 */
export function createTurnsByName(): InTurn {
  const lasts = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = lasts.get(name);
    const own = before === undefined ? work() : before.then(work);
    // Whoever comes next waits for the end of this work, not for its success.
    const last = own.then(ignore, ignore);
    lasts.set(name, last);
    try {
      return await own;
    } finally {
      if (lasts.get(name) === last) lasts.delete(name);
    }
  };
}

function ignore(): void {}
