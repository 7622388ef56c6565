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
  const parser = createParser(text, limits);
  for (;;) {
    const parsed = readSome(parser, Number.POSITIVE_INFINITY);
    if (parsed !== undefined) return parsed;
  }
}

/** Values read before others get their turn: some milliseconds. */
const VALUES_IN_TURN = 10_000;

/**
 * {@link parseJson} of a text that may be large.
 *
 * @param rest awaited again and again, for others to get their turn.
 */
export async function parseJsonInTurns(
  text: string,
  limits: JsonLimits,
  rest: () => Promise<void>,
): Promise<Json> {
  const parser = createParser(text, limits);
  for (;;) {
    const parsed = readSome(parser, parser.nodes + VALUES_IN_TURN);
    if (parsed !== undefined) return parsed;
    await rest();
  }
}

interface Parser {
  readonly text: string;
  readonly limits: JsonLimits;
  /** The objects and lists around the value that is read next, the outermost first. */
  readonly open: Container[];
  index: number;
  nodes: number;
}

/** An object or a list that has not ended yet. */
type Container =
  | { readonly kind: 'list'; readonly items: Json[] }
  | { readonly kind: 'object'; readonly object: MutableJsonObject; readonly seen: Set<string>; name: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OBJECT_END = 0x7d;
const LIST_END = 0x5d;

function createParser(text: string, limits: JsonLimits): Parser {
  const parser: Parser = { text, limits, open: [], index: 0, nodes: 0 };
  skipSpace(parser);
  return parser;
}

/** Reads on until there are so many values. Answers the whole once it is read. */
function readSome(parser: Parser, nodes: number): Json | undefined {
  while (parser.nodes < nodes) {
    let value = readStart(parser);
    while (value !== undefined) {
      const container = parser.open.at(-1);
      skipSpace(parser);
      if (container === undefined) {
        if (parser.index !== parser.text.length) throw syntaxError('The body has text after its JSON value.');
        return value;
      }
      value = put(parser, container, value);
    }
  }
  return undefined;
}

/** Reads a value, or the beginning of one that has values in it: then undefined. */
function readStart(parser: Parser): Json | undefined {
  parser.nodes += 1;
  if (parser.nodes > parser.limits.maxNodes) throw syntaxError('The body has too many values.');
  const code = parser.text.charCodeAt(parser.index);
  switch (code) {
    case QUOTE:
      return readString(parser);
    case 0x7b:
      return openObject(parser);
    case 0x5b:
      return openList(parser);
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

function openObject(parser: Parser): Json | undefined {
  requireDepth(parser);
  const object = createObject();
  parser.index += 1;
  skipSpace(parser);
  if (take(parser, OBJECT_END)) return object;
  const container: Container = { kind: 'object', object, seen: new Set(), name: '' };
  readName(parser, container);
  parser.open.push(container);
  return undefined;
}

function openList(parser: Parser): Json | undefined {
  requireDepth(parser);
  const items: Json[] = [];
  parser.index += 1;
  skipSpace(parser);
  if (take(parser, LIST_END)) return items;
  parser.open.push({ kind: 'list', items });
  return undefined;
}

/** Puts a value into what is around it. Answers the latter where it has ended; else there is a further value. */
function put(parser: Parser, container: Container, value: Json): Json | undefined {
  if (container.kind === 'list') container.items.push(value);
  else container.object[container.name] = value;
  if (take(parser, COMMA)) {
    skipSpace(parser);
    if (container.kind === 'object') readName(parser, container);
    return undefined;
  }
  if (!take(parser, container.kind === 'list' ? LIST_END : OBJECT_END))
    throw syntaxError('The body is not valid JSON.');
  parser.open.pop();
  return container.kind === 'list' ? container.items : container.object;
}

function readName(parser: Parser, container: Container & { kind: 'object' }): void {
  if (parser.text.charCodeAt(parser.index) !== QUOTE) throw syntaxError('The body is not valid JSON.');
  const name = readString(parser);
  const key = name.toLowerCase();
  if (container.seen.has(key)) throw syntaxError('The body names the same attribute twice in one object.');
  if (name === '__proto__') throw syntaxError('The body has a name that is not an attribute name.');
  container.seen.add(key);
  container.name = name;
  skipSpace(parser);
  if (!take(parser, 0x3a)) throw syntaxError('The body is not valid JSON.');
  skipSpace(parser);
}

function requireDepth({ open, limits }: Parser): void {
  if (open.length >= limits.maxDepth) throw syntaxError('The body is nested too deeply.');
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
