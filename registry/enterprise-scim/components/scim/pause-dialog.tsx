'use client';

import { ConfirmDialog } from '@/components/scim/confirm-dialog';
import { useAction } from '@/hooks/scim/use-action';
import { useScim } from '@/hooks/scim/use-scim';

/** Refuses the provider's changes until resumed. */
export function PauseDialog() {
  const { labels, idp, counts, connection, closeDialog } = useScim();
  const pause = useAction(connection.pause, closeDialog);
  return (
    <ConfirmDialog
      kind="pause"
      title={labels.pause.title}
      description={labels.pause.description(idp)}
      confirmLabel={labels.pause.confirm}
      confirmVariant="default"
      failedTitle={labels.pause.failed}
      action={pause}
    >
      <p>{labels.pause.counts(counts)}</p>
    </ConfirmDialog>
  );
}
