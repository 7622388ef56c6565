'use client';

import type { ComponentProps } from 'react';
import { useScim } from '@/hooks/scim/use-scim';
import { formatDate, formatDateTime, formatRelative } from '@/lib/scim/scim-time';

/** A point in time (UNIX seconds), as an age or as a date; the exact time is in its title. */
export function Moment({
  at,
  as = 'age',
  ...props
}: Omit<ComponentProps<'time'>, 'dateTime'> & { at: number; as?: 'age' | 'date' }) {
  const { locale, now } = useScim();
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatDateTime(at, locale)} {...props}>
      {as === 'date' ? formatDate(at, locale) : formatRelative(at, now, locale)}
    </time>
  );
}
