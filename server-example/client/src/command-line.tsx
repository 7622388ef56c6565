import { CheckIcon, CopyIcon } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';

/** A command to copy. */
export function CommandLine({ command, label }: { command: string; label: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');

  async function copy() {
    try {
      await navigator.clipboard.writeText(command);
      setState('copied');
    } catch {
      setState('refused');
    }
    setTimeout(() => setState('idle'), 2500);
  }

  return (
    <div className="flex min-w-0 items-start gap-1 rounded-md border bg-muted/50 p-1 ps-3" dir="ltr">
      <pre className="min-w-0 flex-1 whitespace-pre-wrap py-2 text-xs leading-relaxed wrap-anywhere">
        <code>{command}</code>
      </pre>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={`Copy ${label}`}
        onClick={copy}
        className="max-md:size-10"
      >
        {state === 'copied' ? <CheckIcon aria-hidden="true" /> : <CopyIcon aria-hidden="true" />}
      </Button>
      <span role="status" className="sr-only">
        {state === 'copied' && 'Copied'}
        {state === 'refused' && 'Your browser did not allow copying. Select the text and copy it.'}
      </span>
    </div>
  );
}
