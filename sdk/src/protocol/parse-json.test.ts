import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScimError } from './errors.ts';
import { isObject, isWrittenNumber } from './json.ts';
import { type JsonLimits, parseJson, parseJsonInTurns } from './parse-json.ts';

const LIMITS: JsonLimits = { maxDepth: 32, maxNodes: 1000, maxStringLength: 1000 };

/** What the parser answers: the value, or the error a client is told. */
function attempt(text: string, limits = LIMITS): unknown {
  try {
    return { value: parseJson(text, limits) };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return `${error.status} ${error.scimType}`;
  }
}

describe('values', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5, stringUnit: 'grapheme' }), (text) => {
        const answer = attempt(text);
        // Names that differ by case only, and U+0000, are refused here and not there.
        if (typeof answer === 'string') return;
        expect(JSON.stringify((answer as { value: unknown }).value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '0',
    '-0',
    '1.5',
    '1e-3',
    '-1.25E-2',
    '9007199254740993',
    'true',
    'false',
    'null',
    '""',
    '[]',
    '{}',
    ' \t\r\n1\n',
  ])('%j is a value', (text) => {
    expect(attempt(text)).toEqual({ value: JSON.parse(text) });
  });

  test.each(['1.0', '1e3', '-0.0', '2E+2', '1.0000000000000000001', '1e300'])(
    'rfc 5: %s is whole, but no integer: its text is kept',
    (text) => {
      const value = parseJson(text, LIMITS);
      expect([isWrittenNumber(value), isObject(value), JSON.stringify({ value })]).toEqual([
        true,
        false,
        `{"value":${text}}`,
      ]);
    },
  );

  test('objects inherit nothing, and what they inherit it from cannot be given anything', () => {
    const prototype = Object.getPrototypeOf(parseJson('{"a":{}}', LIMITS));
    expect(Reflect.ownKeys(prototype)).toEqual([]);
    expect(Object.getPrototypeOf(prototype)).toBeNull();
    expect(Object.isFrozen(prototype)).toBe(true);
  });
});

describe('rfc 74: text that is no JSON is invalidSyntax', () => {
  test.each([
    '',
    ' ',
    '{',
    '[',
    '"',
    '"\\"',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    "{'a':1}",
    '[1,]',
    '[1 2]',
    '1 2',
    '{} {}',
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '-',
    'NaN',
    'Infinity',
    'undefined',
    'True',
    'nul',
    'truefalse',
    '"\n"',
    '"\\x"',
    '"\\u12"',
    '\uFEFF{}',
    '// a\n{}',
  ])('%j', (text) => {
    expect(attempt(text)).toBe('400 invalidSyntax');
  });

  test('B5: any text gives a value or a 400, never another error', { timeout: 30_000 }, () => {
    const bytes = fc.string({
      unit: fc.constantFrom(...'{}[]",:\\u0eE.-+1 truefalsn\u0000\ud800\udc00é😀'.split('')),
    });
    fc.assert(
      fc.property(bytes, (text) => {
        expect(attempt(text)).toSatisfy(
          (answer) => typeof answer === 'object' || /^400 invalid(Syntax|Value)$/.test(String(answer)),
        );
      }),
      { numRuns: 5000 },
    );
  });
});

describe('what JSON.parse lets through', () => {
  test.each([
    '{"a":1,"a":1}',
    '{"userName":"a","username":"b"}',
    '{"a":{"B":1,"b":2}}',
    '{"\\u0061":1,"a":2}',
  ])('a name given twice is refused: %s', (text) => {
    expect(attempt(text)).toBe('400 invalidSyntax');
  });

  test.each(['{"__proto__":{}}', '{"a":{"__proto__":null}}', '{"\\u005f_proto__":1}'])(
    'rfc 139: __proto__ is a fault of the data: %s',
    (text) => {
      expect(attempt(text)).toBe('400 invalidSyntax');
    },
  );

  test('rfc 139: constructor and prototype are names like any other', () => {
    expect(attempt('{"constructor":{"prototype":1}}')).toEqual({
      value: JSON.parse('{"constructor":{"prototype":1}}'),
    });
  });

  test.each([
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '{"\\u0000":1}',
    '"\ud800"',
    '1e400',
    '-1e400',
  ])('B5: what the databases would not keep is invalidValue: %j', (text) => {
    expect(attempt(text)).toBe('400 invalidValue');
  });

  test('a whole surrogate pair is text', () => {
    expect(attempt('"\\ud83d\\ude00"')).toEqual({ value: '😀' });
  });
});

describe('P11: bounds hold before anything recursive sees the body', () => {
  test.each([
    ['depth', '['.repeat(33) + ']'.repeat(33)],
    ['depth of a million', '['.repeat(1_000_000)],
    ['depth of objects', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`],
    ['values', `[${'1,'.repeat(1000)}1]`],
    ['length of a string', `"${'x'.repeat(1001)}"`],
    ['length of a name', `{"${'x'.repeat(1001)}":1}`],
    ['length of a string of escapes', `"${'\\u0061'.repeat(1001)}"`],
  ])('%s', (_bound, text) => {
    expect(attempt(text)).toBe('400 invalidSyntax');
  });

  test.each([
    ['depth', '['.repeat(32) + ']'.repeat(32)],
    ['values', `[${'1,'.repeat(998)}1]`],
    ['length', `"${'\\u0061'.repeat(1000)}"`],
  ])('the bound itself is admitted: %s', (_bound, text) => {
    expect(attempt(text)).toEqual({ value: JSON.parse(text) });
  });

  test('B13: a megabyte of quotes and backslashes is read in linear time', () => {
    const limits: JsonLimits = { maxDepth: 32, maxNodes: 50_000, maxStringLength: 65_536 };
    const text = `["${'\\\\\\"'.repeat(250_000)}`;
    const start = performance.now();
    expect(attempt(text, limits)).toBe('400 invalidSyntax');
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('in turns', () => {
  const limits: JsonLimits = { ...LIMITS, maxNodes: 100_000 };
  const item = (at: number) => ({ value: `id-${at}`, more: [at, [null, {}], { deep: [[], 'x"y'] }] });
  const whole = JSON.stringify({
    first: 1,
    members: Array.from({ length: 4_000 }, (_, at) => item(at)),
    last: true,
  });

  async function attemptInTurns(text: string) {
    let turns = 0;
    const rest = async () => {
      turns += 1;
    };
    const outcome = await parseJsonInTurns(text, limits, rest).then(
      (value) => ({ value }),
      (error: ScimError) => `${error.status} ${error.scimType}`,
    );
    return { outcome, turns };
  }

  test('P-9: a long text is what it is in one go, and others have their turn meanwhile', async () => {
    const { outcome, turns } = await attemptInTurns(whole);
    expect(outcome).toEqual({ value: JSON.parse(whole) });
    expect(turns).toBe(4);
  });

  test('cut or broken anywhere it is refused as in one go', async () => {
    for (const at of [1, 7, 5_000, 100_001, 200_002, whole.length - 1]) {
      for (const text of [whole.slice(0, at), `${whole.slice(0, at)}}${whole.slice(at)}`, `${whole}]`]) {
        const expected = attempt(text, limits);
        expect([at, (await attemptInTurns(text)).outcome]).toEqual([at, expected]);
      }
    }
  });
});
