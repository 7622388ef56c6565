'use client';

import type { ReactNode } from 'react';
import { ActionButton } from '@/components/scim/action-button';
import { ErrorNotice } from '@/components/scim/error-notice';
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from '@/components/ui/card';
import type { ScimListing } from '@/hooks/scim/use-listing';
import { useScim } from '@/hooks/scim/use-scim';

/** A list with what stands above it: while it loads, when nothing is there, and when it could not be loaded. */
export function ListCard<T>({
  name,
  title,
  description,
  tools,
  listing,
  isEmpty,
  empty,
  children,
}: {
  name: string;
  title: ReactNode;
  description?: ReactNode;
  tools?: ReactNode;
  listing: ScimListing<T>;
  isEmpty: (data: T) => boolean;
  empty: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const { labels } = useScim();
  const { data, error, isLoading, reload } = listing;
  return (
    <Card data-scim-panel={name} aria-busy={isLoading}>
      <CardHeader>
        <CardTitle>
          <h3>{title}</h3>
        </CardTitle>
        {description ? <CardDescription>{description}</CardDescription> : null}
      </CardHeader>
      <CardContent className="flex flex-col gap-4">
        {tools}
        {error ? (
          <div className="flex flex-col items-start gap-3">
            <ErrorNotice error={error} title={labels.list.failed} />
            <ActionButton variant="outline" isPending={isLoading} onClick={reload}>
              {labels.tryAgain}
            </ActionButton>
          </div>
        ) : null}
        {data === null && !error ? <Placeholder label={labels.status.loading} /> : null}
        {data === null ? null : isEmpty(data) ? (
          <p className="py-10 text-center text-muted-foreground">{empty}</p>
        ) : (
          <div className={isLoading ? 'opacity-60' : undefined}>{children(data)}</div>
        )}
      </CardContent>
    </Card>
  );
}

const ROWS = ['a', 'b', 'c', 'd', 'e'] as const;

/** As high as a few rows, so that nothing jumps. */
function Placeholder({ label }: { label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-2">
      {ROWS.map((row) => (
        <div key={row} className="h-14 animate-pulse rounded-md bg-muted motion-reduce:animate-none" />
      ))}
    </div>
  );
}
