import {
  CircleCheckIcon,
  CircleDashedIcon,
  CircleXIcon,
  ClockIcon,
  LockIcon,
  type LucideIcon,
  PauseIcon,
  TriangleAlertIcon,
} from 'lucide-react';
import type { ScimLabels } from '@/lib/scim/scim-labels';
import type { ScimState } from '@/lib/scim/scim-state';
import { formatRelative } from '@/lib/scim/scim-time';

/** A status as an icon and words. `detail` changes with the clock, so it is drawn but not announced. */
export interface ScimStatus {
  icon: LucideIcon;
  words: string;
  detail?: string;
  isCritical?: boolean;
}

/** The status of a connection in words. */
export function toScimStatus(
  state: ScimState,
  { labels, locale, now, idp }: { labels: ScimLabels; locale: string; now: number; idp: string },
): ScimStatus {
  const words = labels.status;
  if (state.name === 'not-configured') return { icon: CircleDashedIcon, words: words.notConfigured };
  if (state.name === 'paused') return { icon: PauseIcon, words: words.paused };
  if (state.name === 'expired') return { icon: CircleXIcon, words: words.expired, isCritical: true };
  if (state.name === 'expiring' && state.expiresAt !== null) {
    const when = formatRelative(state.expiresAt, now, locale);
    return {
      icon: TriangleAlertIcon,
      words: words.expiring(when),
      isCritical: (state.expiresWithinDays ?? 30) <= 7,
    };
  }
  if (state.usage === 'waiting') return { icon: ClockIcon, words: words.waiting(idp) };
  if (state.lastUsedAt === null) return { icon: CircleCheckIcon, words: words.configured };
  return {
    icon: CircleCheckIcon,
    words: words.connected,
    detail: words.lastUsed(formatRelative(state.lastUsedAt, now, locale)),
  };
}

/** The statuses before anything is known. */
export function toUnknownStatus(kind: 'failed' | 'forbidden', labels: ScimLabels): ScimStatus {
  return kind === 'failed'
    ? { icon: CircleXIcon, words: labels.status.failed, isCritical: true }
    : { icon: LockIcon, words: labels.status.forbidden };
}
