import { useEffect, useState } from 'react';
import { useLatest } from '@/hooks/scim/use-latest';

const TICK_MS = 1000;

/** The time in milliseconds, renewed every second, so that ages grow and keys expire without a reload. */
export function useNow(now: () => number): number {
  const latestNow = useLatest(now);
  const [time, setTime] = useState(() => now());
  useEffect(() => {
    const timer = setInterval(() => setTime(latestNow.current()), TICK_MS);
    return () => clearInterval(timer);
  }, [latestNow]);
  return time;
}
