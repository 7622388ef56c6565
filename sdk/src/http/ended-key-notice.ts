import type { AuthenticationFailure, NotAuthenticated } from '../connections/authenticate.ts';
import type { Logger } from '../logger.ts';

/** Tells the host of identity providers that still use a key that has ended: their leavers keep access. */
export interface EndedKeyNotice {
  /** Logs the first such failure of a connection, then at most one an hour. */
  note(failure: NotAuthenticated): void;
}

const ENDED: ReadonlySet<AuthenticationFailure> = new Set(['expired', 'retired', 'revoked']);

const HOUR_MS = 3_600_000;
const MAX_CONNECTIONS = 10_000;

/** @param clock milliseconds since the epoch. */
export function createEndedKeyNotice(logger: Logger, clock: () => number): EndedKeyNotice {
  const notedAt = new Map<string, number>();
  return {
    note({ connectionId, failure }) {
      // Only a right secret names its connection, so strangers cannot fill the log.
      if (connectionId === undefined || !ENDED.has(failure)) return;
      const now = clock();
      const before = notedAt.get(connectionId);
      // A clock that was set back must not silence this until it has caught up.
      if (before !== undefined && now >= before && now - before < HOUR_MS) return;
      if (notedAt.size >= MAX_CONNECTIONS) notedAt.clear();
      notedAt.set(connectionId, now);
      logger.warn('An identity provider uses a SCIM API key that has ended; nothing it sends is applied.', {
        connectionId,
        reason: failure,
      });
    },
  };
}
