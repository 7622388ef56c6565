'use client';

import type { ComponentProps } from 'react';
import { Badge } from '@/components/ui/badge';
import type { ScimStatus } from '@/lib/scim/scim-status';
import { cn } from '@/lib/utils';

/** The status at the right of the header. */
export function StatusPill({
  status,
  className,
  ...props
}: Omit<ComponentProps<'span'>, 'children'> & { status: ScimStatus }) {
  const { icon: Icon, words, detail, isCritical } = status;
  return (
    <Badge
      variant="outline"
      data-scim-status=""
      {...props}
      className={cn(
        'h-auto min-h-7 max-w-full gap-1.5 whitespace-normal bg-card px-3 py-1 text-sm [&>svg]:size-4!',
        isCritical && 'border-destructive/40',
        className,
      )}
    >
      <Icon aria-hidden="true" className={cn(isCritical && 'text-destructive')} />
      <span>
        {words}
        {detail ? <span className="font-normal text-muted-foreground">, {detail}</span> : null}
      </span>
    </Badge>
  );
}
