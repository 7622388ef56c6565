import { randomBytes } from 'node:crypto';

/** Gives `size` unpredictable bytes. Replaced in tests only. */
export type RandomSource = (size: number) => Uint8Array;

/** Random bytes of the platform, fit for secrets. */
export const platformRandom: RandomSource = (size) => randomBytes(size);

export const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export interface RandomTextOptions {
  /** At most 256 different characters. */
  readonly alphabet: string;
  readonly length: number;
  readonly random: RandomSource;
}

/**
 * Draws text in which every character of the alphabet is equally likely: bytes that would favour the first
 * characters are thrown away rather than folded by a remainder.
 */
export function createRandomText({ alphabet, length, random }: RandomTextOptions): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random(length - text.length)) {
      if (byte < limit) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
