/** Lets a fixed number of tasks run at once. Further ones wait, and the connections take turns. */
export interface Turns {
  /**
   * Waits for a place.
   *
   * @param waitMs the longest wait, in milliseconds.
   * @returns how to give the place back, or whose room was taken.
   */
  enter(connectionId: string, waitMs?: number): Promise<Entry>;
}

export type Entry = { readonly leave: () => void } | { readonly fullOf: 'connection' | 'process' };

/** How many run and how many wait; of all connections, and of each. */
export interface TurnsOptions {
  readonly places: number;
  readonly placesEach: number;
  readonly waiting: number;
  readonly waitingEach: number;
}

/** The longest wait for a place, in milliseconds. */
export const WAIT_MS = 2_000;

/** What one connection has at work, and what of it waits. */
interface Lane {
  readonly connectionId: string;
  working: number;
  readonly waiters: Waiter[];
}

type Waiter = (entry: Entry) => void;

/**
 * Makes a queue that is fair between connections: a place goes to the next connection that waits, and to the
 * request of it that waits longest. Where too many wait, those go that came last of the connection with the most.
 */
export function createTurns({ places, placesEach, waiting, waitingEach }: TurnsOptions): Turns {
  const lanes = new Map<string, Lane>();
  /** Lanes that wait and may have a further place, in the order of their turns. */
  const turns = new Set<Lane>();
  let working = 0;
  let waitingNow = 0;

  const grant = (lane: Lane): Entry => {
    working += 1;
    lane.working += 1;
    let isLeft = false;
    return {
      leave() {
        if (isLeft) return;
        isLeft = true;
        working -= 1;
        lane.working -= 1;
        if (lane.waiters.length > 0) turns.add(lane);
        else if (lane.working === 0) lanes.delete(lane.connectionId);
        grantNext();
      },
    };
  };

  const grantNext = () => {
    for (const lane of turns) {
      if (working >= places) return;
      turns.delete(lane);
      const next = lane.waiters.shift();
      if (next === undefined) continue;
      waitingNow -= 1;
      const entry = grant(lane);
      // Put in again it is last, and this very loop comes back to it.
      if (lane.waiters.length > 0 && lane.working < placesEach) turns.add(lane);
      next(entry);
    }
  };

  const giveUp = (lane: Lane, waiter: Waiter, fullOf: 'connection' | 'process') => {
    lane.waiters.splice(lane.waiters.indexOf(waiter), 1);
    waitingNow -= 1;
    if (lane.waiters.length === 0) turns.delete(lane);
    if (lane.waiters.length === 0 && lane.working === 0) lanes.delete(lane.connectionId);
    waiter({ fullOf });
  };

  /** Makes room for one who waits. Answers whether there is room. */
  const makeRoom = (own: Lane): boolean => {
    if (waitingNow < waiting) return true;
    const longest = [...lanes.values()].reduce(
      (most, lane) => (lane.waiters.length > most.waiters.length ? lane : most),
      own,
    );
    const last = longest.waiters.at(-1);
    // In place of its own request, or of one who waits with as few, nobody is better off.
    if (last === undefined || longest.waiters.length <= own.waiters.length + 1) return false;
    giveUp(longest, last, 'process');
    return true;
  };

  const wait = (lane: Lane, waitMs: number): Promise<Entry> => {
    if (lane.waiters.length >= waitingEach) return Promise.resolve({ fullOf: 'connection' });
    if (!makeRoom(lane)) return Promise.resolve({ fullOf: 'process' });
    return new Promise((resolve) => {
      const waiter: Waiter = (entry) => {
        clearTimeout(timer);
        resolve(entry);
      };
      const timer = setTimeout(() => {
        giveUp(lane, waiter, lane.working >= placesEach ? 'connection' : 'process');
      }, waitMs);
      lane.waiters.push(waiter);
      waitingNow += 1;
      if (lane.working < placesEach) turns.add(lane);
    });
  };

  const findLane = (connectionId: string): Lane => {
    const known = lanes.get(connectionId);
    if (known !== undefined) return known;
    const lane: Lane = { connectionId, working: 0, waiters: [] };
    lanes.set(connectionId, lane);
    return lane;
  };

  return {
    enter(connectionId, waitMs = WAIT_MS) {
      const lane = findLane(connectionId);
      const isFree = working < places && lane.working < placesEach;
      if (isFree) return Promise.resolve(grant(lane));
      const entry = wait(lane, waitMs);
      if (lane.waiters.length === 0 && lane.working === 0) lanes.delete(connectionId);
      return entry;
    },
  };
}
