import { call } from './api.ts';

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
  readonly pageSize: number;
}

export type Which = { readonly ids: readonly string[] } | { readonly all: true };

export function fetchHeld(page: number): Promise<HeldPage> {
  return call('GET', `/api/setup/scim/held?page=${page}`);
}

export function releaseHeld(which: Which): Promise<{ asked: number; failed: readonly object[] }> {
  return call('POST', '/api/setup/scim/held/release', which);
}

export function rejectHeld(which: Which): Promise<{ rejected: number }> {
  return call('POST', '/api/setup/scim/held/reject', which);
}
