import { Buffer } from 'node:buffer';
import type { Dice } from '../support/dice.ts';
import { mutateText } from './mutate-text.ts';

/** Why a text that `JSON.parse` reads must still be refused. */
export type Sin =
  | 'repeated name'
  | '__proto__'
  | 'too deep'
  | 'too large a number'
  | 'unstorable text'
  | 'too long';

/** A JSON text, and what was done to it that this server does not take. */
export interface JsonText {
  readonly text: string;
  readonly sins: readonly Sin[];
}

const NAMES = [
  'userName',
  'emails',
  'active',
  'name',
  'x',
  '',
  'toString',
  'constructor',
  '\u00e9',
  'urn:x:y',
];
/** Strings as JSON. */
export const STRINGS = [
  '"ada"',
  '""',
  '"\\u0041\\n"',
  '"\u{1F600}"',
  '"\\ud83d\\ude00"',
  '"a\\"b\\\\"',
  '"\u00e9"',
  '"\u2028"',
];
const NUMBERS = ['0', '-0', '1', '-1.5', '1e308', '5e-324', '9007199254740993', '0.1', '1E+2', '1e-400'];
const WORDS = ['true', 'false', 'null'];

/** A JSON text with at most one sin. */
export function arbitraryJson(dice: Dice): JsonText {
  const value = arbitraryValue(dice, 0);
  if (!dice.oneIn(3)) return { text: pad(value, dice), sins: [] };
  const { sin, text } = arbitrarySin(dice);
  return { text: pad(`{"a":${value},"b":[${text}]}`, dice), sins: [sin] };
}

function arbitraryValue(dice: Dice, depth: number): string {
  const kind = dice.int(depth > 5 ? 3 : 6);
  if (kind < 3) return dice.pick([STRINGS, NUMBERS, WORDS][kind] ?? WORDS);
  const length = dice.int(5);
  if (kind === 3)
    return `[${Array.from({ length }, () => pad(arbitraryValue(dice, depth + 1), dice)).join(',')}]`;
  const names = dice.shuffle(NAMES).slice(0, length);
  const members = names.map(
    (name) => `${pad(spellName(name, dice), dice)}:${pad(arbitraryValue(dice, depth + 1), dice)}`,
  );
  return `{${members.join(',')}}`;
}

function spellName(name: string, dice: Dice): string {
  if (!dice.oneIn(5)) return JSON.stringify(name);
  const units = Array.from({ length: name.length }, (_, index) => name.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

const pad = (text: string, dice: Dice) =>
  dice.oneIn(6) ? dice.picks([' ', '\n', '\r', '\t'], dice.int(3)).join('') + text : text;

function arbitrarySin(dice: Dice): { readonly sin: Sin; readonly text: string } {
  // Rare, because it is long.
  if (dice.oneIn(100))
    return { sin: 'too long', text: `"${dice.pick(['x', '\\u0041', '\u00e9']).repeat(65_537)}"` };
  const depth = 40 + dice.int(200);
  return dice.pick<{ readonly sin: Sin; readonly text: string }>([
    { sin: 'repeated name', text: '{"n":1,"m":2,"n":3}' },
    { sin: 'repeated name', text: '{"userName":1,"USERNAME":2}' },
    { sin: 'repeated name', text: '{"n":1,"\\u006e":2}' },
    { sin: '__proto__', text: '{"__proto__":{"polluted":1}}' },
    { sin: '__proto__', text: '{"\\u005f_proto__":null}' },
    { sin: 'too deep', text: '['.repeat(depth) + ']'.repeat(depth) },
    { sin: 'too deep', text: `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}` },
    { sin: 'too large a number', text: dice.pick(['1e400', '-1e999', `1${'0'.repeat(400)}`]) },
    {
      sin: 'unstorable text',
      text: dice.pick(['"\\u0000"', '"\\ud800"', '"a\\udc00"', '{"\\u0000":1}', '"\\ude00\\ud83d"']),
    },
  ]);
}

/** A JSON text with something broken in it, so that it is mostly no JSON any more. */
export function brokenJson(dice: Dice): string {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u',
    '\\ud800',
    '0',
    '01',
    '1e',
    '-',
    '.',
    'nul',
    'NaN',
    '/**/',
    "'",
    '\u0000',
    '\t',
    '\ufeff',
  ];
  return mutateText(arbitraryValue(dice, 0), pieces, dice);
}

/** Bytes that are mostly no UTF-8. */
export function brokenBytes(dice: Dice): Buffer {
  const bytes = Buffer.from(arbitraryValue(dice, 0));
  const wrong = dice.pick([
    [0xff],
    [0xfe, 0xff],
    [0xef, 0xbb, 0xbf],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0x80],
    [0xc3],
    [0xe2, 0x82],
  ]);
  const at = dice.oneIn(3) ? 0 : dice.int(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(wrong), bytes.subarray(at)]);
}
