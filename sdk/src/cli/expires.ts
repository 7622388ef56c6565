import { CliError } from './cli-error.ts';

/**
 * Reads `--expires`: days such as `90d`, `never`, or a date or time in ISO 8601.
 *
 * @param now UNIX seconds
 * @returns UNIX seconds; null = never
 * @throws CliError for any other text. Whether the time can be used is judged elsewhere.
 */
export function parseExpires(text: string, now: number): number | null {
  if (text === 'never') return null;
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  if (days !== undefined) return now + Number(days) * 86_400;
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const milliseconds = isDate ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(milliseconds)) return Math.floor(milliseconds / 1000);
  throw new CliError('--expires takes days such as 90d, a date such as 2027-01-31, or never.', 2);
}
