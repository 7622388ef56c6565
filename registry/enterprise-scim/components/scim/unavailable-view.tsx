'use client';

import { CloudOffIcon, LockIcon } from 'lucide-react';
import { ActionButton } from '@/components/scim/action-button';
import {
  Empty,
  EmptyContent,
  EmptyDescription,
  EmptyHeader,
  EmptyMedia,
  EmptyTitle,
} from '@/components/ui/empty';
import { useAction } from '@/hooks/scim/use-action';
import { explainScimError } from '@/lib/scim/scim-errors';
import type { ScimLabels } from '@/lib/scim/scim-labels';
import type { ScimApiError } from '@/lib/scim/scim-types';

/** The page could not be loaded: what failed, that nothing was changed, and another try. */
export function FailedView({
  labels,
  error,
  refresh,
}: {
  labels: ScimLabels;
  error: ScimApiError;
  refresh(): Promise<void>;
}) {
  const retry = useAction(
    async () => {
      await refresh();
      return { ok: true, data: undefined };
    },
    () => {},
  );
  return (
    <Empty className="border bg-card">
      <EmptyHeader>
        <EmptyMedia variant="icon">
          <CloudOffIcon aria-hidden="true" />
        </EmptyMedia>
        <EmptyTitle>
          <h3>{labels.failed.title}</h3>
        </EmptyTitle>
        <EmptyDescription role="alert" className="wrap-anywhere">
          {describeFailure(error, labels)}
        </EmptyDescription>
      </EmptyHeader>
      <EmptyContent>
        <ActionButton isPending={retry.isPending} onClick={() => retry.run()}>
          {labels.tryAgain}
        </ActionButton>
      </EmptyContent>
    </Empty>
  );
}

/** Loading changes nothing, and the page says so, except where the text is for the developer or asks to sign in. */
function describeFailure(error: ScimApiError, labels: ScimLabels): string {
  const saysAll = error.status === 401 || error.code === 'invalid_answer' || error.message === '';
  return saysAll ? explainScimError(error, labels) : `${error.message} ${labels.failed.description}`;
}

/** The person may not manage directory sync: says who can. */
export function ForbiddenView({ labels }: { labels: ScimLabels }) {
  return (
    <Empty className="border bg-card">
      <EmptyHeader>
        <EmptyMedia variant="icon">
          <LockIcon aria-hidden="true" />
        </EmptyMedia>
        <EmptyTitle>
          <h3>{labels.forbidden.title}</h3>
        </EmptyTitle>
        <EmptyDescription>{labels.forbidden.description}</EmptyDescription>
      </EmptyHeader>
    </Empty>
  );
}
