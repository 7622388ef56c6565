'use client';

import type { ReactNode } from 'react';
import { ChoiceTiles } from '@/components/scim/choice-tiles';
import { useScim } from '@/hooks/scim/use-scim';
import { type KeyLife, toExpiresAt } from '@/lib/scim/key-life';
import { formatDate } from '@/lib/scim/scim-time';

const LIVES: readonly KeyLife[] = ['days90', 'year1', 'years2', 'never'];

/** How long a new key works, and what that means. */
export function KeyLifePicker({
  legend,
  life,
  onLifeChange,
}: {
  legend: ReactNode;
  life: KeyLife;
  onLifeChange(life: KeyLife): void;
}) {
  const { labels, locale, now } = useScim();
  const expiresAt = toExpiresAt(life, now);
  return (
    <div>
      <ChoiceTiles
        columns="four"
        legend={legend}
        choices={LIVES.map((value) => ({ value, label: labels.life.options[value] }))}
        value={life}
        onValueChange={onLifeChange}
      />
      <p className="mt-3 text-muted-foreground" aria-live="polite">
        {expiresAt === null ? labels.life.neverWarning : labels.life.until(formatDate(expiresAt, locale))}
      </p>
    </div>
  );
}
