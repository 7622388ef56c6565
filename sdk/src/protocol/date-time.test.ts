import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDateTime } from './date-time.ts';

test.each([
  ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000000000Z'],
  ['2026-01-31T09:00:00', '2026-01-31T09:00:00.000000000Z'],
  ['2026-01-31T09:00:00.5Z', '2026-01-31T09:00:00.500000000Z'],
  ['2026-01-31T00:30:00+01:00', '2026-01-30T23:30:00.000000000Z'],
  ['2026-01-31T23:30:00-05:00', '2026-02-01T04:30:00.000000000Z'],
  ['2024-02-29T12:00:00+14:00', '2024-02-28T22:00:00.000000000Z'],
  ['2026-01-31T24:00:00+01:00', '2026-01-31T23:00:00.000000000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000000Z'],
  ['9999-12-31T23:59:59.123456789123Z', '9999-12-31T23:59:59.123456789Z'],
])('rfc 8: %s is the instant %s', (text, instant) => {
  expect(parseDateTime(text)).toBe(instant);
});

test.each([
  '',
  '2026-01-31',
  '2026-01-31 09:00:00Z',
  '2026-02-30T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T24:00:01Z',
  '2026-01-01T24:00:00.1Z',
  '2026-02-30T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '2026-01-01T00:00:61Z',
  '2026-01-01T00:00:00.Z',
  '2026-01-01T00:00:00+14:01',
  '2026-01-01T00:00:00+15:00',
  '2026-01-01T00:00:00+0100',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '-2026-01-01T00:00:00Z',
  '12026-01-01T00:00:00Z',
  '2026-01-01T00:00:00Zx',
  '２026-01-01T00:00:00Z',
])('rfc 8: %j is no dateTime', (text) => {
  expect(parseDateTime(text)).toBeUndefined();
});

test('rfc 8: the order of the text is the order of the instants', () => {
  const date = fc.date({
    min: new Date('0002-01-01T00:00:00Z'),
    max: new Date('9998-01-01T00:00:00Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(date, date, (a, b) => {
      const left = parseDateTime(a.toISOString()) ?? '';
      const right = parseDateTime(b.toISOString()) ?? '';
      expect(Math.sign(a.getTime() - b.getTime())).toBe(left < right ? -1 : left > right ? 1 : 0);
    }),
    { numRuns: 1000 },
  );
});
