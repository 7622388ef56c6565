import type { KeyRecord } from '../store/connections.ts';

/** Why a key that exists does not open its connection; undefined = it does. */
export type KeyEnd = 'revoked' | 'expired' | 'retired';

/** @param now UNIX seconds */
export function findKeyEnd(key: KeyRecord, now: number): KeyEnd | undefined {
  if (key.revokedAt !== null) return 'revoked';
  if (key.retiresAt !== null && key.retiresAt <= now) return 'retired';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  return undefined;
}

/**
 * The key an administrator means by "the key": the newest that is not being replaced. It may have expired.
 *
 * @param keys not revoked, oldest first
 */
export function findCurrentKey(keys: readonly KeyRecord[]): KeyRecord | undefined {
  return keys.findLast((key) => key.retiresAt === null);
}

/** What becomes of the existing keys when a new one is made. */
export interface Replacement {
  /** Ends at once. */
  readonly revoked: readonly KeyRecord[];
  /** Goes on until the overlap ends. */
  readonly overlapping: KeyRecord | undefined;
}

/**
 * Decides which key lives on beside a new one, so that at most two are live: the one in use. In the middle of
 * a rotation that is the older one as long as its replacement was never used.
 *
 * @param keys not revoked, oldest first
 */
export function planReplacement(
  keys: readonly KeyRecord[],
  options: { readonly now: number; readonly overlapSeconds: number },
): Replacement {
  if (options.overlapSeconds === 0) return { revoked: keys, overlapping: undefined };
  const live = keys.filter((key) => findKeyEnd(key, options.now) === undefined);
  const overlapping = live.findLast((key) => key.lastUsedAt !== null) ?? live.at(-1);
  return { revoked: keys.filter((key) => key !== overlapping), overlapping };
}
