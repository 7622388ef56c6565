import type { Logger } from '../logger.ts';
import type { ConnectionWriter, KeyRecord, KeyWithConnection } from '../store/connections.ts';
import type { Store } from '../store/port.ts';
import { createAuditRecord } from './audit.ts';
import { findKeyEnd } from './key-life.ts';
import type { RandomSource } from './random-text.ts';

/** A key in steady use is written to once in this time. */
const INTERVAL_SECONDS = 60;

export interface KeyUseOptions {
  readonly store: Store;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/**
 * Makes the recorder of a key's use: its first use at once, later ones at most once a minute. The first use of
 * a new key retires the key it replaces: the identity provider has changed over.
 *
 * A database that cannot be written does not keep a request out; the failure is logged.
 */
export function recordKeyUse({ store, random, logger }: KeyUseOptions) {
  const inProgress = new Set<string>();
  return async ({ key, connection }: KeyWithConnection, now: number): Promise<void> => {
    const isFresh = key.lastUsedAt !== null && now - key.lastUsedAt < INTERVAL_SECONDS;
    if (isFresh || inProgress.has(key.keyId)) return;
    inProgress.add(key.keyId);
    try {
      await store.changeConnections(async (tx) => {
        await tx.updateKey(key, { lastUsedAt: now });
        if (key.lastUsedAt !== null) return;
        for (const { keyId } of await retireReplaced(tx, key, now)) {
          const act = {
            action: 'key.retired',
            actor: null,
            detail: { keyId, replacedBy: key.keyId },
          } as const;
          await tx.appendAudit(createAuditRecord({ connection, now, random }, act));
        }
      });
    } catch (cause) {
      logger.error('The use of a SCIM API key could not be recorded.', { keyId: key.keyId, cause });
    } finally {
      inProgress.delete(key.keyId);
    }
  };
}

async function retireReplaced(
  tx: ConnectionWriter,
  used: KeyRecord,
  now: number,
): Promise<readonly KeyRecord[]> {
  // A key that is being replaced itself replaces nothing, and the host's own traffic says nothing of the customer's.
  if (used.retiresAt !== null || used.kind === 'temporary') return [];
  const keys = await tx.keys(used.connectionId);
  const replaced = keys.filter(
    (key) => key.keyId !== used.keyId && key.retiresAt !== null && findKeyEnd(key, now) === undefined,
  );
  for (const key of replaced) await tx.updateKey(key, { retiresAt: now });
  return replaced;
}
