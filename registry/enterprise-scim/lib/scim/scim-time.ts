const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const MONTH = 30 * DAY;

/** The reader's own variant of the labels' language, so that dates and words agree. */
export function resolveScimLocale(language: string): string {
  const preferred = typeof navigator === 'undefined' ? [] : navigator.languages;
  return preferred.find((tag) => tag.split('-')[0] === language.split('-')[0]) ?? language;
}

/** "3 May 2027" */
export function formatDate(seconds: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(seconds * 1000);
}

/** "3 May 2027 at 14:05 CEST" */
export function formatDateTime(seconds: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(seconds * 1000);
}

/** "2 minutes ago", "in 12 days". The remaining time is rounded up: a key with 6.5 days left says 7. */
export function formatRelative(seconds: number, now: number, locale: string): string {
  const distance = seconds - now / 1000;
  const [amount, unit] = toUnit(Math.abs(distance));
  const rounded = distance > 0 ? Math.ceil(amount) : -Math.floor(amount);
  return new Intl.RelativeTimeFormat(locale, { numeric: unit === 'day' ? 'always' : 'auto' }).format(
    rounded,
    unit,
  );
}

function toUnit(distance: number): [number, Intl.RelativeTimeFormatUnit] {
  if (distance < MINUTE) return [distance, 'second'];
  if (distance < HOUR) return [distance / MINUTE, 'minute'];
  if (distance < DAY) return [distance / HOUR, 'hour'];
  // Days stay days up to a year: "in 214 days" says more about a key than "in 7 months".
  if (distance < 13 * MONTH) return [distance / DAY, 'day'];
  return [distance / MONTH, 'month'];
}
