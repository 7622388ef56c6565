import { type ApiKey, parseKey } from './key-format.ts';

/** What an `Authorization` header holds. */
export type Authorization =
  | { readonly kind: 'key'; readonly key: ApiKey }
  | { readonly kind: 'missing' }
  | { readonly kind: 'malformed' };

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
  return key === undefined ? { kind: 'malformed' } : { kind: 'key', key };
}
