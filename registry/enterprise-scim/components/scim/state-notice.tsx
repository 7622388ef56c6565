'use client';

import { CircleXIcon, ClockIcon, PauseIcon, RefreshCwIcon, TriangleAlertIcon } from 'lucide-react';
import { ActionButton } from '@/components/scim/action-button';
import { ErrorNotice } from '@/components/scim/error-notice';
import { Notice } from '@/components/scim/notice';
import { useAction } from '@/hooks/scim/use-action';
import { useScim } from '@/hooks/scim/use-scim';
import type { ScimExpiryWarning } from '@/lib/scim/scim-state';
import { formatDate, formatDateTime, formatRelative } from '@/lib/scim/scim-time';
import type { ScimProgress } from '@/lib/scim/scim-types';

/** The one thing to do next, if there is one. */
export function StateNotice() {
  const { state, progress } = useScim();
  switch (state.name) {
    case 'paused':
      return <PausedNotice />;
    case 'expired':
      return <ExpiredNotice />;
    case 'rotating':
      return <RotatingNotice />;
    case 'expiring':
      return <ExpiringNotice />;
    default:
      return state.usage === 'waiting' && !isGuided(progress) ? <WaitingNotice /> : null;
  }
}

/** The guide says what to do until a first request has come. */
function isGuided(progress: ScimProgress | null): boolean {
  return progress !== null && !progress.steps.some(({ step, isDone }) => step === 'connected' && isDone);
}

function WaitingNotice() {
  const { labels, idp } = useScim();
  return (
    <Notice icon={ClockIcon} title={labels.waiting.title(idp)} data-scim-notice="waiting">
      <p>{labels.waiting.description(idp)}</p>
      <p>{labels.waiting.lostKey}</p>
    </Notice>
  );
}

const EXPIRY_TONE = { 30: 'calm', 14: 'warning', 7: 'critical', 1: 'critical' } as const satisfies Record<
  ScimExpiryWarning,
  string
>;

function ExpiringNotice() {
  const { labels, locale, now, idp, state, abilities, openDialog } = useScim();
  const { expiresAt, expiresWithinDays } = state;
  if (expiresAt === null || expiresWithinDays === null) return null;
  const date = expiresWithinDays === 1 ? formatDateTime(expiresAt, locale) : formatDate(expiresAt, locale);
  return (
    <Notice
      tone={EXPIRY_TONE[expiresWithinDays]}
      icon={TriangleAlertIcon}
      title={labels.expiring.title(formatRelative(expiresAt, now, locale))}
      data-scim-notice="expiring"
      data-scim-expires-within={expiresWithinDays}
      action={
        <ActionButton onClick={() => openDialog({ kind: abilities.rotate ? 'rotate' : 'reset' })}>
          {abilities.rotate ? labels.key.rotate : labels.reset.confirm}
        </ActionButton>
      }
    >
      <p>{labels.expiring.description(idp, date)}</p>
    </Notice>
  );
}

function ExpiredNotice() {
  const { labels, counts, idp, openDialog } = useScim();
  return (
    <Notice
      tone="critical"
      icon={CircleXIcon}
      title={labels.expired.title}
      data-scim-notice="expired"
      action={
        <ActionButton onClick={() => openDialog({ kind: 'reset' })}>{labels.expired.action}</ActionButton>
      }
    >
      <p>{labels.expired.description(counts, idp)}</p>
    </Notice>
  );
}

function RotatingNotice() {
  const { labels, locale, idp, state } = useScim();
  const old = state.retiringKey;
  if (!old || old.retiresAt === null) return null;
  return (
    <Notice icon={RefreshCwIcon} title={labels.rotating.title} data-scim-notice="rotating">
      <p>{labels.rotating.description(idp, old.lastFour, formatDate(old.retiresAt, locale))}</p>
    </Notice>
  );
}

function PausedNotice() {
  const { labels, idp, abilities, connection } = useScim();
  const resume = useAction(connection.resume, () => {});
  return (
    <>
      <Notice
        tone="warning"
        icon={PauseIcon}
        title={labels.paused.title}
        data-scim-notice="paused"
        action={
          abilities.resume ? (
            <ActionButton isPending={resume.isPending} onClick={() => resume.run()}>
              {labels.paused.action}
            </ActionButton>
          ) : null
        }
      >
        <p>{labels.paused.description(idp)}</p>
      </Notice>
      <ErrorNotice error={resume.error} title={labels.paused.failed} />
    </>
  );
}
