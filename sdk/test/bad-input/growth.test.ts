import { describe, expect, test } from 'vitest';
import { parseAuthorization } from '../../src/connections/authorization-header.ts';
import { readQuery, refuseKeyInUrl } from '../../src/http/parameters.ts';
import { parsePath } from '../../src/http/route.ts';
import { parseTagCondition } from '../../src/protocol/entity-tag.ts';
import { bindFilter } from '../../src/protocol/filter/bind.ts';
import { parseFilter, parsePathSyntax } from '../../src/protocol/filter/parse.ts';
import { fold } from '../../src/protocol/fold.ts';
import type { Json } from '../../src/protocol/json.ts';
import { parseJson } from '../../src/protocol/parse-json.ts';
import { applyPatch } from '../../src/protocol/patch/apply.ts';
import { parsePatch } from '../../src/protocol/patch/request.ts';
import { isPathText } from '../../src/protocol/path.ts';
import { parseProjection } from '../../src/protocol/projection.ts';
import { parseResource } from '../../src/protocol/resource.ts';
import { countInputs } from '../support/counts.ts';
import { allTypes, groupType, userType } from '../support/resource-types.ts';
import { PATCH_URN, USER_URN } from '../support/scim.ts';

/** A parser, and inputs that grow up to its limit. */
interface Growing {
  readonly name: string;
  /** The largest size, in whatever the input is counted. */
  readonly limit: number;
  readonly prepare: (size: number) => () => unknown;
}

const allow = () => true;
const limits = { maxDepth: 32, maxNodes: 500_000, maxStringLength: 65_536 };

/** A parser of text on text of one shape. */
function onText(
  name: string,
  limit: number,
  make: (size: number) => string,
  parse: (text: string) => unknown,
): Growing {
  return {
    name,
    limit,
    prepare: (size) => {
      const text = make(size);
      return () => {
        try {
          parse(text);
        } catch {
          // Refusing is to be no slower than reading.
        }
      };
    },
  };
}

const repeat = (text: string) => (size: number) => text.repeat(Math.ceil(size / text.length)).slice(0, size);
const within = (before: string, text: string, after: string) => (size: number) =>
  before + repeat(text)(size) + after;
const FILTER = 4096;
const json = (text: string) => parseJson(text, limits);
const readFilter = (text: string) => bindFilter(userType, parseFilter(text));

const list = <T>(size: number, make: (index: number) => T) =>
  Array.from({ length: size }, (_, index) => make(index));
const emails = (size: number) => list(size, (index) => ({ value: `a${index}@acme.example`, type: 'work' }));

const PARSERS: readonly Growing[] = [
  ...[
    ['brackets', repeat('(')],
    ['not', repeat('not ')],
    ['blanks', within('userName', ' ', 'eq "a"')],
    ['one long word', repeat('a')],
    ['colons', within('urn:x', ':', '!')],
    ['dots and colons', within('urn:a', ':a.a-', '!')],
    ['backslashes', within('userName eq "', '\\', '"')],
    ['a long string', within('userName eq "', 'x', '"')],
    ['escapes', within('userName eq "', '\\u0041', '"')],
    ['digits', within('userName eq 1', '0', '')],
    ['digits and a letter', within('userName eq 1', '0', 'x')],
    ['terms', within('userName pr', ' or userName pr', '')],
    ['chains without blanks', within('(a pr)', 'and(a pr)', '')],
  ].map(([name, make]) => onText(`filter: ${name}`, FILTER, make as (size: number) => string, readFilter)),
  onText('PATCH path: brackets', FILTER, within('emails[', '(', ''), parsePathSyntax),
  onText('PATCH path: colons', FILTER, within('urn:x', ':a', '!'), isPathText),
  onText('JSON: digits', 1 << 20, repeat('1'), json),
  onText('JSON: a fraction', 1 << 20, within('1.', '0', 'x'), json),
  onText('JSON: blanks', 1 << 20, repeat(' '), json),
  onText('JSON: backslashes', 1 << 16, within('"', '\\', '"'), json),
  onText('JSON: escaped quotes', 1 << 18, within('"', '\\"', ''), json),
  onText('JSON: escapes', 1 << 18, within('"', '\\u0041', '"'), json),
  onText('JSON: a list', 1 << 18, within('[1', ',1', ']'), json),
  onText('JSON: texts', 1 << 19, within('["a"', ',"a\\n"', ']'), json),
  onText(
    'JSON: names',
    1 << 16,
    (size) => JSON.stringify(Object.fromEntries(list(size, (index) => [`n${index}`, 1]))),
    json,
  ),
  onText('JSON: brackets', 1 << 20, repeat('['), json),
  onText('query: pairs', 8192, repeat('a=b&'), (text) => readQuery(new URLSearchParams(text))),
  onText('query: percent signs', 8192, repeat('%25%'), (text) => refuseKeyInUrl(new URLSearchParams(text))),
  onText('path: slashes', 8192, repeat('/'), (text) => parsePath(allTypes, text)),
  onText('path: segments', 8192, repeat('/%41'), (text) => parsePath(allTypes, text)),
  onText('Authorization: blanks', 16_384, within('Bearer', ' ', 'x'), parseAuthorization),
  onText('If-Match: quotes', 16_384, repeat('"'), parseTagCondition),
  onText('If-Match: tags', 16_384, repeat('W/"a",'), parseTagCondition),
  onText('If-Match: an open tag', 16_384, within('W/', 'W/"', ''), parseTagCondition),
  onText('userName: folding', 1 << 16, repeat('\u0301ΑΣ\u0323'), fold),
  onText('attributes', 8192, repeat('emails.value,'), (text) =>
    parseProjection(userType, { attributes: text.split(','), excludedAttributes: undefined }),
  ),
  {
    name: 'user: e-mails',
    limit: 1000,
    prepare: (size) => {
      const body = { schemas: [USER_URN], userName: 'a', emails: emails(size) } as Json;
      return () => parseResource(userType, body, allow);
    },
  },
  {
    name: 'group: members',
    limit: 50_000,
    prepare: (size) => {
      const body = { displayName: 'g', members: list(size, (index) => ({ value: `id${index}` })) } as Json;
      return () => parseResource(groupType, body, allow);
    },
  },
  {
    name: 'PATCH: values added to as many',
    limit: 1000,
    prepare: (size) => {
      const before = { userName: 'a', emails: emails(size) } as never;
      const value = emails(size).map((email) => ({ ...email, display: 'x' }));
      const body = { schemas: [PATCH_URN], Operations: [{ op: 'add', path: 'emails', value }] } as Json;
      return () => applyPatch(userType, before, { operations: parsePatch(userType, body, allow), allow });
    },
  },
  {
    name: 'PATCH: values removed from as many',
    limit: 1000,
    prepare: (size) => {
      const before = { userName: 'a', emails: emails(size) } as never;
      const body = {
        schemas: [PATCH_URN],
        Operations: [{ op: 'remove', path: 'emails', value: emails(size) }],
      } as Json;
      return () => applyPatch(userType, before, { operations: parsePatch(userType, body, allow), allow });
    },
  },
  {
    name: 'PATCH: operations',
    limit: 1000,
    prepare: (size) => {
      const Operations = list(size, (index) => ({ op: 'replace', path: 'displayName', value: `${index}` }));
      const body = { schemas: [PATCH_URN], Operations } as Json;
      const before = { userName: 'a' } as never;
      return () => applyPatch(userType, before, { operations: parsePatch(userType, body, allow), allow });
    },
  },
  {
    name: 'PATCH: members',
    limit: 10_000,
    prepare: (size) => {
      const value = list(size, (index) => ({ value: `id${index}` }));
      const body = { schemas: [PATCH_URN], Operations: [{ op: 'add', path: 'members', value }] } as Json;
      const before = { displayName: 'g' } as never;
      return () => applyPatch(groupType, before, { operations: parsePatch(groupType, body, allow), allow });
    },
  },
];

