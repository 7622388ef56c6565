'use client';

import { useState } from 'react';
import { ChoiceTiles } from '@/components/scim/choice-tiles';
import { ConfirmDialog } from '@/components/scim/confirm-dialog';
import { KeyLifePicker } from '@/components/scim/key-life-picker';
import { useAction } from '@/hooks/scim/use-action';
import { useScim } from '@/hooks/scim/use-scim';
import { type KeyLife, PRESET_KEY_LIFE, toExpiresAt } from '@/lib/scim/key-life';

const OVERLAP_SECONDS = { day1: 86_400, days7: 7 * 86_400, days30: 30 * 86_400 } as const;
type Overlap = keyof typeof OVERLAP_SECONDS;
const OVERLAPS: readonly Overlap[] = ['day1', 'days7', 'days30'];

/** A second key beside the old one, which goes on working for the chosen time. */
export function RotateDialog() {
  const { labels, idp, now, connection, onRotated } = useScim();
  const [overlap, setOverlap] = useState<Overlap>('days7');
  const [life, setLife] = useState<KeyLife>(PRESET_KEY_LIFE);
  const rotate = useAction(
    () => connection.rotate({ expiresAt: toExpiresAt(life, now), overlapSeconds: OVERLAP_SECONDS[overlap] }),
    ({ scimApiKey }) => onRotated(scimApiKey),
  );
  return (
    <ConfirmDialog
      kind="rotate"
      title={labels.rotate.title}
      description={labels.rotate.description(idp)}
      confirmLabel={labels.rotate.confirm}
      confirmVariant="default"
      failedTitle={labels.rotate.failed}
      action={rotate}
    >
      <div>
        <ChoiceTiles<Overlap>
          legend={labels.rotate.overlapLegend}
          choices={OVERLAPS.map((value) => ({ value, label: labels.rotate.overlapOptions[value] }))}
          value={overlap}
          onValueChange={setOverlap}
        />
        <p className="mt-3 text-muted-foreground">{labels.rotate.overlapHint}</p>
      </div>
      <KeyLifePicker legend={labels.life.newKeyLegend} life={life} onLifeChange={setLife} />
    </ConfirmDialog>
  );
}
