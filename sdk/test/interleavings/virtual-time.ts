/** Time that passes only when it is told to. */
export interface VirtualTime {
  /** Milliseconds since the epoch. */
  clock(): number;
  /** Calls back once so many milliseconds are over. Answers how to have that left out. */
  after(milliseconds: number, callBack: () => void): () => void;
  /** Goes on to the next moment somebody waits for. Answers false when nobody does. */
  goOn(): boolean;
}

interface Waiting {
  readonly at: number;
  readonly callBack: () => void;
}

export function createVirtualTime(start: number): VirtualTime {
  /** By time; of one moment those who came first stand first. */
  const waiting: Waiting[] = [];
  let now = start;
  return {
    clock: () => now,
    after(milliseconds, callBack) {
      const own = { at: now + milliseconds, callBack };
      let place = waiting.length;
      while (place > 0 && (waiting[place - 1]?.at ?? 0) > own.at) place -= 1;
      waiting.splice(place, 0, own);
      return () => {
        const at = waiting.indexOf(own);
        if (at >= 0) waiting.splice(at, 1);
      };
    },
    goOn() {
      const next = waiting.shift();
      if (next === undefined) return false;
      now = Math.max(now, next.at);
      next.callBack();
      return true;
    },
  };
}
