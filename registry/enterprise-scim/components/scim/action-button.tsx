'use client';

import type { ComponentProps } from 'react';
import { Button } from '@/components/ui/button';
import { Spinner } from '@/components/ui/spinner';
import { cn } from '@/lib/utils';

/** A button that stays focused while its action runs, tall enough for a thumb. */
export function ActionButton({
  className,
  isPending = false,
  pendingLabel,
  children,
  ...props
}: ComponentProps<typeof Button> & { isPending?: boolean; pendingLabel?: string }) {
  return (
    <Button
      type="button"
      aria-disabled={isPending || undefined}
      aria-busy={isPending || undefined}
      {...props}
      className={cn('min-h-10 px-4', isPending && 'opacity-70', className)}
    >
      {isPending ? <Spinner aria-label={pendingLabel} className="motion-reduce:animate-none" /> : null}
      {children}
    </Button>
  );
}
