'use client';

import type { ReactNode } from 'react';
import {
  Dialog,
  DialogContent,
  DialogDescription,
  DialogFooter,
  DialogHeader,
  DialogTitle,
} from '@/components/ui/dialog';
import type { ScimDialogState } from '@/hooks/scim/use-scim';

/** The frame of every dialog: one column, scrolling inside itself on small screens. */
export function ScimDialog({
  kind,
  title,
  description,
  onDismiss,
  footer,
  children,
}: {
  kind: ScimDialogState['kind'];
  title: ReactNode;
  description: ReactNode;
  /** Escape, or a press outside. Do nothing here to keep the dialog open. */
  onDismiss(): void;
  footer: ReactNode;
  children?: ReactNode;
}) {
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => {
        if (!isOpen) onDismiss();
      }}
    >
      <DialogContent
        data-scim-dialog={kind}
        showCloseButton={false}
        className="max-h-[calc(100dvh-2rem)] grid-cols-[minmax(0,1fr)] gap-4 overflow-y-auto p-5 text-sm sm:max-w-xl sm:gap-6 sm:p-6"
      >
        <DialogHeader className="gap-2 text-start">
          <DialogTitle className="font-semibold text-lg leading-snug">{title}</DialogTitle>
          <DialogDescription className="text-pretty">{description}</DialogDescription>
        </DialogHeader>
        {children}
        {footer ? (
          <DialogFooter className="mx-0 mb-0 border-0 bg-transparent p-0">{footer}</DialogFooter>
        ) : null}
      </DialogContent>
    </Dialog>
  );
}
