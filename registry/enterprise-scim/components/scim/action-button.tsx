'use client';

import type { ComponentProps } from 'react';
import { Button } from '@/components/ui/button';
import { Spinner } from '@/components/ui/spinner';
import { cn } from '@/lib/utils';

/** A button that keeps its name and the focus while its action runs, tall enough for a thumb. */
export function ActionButton({
  className,
  isPending = false,
  children,
  ...props
}: Omit<ComponentProps<typeof Button>, 'className'> & {
  className?: string | undefined;
  isPending?: boolean;
}) {
  return (
    <Button
      type="button"
      aria-disabled={isPending || undefined}
      aria-busy={isPending || undefined}
      {...props}
      className={cn('min-h-10 px-4', isPending && 'opacity-70', className)}
    >
      {isPending ? <Spinner aria-hidden="true" className="motion-reduce:animate-none" /> : null}
      {children}
    </Button>
  );
}
