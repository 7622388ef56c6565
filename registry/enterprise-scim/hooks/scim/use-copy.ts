import { type RefObject, useEffect, useRef, useState } from 'react';

/** What became of the last press on a copy button. */
export type CopyOutcome = 'none' | 'copied' | 'refused';

const SHOWN_MS = 4000;

/** Copies a text; where the clipboard is refused, selects the element that shows it. */
export function useCopy(
  text: string,
  shownIn: RefObject<HTMLElement | null>,
): { outcome: CopyOutcome; copy: () => void } {
  const [outcome, setOutcome] = useState<CopyOutcome>('none');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  async function copy() {
    clearTimeout(timer.current);
    if (!(await writeToClipboard(text))) {
      setOutcome('refused');
      if (shownIn.current) selectText(shownIn.current);
      return;
    }
    setOutcome('copied');
    timer.current = setTimeout(() => setOutcome('none'), SHOWN_MS);
  }

  return { outcome, copy: () => void copy() };
}

async function writeToClipboard(text: string): Promise<boolean> {
  try {
    // Absent on pages that were not served over HTTPS.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function selectText(element: HTMLElement): void {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = window.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}
