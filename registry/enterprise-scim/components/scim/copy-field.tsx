'use client';

import { CheckIcon, CopyIcon, TriangleAlertIcon } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId, useRef } from 'react';
import { Button } from '@/components/ui/button';
import { useCopy } from '@/hooks/scim/use-copy';
import { useScim } from '@/hooks/scim/use-scim';
import { cn } from '@/lib/utils';

/** A value to paste elsewhere: always readable in full, copied with one press. */
export function CopyField({
  className,
  label,
  hint,
  value,
  name,
  shownAs,
  tools,
  ...props
}: Omit<ComponentProps<'div'>, 'children'> & {
  label: ReactNode;
  hint?: ReactNode;
  value: string;
  /** How the value is called in "Copy …". */
  name: string;
  /** Drawn instead of the value, for example while it is hidden. The value itself is copied. */
  shownAs?: string | undefined;
  /** Further buttons, before Copy. */
  tools?: ReactNode;
}) {
  const { labels } = useScim();
  const labelId = useId();
  const shownIn = useRef<HTMLElement>(null);
  const { outcome, copy } = useCopy(value, shownIn);
  const isCopied = outcome === 'copied';
  return (
    // A value with its button is a group, not a fieldset.
    <div
      role="group"
      aria-labelledby={labelId}
      className={cn('flex min-w-0 flex-col gap-2', className)}
      {...props}
    >
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <span id={labelId} className="font-medium">
          {label}
        </span>
        {hint}
      </div>
      <div className="flex min-w-0 items-stretch overflow-hidden rounded-md border border-input bg-muted/40">
        <code
          ref={shownIn}
          dir="ltr"
          className="min-w-0 flex-1 self-center wrap-anywhere px-3 py-2 text-start font-mono text-sm leading-6"
        >
          {/* A refused copy shows what has to be copied by hand. */}
          {breakAfterSlashes(outcome === 'refused' ? value : (shownAs ?? value))}
        </code>
        {tools}
        <Button
          type="button"
          variant="ghost"
          aria-label={labels.copy.copyValue(name)}
          className="h-auto min-h-10 min-w-11 rounded-none border-0 border-input border-s px-3 focus-visible:ring-inset sm:min-w-24"
          onClick={copy}
        >
          {isCopied ? <CheckIcon aria-hidden="true" /> : <CopyIcon aria-hidden="true" />}
          <span className="hidden sm:inline">{isCopied ? labels.copy.copied : labels.copy.copy}</span>
        </Button>
      </div>
      {outcome === 'refused' ? (
        <p role="alert" className="flex gap-2 text-muted-foreground" data-scim-copy="refused">
          <TriangleAlertIcon aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
          {labels.copy.refused}
        </p>
      ) : null}
      <span role="status" className="sr-only">
        {isCopied ? labels.copy.copiedValue(name) : ''}
      </span>
    </div>
  );
}

/** Long addresses wrap where they are easiest to read. What is selected and copied by hand stays the same. */
function breakAfterSlashes(text: string): ReactNode {
  const [first, ...others] = text.split('/');
  // The parts never change places.
  return [first, ...others.flatMap((part, at) => ['/', <wbr key={`wbr ${at}`} />, part])];
}
