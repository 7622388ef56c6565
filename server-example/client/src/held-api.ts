import { ApiError, call } from './api.ts';

/** A change that Harbor was not told of, because too many came at once. */
export interface HeldChange {
  readonly id: string;
  readonly name: string | null;
  readonly kind: 'deactivated' | 'deleted' | 'membersRemoved';
  readonly state: 'waiting' | 'releasing' | 'rejected';
  readonly members: number;
  /** UNIX seconds. */
  readonly heldAt: number;
  readonly failure: string | null;
}

export interface HeldPage {
  readonly changes: readonly HeldChange[];
  readonly waiting: number;
  readonly releasing: number;
  readonly rejected: number;
}

export type Which = { readonly ids: readonly string[] } | { readonly all: true };

/** A page of them; null where there is no directory. */
export async function fetchHeld(page: number): Promise<HeldPage | null> {
  try {
    return await call('GET', `/api/setup/scim/held?page=${page}`);
  } catch (failure) {
    if (failure instanceof ApiError && failure.code === 'not_configured') return null;
    throw failure;
  }
}

export function releaseHeld(which: Which): Promise<{ asked: number; failed: readonly object[] }> {
  return call('POST', '/api/setup/scim/held/release', which);
}

export function rejectHeld(which: Which): Promise<{ rejected: number }> {
  return call('POST', '/api/setup/scim/held/reject', which);
}
