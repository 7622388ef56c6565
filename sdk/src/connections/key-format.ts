import { crc32 } from 'node:zlib';
import { BASE62, createRandomText, type RandomSource } from './random-text.ts';

/**
 * Finds SCIM API keys of the default prefix in text. For secret scanners; a hit is then confirmed by
 * {@link parseKey}, which checks the key's own checksum.
 */
export const KEY_PATTERN = /\bscimk_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\b/;

/** @default of `keyPrefix` */
export const DEFAULT_KEY_PREFIX = 'scimk';

const ID_LENGTH = 12;
/** 43 characters of base62 hold 256 bits. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const TAIL_LENGTH = 1 + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;
const MAX_PREFIX_LENGTH = 32;
const PREFIX = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const TAIL = /^_([0-9A-Za-z]{12})_[0-9A-Za-z]{49}$/;

/** A SCIM API key as text, with the part that may be shown and looked up. */
export interface ApiKey {
  /** The whole key. A secret: shown once, never stored, never logged. */
  readonly text: string;
  /** The key's public identifier, 12 characters of [0-9A-Za-z]. */
  readonly keyId: string;
}

/**
 * Refuses a key prefix that could not be told from the rest of a key.
 *
 * @throws TypeError unless lower-case letters and digits in groups joined by `_`, at most 32 characters.
 */
export function assertKeyPrefix(prefix: string): void {
  if (prefix.length <= MAX_PREFIX_LENGTH && PREFIX.test(prefix)) return;
  throw new TypeError(
    'keyPrefix: use lower-case letters and digits, groups joined by "_", 32 characters at most, such as "acme_scim".',
  );
}

/** Makes a new key: `<prefix>_<12 id>_<43 secret><6 CRC-32 of all before>`, base62. */
export function mintKey(options: { readonly prefix: string; readonly random: RandomSource }): ApiKey {
  const { prefix, random } = options;
  const keyId = createRandomText({ alphabet: BASE62, length: ID_LENGTH, random });
  const secret = createRandomText({ alphabet: BASE62, length: SECRET_LENGTH, random });
  const body = `${prefix}_${keyId}_${secret}`;
  return { text: body + checksumOf(body), keyId };
}

/**
 * Reads a key without a database: anything mistyped, cut or made up fails its checksum.
 *
 * Any well-formed prefix is accepted, so that keys live on when the host changes its own.
 */
export function parseKey(text: string): ApiKey | undefined {
  if (text.length <= TAIL_LENGTH || text.length > MAX_PREFIX_LENGTH + TAIL_LENGTH) return undefined;
  const prefix = text.slice(0, -TAIL_LENGTH);
  const tail = TAIL.exec(text.slice(-TAIL_LENGTH));
  const keyId = tail?.[1];
  if (keyId === undefined || !PREFIX.test(prefix)) return undefined;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  return checksumOf(body) === text.slice(-CHECKSUM_LENGTH) ? { text, keyId } : undefined;
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    text = BASE62.charAt(rest % BASE62.length) + text;
    rest = Math.floor(rest / BASE62.length);
  }
  return text;
}
