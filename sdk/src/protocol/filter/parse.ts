import { badRequest, type ScimError } from '../errors.ts';
import { isPathText, isSubAttributeText } from '../path.ts';
import type { FilterSyntax, Literal, Operator } from './ast.ts';

/** Filters beyond these are refused with 400 `invalidFilter`. */
export const FILTER_LIMITS = { maxLength: 4096, maxDepth: 32, maxTerms: 64 } as const;

/** Of two sides, lower case. */
export const OPERATORS: ReadonlySet<string> = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);

/**
 * Parses a filter, RFC 7644 §3.4.2.2: `not` binds tighter than `and`, `and` tighter than `or`; names and
 * keywords in any case. One pass, no regular expression over the whole text, depth and terms bounded.
 *
 * @throws ScimError 400 `invalidFilter` for anything outside the grammar.
 */
export function parseFilter(text: string): FilterSyntax {
  if (text.length > FILTER_LIMITS.maxLength) throw invalid('The filter is longer than 4096 characters.');
  const parser: Parser = { text, index: 0, terms: 0, fail: invalid };
  const filter = parseOr(parser, 0);
  skipSpace(parser);
  if (parser.index < text.length) throw invalid('The filter has text after its end.');
  return filter;
}

/**
 * Parses a PATCH path, RFC 7644 §3.5.2: `attrPath` or `attrPath[filter]` with an optional `.sub`.
 *
 * @throws ScimError 400 `invalidPath`.
 */
export function parsePathSyntax(text: string): PathSyntax {
  if (text.length > FILTER_LIMITS.maxLength) throw invalidPath('The path is longer than 4096 characters.');
  const parser: Parser = { text, index: 0, terms: 0, fail: invalidPath };
  skipSpace(parser);
  const path = readPath(parser);
  let filter: FilterSyntax | undefined;
  let sub: string | undefined;
  if (take(parser, '[')) {
    filter = parseOr(parser, 1);
    skipSpace(parser);
    if (!take(parser, ']')) throw invalidPath('The path has a "[" without "]".');
    if (take(parser, '.')) sub = readSubAttribute(parser);
  }
  skipSpace(parser);
  if (parser.index < text.length) throw invalidPath('The path has text after its end.');
  return Object.freeze({ path, filter, sub });
}

/** A PATCH path as written. */
export interface PathSyntax {
  readonly path: string;
  readonly filter: FilterSyntax | undefined;
  readonly sub: string | undefined;
}

interface Parser {
  readonly text: string;
  readonly fail: (detail: string) => ScimError;
  index: number;
  terms: number;
}

function parseOr(parser: Parser, depth: number): FilterSyntax {
  return parseSequence(parser, depth, 'or', parseAnd);
}

function parseAnd(parser: Parser, depth: number): FilterSyntax {
  return parseSequence(parser, depth, 'and', parseTerm);
}

function parseSequence(
  parser: Parser,
  depth: number,
  kind: 'and' | 'or',
  parseOperand: (parser: Parser, depth: number) => FilterSyntax,
): FilterSyntax {
  const operands = [parseOperand(parser, depth)];
  while (takeKeyword(parser, kind)) operands.push(parseOperand(parser, depth));
  const [only] = operands;
  return operands.length === 1 && only ? only : Object.freeze({ kind, operands: Object.freeze(operands) });
}

function parseTerm(parser: Parser, depth: number): FilterSyntax {
  if (depth > FILTER_LIMITS.maxDepth) throw parser.fail('The filter is nested too deeply.');
  skipSpace(parser);
  if (take(parser, '(')) return parseGroup(parser, depth);
  const start = parser.index;
  const word = readWord(parser);
  if (word.toLowerCase() === 'not') {
    skipSpace(parser);
    if (take(parser, '(')) return Object.freeze({ kind: 'not', operand: parseGroup(parser, depth) });
  }
  parser.index = start;
  return parseExpression(parser, depth);
}

function parseGroup(parser: Parser, depth: number): FilterSyntax {
  const inner = parseOr(parser, depth + 1);
  skipSpace(parser);
  if (!take(parser, ')')) throw parser.fail('The filter has a "(" without ")".');
  return inner;
}

function parseExpression(parser: Parser, depth: number): FilterSyntax {
  parser.terms += 1;
  if (parser.terms > FILTER_LIMITS.maxTerms) throw parser.fail('The filter has more than 64 terms.');
  const path = readPath(parser);
  if (take(parser, '[')) {
    const filter = parseOr(parser, depth + 1);
    skipSpace(parser);
    if (!take(parser, ']')) throw parser.fail('The filter has a "[" without "]".');
    if (!take(parser, '.')) return Object.freeze({ kind: 'valuePath', path, filter });
    // Entra ID matches by emails[type eq "work"].value eq "x", which the grammar does not have: one element meets both.
    const both = Object.freeze([filter, parseComparison(parser, readSubAttribute(parser))]);
    return Object.freeze({ kind: 'valuePath', path, filter: Object.freeze({ kind: 'and', operands: both }) });
  }
  return parseComparison(parser, path);
}

