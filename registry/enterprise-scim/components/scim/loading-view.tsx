'use client';

import type { ComponentProps } from 'react';
import { Card, CardContent, CardHeader } from '@/components/ui/card';
import { cn } from '@/lib/utils';

/** The outline of the connection card, so that nothing jumps when it arrives. */
export function LoadingView({ className, ...props }: Omit<ComponentProps<typeof Card>, 'children'>) {
  return (
    <Card aria-hidden="true" {...props} className={cn(className)}>
      <CardHeader>
        <Bar className="h-4 w-28" />
      </CardHeader>
      <CardContent className="flex flex-col gap-6 [&>*+*]:border-t [&>*+*]:pt-6">
        <div className="flex items-center justify-between gap-6">
          <div className="flex flex-col gap-2">
            <Bar className="h-4 w-32" />
            <Bar className="h-4 w-24" />
          </div>
          <Bar className="h-10 w-20" />
        </div>
        <div className="flex flex-col gap-3">
          <Bar className="h-4 w-28" />
          <Bar className="h-10.5 w-full" />
        </div>
        <div className="flex gap-4">
          <Bar className="hidden size-10 shrink-0 sm:block" />
          <div className="flex min-w-0 flex-1 flex-col gap-3">
            <Bar className="h-10 w-36" />
            <Bar className="h-15 w-full" />
          </div>
        </div>
        <div className="flex gap-12">
          <Bar className="h-7 w-20" />
          <Bar className="h-7 w-20" />
        </div>
      </CardContent>
    </Card>
  );
}

function Bar({ className }: { className: string }) {
  return <div className={cn('animate-pulse rounded-md bg-muted motion-reduce:animate-none', className)} />;
}
