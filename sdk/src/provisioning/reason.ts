import type { JsonObject } from '../protocol/json.ts';

/**
 * Why the app is told of something, where no request of a client is why. `reconcile`: told again, or late, what is
 * stored. `undo`: told the inverse of what an event said. `release`: told what the guard had held back. `seat`: told of
 * a user who waited until a seat was free. `link`: told that an account was linked, or its link proven.
 */
export type Reason =
  | { readonly kind: 'reconcile' }
  | { readonly kind: 'undo'; readonly eventId: string; readonly actor: string | null }
  | { readonly kind: 'release'; readonly heldSince: string; readonly actor: string | null }
  | { readonly kind: 'seat' }
  | { readonly kind: 'link'; readonly actor: string | null };

/** What events say of the reason. */
export function toFacts(reason: Reason): JsonObject {
  switch (reason.kind) {
    case 'reconcile':
      return { reconciled: true };
    case 'link':
      return { actor: reason.actor };
    case 'seat':
      return { waited: true };
    case 'undo':
      return { undoes: reason.eventId, actor: reason.actor };
    case 'release':
      return { heldSince: reason.heldSince, actor: reason.actor };
  }
}
