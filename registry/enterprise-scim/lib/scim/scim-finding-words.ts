import type { ScimLabels } from '@/lib/scim/scim-labels';
import { formatDate } from '@/lib/scim/scim-time';
import type { ScimFinding } from '@/lib/scim/scim-types';

/** What is said of a finding. */
export interface ScimFindingWords {
  title: string;
  /** What to do. */
  advice: string;
  /** What the identity provider was told, as it was told. */
  quote: string | null;
}

/** A finding in words; `null` for one there are none for. */
export function toFindingWords(
  { id, facts }: ScimFinding,
  { labels, idp, locale }: { labels: ScimLabels; idp: string; locale: string },
): ScimFindingWords | null {
  const words = Object.entries(labels.findings.words).find(([name]) => name === id)?.[1];
  if (!words) return null;
  const name = text(facts.name) ?? '';
  const given = {
    idp,
    name,
    lastFour: text(facts.lastFour) ?? '',
    date: toDate(facts.expiresAt ?? facts.retiresAt, locale),
  };
  return { title: words.title(given), advice: words.advice(given), quote: text(facts.detail) };
}

function text(fact: string | number | null | undefined): string | null {
  return typeof fact === 'string' && fact !== '' ? fact : null;
}

function toDate(fact: string | number | null | undefined, locale: string): string {
  return typeof fact === 'number' ? formatDate(fact, locale) : '';
}
