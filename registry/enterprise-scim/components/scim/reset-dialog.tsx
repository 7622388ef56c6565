'use client';

import { TriangleAlertIcon } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '@/components/scim/confirm-dialog';
import { KeyLifePicker } from '@/components/scim/key-life-picker';
import { Notice } from '@/components/scim/notice';
import { useAction } from '@/hooks/scim/use-action';
import { useScim } from '@/hooks/scim/use-scim';
import { type KeyLife, PRESET_KEY_LIFE, toExpiresAt } from '@/lib/scim/key-life';

/** A new key in place of the old one, which stops at once. */
export function ResetDialog() {
  const { labels, idp, now, counts, connection, onReset } = useScim();
  const [life, setLife] = useState<KeyLife>(PRESET_KEY_LIFE);
  const reset = useAction(
    () => connection.reset({ expiresAt: toExpiresAt(life, now) }),
    ({ scimApiKey }) => onReset(scimApiKey),
  );
  return (
    <ConfirmDialog
      kind="reset"
      title={labels.reset.title}
      description={labels.reset.description}
      confirmLabel={labels.reset.confirm}
      confirmVariant="destructive"
      failedTitle={labels.reset.failed}
      action={reset}
    >
      <Notice role="note" icon={TriangleAlertIcon} title={labels.reset.consequence(idp)}>
        <p>{labels.reset.counts(counts)}</p>
      </Notice>
      <KeyLifePicker legend={labels.life.newKeyLegend} life={life} onLifeChange={setLife} />
    </ConfirmDialog>
  );
}
