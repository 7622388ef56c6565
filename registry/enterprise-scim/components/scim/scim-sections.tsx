'use client';

import { lazy, type ReactNode, Suspense } from 'react';
import { SectionButtons } from '@/components/scim/section-buttons';
import { useScim } from '@/hooks/scim/use-scim';
import { type ScimSection, useSection } from '@/hooks/scim/use-section';
import type { ScimApi } from '@/lib/scim/scim-types';

// Loaded once they are shown.
const PANELS = {
  users: lazy(() => import('@/components/scim/users-panel')),
  groups: lazy(() => import('@/components/scim/groups-panel')),
  activity: lazy(() => import('@/components/scim/activity-panel')),
};

/** The page in parts, as far as the adapter has something for them; the overview is what is given. */
export function ScimSections({ children }: { children: ReactNode }) {
  const { labels, api } = useScim();
  const sections = listSections(api);
  const [chosen, choose] = useSection(sections);
  const Panel = chosen === 'overview' ? null : PANELS[chosen];
  return (
    <>
      {sections.length === 1 ? null : (
        <SectionButtons sections={sections} chosen={chosen} onChoose={choose} />
      )}
      {Panel ? (
        <Suspense fallback={<p role="status">{labels.status.loading}</p>}>
          <Panel />
        </Suspense>
      ) : (
        children
      )}
    </>
  );
}

function listSections(api: ScimApi): readonly ScimSection[] {
  return [
    'overview',
    ...(api.users ? (['users'] as const) : []),
    ...(api.groups ? (['groups'] as const) : []),
    ...(api.activity ? (['activity'] as const) : []),
  ];
}
