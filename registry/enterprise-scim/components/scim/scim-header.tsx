'use client';

import type { ComponentProps, RefObject } from 'react';
import { StatusPill } from '@/components/scim/status-pill';
import type { ScimLabels } from '@/lib/scim/scim-labels';
import type { ScimStatus } from '@/lib/scim/scim-status';
import { cn } from '@/lib/utils';

/** The name of the page and its status. `status` is absent while nothing is known yet. */
export function ScimHeader({
  labels,
  status,
  titleId,
  titleRef,
  className,
  ...props
}: Omit<ComponentProps<'header'>, 'children'> & {
  labels: ScimLabels;
  status: ScimStatus | null;
  titleId: string;
  titleRef: RefObject<HTMLHeadingElement | null>;
}) {
  return (
    <header
      {...props}
      className={cn('flex flex-wrap items-start justify-between gap-x-6 gap-y-3', className)}
    >
      <div className="flex min-w-0 flex-col gap-1">
        <h2
          ref={titleRef}
          id={titleId}
          tabIndex={-1}
          className="font-semibold text-xl tracking-tight outline-none"
        >
          {labels.title}
        </h2>
        <p className="max-w-prose text-pretty text-muted-foreground">{labels.description}</p>
      </div>
      {status ? (
        <StatusPill status={status} />
      ) : (
        <div
          aria-hidden="true"
          className="h-7.5 w-28 animate-pulse rounded-full bg-muted motion-reduce:animate-none"
        />
      )}
      <span role="status" className="sr-only">
        {status?.words ?? labels.status.loading}
      </span>
    </header>
  );
}