function parseComparison(parser: Parser, path: string): FilterSyntax {
  requireSpace(parser);
  const operator = readWord(parser).toLowerCase();
  if (operator === 'pr') return Object.freeze({ kind: 'present', path });
  if (!isOperator(operator)) throw parser.fail('The filter has an operator that SCIM does not know.');
  requireSpace(parser);
  return Object.freeze({ kind: 'compare', path, operator, value: readLiteral(parser) });
}

function isOperator(word: string): word is Operator {
  return OPERATORS.has(word);
}

function readPath(parser: Parser): string {
  const word = readWord(parser);
  if (!isPathText(word)) throw parser.fail('An attribute path is not well-formed.');
  return word;
}

function readSubAttribute(parser: Parser): string {
  const word = readWord(parser);
  if (!isSubAttributeText(word)) throw parser.fail('A sub-attribute name after "]." is not well-formed.');
  return word;
}

/** The longest run of characters that attribute paths, URNs and keywords are made of. */
function readWord(parser: Parser): string {
  const start = parser.index;
  while (parser.index < parser.text.length && isWordCode(parser.text.charCodeAt(parser.index)))
    parser.index += 1;
  return parser.text.slice(start, parser.index);
}

function isWordCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a-z
    (code >= 0x41 && code <= 0x5a) || // A-Z
    (code >= 0x2d && code <= 0x3a) || // - . / 0-9 :
    code === 0x5f || // _
    code === 0x24 // $
  );
}

function readLiteral(parser: Parser): Literal {
  if (parser.text[parser.index] === '"') return readString(parser);
  const start = parser.index;
  while (parser.index < parser.text.length && !' )]\t'.includes(parser.text[parser.index] ?? ''))
    parser.index += 1;
  const word = parser.text.slice(start, parser.index);
  const lower = word.toLowerCase();
  if (lower === 'true') return true;
  if (lower === 'false') return false;
  if (lower === 'null') return null;
  if (word.length <= 64 && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(word)) {
    const value = Number(word);
    if (Number.isFinite(value)) return value;
  }
  throw parser.fail(
    'A comparison value must be a JSON string in double quotes, a number, true, false or null.',
  );
}

function readString(parser: Parser): string {
  const start = parser.index;
  let index = start + 1;
  for (; index < parser.text.length && parser.text[index] !== '"'; index += 1) {
    if (parser.text[index] === '\\') index += 1;
  }
  if (index >= parser.text.length) throw parser.fail('A string in the filter has no closing quote.');
  parser.index = index + 1;
  let value: unknown;
  try {
    value = JSON.parse(parser.text.slice(start, parser.index));
  } catch {
    throw parser.fail('A string in the filter is not a JSON string.');
  }
  if (typeof value !== 'string' || !value.isWellFormed() || value.includes('\u0000')) {
    throw parser.fail('A string in the filter has a character that cannot be stored.');
  }
  return value;
}

function takeKeyword(parser: Parser, keyword: string): boolean {
  const start = parser.index;
  skipSpace(parser);
  // "a eq 1)and(b pr" is fine: the keyword needs no space beside a bracket.
  const spaced = parser.index > start || ')]"'.includes(parser.text[start - 1] ?? '');
  const end = parser.index + keyword.length;
  const next = parser.text[end];
  if (
    spaced &&
    parser.text.slice(parser.index, end).toLowerCase() === keyword &&
    (next === ' ' || next === '(' || next === '\t')
  ) {
    parser.index = end;
    return true;
  }
  parser.index = start;
  return false;
}

function take(parser: Parser, character: string): boolean {
  if (parser.text[parser.index] !== character) return false;
  parser.index += 1;
  return true;
}

function requireSpace(parser: Parser): void {
  const start = parser.index;
  skipSpace(parser);
  if (parser.index === start)
    throw parser.fail(
      'The filter is not well-formed: attribute, operator and value are separated by spaces.',
    );
}

function skipSpace(parser: Parser): void {
  while (parser.text[parser.index] === ' ' || parser.text[parser.index] === '\t') parser.index += 1;
}

function invalid(detail: string): ScimError {
  return badRequest('invalidFilter', detail);
}

function invalidPath(detail: string): ScimError {
  return badRequest('invalidPath', detail);
}
