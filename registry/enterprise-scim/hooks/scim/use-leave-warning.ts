import { useEffect } from 'react';

/** While `on`, the browser asks before the page is left or reloaded. */
export function useLeaveWarning(mode: 'on' | 'off'): void {
  useEffect(() => {
    if (mode === 'off') return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [mode]);
}
