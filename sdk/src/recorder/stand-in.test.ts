import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { fold } from '../protocol/fold.ts';
import { permute } from './permutation.ts';
import { createStandIns } from './stand-in.ts';

// Thousands of texts, on machines that do other things too.
vi.setConfig({ testTimeout: 60_000 });

const standIns = createStandIns(Buffer.from('one secret'));
const others = createStandIns(Buffer.from('another secret'));

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');

/** Texts of the forms that directories hold, and anything at all. */
const texts = fc.oneof(
  fc.string({ maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('a', 'A', 'b', 'é', 'É', 'e\u0301', ' ', '.', '1', 'K', 'İ'),
    maxLength: 8,
  }),
  fc.emailAddress(),
  fc.uuid(),
  fc.webUrl(),
  fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.integer().map(String),
  fc.stringMatching(/^\+?[1-9][0-9 ().-]{5,15}$/),
  fc.base64String({ minLength: 80, maxLength: 400 }),
  fc.constantFrom(
    'Ann',
    'ann',
    'ANN',
    'Ann Lee',
    'ann lee',
    'O’Brien',
    "O'Brien",
    'Lee, Ann',
    '李小龍',
    'ann@x.example',
  ),
);

/** The same text with letters in another case. */
const inOtherCase = (text: string, marks: readonly boolean[]) =>
  [...text]
    .map((letter, index) => (marks[index % marks.length] ? letter.toUpperCase() : letter.toLowerCase()))
    .join('');

describe('stand-ins', () => {
  test('are equal exactly where values are', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const isSame = a.normalize('NFC') === b.normalize('NFC');
        expect(standIns.text(a) === standIns.text(b)).toBe(isSame);
      }),
      { numRuns: 3_000 },
    );
  });

  test('are equal without case exactly where values are', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(fold(standIns.text(a)) === fold(standIns.text(b))).toBe(fold(a) === fold(b));
      }),
      { numRuns: 3_000 },
    );
  });

  test('differ in case alone where values do', () => {
    const words = fc.string({ unit: fc.constantFrom(...LOWER, '.', ' '), minLength: 1, maxLength: 70 });
    const marks = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, marks, marks, (text, one, two) => {
        const [a, b] = [inOtherCase(text, one), inOtherCase(text, two)];
        const [standInA, standInB] = [standIns.text(a), standIns.text(b)];
        expect(standInA === standInB).toBe(a === b);
        expect(fold(standInA)).toBe(fold(standInB));
      }),
      { numRuns: 3_000 },
    );
  });

  test('are others in another recording', () => {
    for (const text of [
      'Ann Lee',
      'ann@x.example',
      '0a21f0f2-1111-4222-8333-944455556666',
      'https://x.example/ann',
    ]) {
      expect(standIns.text(text)).not.toBe(others.text(text));
    }
  });

  test.each([
    [
      'an e-mail address stays one',
      'Ann.Lee+x@acme.com',
      /^[A-Z][a-z]+\.[A-Z][a-z]+\+[a-z]+@[a-z]+\.example$/,
    ],
    [
      'a UUID stays one of its version',
      '0a21f0f2-1111-7222-8333-944455556666',
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    ],
    ['a URL stays one', 'http://acme.com/photos/ann.png', /^http:\/\/www\.example\/[a-z]+$/],
    ['a telephone number stays one', '+1 (555) 010-9999', /^\+[1-9] \(\d{3}\) \d{3}-\d{4}$/],
    ['so does one in RFC 3966', 'tel:+1-201-555-0123', /^tel:\+[1-9]-\d{3}-\d{3}-\d{4}$/],
    ['a date stays one', '1979-08-01', /^(?:19|2[0-3])\d\d-\d\d-\d\d$/],
    ['a dateTime stays one', '1979-08-01T07:09:13.5Z', /^(?:19|2[0-3])\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.0Z$/],
    ['leading zeros stay', '0042', /^0\d{3}$/],
    [
      'words stay words, with their capitals',
      'Ann van der Lee',
      /^[A-Z][a-z]{11} [a-z]{12} [a-z]{12} [A-Z][a-z]{11}$/,
    ],
    ['a reference within a bulk request stays one', 'bulkId:ann', /^bulkId:[a-z]{12}$/],
    ['base64 stays base64 of its length', `${'QUJD'.repeat(40)}QQ==`, /^[A-Za-z]{162}==$/],
    ['a long text stays long', 'word '.repeat(100), /^[a-z ]{480,500}$/],
    ['a character that cannot be stored stays', 'a\0b'.repeat(40), /\0/],
    ['half a character stays one', 'a\ud83d', /\ud800/],
    ['nothing stays nothing', '', /^$/],
  ])('%s', (_rule, text, form) => {
    expect(standIns.text(text)).toMatch(form);
    expect(standIns.text(text)).not.toBe(text || undefined);
  });

  test('of e-mail addresses of one domain share one, so that a search by domain finds the same', () => {
    const domainOf = (text: string) => text.slice(text.indexOf('@'));
    expect(domainOf(standIns.text('ann@acme.com'))).toBe(domainOf(standIns.text('ben@acme.com')));
    expect(standIns.text('ann@acme.com')).toMatch(new RegExp(`${standIns.text('@acme.com')}$`));
  });

  test('of numbers have their sign, digits and point, and differ where numbers do', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(standIns.number(a) === standIns.number(b)).toBe(a === b);
        expect(String(standIns.number(a))).toHaveLength(String(a).length);
        expect(Math.sign(standIns.number(a))).toBe(Math.sign(a));
      }),
      { numRuns: 1_000 },
    );
    expect(String(standIns.number(12.5))).toMatch(/^\d\d\.[1-9]$/);
  });

  test('of countries are other countries, each its own', () => {
    const all = ['DE', 'FR', 'US', 'GB', 'JP', 'BR', 'EG'];
    expect(new Set(all.map((code) => standIns.country(code))).size).toBe(all.length);
    expect(standIns.country('us')).toBe(standIns.country('US').toLowerCase());
    for (const code of all) expect(standIns.country(code)).toMatch(/^[A-Z]{2}$/);
    expect(standIns.country('Germany')).toMatch(/^[A-Z][a-z]{11}$/);
  });

  test('of moments are in the order of the moments', () => {
    const moments = fc.date({
      min: new Date('1990-01-01'),
      max: new Date('2090-01-01'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        const [one, two] = [a, b].map((date) => standIns.instant(date.toISOString()));
        expect(String(one) < String(two)).toBe(a < b);
      }),
    );
  });
});

test('a permutation reaches every number it accepts once', () => {
  const hash = (text: string) => Buffer.from(`${text}--------`.split('').reverse().join(''));
  for (const size of [1, 2, 7, 10, 100, 249]) {
    const numbers = Array.from({ length: size }, (_, index) => index);
    const reached = numbers.map((value) => permute(value, { hash, label: 'x', size }));
    expect([...reached].sort((a, b) => a - b)).toEqual(numbers);
  }
  const even = [0, 2, 4, 6, 8].map((value) =>
    permute(value, { hash, label: 'x', size: 10, accepts: (number) => number % 2 === 0 }),
  );
  expect([...even].sort((a, b) => a - b)).toEqual([0, 2, 4, 6, 8]);
});
