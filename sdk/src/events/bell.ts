import type { Timers } from '../timers.ts';

/** Wakes up whoever waits for something to do. */
export interface Bell {
  ring(): void;
  /** Resolves when it was rung, since the last time even, or when the time is over. */
  wait(milliseconds: number): Promise<void>;
}

export function createBell(timers: Timers): Bell {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      isRung = true;
      wake?.();
    },
    async wait(milliseconds) {
      if (!isRung) {
        await new Promise<void>((resolve) => {
          const leaveOut = timers.after(milliseconds, resolve);
          wake = () => {
            leaveOut();
            resolve();
          };
        });
      }
      isRung = false;
      wake = undefined;
    },
  };
}
