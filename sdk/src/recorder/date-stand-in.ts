import { type KeyedHash, permute } from './permutation.ts';

/** Stand-ins for dates and times. */
export interface DateStandIns {
  /** Another date of the same form. @returns undefined for a text that is no date of the years 1900 to 2399. */
  text(text: string): string | undefined;
  /** The dateTime moved by a distance that is the same for all. @returns '' for a text that is none. */
  instant(text: string): string;
}

const DAY = 86_400;
const FIRST = Date.UTC(1900, 0, 1) / 1000;
const SECONDS = Date.UTC(2400, 0, 1) / 1000 - FIRST;
const FIVE_YEARS = 5 * 365 * DAY;
const DATE =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[Tt](?<time>\d\d:\d\d:\d\d)(?<fraction>\.\d+)?(?<zone>[Zz]|[+-]\d\d:\d\d)?)?$/;

export function createDateStandIns(hash: KeyedHash): DateStandIns {
  const distance = (hash('distance').readUIntBE(0, 6) % (2 * FIVE_YEARS)) - FIVE_YEARS;
  return {
    text(text) {
      const read = readDate(text);
      if (read === undefined) return undefined;
      const { date, time, zone = '' } = read.groups;
      const offset = read.seconds - FIRST;
      if (time === undefined) {
        const day = permute(offset / DAY, { hash, label: 'day', size: SECONDS / DAY });
        return print(FIRST + day * DAY).slice(0, date?.length);
      }
      // What is behind the point belongs to the value, so it chooses the permutation.
      const fraction = read.groups.fraction ?? '';
      const seconds = permute(offset, { hash, label: `second${fraction}`, size: SECONDS });
      return `${print(FIRST + seconds)}${fraction.replace(/\d/g, '0')}${zone}`;
    },
    instant(text) {
      const read = readDate(text);
      if (read === undefined) return '';
      const { time, fraction = '', zone = '' } = read.groups;
      const moved = print(read.seconds + distance);
      return time === undefined ? moved.slice(0, 10) : `${moved}${fraction}${zone}`;
    },
  };
}

/** Seconds since the epoch, the zone left aside. */
function readDate(text: string) {
  const groups = DATE.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const plain = `${groups.date}T${groups.time ?? '00:00:00'}`;
  const seconds = Date.parse(`${plain}Z`) / 1000;
  const isReal = Number.isFinite(seconds) && print(seconds) === plain;
  return isReal && seconds >= FIRST && seconds < FIRST + SECONDS ? { groups, seconds } : undefined;
}

function print(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}
