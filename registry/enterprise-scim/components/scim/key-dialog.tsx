'use client';

import { TriangleAlertIcon } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { ActionButton } from '@/components/scim/action-button';
import { EndpointField, NewKeyField } from '@/components/scim/credential-fields';
import { Notice } from '@/components/scim/notice';
import { ScimDialog } from '@/components/scim/scim-dialog';
import { useEscapeKey } from '@/hooks/scim/use-escape-key';
import { useLeaveWarning } from '@/hooks/scim/use-leave-warning';
import { useScim } from '@/hooks/scim/use-scim';

/** The new key, once. Neither a press outside nor Escape loses it, and leaving the page warns. */
export function KeyDialog({ scimApiKey }: { scimApiKey: string }) {
  const { labels, idp, closeDialog } = useScim();
  const [isStored, setIsStored] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  useLeaveWarning(isStored ? 'off' : 'on');
  useEscapeKey(() => {
    if (isStored) closeDialog();
    else setIsAsking(!isAsking);
  });
  return (
    <ScimDialog
      kind="key"
      title={labels.keyDialog.title}
      description={labels.keyDialog.description(idp)}
      onDismiss={() => {}}
      footer={
        isAsking ? null : (
          <ActionButton disabled={!isStored} onClick={closeDialog}>
            {labels.keyDialog.done}
          </ActionButton>
        )
      }
    >
      <EndpointField />
      <NewKeyField scimApiKey={scimApiKey} />
      <label className="flex min-h-10 cursor-pointer items-center gap-3 self-start font-medium">
        <input
          type="checkbox"
          className="size-5 shrink-0 accent-primary"
          checked={isStored}
          onChange={(event) => {
            setIsStored(event.target.checked);
            setIsAsking(false);
          }}
        />
        {labels.keyDialog.acknowledge}
      </label>
      {isAsking ? <UnstoredNotice onKeepOpen={() => setIsAsking(false)} /> : null}
    </ScimDialog>
  );
}

function UnstoredNotice({ onKeepOpen }: { onKeepOpen(): void }) {
  const { labels, closeDialog } = useScim();
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    notice.current?.focus();
    notice.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div ref={notice} tabIndex={-1} className="scroll-mb-6 outline-none">
      <Notice
        role="alert"
        tone="warning"
        icon={TriangleAlertIcon}
        title={labels.keyDialog.unstoredTitle}
        data-scim-notice="unstored"
        action={
          <>
            <ActionButton onClick={onKeepOpen}>{labels.keyDialog.keepOpen}</ActionButton>
            <ActionButton
              variant="outline"
              className="text-destructive hover:text-destructive"
              onClick={closeDialog}
            >
              {labels.keyDialog.closeAnyway}
            </ActionButton>
          </>
        }
      >
        <p>{labels.keyDialog.unstoredDescription}</p>
      </Notice>
    </div>
  );
}