/**
 * The slope of log(time) over log(size) among the larger sizes: 1 = proportional, 2 = quadratic. Of each size the
 * quickest of many measurements counts, which other work on the machine cannot lower.
 */
function measureExponent({ limit, prepare }: Growing): number {
  const sizes = [16, 8, 4, 2, 1].map((part) => Math.floor(limit / part));
  const works = sizes.map(prepare);
  for (const work of works) work();
  const best = sizes.map(() => Number.POSITIVE_INFINITY);
  // In turn, so that a slow moment meets all sizes; each long enough for the clock.
  for (let round = 0; round < 6; round += 1) {
    for (const [index, work] of works.entries()) {
      const repeats = Math.max(1, Math.floor((limit / (sizes[index] ?? limit)) * repeatsFor(best.at(-1))));
      const start = performance.now();
      for (let repeatIndex = 0; repeatIndex < repeats; repeatIndex += 1) work();
      best[index] = Math.min(best[index] ?? 0, (performance.now() - start) / repeats);
    }
  }
  return slopeOf(sizes.map((size, index) => [Math.log(size), Math.log(best[index] ?? 0)]));
}

/** How often the largest input is read within about half a millisecond. */
function repeatsFor(milliseconds: number | undefined): number {
  return milliseconds === undefined || milliseconds === Number.POSITIVE_INFINITY
    ? 1
    : Math.max(1, Math.min(200, 0.5 / milliseconds));
}

/** Least squares. */
function slopeOf(points: readonly (readonly number[])[]): number {
  const mean = (place: number) => points.reduce((sum, point) => sum + (point[place] ?? 0), 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const top = points.reduce((sum, [x = 0, y = 0]) => sum + (x - meanX) * (y - meanY), 0);
  return top / points.reduce((sum, [x = 0]) => sum + (x - meanX) ** 2, 0);
}

describe('time grows as the input does', () => {
  test.each(PARSERS)('B13, case S29: $name', { timeout: 60_000 }, (growing) => {
    // Noise makes one measurement steep now and then; a quadratic parser makes all of them.
    let exponent = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 3 && exponent >= 1.2; attempt += 1)
      exponent = Math.min(exponent, measureExponent(growing));
    countInputs('B13 parsers measured');
    expect(exponent).toBeLessThan(1.2);
  });

  test('B13: a quadratic reader would be found', { timeout: 60_000 }, () => {
    const quadratic = onText('quadratic', 2048, repeat('ab'), (text) => {
      let pairs = 0;
      for (let left = 0; left < text.length; left += 1)
        for (let right = 0; right < left; right += 1)
          if (text.charCodeAt(left) === text.charCodeAt(right)) pairs += 1;
      return pairs;
    });
    expect(measureExponent(quadratic)).toBeGreaterThan(1.5);
  });
});
