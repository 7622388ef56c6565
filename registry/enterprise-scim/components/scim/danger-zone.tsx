'use client';

import type { ReactNode } from 'react';
import { ActionButton } from '@/components/scim/action-button';
import { Card, CardContent, CardHeader, CardTitle } from '@/components/ui/card';
import { useScim } from '@/hooks/scim/use-scim';

/** What cuts people off, last on the page. Each button opens a dialog that names the consequence. */
export function DangerZone() {
  const { labels, state, abilities, openDialog } = useScim();
  const canPause = abilities.pause && state.name !== 'paused';
  return (
    <Card>
      <CardHeader>
        <CardTitle>
          <h3>{labels.danger.title}</h3>
        </CardTitle>
      </CardHeader>
      <CardContent className="flex flex-col gap-6 [&>*+*]:border-t [&>*+*]:pt-6">
        {canPause ? (
          <DangerRow title={labels.pause.title} description={labels.danger.pause}>
            <ActionButton
              variant="outline"
              className="w-full sm:w-auto"
              onClick={() => openDialog({ kind: 'pause' })}
            >
              {labels.pause.confirm}
            </ActionButton>
          </DangerRow>
        ) : null}
        <DangerRow title={labels.reset.title} description={labels.danger.reset}>
          <ActionButton
            variant="outline"
            className="w-full sm:w-auto"
            onClick={() => openDialog({ kind: 'reset' })}
          >
            {labels.reset.confirm}
          </ActionButton>
        </DangerRow>
        <DangerRow title={labels.remove.title} description={labels.danger.remove}>
          <ActionButton
            variant="outline"
            className="w-full text-destructive hover:text-destructive sm:w-auto"
            onClick={() => openDialog({ kind: 'delete' })}
          >
            {labels.remove.confirm}
          </ActionButton>
        </DangerRow>
      </CardContent>
    </Card>
  );
}

function DangerRow({
  title,
  description,
  children,
}: {
  title: ReactNode;
  description: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-56">
        <div className="font-medium">{title}</div>
        <p className="mt-0.5 text-muted-foreground">{description}</p>
      </div>
      {children}
    </div>
  );
}
