import { createHmac } from 'node:crypto';
import { fold } from '../protocol/fold.ts';
import { createDateStandIns } from './date-stand-in.ts';
import { createDigits } from './digits.ts';
import { type KeyedHash, permute } from './permutation.ts';

/**
 * What stands in a recording for values. A pure function of the value and the recording's secret: the same value
 * has the same stand-in wherever it occurs, another value another one, and texts that are equal without case keep
 * that too. Nobody without the secret can try out names.
 */
export interface StandIns {
  /** For any text. What a server may check of its form stays: e-mail, UUID, URL, digits, date, length if long. */
  text(text: string): string;
  /** As many digits, the sign and the decimal point where they were. */
  number(value: number): number;
  /** A dateTime moved by the recording's secret distance, so that earlier stays earlier. */
  instant(text: string): string;
  /** Another country's code for an ISO 3166-1 code, else as {@link text}. */
  country(text: string): string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const PARTS =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[^\s@"'<>(),;:]*@[^\s@"'<>(),;:]+|[A-Za-z0-9\x80-\u{10ffff}]+/giu;
const WORDS = /[A-Za-z0-9\x80-\u{10ffff}]+/gu;
/** Longer texts are not taken apart, so that their stand-ins are no longer than they are. */
const LONG = 80;
/** Letters of a word that stands for a shorter one: 26^12, so that two never meet. */
const WORD = 12;

/** Stand-ins that are remembered: hashes cost most of the time, and most values of a directory come again. */
const REMEMBERED = 100_000;

/** @param secret random bytes, of one recording alone, kept nowhere. */
export function createStandIns(secret: Uint8Array): StandIns {
  // As text: Node takes a key of bytes apart anew for every hash, at six times the cost.
  const key = Buffer.from(secret).toString('hex');
  const hash: KeyedHash = (text) => createHmac('sha256', key).update(text).digest();
  const digits = createDigits(hash);
  const dates = createDateStandIns(hash);

  const letters = (label: string, count: number): string => {
    let text = '';
    for (let block = 0; text.length < count; block += 1) {
      for (const byte of hash(`${label}\0${block}`)) text += String.fromCharCode(97 + (byte % 26));
    }
    return text.slice(0, count);
  };

  const word = (text: string): string => {
    const folded = fold(text);
    const count = WORD * Math.ceil([...folded].length / WORD);
    return copyCase(text, letters(`word\0${folded}`, count));
  };

  const uuid = (text: string): string => {
    const lower = text.toLowerCase();
    const hex = hash(`uuid\0${lower}`).toString('hex');
    // Version and variant stay: some servers look at them.
    const made = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${lower[14]}${hex.slice(13, 16)}-${lower[19]}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    return text === text.toUpperCase() ? made.toUpperCase() : copyCase(text, made);
  };

  const email = (text: string): string => {
    const at = text.lastIndexOf('@');
    const local = text.slice(0, at);
    const words = local.replace(WORDS, part);
    // RFC 5321 §4.5.3.1.1 allows 64 characters before the @.
    return `${words.length > 64 ? word(local) : words}@${word(text.slice(at + 1))}.example`;
  };

  const long = (text: string): string => {
    const folded = fold(text);
    const unit = letters(`long\0${folded}`, 2 * WORD) + (text.includes(' ') ? ' ' : '');
    const padding = /={1,2}$/.exec(text)?.[0] ?? '';
    const length = folded.length - padding.length;
    return (
      copyCase(
        text,
        unit
          .repeat(Math.ceil(length / unit.length))
          .slice(0, length)
          .trimEnd(),
      ) + padding
    );
  };

  const remembered = new Map<string, string>();
  const remember = (name: string, make: () => string): string => {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const made = make();
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(name, made);
    return made;
  };

  const part = (text: string): string => {
    if (UUID.test(text)) return uuid(text);
    if (text.includes('@')) return email(text);
    return /^\d+$/.test(text) ? digits.text(text) : word(text);
  };

  /** Characters that servers refuse stay, so that the stand-in is refused too. */
  const standIn = (given: string): string => {
    const made = standInFor(given.toWellFormed().normalize('NFC'));
    const isNulLost = given.includes('\0') && !made.includes('\0');
    return `${made}${isNulLost ? '\0' : ''}${given.isWellFormed() ? '' : '\ud800'}`;
  };

  const standInFor = (text: string): string => {
    const date = dates.text(text);
    if (date !== undefined) return date;
    if (UUID.test(text)) return uuid(text);
    const url = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<rest>.+)$/isu.exec(text)?.groups;
    if (url !== undefined) {
      const scheme = url.scheme?.toLowerCase() === 'http' ? 'http' : 'https';
      return `${scheme}://www.example/${word(`${url.scheme}:${url.rest}`)}`;
    }
    const reference = /^(?<label>bulkId|tel|mailto):(?<rest>.+)$/isu.exec(text)?.groups;
    if (reference !== undefined) return `${reference.label}:${standInFor(reference.rest ?? '')}`;
    // A telephone number, an employee number, a postal code: its digits are one value.
    if (!/[A-Za-z\x80-\u{10ffff}@]/u.test(text)) return digits.text(text);
    return fold(text).length > LONG
      ? long(text)
      : text.replace(PARTS, (found) => remember(`part\0${found}`, () => part(found)));
  };

  return {
    text: (text) => (text.length > LONG ? standIn(text) : remember(`text\0${text}`, () => standIn(text))),
    number: digits.number,
    instant: dates.instant,
    country(text) {
      const index = COUNTRIES.indexOf(text.toUpperCase());
      if (index === -1) return standIn(text);
      const other = COUNTRIES[permute(index, { hash, label: 'country', size: COUNTRIES.length })] ?? '';
      return text === text.toLowerCase() ? other.toLowerCase() : other;
    },
  };
}

/** Capitals where the text has them: texts that differ in case alone have stand-ins that differ in case alone. */
function copyCase(text: string, letters: string): string {
  const marks = [...text].map((character) => character !== character.toLowerCase());
  return [...letters].map((letter, index) => (marks[index] ? letter.toUpperCase() : letter)).join('');
}

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const regions = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
const COUNTRIES = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter(
  (code) => regions.of(code) !== undefined,
);
