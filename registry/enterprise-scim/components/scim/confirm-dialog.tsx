'use client';

import type { ComponentProps, ReactNode } from 'react';
import { ActionButton } from '@/components/scim/action-button';
import { ErrorNotice } from '@/components/scim/error-notice';
import { ScimDialog } from '@/components/scim/scim-dialog';
import type { ScimAction } from '@/hooks/scim/use-action';
import { useScim } from '@/hooks/scim/use-scim';

/** A dialog around one change. It stays open while the change runs, and with everything typed when it fails. */
export function ConfirmDialog({
  kind,
  title,
  description,
  confirmLabel,
  confirmVariant,
  canConfirm,
  failedTitle,
  action,
  children,
}: {
  kind: ComponentProps<typeof ScimDialog>['kind'];
  title: ReactNode;
  description: ReactNode;
  confirmLabel: ReactNode;
  confirmVariant: 'default' | 'destructive';
  /** @default true */
  canConfirm?: boolean;
  failedTitle: ReactNode;
  action: ScimAction;
  children?: ReactNode;
}) {
  const { labels, closeDialog } = useScim();
  const dismiss = () => {
    if (!action.isPending) closeDialog();
  };
  return (
    <ScimDialog
      kind={kind}
      title={title}
      description={description}
      onDismiss={dismiss}
      footer={
        <>
          <ActionButton variant="outline" onClick={dismiss}>
            {labels.cancel}
          </ActionButton>
          <ActionButton
            variant={confirmVariant}
            disabled={canConfirm === false}
            isPending={action.isPending}
            onClick={() => action.run()}
          >
            {action.error ? labels.tryAgain : confirmLabel}
          </ActionButton>
        </>
      }
    >
      {children}
      <ErrorNotice error={action.error} title={failedTitle} />
    </ScimDialog>
  );
}
