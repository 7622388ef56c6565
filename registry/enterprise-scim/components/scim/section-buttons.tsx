'use client';

import { Button } from '@/components/ui/button';
import { useScim } from '@/hooks/scim/use-scim';
import type { ScimSection } from '@/hooks/scim/use-section';

/** Chooses the part of the page that is shown. */
export function SectionButtons({
  sections,
  chosen,
  onChoose,
}: {
  sections: readonly ScimSection[];
  chosen: ScimSection;
  onChoose: (section: ScimSection) => void;
}) {
  const { labels } = useScim();
  return (
    <nav aria-label={labels.sections.title} className="flex flex-wrap gap-2">
      {sections.map((section) => (
        <Button
          key={section}
          type="button"
          variant={section === chosen ? 'secondary' : 'ghost'}
          className="min-h-10 sm:min-h-9"
          aria-pressed={section === chosen}
          data-scim-section={section}
          onClick={() => onChoose(section)}
        >
          {labels.sections[section]}
        </Button>
      ))}
    </nav>
  );
}
