'use client';

import { CheckIcon, XIcon } from 'lucide-react';
import { useState } from 'react';
import { ListRow } from '@/components/scim/list-row';
import { Moment } from '@/components/scim/moment';
import { RawData } from '@/components/scim/raw-data';
import { useScim } from '@/hooks/scim/use-scim';
import type { ScimActivity } from '@/lib/scim/scim-types';

/** One request in a sentence; opened, what was sent and what came of it. */
export function ActivityRow({ activity }: { activity: ScimActivity }) {
  const { labels } = useScim();
  const [isOpen, setIsOpen] = useState(false);
  const { activityId, occurredAt, outcome, sentence, detail, method, target, status, durationMs, body } =
    activity;
  const hasFailed = outcome === 'failed';
  const Icon = hasFailed ? XIcon : CheckIcon;
  return (
    <ListRow
      id={activityId}
      title={
        <span className="flex items-start gap-2">
          <Icon
            aria-hidden="true"
            className={hasFailed ? 'mt-0.5 size-4 shrink-0 text-destructive' : 'mt-0.5 size-4 shrink-0'}
          />
          <span className="sr-only">{hasFailed ? labels.activity.failed : labels.activity.succeeded}</span>
          <span>{sentence}</span>
        </span>
      }
      subtitle={
        <>
          <Moment at={Date.parse(occurredAt) / 1000} />
          {hasFailed && detail ? ` · ${detail}` : ''}
        </>
      }
      isOpen={isOpen}
      onToggle={() => setIsOpen(!isOpen)}
    >
      <div className="flex flex-col gap-3">
        <p className="wrap-anywhere font-mono text-xs" dir="ltr">
          {method} {target} → {status} ({durationMs} ms)
        </p>
        {detail ? <p className="wrap-anywhere">{detail}</p> : null}
        {body === null ? null : <RawData value={body} />}
      </div>
    </ListRow>
  );
}
