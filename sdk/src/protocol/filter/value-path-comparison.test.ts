import { expect, test } from 'vitest';
import { parseFilter } from './parse.ts';
import { printFilter } from './print.ts';

test.each([
  ['emails[type eq "work"].value eq "x"', 'emails[type eq "work" and value eq "x"]'],
  ['emails[type eq "work"].value pr', 'emails[type eq "work" and value pr]'],
  [
    'emails[type eq "work" or primary eq true].value sw "x"',
    'emails[(type eq "work" or primary eq true) and value sw "x"]',
  ],
  [
    'emails[type eq "work"].value eq "x" and active eq true',
    'emails[type eq "work" and value eq "x"] and active eq true',
  ],
  ['not (emails[type eq "work"].value eq "x")', 'not (emails[type eq "work" and value eq "x"])'],
])('T10 Entra ID: %s asks one element for both', (written, meant) => {
  expect(printFilter(parseFilter(written))).toBe(printFilter(parseFilter(meant)));
});

test.each([
  'emails[type eq "work"].',
  'emails[type eq "work"].value',
  'emails[type eq "work"].value "x"',
  'emails[type eq "work"].value.display eq "x"',
  'emails[type eq "work"].value[type eq "x"]',
  'emails[type eq "work"] .value eq "x"',
])('%s is no filter', (written) => {
  expect(() => parseFilter(written)).toThrow(
    expect.objectContaining({ status: 400, scimType: 'invalidFilter' }),
  );
});
