import { type RefObject, useRef, useState } from 'react';

/** Which dialog is open. Closing gives the focus back to the opener, or to `fallback` when that is gone. */
export function useDialog<Dialog>(fallback: RefObject<HTMLElement | null>): {
  dialog: Dialog | null;
  openDialog(dialog: Dialog): void;
  closeDialog(): void;
} {
  const opener = useRef<Element | null>(null);
  const [dialog, setDialog] = useState<Dialog | null>(null);

  function openDialog(next: Dialog) {
    // A dialog that follows another one keeps the first one's opener.
    if (dialog === null) opener.current = document.activeElement;
    setDialog(next);
  }

  function closeDialog() {
    setDialog(null);
    // After the dialog library's own clean-up.
    setTimeout(() => focusFirst([opener.current, fallback.current]), 0);
  }

  return { dialog, openDialog, closeDialog };
}

function focusFirst(candidates: readonly (Element | null)[]): void {
  const target = candidates.find(
    (candidate) => candidate instanceof HTMLElement && candidate.isConnected && candidate !== document.body,
  );
  if (target instanceof HTMLElement) target.focus();
}
