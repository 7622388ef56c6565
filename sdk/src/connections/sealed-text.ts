import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Who can read a sealed text, and where it belongs: moved elsewhere it is readable to nobody. */
export interface Seal {
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly place: string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals a text by AES-256-GCM. The same text is another one each time. */
export function sealText(
  text: string,
  { key, place, random }: Seal & { readonly random: (size: number) => Uint8Array },
): string {
  const iv = random(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(place));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** undefined = it was sealed by another key or for another place, or was changed since. */
export function openText(sealed: string, { key, place }: Seal): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8');
  try {
    return text + decipher.final('utf8');
  } catch {
    return undefined;
  }
}
