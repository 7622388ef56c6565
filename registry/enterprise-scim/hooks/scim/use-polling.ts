import { useEffect } from 'react';

/** `idle`: only when the person comes back. `waiting`: soon, then less often. `steady`: every 30 s. */
export type PollingPace = 'idle' | 'waiting' | 'steady';

const FIRST_WAIT_MS = 3_000;
const LONGEST_WAIT_MS = 30_000;
const BACK_OFF = 1.5;

/** Refreshes at the given pace, at once when the tab is shown or focused again, and never while it is hidden. */
export function usePolling(pace: PollingPace, refresh: () => Promise<void>): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wait = FIRST_WAIT_MS;
    let isStopped = false;

    function schedule() {
      clearTimeout(timer);
      if (isStopped || pace === 'idle' || document.hidden) return;
      timer = setTimeout(tick, pace === 'waiting' ? wait : LONGEST_WAIT_MS);
      wait = Math.min(wait * BACK_OFF, LONGEST_WAIT_MS);
    }

    async function tick() {
      clearTimeout(timer);
      await refresh();
      schedule();
    }

    function onReturn() {
      wait = FIRST_WAIT_MS;
      if (document.hidden) clearTimeout(timer);
      else void tick();
    }

    schedule();
    document.addEventListener('visibilitychange', onReturn);
    window.addEventListener('focus', onReturn);
    return () => {
      isStopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onReturn);
      window.removeEventListener('focus', onReturn);
    };
  }, [pace, refresh]);
}
