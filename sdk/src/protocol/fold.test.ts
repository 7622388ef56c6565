import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareText, fold } from './fold.ts';

test('case-S33: folding twice is folding once, for every code point', { timeout: 30_000 }, () => {
  const unstable: number[] = [];
  for (let point = 0; point <= 0x10ffff; point += 1) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const once = fold(String.fromCodePoint(point));
    if (fold(once) !== once) unstable.push(point);
  }
  expect(unstable).toEqual([]);
});

test('B7: folding twice is folding once, for generated text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const once = fold(text);
      expect(fold(once)).toBe(once);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['Ada@Example.COM', 'ada@example.com'],
  ['e\u0301', '\u00e9'],
  ['\u00c9', 'e\u0301'],
  ['\u212Aelvin', 'kelvin'],
  ['ΟΔΟΣ', 'οδος'],
  ['οδοσ', 'οδος'],
  ['\u2126', 'ω'],
  ['I\u0307', 'İ'],
])('rfc 58, 164: %j and %j are one name', (a, b) => {
  expect(fold(a)).toBe(fold(b));
});

test.each([
  ['ı', 'i'],
  ['ß', 'ss'],
  ['ﬁ', 'fi'],
  ['\u0430', 'a'],
])('rfc 164: %j and %j stay two names', (a, b) => {
  expect(fold(a)).not.toBe(fold(b));
});

test('rfc 92: text is ordered as the bytes of its UTF-8', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', '\uD7FF', '\uE000', '\uFFFD', '😀', '\u{10FFFF}'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 5000 },
  );
});
