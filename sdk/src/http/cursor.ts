import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { badRequest, type ScimError } from '../protocol/errors.ts';
import type { ResourcePosition, Store } from '../store/port.ts';

/** What a cursor is good for; with anything else it is refused (RFC 9865 §2, §5). */
export interface CursorPurpose {
  readonly connectionId: string;
  /** Every parameter of the query but the cursor and count. */
  readonly query: readonly (string | undefined)[];
  readonly count: number;
}

/**
 * Makes and reads paging cursors, RFC 9865. The server keeps nothing of them: a cursor carries where its page
 * ended, the count and when it was made, sealed by AES-256-GCM with the purpose as associated data. What
 * resources are sorted by is mostly personal, so it is hidden as well as protected. Characters are those of
 * base64url, which need no escaping in a URL.
 */
export interface Cursors {
  issue(position: ResourcePosition, purpose: CursorPurpose): Promise<string>;
  /** @throws ScimError 400 `invalidCursor`, `expiredCursor` or `invalidCount`. */
  read(cursor: string, purpose: CursorPurpose): Promise<ResourcePosition>;
}

export interface CursorOptions {
  readonly store: Pick<Store, 'secret'>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly lifeSeconds: number;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Cursors of one database. Its secret is read once, at the first need. */
export function createCursors({ store, clock, lifeSeconds }: CursorOptions): Cursors {
  let secret: string | undefined;
  const toKey = async ({ connectionId }: CursorPurpose): Promise<Uint8Array> => {
    secret ??= await store.secret('cursor');
    // A key for each connection keeps random nonces far from ever meeting (NIST SP 800-38D §8.3).
    return new Uint8Array(hkdfSync('sha256', secret, '', `scimkit cursor ${connectionId}`, 32));
  };

  return {
    async issue({ key, id }, purpose) {
      const content: Content = [Math.floor(clock() / 1000), purpose.count, key, id];
      return seal(JSON.stringify(content), await toKey(purpose), purpose);
    },
    async read(cursor, purpose) {
      const text = unseal(cursor, await toKey(purpose), purpose);
      if (text === undefined) throw invalidCursor();
      const [issuedAt, count, key, id] = JSON.parse(text) as Content; // Sealed by `issue`.
      if (clock() / 1000 > issuedAt + lifeSeconds) throw expiredCursor();
      if (count !== purpose.count) throw invalidCount();
      return { key, id };
    },
  };
}

/** Time of issue in UNIX seconds, count, sort key, id. */
type Content = readonly [number, number, string | number | null, string];

function seal(text: string, key: Uint8Array, purpose: CursorPurpose): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(toAssociatedData(purpose));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return sealed.toString('base64url');
}

/** undefined = altered, forged, or made for another purpose: which of them is not told (RFC 9865 §5). */
function unseal(cursor: string, key: Uint8Array, purpose: CursorPurpose): string | undefined {
  const sealed = Buffer.from(cursor, 'base64url');
  // The decoder overlooks what is not base64url; there is one spelling of each cursor only.
  if (sealed.toString('base64url') !== cursor || sealed.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(toAssociatedData(purpose));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function toAssociatedData({ connectionId, query }: CursorPurpose): Buffer {
  return Buffer.from(JSON.stringify([connectionId, ...query.map((value) => value ?? null)]));
}

function invalidCursor(): ScimError {
  return badRequest(
    'invalidCursor',
    'The cursor does not belong to this query. Repeat all other parameters unchanged, or begin again without one.',
  );
}

function expiredCursor(): ScimError {
  return badRequest('expiredCursor', 'The cursor has expired. Begin again with the first page.');
}

function invalidCount(): ScimError {
  return badRequest('invalidCount', 'count differs from that of the page before. Repeat it unchanged.');
}
