import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScimError } from '../errors.ts';
import type { FilterSyntax } from './ast.ts';
import { FILTER_LIMITS, parseFilter, parsePathSyntax } from './parse.ts';
import { printFilter } from './print.ts';

function attempt(parse: () => unknown): string {
  try {
    parse();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return `${error.status} ${error.scimType}`;
  }
}

/** The tree as text with every operand in brackets, so that a test can say what binds to what. */
function explain(filter: FilterSyntax): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.operands.map(explain).join(` ${filter.kind} `)})`;
    case 'not':
      return `!${explain(filter.operand)}`;
    case 'present':
      return `${filter.path}?`;
    case 'valuePath':
      return `${filter.path}[${explain(filter.filter)}]`;
    case 'compare':
      return `${filter.path} ${filter.operator} ${JSON.stringify(filter.value)}`;
  }
}

describe('rfc 90: the grammar of RFC 7644 §3.4.2.2', () => {
  test.each([
    ['userName eq "bjensen"', 'userName eq "bjensen"'],
    [`name.familyName co "O'Malley"`, `name.familyName co "O'Malley"`],
    [
      'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
      'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
    ],
    ['title pr', 'title?'],
    ['meta.lastModified gt "2011-05-13T04:42:34Z"', 'meta.lastModified gt "2011-05-13T04:42:34Z"'],
    ['title pr and userType eq "Employee"', '(title? and userType eq "Employee")'],
    [
      'userType eq "Employee" and (emails co "a" or emails.value co "b")',
      '(userType eq "Employee" and (emails co "a" or emails.value co "b"))',
    ],
    ['userType ne "Employee" and not (emails co "a")', '(userType ne "Employee" and !emails co "a")'],
    [
      'emails[type eq "work" and value co "@example.com"]',
      'emails[(type eq "work" and value co "@example.com")]',
    ],
    [
      'emails[type eq "work"] or ims[type eq "xmpp" and value co "@foo.com"]',
      '(emails[type eq "work"] or ims[(type eq "xmpp" and value co "@foo.com")])',
    ],
    ['USERNAME EQ "x" AND NOT(active PR)', '(USERNAME eq "x" and !active?)'],
    ['a eq 1', 'a eq 1'],
    ['a eq -1.5e3', 'a eq -1500'],
    ['a eq true or b eq FALSE or c eq null', '(a eq true or b eq false or c eq null)'],
    ['a eq "\\"\\\\\\/\\u00e9\\n"', 'a eq "\\"\\\\/é\\n"'],
    ['a eq "\\ud83d\\ude00"', 'a eq "😀"'],
    ['a eq "x) or (b pr"', 'a eq "x) or (b pr"'],
    ['a eq ""', 'a eq ""'],
    ['  a   eq\t"x"  ', 'a eq "x"'],
    ['(((a pr)))', 'a?'],
    ['( a pr )', 'a?'],
    ['not pr', 'not?'],
    ['not eq 1', 'not eq 1'],
    ['not (not (a pr))', '!!a?'],
    ['(a pr)and(b pr)', '(a? and b?)'],
    ['emails[ type eq "work" ]', 'emails[type eq "work"]'],
    ['manager[$ref eq "x"]', 'manager[$ref eq "x"]'],
    ['manager.$ref eq "x"', 'manager.$ref eq "x"'],
    ['a-b_c1 eq 0', 'a-b_c1 eq 0'],
  ])('%s', (text, explained) => {
    expect(explain(parseFilter(text))).toBe(explained);
  });
});

describe('rfc 91: brackets, then not, then and, then or', () => {
  test.each([
    ['a pr or b pr and c pr', '(a? or (b? and c?))'],
    ['a pr and b pr or c pr', '((a? and b?) or c?)'],
    ['(a pr or b pr) and c pr', '((a? or b?) and c?)'],
    ['not (a pr) and b pr', '(!a? and b?)'],
    ['not (a pr or b pr) or c pr', '(!(a? or b?) or c?)'],
    ['a pr and not (b pr) or not (c pr) and d pr', '((a? and !b?) or (!c? and d?))'],
    ['e[a pr or b pr and not (c pr)]', 'e[(a? or (b? and !c?))]'],
  ])('%s', (text, explained) => {
    expect(explain(parseFilter(text))).toBe(explained);
  });
});

describe('rfc 94: what is outside the grammar is invalidFilter', () => {
  test.each([
    '',
    ' ',
    'userName',
    'userName eq',
    'userName eq ',
    'userName "x"',
    'eq "x"',
    'userName eq x',
    "userName eq 'x'",
    'userName eq "x',
    'userName eq "x\\"',
    'userName eq "\\x"',
    'userName eq "a\nb"',
    'userName eq "\\u0000"',
    'userName eq "\\ud800"',
    'userName eq "x" "y"',
    'userName eq "x" and',
    'and userName pr',
    'userName pr and and title pr',
    'userName pr or',
    'userName pr title pr',
    'userName pr junk',
    'userName pr)',
    '(userName pr',
    '()',
    '((userName pr)',
    'not userName pr',
    'not ()',
    'emails[type eq "work"',
    'emails[]',
    'emails[type eq "work"]]',
    'emails[type eq "work"].value',
    'emails type eq "work"]',
    'userName like "x"',
    'userName = "x"',
    'userName == "x"',
    'userName eq01',
    'userName eq 01',
    'userName eq 1.',
    'userName eq 1e999',
    'userName eq NaN',
    'userName eq [1]',
    'userName eq {"a":1}',
    '1name eq "x"',
    'name..familyName eq "x"',
    'name.familyName.x eq "x"',
    '.name eq "x"',
    'name. eq "x"',
    'user Name eq "x"',
    'userName\u00a0eq\u00a0"x"',
    'urn:: eq "x"',
    '"userName" eq "x"',
    'userName eq"x"',
    'a eq "x"; DROP TABLE users',
    '* eq "x"',
  ])('%j', (text) => {
    expect(attempt(() => parseFilter(text))).toBe('400 invalidFilter');
  });

  test('B2: any text gives a tree or 400 invalidFilter, never another error', { timeout: 30_000 }, () => {
    const pieces = fc.constantFrom(
      'userName',
      'emails',
      ' ',
      ' ',
      'eq',
      'pr',
      'and',
      'or',
      'not',
      '(',
      ')',
      '[',
      ']',
      '"',
      '"x"',
      '\\',
      '1',
      'true',
      '.',
      ':',
      'urn:a:b',
      '$ref',
      '\u0000',
      '😀',
      '__proto__',
    );
    const soup = fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (text) => {
        expect(attempt(() => parseFilter(text))).toMatch(/^(accepted|400 invalidFilter)$/);
        expect(attempt(() => parsePathSyntax(text))).toMatch(/^(accepted|400 invalidPath)$/);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('rfc 102: bounds', () => {
  test.each([
    ['10 KB of opening brackets', '('.repeat(10_240)],
    ['4 KB of opening brackets', '('.repeat(4096)],
    ['4 KB of not(', 'not('.repeat(1024)],
    ['4 KB of value paths', 'a['.repeat(2048)],
    [
      'brackets one too deep',
      `${'('.repeat(FILTER_LIMITS.maxDepth + 1)}a pr${')'.repeat(FILTER_LIMITS.maxDepth + 1)}`,
    ],
    ['one term too many', Array.from({ length: FILTER_LIMITS.maxTerms + 1 }, () => 'a pr').join(' or ')],
    ['one character too long', `a eq "${'x'.repeat(FILTER_LIMITS.maxLength - 6)}"`],
  ])('%s is invalidFilter', (_name, text) => {
    expect(attempt(() => parseFilter(text))).toBe('400 invalidFilter');
  });

  test.each([
    ['depth', `${'('.repeat(FILTER_LIMITS.maxDepth)}a pr${')'.repeat(FILTER_LIMITS.maxDepth)}`],
    ['terms', Array.from({ length: FILTER_LIMITS.maxTerms }, () => 'a pr').join(' or ')],
    ['length', `a eq "${'x'.repeat(FILTER_LIMITS.maxLength - 7)}"`],
  ])('the bound itself is admitted: %s', (_name, text) => {
    expect(attempt(() => parseFilter(text))).toBe('accepted');
  });
});

const path = fc.constantFrom(
  'userName',
  'emails.value',
  'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName',
  'manager.$ref',
  'not',
  'and',
  'or',
  'pr',
);
const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\u0000')),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  fc.boolean(),
  fc.constant(null),
);
const { tree } = fc.letrec<{ tree: FilterSyntax }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({
      kind: fc.constant('compare' as const),
      path,
      operator: fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'),
      value,
    }),
    fc.record({ kind: fc.constant('present' as const), path }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      operands: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('tree') }),
    fc.record({ kind: fc.constant('valuePath' as const), path, filter: tie('tree') }),
  ),
}));

test('B1: a filter printed and parsed is the same filter', { timeout: 30_000 }, () => {
  let parsed = 0;
  fc.assert(
    fc.property(tree, (syntax) => {
      const text = printFilter(syntax);
      if (attempt(() => parseFilter(text)) !== 'accepted') return;
      parsed += 1;
      expect(parseFilter(text)).toEqual(syntax);
    }),
    { numRuns: 3000 },
  );
  // Only filters beyond the bounds are refused.
  expect(parsed).toBeGreaterThan(2500);
});

test('a filter is frozen throughout', () => {
  const filter = parseFilter('a pr and not (b eq 1) or c[d pr]');
  expect(isFrozen(filter)).toBe(true);
});

function isFrozen(value: unknown): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isFrozen))
  );
}

describe('rfc 123, 137: paths of PATCH', () => {
  test.each([
    ['members', { path: 'members' }],
    ['name.familyName', { path: 'name.familyName' }],
    ['addresses[type eq "work"]', { path: 'addresses', filter: 'type eq "work"' }],
    [
      'addresses[type eq "work"].streetAddress',
      { path: 'addresses', filter: 'type eq "work"', sub: 'streetAddress' },
    ],
    [
      'members[value eq "a]b\\"c.d"].display',
      { path: 'members', filter: 'value eq "a]b\\"c.d"', sub: 'display' },
    ],
    [
      'urn:example:params:scim:x:2.0:U:checks[type eq "a" and not (at pr)].$ref',
      { path: 'urn:example:params:scim:x:2.0:U:checks', filter: '(type eq "a" and !at?)', sub: '$ref' },
    ],
  ])('%s', (text, expected) => {
    const { path, filter, sub } = parsePathSyntax(text);
    expect({ path, ...(filter && { filter: explain(filter) }), ...(sub && { sub }) }).toEqual(expected);
  });

  test.each([
    '',
    '.',
    'a.',
    'a..b',
    'a.b.c',
    'a b',
    'a[',
    'a[]',
    'a]',
    'a[b pr',
    'a[b pr]c',
    'a[b pr].',
    'a[b pr].c.d',
    'a[b pr].urn:x:y',
    'a[b pr]. c',
    'a[b pr].1',
    'a[b pr][c pr]',
    'a[b pr].c[d pr]',
    'a[b eq]',
    'a[b xx "c"]',
    '__proto__',
    '__proto__.polluted',
    '/Users/1',
    '$.a',
    'a[0]',
  ])('%j is invalidPath', (text) => {
    expect(attempt(() => parsePathSyntax(text))).toBe('400 invalidPath');
  });
});
