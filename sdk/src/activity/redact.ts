import { OPERATORS } from '../protocol/filter/parse.ts';
import { createObject, isArray, isObject, type Json } from '../protocol/json.ts';
import type { KnownNames } from './known-names.ts';

/** Stands where something was taken out. */
export const REDACTED = '…';

/** Names and words of paths and filters, URNs whole. */
const WORDS = /urn:[\w.:/-]+|[A-Za-z$][\w$-]*/g;
const LITERALS = /"(?:[^"\\]|\\.)*"/g;
const WORDS_OF_FILTERS = new Set([...OPERATORS, 'pr', 'and', 'or', 'not', 'true', 'false', 'null']);

/** The longest name of a member that is repeated. */
const LONGEST_NAME = 200;

/**
 * A body without what must not be kept (P35): of every member whose name is not {@link KnownNames.isOpen | known and
 * open} the value is taken out, of a PATCH operation that says so by its path as well.
 */
export function redactBody(value: Json, names: KnownNames): Json {
  if (isArray(value)) return value.map((item) => redactBody(item, names));
  if (!isObject(value)) return value;
  const kept = createObject();
  const path = Object.entries(value).find(([name]) => name.toLowerCase() === 'path')?.[1];
  // A bulk operation's path is that of a URL.
  const isOpen = typeof path !== 'string' || path.startsWith('/') || isOpenPath(path, names);
  for (const [name, member] of Object.entries(value)) {
    const lower = name.toLowerCase();
    if (lower === 'path') kept[name] = isOpen ? redactBody(member, names) : REDACTED;
    else if (!names.isOpen(name) || (!isOpen && lower === 'value'))
      kept[name.slice(0, LONGEST_NAME)] = REDACTED;
    else kept[name] = redactBody(member, names);
  }
  return kept;
}

/** A path or a filter as it was sent, or nothing of it where it names what must not be kept, or nobody can read it. */
export function redactExpression(text: string, names: KnownNames): string {
  return isOpenPath(text, names) ? text : REDACTED;
}

function isOpenPath(text: string, names: KnownNames): boolean {
  const withoutLiterals = text.replaceAll(LITERALS, ' ');
  if (withoutLiterals.includes('"')) return false;
  const words = withoutLiterals.match(WORDS) ?? [];
  return words.every((word) => isOpenWord(word, names));
}

function isOpenWord(word: string, names: KnownNames): boolean {
  if (WORDS_OF_FILTERS.has(word.toLowerCase()) || names.isOpen(word)) return true;
  // `urn:…:User:name.familyName`
  const dot = word.startsWith('urn:') ? word.lastIndexOf('.') : -1;
  return dot > 0 && names.isOpen(word.slice(0, dot)) && names.isOpen(word.slice(dot + 1));
}
