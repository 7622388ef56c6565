import { parseFilter, parsePathSyntax } from '../protocol/filter/parse.ts';
import type { Json } from '../protocol/json.ts';
import { type Place, placeOf, type RedactText } from './place.ts';
import type { StandIns } from './stand-in.ts';
import { isSchemaUri } from './vocabulary.ts';

/** What the literals of filters and paths are replaced with. */
export interface LiteralRules {
  readonly standIns: StandIns;
  /** The rule for a value of an attribute: literals are treated as values in bodies are. */
  readonly redactText: RedactText;
}

const OPERATORS = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']);
const TOKENS = /"(?:[^"\\]|\\.)*"|[()[\]]|[^\s"()[\]]+/g;

/** A filter with other literals. One that is no filter is replaced whole, by another that is none. */
export function redactFilter(text: string, rules: LiteralRules): string {
  return isFilter(text) ? replaceLiterals(text, rules) : spoil(rules.standIns.text(text), isFilter);
}

/** A PATCH path, the literals in its brackets replaced. One that is no path is replaced whole, likewise. */
export function redactPath(text: string, rules: LiteralRules): string {
  if (isSchemaUri(text)) return text;
  return isPath(text) ? replaceLiterals(text, rules) : spoil(rules.standIns.text(text), isPath);
}

/** The name of an attribute, which in PATCH may be a path. */
export function redactName(text: string, rules: LiteralRules): string {
  if (isSchemaUri(text) || text === '__proto__') return text;
  return isPath(text) ? replaceLiterals(text, rules) : rules.standIns.text(text);
}

function isFilter(text: string): boolean {
  return isParsed(() => parseFilter(text));
}

function isPath(text: string): boolean {
  return isParsed(() => parsePathSyntax(text));
}

/** What a server refused must not become something it takes. */
function spoil(text: string, isWellFormed: (text: string) => boolean): string {
  return isWellFormed(text) ? `${text} [` : text;
}

function isParsed(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

/** Leaves everything but literals as it was written: spaces, case, brackets. */
function replaceLiterals(text: string, { standIns, redactText }: LiteralRules): string {
  let path = '';
  let isLiteralNext = false;
  return text.replace(TOKENS, (token) => {
    if (isLiteralNext) {
      isLiteralNext = false;
      return redactLiteral(token, placeOf(path));
    }
    if (path !== '' && OPERATORS.has(token.toLowerCase())) isLiteralNext = true;
    else if (!/^[()[\]]$/.test(token)) path = token;
    return token;
  });

  function redactLiteral(token: string, place: Place): string {
    if (token.startsWith('"')) return JSON.stringify(redactText(JSON.parse(token) as string, place));
    const value = JSON.parse(/^(?:true|false|null)$/i.test(token) ? token.toLowerCase() : token) as Json;
    return typeof value === 'number' ? String(standIns.number(value)) : token;
  }
}
