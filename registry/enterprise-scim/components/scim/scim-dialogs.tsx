'use client';

import { DeleteDialog } from '@/components/scim/delete-dialog';
import { KeyDialog } from '@/components/scim/key-dialog';
import { PauseDialog } from '@/components/scim/pause-dialog';
import { ResetDialog } from '@/components/scim/reset-dialog';
import { RotateDialog } from '@/components/scim/rotate-dialog';
import type { ScimDialogState } from '@/hooks/scim/use-scim';

/** The open dialog, if any. Unmounting it takes everything typed or shown in it out of the page. */
export function ScimDialogs({ dialog }: { dialog: ScimDialogState | null }) {
  switch (dialog?.kind) {
    case 'key':
      return <KeyDialog scimApiKey={dialog.scimApiKey} />;
    case 'rotate':
      return <RotateDialog />;
    case 'reset':
      return <ResetDialog />;
    case 'pause':
      return <PauseDialog />;
    case 'delete':
      return <DeleteDialog />;
    default:
      return null;
  }
}
