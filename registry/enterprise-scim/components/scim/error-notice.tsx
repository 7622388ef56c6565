'use client';

import { CircleAlertIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { Notice } from '@/components/scim/notice';
import { useScim } from '@/hooks/scim/use-scim';
import { explainScimError } from '@/lib/scim/scim-errors';
import type { ScimApiError } from '@/lib/scim/scim-types';

/** Why something failed and what to do; draws nothing without an error. */
export function ErrorNotice({
  error,
  ...props
}: Omit<ComponentProps<typeof Notice>, 'icon' | 'children'> & { error: ScimApiError | null }) {
  const { labels } = useScim();
  if (!error) return null;
  return (
    <Notice
      role="alert"
      tone="critical"
      icon={CircleAlertIcon}
      data-scim-error={error.code ?? error.status}
      {...props}
    >
      <p className="wrap-anywhere">{explainScimError(error, labels)}</p>
    </Notice>
  );
}
