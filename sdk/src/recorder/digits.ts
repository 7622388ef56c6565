import { type KeyedHash, permute } from './permutation.ts';

/** Stand-ins for digits. */
export interface Digits {
  /** The digits of a text replaced as one value, everything between them where it was. */
  text(text: string): string;
  number(value: number): number;
}

/** Digits up to this many are permuted; more of them are hashed, where two do not meet either. */
const MAX_PERMUTED = 15;

export function createDigits(hash: KeyedHash): Digits {
  const replace = (digits: string, accepts: (digits: string) => boolean): string => {
    const { length } = digits;
    if (length === 0) return '';
    if (length > MAX_PERMUTED) return hashDigits(hash, digits, length);
    const toText = (value: number) => String(value).padStart(length, '0');
    const options = { hash, label: 'digits', size: 10 ** length };
    return toText(permute(Number(digits), { ...options, accepts: (value) => accepts(toText(value)) }));
  };

  return {
    text(text) {
      const digits = text.replace(/\D/g, '');
      const rest = replace(digits, (other) => startsAlike(digits, other))[Symbol.iterator]();
      return text.replace(/\d/g, () => rest.next().value ?? '0');
    },
    number(value) {
      const written = String(value);
      if (!/^-?\d{1,15}$|^-?\d+\.\d+$/.test(written) || written.length > MAX_PERMUTED) {
        return Math.sign(value) * Number(hashDigits(hash, written, MAX_PERMUTED));
      }
      const digits = written.replace(/\D/g, '');
      const isDecimal = written.includes('.');
      const rest = replace(
        digits,
        (other) => startsAlike(digits, other) && (!isDecimal || !other.endsWith('0')),
      )[Symbol.iterator]();
      return Number(written.replace(/\d/g, () => rest.next().value ?? '0'));
    },
  };
}

/** No country code and no number begins with 0 that did not before. */
function startsAlike(digits: string, other: string): boolean {
  return digits.startsWith('0') === other.startsWith('0');
}

function hashDigits(hash: KeyedHash, text: string, length: number): string {
  let digits = text.startsWith('0') ? '0' : '1';
  for (let block = 0; digits.length < length; block += 1) {
    for (const byte of hash(`digits\0${text}\0${block}`)) digits += String(byte % 10);
  }
  return digits.slice(0, length);
}
