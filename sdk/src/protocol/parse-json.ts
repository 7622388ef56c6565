import { badRequest } from './errors.ts';
import { createObject, createWrittenNumber, type Json, type MutableJsonObject } from './json.ts';

/** What a body may hold at most. Exceeding one is 400 `invalidSyntax`. */
export interface JsonLimits {
  /** Objects and lists inside each other. */
  readonly maxDepth: number;
  /** Values of any kind, names not counted. */
  readonly maxNodes: number;
  /** Characters in one string or name. */
  readonly maxStringLength: number;
}

/**
 * Parses a request body. Stricter than `JSON.parse` where SCIM needs it:
 * a name given twice in one object, in any case, is refused (names compare without case, RFC 7643 §2.1, so
 * "the last one wins" would let two readers see two requests); depth, values and strings are bounded before
 * anything recursive sees them; U+0000 and lone surrogates, which the databases treat differently, are
 * refused; objects have no prototype; a whole number keeps its text where that is not an integer's.
 */
export function parseJson(text: string, limits: JsonLimits): Json {
  const parser: Parser = { text, limits, index: 0, nodes: 0 };
  skipSpace(parser);
  const value = readValue(parser, 0);
  skipSpace(parser);
  if (parser.index !== text.length) throw syntaxError('The body has text after its JSON value.');
  return value;
}

interface Parser {
  readonly text: string;
  readonly limits: JsonLimits;
  index: number;
  nodes: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

function readValue(parser: Parser, depth: number): Json {
  parser.nodes += 1;
  if (parser.nodes > parser.limits.maxNodes) throw syntaxError('The body has too many values.');
  const code = parser.text.charCodeAt(parser.index);
  switch (code) {
    case QUOTE:
      return readString(parser);
    case 0x7b:
      return readObject(parser, depth);
    case 0x5b:
      return readArray(parser, depth);
    case 0x74:
      return readWord(parser, 'true', true);
    case 0x66:
      return readWord(parser, 'false', false);
    case 0x6e:
      return readWord(parser, 'null', null);
    default:
      return readNumber(parser);
  }
}

function readObject(parser: Parser, depth: number): MutableJsonObject {
  requireDepth(parser, depth);
  const object = createObject();
  const seen = new Set<string>();
  parser.index += 1;
  skipSpace(parser);
  if (take(parser, 0x7d)) return object;
  for (;;) {
    if (parser.text.charCodeAt(parser.index) !== QUOTE) throw syntaxError('The body is not valid JSON.');
    const name = readString(parser);
    const key = name.toLowerCase();
    if (seen.has(key)) throw syntaxError('The body names the same attribute twice in one object.');
    if (name === '__proto__') throw syntaxError('The body has a name that is not an attribute name.');
    seen.add(key);
    skipSpace(parser);
    if (!take(parser, 0x3a)) throw syntaxError('The body is not valid JSON.');
    skipSpace(parser);
    object[name] = readValue(parser, depth + 1);
    skipSpace(parser);
    if (take(parser, 0x7d)) return object;
    if (!take(parser, COMMA)) throw syntaxError('The body is not valid JSON.');
    skipSpace(parser);
  }
}

function readArray(parser: Parser, depth: number): Json[] {
  requireDepth(parser, depth);
  const items: Json[] = [];
  parser.index += 1;
  skipSpace(parser);
  if (take(parser, 0x5d)) return items;
  for (;;) {
    items.push(readValue(parser, depth + 1));
    skipSpace(parser);
    if (take(parser, 0x5d)) return items;
    if (!take(parser, COMMA)) throw syntaxError('The body is not valid JSON.');
    skipSpace(parser);
  }
}

function requireDepth(parser: Parser, depth: number): void {
  if (depth >= parser.limits.maxDepth) throw syntaxError('The body is nested too deeply.');
}

function readString(parser: Parser): string {
  const start = parser.index;
  const end = findStringEnd(parser, start + 1);
  const raw = parser.text.slice(start + 1, end);
  if (raw.length > parser.limits.maxStringLength * 6)
    throw syntaxError('The body has a string that is too long.');
  parser.index = end + 1;
  const text = raw.includes('\\') || hasControl(raw) ? decodeString(parser.text.slice(start, end + 1)) : raw;
  if (text.length > parser.limits.maxStringLength)
    throw syntaxError('The body has a string that is too long.');
  if (!text.isWellFormed() || text.includes('\u0000')) {
    throw badRequest(
      'invalidValue',
      'The body has a character that cannot be stored (U+0000 or half a surrogate pair).',
    );
  }
  return text;
}

function findStringEnd(parser: Parser, from: number): number {
  let index = from;
  for (;;) {
    index = parser.text.indexOf('"', index);
    if (index === -1) throw syntaxError('The body is not valid JSON.');
    let backslashes = 0;
    for (let at = index - 1; at >= from && parser.text.charCodeAt(at) === BACKSLASH; at -= 1)
      backslashes += 1;
    if (backslashes % 2 === 0) return index;
    index += 1;
  }
}

function hasControl(raw: string): boolean {
  for (let index = 0; index < raw.length; index += 1) if (raw.charCodeAt(index) < 0x20) return true;
  return false;
}

function decodeString(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw syntaxError('The body is not valid JSON.');
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function readNumber(parser: Parser): Json {
  NUMBER.lastIndex = parser.index;
  const match = NUMBER.exec(parser.text);
  if (match === null) throw syntaxError('The body is not valid JSON.');
  const [text] = match;
  parser.index += text.length;
  const value = Number(text);
  if (!Number.isFinite(value)) throw badRequest('invalidValue', 'The body has a number that is too large.');
  return Number.isInteger(value) && /[.eE]/.test(text) ? createWrittenNumber(text) : value;
}

function readWord<T>(parser: Parser, word: string, value: T): T {
  if (!parser.text.startsWith(word, parser.index)) throw syntaxError('The body is not valid JSON.');
  parser.index += word.length;
  return value;
}

function skipSpace(parser: Parser): void {
  for (;;) {
    const code = parser.text.charCodeAt(parser.index);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    parser.index += 1;
  }
}

function take(parser: Parser, code: number): boolean {
  if (parser.text.charCodeAt(parser.index) !== code) return false;
  parser.index += 1;
  return true;
}

function syntaxError(detail: string) {
  return badRequest('invalidSyntax', detail);
}
