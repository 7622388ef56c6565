import type { KeyKind, KeyRecord } from '../store/connections.ts';
import type { KeyHasher } from './key-digest.ts';
import { mintKey } from './key-format.ts';
import type { RandomSource } from './random-text.ts';

/** What making a key takes. */
export interface KeyIssuer {
  readonly prefix: string;
  readonly random: RandomSource;
  readonly hasher: KeyHasher;
}

/** A new key: its text, given away once, and what is stored of it. */
export interface IssuedKey {
  readonly scimApiKey: string;
  readonly record: KeyRecord;
}

/** Whose key it is and how long it lives. All times are UNIX seconds. */
export interface KeyDetails
  extends Pick<KeyRecord, 'connectionId' | 'createdAt' | 'createdBy' | 'expiresAt'> {
  /** @default 'standard' */
  readonly kind?: KeyKind;
  /** @default null */
  readonly purpose?: string | null;
}

/** Makes a key for a connection. */
export function issueKey(issuer: KeyIssuer, details: KeyDetails): IssuedKey {
  const { text, keyId } = mintKey(issuer);
  const { digest, pepperId } = issuer.hasher.hash(text);
  const { connectionId, createdAt, createdBy, expiresAt, kind = 'standard', purpose = null } = details;
  const record: KeyRecord = {
    keyId,
    connectionId,
    kind,
    purpose,
    digest,
    pepperId,
    lastFour: text.slice(-4),
    createdAt,
    createdBy,
    expiresAt,
    retiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  };
  return { scimApiKey: text, record };
}
