import { isArray, isObject, type Json } from '../protocol/json.ts';
import type { FreshNames } from './fresh-names.ts';
import { decodePart, decodeQueryPart, encodeLike } from './percent.ts';
import { NOWHERE, type Place, placeOf } from './place.ts';
import { BASE } from './redact-text.ts';
import { LITERAL } from './visit-texts.ts';

/** What values of a recording are at the server it is replayed against: ids, versions, cursors, fresh names. */
export interface Bindings {
  get(recorded: string): string | undefined;
  bind(recorded: string, actual: string): void;
  /** A text as it is now. */
  toActual(text: string, place: Place): string;
  /** A request's body as it is now. */
  toActualBody(body: Json): Json;
  /** A path below the base URL with its query, as it is now. */
  toActualTarget(target: string): string;
  /** Versions have a space of their own: two resources can be at the same one. @param id as recorded */
  bindTag(id: string, recorded: string, actual: string): void;
  /** A header of entity tags, about the resource of this id. */
  toActualTags(header: string, id: string): string;
}

const TAG = /"(?<tag>[^"]*)"/g;
/** So short a number may stand for much; it is taken for an id only where ids stand. */
const SHORT_NUMBER = /^\d{1,7}$/;
const ID_PLACES = new Set(['id', 'value', 'manager', '$ref']);

/** @param base the base URL that `{{base}}` stands for now */
export function createBindings(names: FreshNames, base: string): Bindings {
  const bound = new Map<string, string>();
  const tags = new Map<string, string>();

  const toActual = (text: string, place: Place): string => {
    if (text.startsWith(BASE)) return base + toActualTarget(text.slice(BASE.length));
    const isHere = !SHORT_NUMBER.test(text) || ID_PLACES.has(place.name);
    return (isHere ? bound.get(text) : undefined) ?? names.toFresh(text);
  };

  const toActualLiterals = (text: string): string =>
    text.replace(LITERAL, (literal) => {
      try {
        return JSON.stringify(toActual(String(JSON.parse(literal)), { name: 'value', parent: '' }));
      } catch {
        return literal;
      }
    });

  const toActualText = (text: string, place: Place): string => {
    if (place.name === 'filter') return toActualLiterals(text);
    if (place.name === 'path') return text.startsWith('/') ? toActualTarget(text) : toActualLiterals(text);
    return toActual(text, place);
  };

  const toActualValue = (value: Json, place: Place): Json => {
    if (typeof value === 'string') return toActualText(value, place);
    if (isArray(value)) return value.map((item) => toActualValue(item, place));
    if (!isObject(value)) return value;
    // An operation of a bulk request says in `version` what If-Match says in a header.
    const id = typeof value.path === 'string' ? decodePart(value.path.split('/').at(-1) ?? '') : undefined;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        toActualLiterals(name),
        id !== undefined && name === 'version' && typeof item === 'string'
          ? toActualTags(item, id)
          : toActualValue(item, placeOf(name)),
      ]),
    );
  };

  const toActualTags = (header: string, id: string): string =>
    header.replace(TAG, (_tag, tag: string) => `"${tags.get(`${id}\0${tag}`) ?? tag}"`);

  const toActualTarget = (target: string): string => {
    const [path = '', ...query] = target.split('?');
    const segments = path.split('/').map((raw) => {
      const segment = decodePart(raw);
      const actual = toActual(segment, { name: 'id', parent: '' });
      return actual === segment ? raw : encodeLike(raw, actual);
    });
    if (query.length === 0) return segments.join('/');
    return `${segments.join('/')}?${query.join('?').split('&').map(toActualParameter).join('&')}`;
  };

  const toActualParameter = (piece: string): string => {
    const [name = '', ...rest] = piece.split('=');
    if (rest.length === 0) return piece;
    const raw = rest.join('=');
    const value = decodeQueryPart(raw);
    const actual = toActualText(value, { name: name.toLowerCase(), parent: '' });
    return actual === value ? piece : `${name}=${encodeLike(raw, actual)}`;
  };

  return {
    get: (recorded) => bound.get(recorded),
    bind: (recorded, actual) => void bound.set(recorded, actual),
    toActual,
    toActualBody: (body) => toActualValue(body, NOWHERE),
    toActualTarget,
    bindTag: (id, recorded, actual) => void tags.set(`${id}\0${readTag(recorded)}`, readTag(actual)),
    toActualTags,
  };
}

/** The text between the quotes of an entity tag. */
function readTag(text: string): string {
  return /"(?<tag>[^"]*)"/.exec(text)?.groups?.tag ?? text;
}
