'use client';

import { KeyRoundIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Moment } from '@/components/scim/moment';
import { Badge } from '@/components/ui/badge';
import { useScim } from '@/hooks/scim/use-scim';
import type { ScimKeySummary } from '@/lib/scim/scim-types';
import { cn } from '@/lib/utils';

/** One key: its last four characters, who made it, when it was used and how long it works. */
export function KeyRow({
  summary,
  badge,
  action,
}: {
  summary: ScimKeySummary;
  badge?: ReactNode;
  action?: ReactNode;
}) {
  const { labels } = useScim();
  return (
    <KeyFrame
      id={summary.id}
      name={
        <code dir="ltr" className="font-medium font-mono text-sm">
          {labels.key.masked(summary.lastFour)}
        </code>
      }
      badge={badge}
      action={action}
    >
      <Fact term={labels.key.created}>
        <Moment at={summary.createdAt} as="date" />
        {summary.createdBy ? (
          <span className="block text-muted-foreground">{labels.key.createdBy(summary.createdBy)}</span>
        ) : null}
      </Fact>
      <Fact term={labels.key.lastUsed}>
        {summary.lastUsedAt === null ? labels.key.neverUsed : <Moment at={summary.lastUsedAt} />}
      </Fact>
      {summary.retiresAt === null ? (
        <ExpiryFact expiresAt={summary.expiresAt} />
      ) : (
        <Fact term={labels.key.stops}>
          <Moment at={summary.retiresAt} />
          <Moment at={summary.retiresAt} as="date" className="block text-muted-foreground" />
        </Fact>
      )}
    </KeyFrame>
  );
}

/** A key of which the backend tells nothing but its expiry. */
export function UnknownKeyRow({ action }: { action?: ReactNode }) {
  const { labels, state } = useScim();
  return (
    <KeyFrame name={<span className="font-medium">{labels.key.unknown}</span>} action={action}>
      {state.lastUsedAt === null ? null : (
        <Fact term={labels.key.lastUsed}>
          <Moment at={state.lastUsedAt} />
        </Fact>
      )}
      <ExpiryFact expiresAt={state.expiresAt} />
    </KeyFrame>
  );
}

/** A key's name with its facts, and what can be done with it. */
function KeyFrame({
  id,
  name,
  badge,
  action,
  children,
}: {
  id?: string;
  name: ReactNode;
  badge?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div data-scim-key={id ?? ''} className="flex flex-wrap items-start justify-between gap-4">
      <div className="flex min-w-0 flex-1 basis-64 gap-4">
        <span className="hidden size-10 shrink-0 items-center justify-center rounded-md border bg-muted/40 sm:flex">
          <KeyRoundIcon aria-hidden="true" className="size-4 text-muted-foreground" />
        </span>
        <div className="flex min-w-0 flex-1 flex-col gap-3">
          <div className="flex flex-wrap items-center gap-2 sm:min-h-10">
            {name}
            {badge ? <Badge variant="outline">{badge}</Badge> : null}
          </div>
          <dl className="grid grid-cols-1 gap-x-6 gap-y-3 sm:grid-cols-3">{children}</dl>
        </div>
      </div>
      {action}
    </div>
  );
}

function ExpiryFact({ expiresAt }: { expiresAt: number | null }) {
  const { labels, now } = useScim();
  if (expiresAt === null) return <Fact term={labels.key.expires}>{labels.key.neverExpires}</Fact>;
  const isOver = expiresAt * 1000 <= now;
  return (
    <Fact
      term={isOver ? labels.key.expired : labels.key.expires}
      className={cn(isOver && 'text-destructive')}
    >
      <Moment at={expiresAt} />
      <Moment at={expiresAt} as="date" className="block text-muted-foreground" />
    </Fact>
  );
}

function Fact({ term, children, className }: { term: ReactNode; children: ReactNode; className?: string }) {
  return (
    <div className="flex min-w-0 justify-between gap-4 sm:block">
      <dt className="text-muted-foreground">{term}</dt>
      <dd className={cn('wrap-anywhere text-end sm:mt-0.5 sm:text-start', className)}>{children}</dd>
    </div>
  );
}
