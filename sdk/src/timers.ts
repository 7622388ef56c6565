/** Time as it passes, to wait and to measure by: apart from the clock, which tells what time it is. */
export interface Timers {
  /** Milliseconds since some moment. Never goes back. */
  now(): number;
  /** Calls back once so many milliseconds are over. Answers how to have that left out. */
  after(milliseconds: number, callBack: () => void): () => void;
  /** About as long, a fifth more or less, so that processes do not all do the same at the same moment. */
  about(milliseconds: number): number;
}

export const platformTimers: Timers = Object.freeze({
  now: () => performance.now(),
  after(milliseconds: number, callBack: () => void) {
    const timer = setTimeout(callBack, milliseconds);
    return () => clearTimeout(timer);
  },
  about: (milliseconds: number) => milliseconds * (0.8 + Math.random() * 0.4),
});

export function pause(timers: Timers, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void timers.after(milliseconds, resolve));
}
