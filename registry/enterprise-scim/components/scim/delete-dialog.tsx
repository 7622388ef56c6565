'use client';

import { TriangleAlertIcon } from 'lucide-react';
import { useId, useState } from 'react';
import { ConfirmDialog } from '@/components/scim/confirm-dialog';
import { Notice } from '@/components/scim/notice';
import { Input } from '@/components/ui/input';
import { Label } from '@/components/ui/label';
import { useAction } from '@/hooks/scim/use-action';
import { useScim } from '@/hooks/scim/use-scim';

/** Disconnects for good, after the customer's name (or "delete") has been typed. */
export function DeleteDialog() {
  const { labels, idp, counts, configuration, connection, onDeleted } = useScim();
  const [typed, setTyped] = useState('');
  const inputId = useId();
  const word = configuration.customerName?.trim() || labels.remove.word;
  const isConfirmed = typed.trim().toLowerCase() === word.toLowerCase();
  const remove = useAction(connection.remove, onDeleted);
  return (
    <ConfirmDialog
      kind="delete"
      title={labels.remove.title}
      description={labels.remove.description(idp)}
      confirmLabel={labels.remove.confirm}
      confirmVariant="destructive"
      canConfirm={isConfirmed}
      failedTitle={labels.remove.failed}
      action={remove}
    >
      <Notice role="note" icon={TriangleAlertIcon} title={labels.remove.counts(counts)} />
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (isConfirmed) remove.run();
        }}
      >
        <Label htmlFor={inputId} className="wrap-anywhere leading-normal">
          {labels.remove.typeToConfirm(word)}
        </Label>
        <Input
          id={inputId}
          className="h-10"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
    </ConfirmDialog>
  );
}
