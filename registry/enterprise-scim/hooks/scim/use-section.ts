import { useCallback, useSyncExternalStore } from 'react';

/** The part of the page that is shown. */
export type ScimSection = 'overview' | 'users' | 'groups' | 'activity';

/** Put before a section's name in the address, so that anchors of the app's own are left alone. */
const PREFIX = '#directory-';

/** The section chosen, remembered in the address: a link leads to it, and going back leaves it. */
export function useSection(
  offered: readonly ScimSection[],
): readonly [ScimSection, (section: ScimSection) => void] {
  const hash = useSyncExternalStore(subscribe, readHash, () => '');
  const named = offered.find((section) => hash === PREFIX + section);
  const choose = useCallback((section: ScimSection) => {
    window.location.hash = PREFIX + section;
  }, []);
  return [named ?? 'overview', choose];
}

function subscribe(onChange: () => void): () => void {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
}

function readHash(): string {
  return window.location.hash;
}
