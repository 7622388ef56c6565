'use client';

import type { ComponentProps } from 'react';
import { Card, CardContent, CardHeader } from '@/components/ui/card';
import { cn } from '@/lib/utils';

/** The outline of the connection card, so that nothing jumps when it arrives. */
export function LoadingView({ className, ...props }: Omit<ComponentProps<typeof Card>, 'children'>) {
  return (
    <Card aria-hidden="true" {...props} className={cn(className)}>
      <CardHeader>
        <Bar className="h-4 w-40" />
        <Bar className="h-4 w-64 max-w-full" />
      </CardHeader>
      <CardContent className="flex flex-col gap-6">
        <div className="flex flex-col gap-3">
          <Bar className="h-4 w-28" />
          <Bar className="h-11 w-full" />
        </div>
        <div className="flex items-center justify-between gap-6">
          <div className="flex flex-1 flex-col gap-3">
            <Bar className="h-4 w-32" />
            <Bar className="h-4 w-72 max-w-full" />
          </div>
          <Bar className="h-10 w-28" />
        </div>
        <div className="flex gap-6">
          <Bar className="h-12 w-24" />
          <Bar className="h-12 w-24" />
        </div>
      </CardContent>
    </Card>
  );
}

function Bar({ className }: { className: string }) {
  return <div className={cn('animate-pulse rounded-md bg-muted motion-reduce:animate-none', className)} />;
}
