import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** A secret of the host's, kept apart from the database, that every key's hash depends on. */
export interface Pepper {
  /** Stored beside each hash, so that it is known which pepper made it. */
  readonly id: string;
  readonly secret: string;
}

/**
 * A bare text is the pepper with the id `default`. During a change, `previous` lists those that older keys
 * were hashed with.
 */
export type PepperOption = string | (Pepper & { readonly previous?: readonly Pepper[] });

/** A key's hash as stored. */
export interface KeyDigest {
  /** Lower-case hex, 64 characters. */
  readonly digest: string;
  /** null = plain SHA-256. */
  readonly pepperId: string | null;
}

export interface KeyHasher {
  /** Hashes with the current pepper. */
  hash(key: string): KeyDigest;
  /** Compares in constant time. False when the digest's pepper is not among those given. */
  verify(key: string, stored: KeyDigest): boolean;
  /** The work of {@link verify} for a key that does not exist, so that time does not tell which ids do. */
  pretend(key: string): void;
  /** Whether a digest made with this pepper can be verified at all. */
  knows(pepperId: string | null): boolean;
}

/**
 * HMAC-SHA-256 over the whole key, or plain SHA-256 without a pepper. A key holds 256 random bits, so a slow
 * hash would protect nothing and let strangers burn our time; nothing is cut from a long input.
 *
 * @throws TypeError for an empty pepper or id, or an id that occurs twice.
 */
export function createKeyHasher(pepper: PepperOption | undefined): KeyHasher {
  const peppers = listPeppers(pepper);
  const current = peppers[0];
  // Made into key objects once, not for every request.
  const secrets = new Map(peppers.map(({ id, secret }) => [id, createSecretKey(secret, 'utf8')]));
  if (secrets.size !== peppers.length) throw new TypeError('pepper: each id can be used only once.');
  const digest = (key: string, secret: KeyObject | undefined): Buffer =>
    secret === undefined
      ? createHash('sha256').update(key).digest()
      : createHmac('sha256', secret).update(key).digest();
  const verify = (key: string, stored: KeyDigest): boolean => {
    const isKnown = stored.pepperId === null || secrets.has(stored.pepperId);
    const secret = stored.pepperId === null ? undefined : secrets.get(stored.pepperId);
    const expected = Buffer.from(stored.digest, 'hex');
    const actual = digest(key, secret);
    // timingSafeEqual throws for unequal lengths; a digest of another length is none of ours.
    return expected.length === actual.length && timingSafeEqual(expected, actual) && isKnown;
  };
  return {
    hash: (key) => ({
      digest: digest(key, current && secrets.get(current.id)).toString('hex'),
      pepperId: current?.id ?? null,
    }),
    verify,
    pretend: (key) => void verify(key, { digest: NO_DIGEST, pepperId: current?.id ?? null }),
    knows: (pepperId) => pepperId === null || secrets.has(pepperId),
  };
}

const NO_DIGEST = '0'.repeat(64);

/**
 * The current pepper first. None where none is set.
 *
 * @throws TypeError for an empty secret or id.
 */
export function listPeppers(option: PepperOption | undefined): readonly Pepper[] {
  if (option === undefined) return [];
  const peppers =
    typeof option === 'string' ? [{ id: 'default', secret: option }] : [option, ...(option.previous ?? [])];
  for (const { id, secret } of peppers) {
    if (typeof secret !== 'string' || secret.trim() === '') {
      throw new TypeError('pepper: the secret is empty. Give a random text, or leave the option out.');
    }
    if (typeof id !== 'string' || id === '') throw new TypeError('pepper: the id is empty.');
  }
  return peppers;
}
