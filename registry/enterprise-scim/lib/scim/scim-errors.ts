import type { ScimLabels } from '@/lib/scim/scim-labels';
import type { ScimApiError } from '@/lib/scim/scim-types';

/** What went wrong and what to do, in words for the administrator. */
export function explainScimError(error: ScimApiError, labels: ScimLabels): string {
  if (error.code === 'reauthentication_required') return labels.errors.reauthenticate;
  if (error.status === 401) return labels.errors.signedOut;
  if (error.status === 403) return labels.errors.forbidden;
  if (error.code === 'network' || error.code === 'timeout') {
    return `${error.message} ${labels.errors.unreachable}`;
  }
  return error.message || labels.errors.unknown;
}

/** Whether the person may not see directory sync at all, rather than having to sign in again. */
export function isForbidden(error: ScimApiError): boolean {
  return error.status === 403 && error.code !== 'reauthentication_required';
}

/** The answer where the adapter has no method for what is asked. */
export const unavailable: { ok: false; error: ScimApiError } = {
  ok: false,
  error: { status: 0, code: 'unavailable', message: '' },
};
