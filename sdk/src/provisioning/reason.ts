import type { JsonObject } from '../protocol/json.ts';

/**
 * Why the app is told of something, where no request of a client is why. `reconcile`: told again, or late, what is
 * stored. `seat`: told of a user who waited until a seat was free. `undo`: told the inverse of what an event said.
 */
export type Reason =
  | { readonly kind: 'reconcile' }
  | { readonly kind: 'seat' }
  | { readonly kind: 'undo'; readonly eventId: string; readonly actor: string | null };

/** What events say of the reason. */
export function toFacts(reason: Reason): JsonObject {
  switch (reason.kind) {
    case 'reconcile':
      return { reconciled: true };
    case 'seat':
      return { waited: true };
    case 'undo':
      return { undoes: reason.eventId, actor: reason.actor };
  }
}
