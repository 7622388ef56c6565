const PATTERN = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,12}))?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * The instant of an xsd:dateTime (RFC 7643 §2.3.5) as text of fixed width in UTC with nanoseconds, so that
 * comparing text compares instants. No zone is read as UTC. Fractions beyond nanoseconds are cut.
 *
 * @returns undefined when the text is no dateTime of the years 0001 to 9999.
 */
export function parseDateTime(text: string): string | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  const date = `${year}-${month}-${day}`;
  // 24:00:00 is the end of the day, and the only time of that hour.
  const milliseconds = Date.parse(`${date}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(milliseconds) || year === '0000' || (hour === '24' && Number(fraction) > 0))
    return undefined;
  // Date.parse rolls 30 February over into March; such a day does not exist.
  if (new Date(Date.parse(date)).toISOString().slice(0, 10) !== date) return undefined;
  const offset = parseOffset(zone);
  if (offset === undefined) return undefined;
  const instant = new Date(milliseconds - offset * 60_000);
  const utcYear = instant.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return undefined;
  return `${instant.toISOString().slice(0, 19)}.${fraction.slice(0, 9).padEnd(9, '0')}Z`;
}

/** Minutes east of UTC. */
function parseOffset(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours * 60 + minutes > 14 * 60 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
