import { useEffect } from 'react';
import { useLatest } from '@/hooks/scim/use-latest';

/** Hears Escape before any dialog library does; their own dismissal differs from one to the next. */
export function useEscapeKey(onEscape: () => void): void {
  const latest = useLatest(onEscape);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.isComposing) latest.current();
    };
    window.addEventListener('keydown', listen, { capture: true });
    return () => window.removeEventListener('keydown', listen, { capture: true });
  }, [latest]);
}
