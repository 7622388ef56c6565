import { type ApiKey, parseKey } from './key-format.ts';

/** What an `Authorization` header holds. */
export type Authorization =
  | { readonly kind: 'key'; readonly key: ApiKey }
  /** A whole key, but not sent as one: for an administrator to be told, and no way in. */
  | { readonly kind: 'misspelt'; readonly flaw: Misspelling; readonly key: ApiKey }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed' };

/**
 * `bearerDoubled`: the console adds `Bearer` by itself, and it was pasted as well. `keyDecorated`: quotes, brackets or
 * commas around the key.
 */
export type Misspelling = 'bearerDoubled' | 'keyDecorated';

/** Longer than any key with its scheme; longer headers are not looked into. */
const MAX_LENGTH = 256;

/** RFC 6750 §2.1, the scheme in any case (RFC 9110 §11.1). Okta can be set to send the key without a scheme. */
const CREDENTIALS = /^(?:bearer +)?([0-9A-Za-z_]+)$/i;

/** Reads exactly one key, with `Bearer` or bare. Two headers arrive joined by a comma and are refused. */
export function parseAuthorization(header: string | null): Authorization {
  if (header === null || header.trim() === '') return { kind: 'missing' };
  if (header.length > MAX_LENGTH) return { kind: 'malformed' };
  const text = CREDENTIALS.exec(header)?.[1];
  const key = text === undefined ? undefined : parseKey(text);
  return key === undefined ? readMisspelt(header) : { kind: 'key', key };
}

const DOUBLED = /^bearer +bearer +([0-9A-Za-z_]+)$/i;

const DECORATED = /^(?:bearer +)?["'`<([{]*([0-9A-Za-z_]+)[\])}>"'`,;.]*$/i;

function readMisspelt(header: string): Authorization {
  const doubled = parseKey(DOUBLED.exec(header)?.[1] ?? '');
  if (doubled !== undefined) return { kind: 'misspelt', flaw: 'bearerDoubled', key: doubled };
  const decorated = parseKey(DECORATED.exec(header)?.[1] ?? '');
  if (decorated !== undefined) return { kind: 'misspelt', flaw: 'keyDecorated', key: decorated };
  return { kind: 'malformed' };
}
