import { isArray, isObject, type Json } from '../protocol/json.ts';
import { NOWHERE, type Place, placeOf } from './place.ts';

/** A string literal of a filter or of a path with brackets. */
export const LITERAL = /"(?:[^"\\]|\\.)*"/g;

/** The texts of a body with their places; literals in filters and paths stand at the attribute `value`. */
export function* visitTexts(value: Json | undefined, place: Place = NOWHERE): Generator<[string, Place]> {
  if (typeof value === 'string') {
    if (place.name === 'path' || place.name === 'filter') {
      for (const literal of readLiterals(value)) yield [literal, { name: 'value', parent: '' }];
    }
    yield [value, place];
  } else if (isArray(value)) {
    for (const item of value) yield* visitTexts(item, place);
  } else if (isObject(value)) {
    const path = typeof value.path === 'string' && 'op' in value ? placeOf(value.path) : undefined;
    for (const [name, item] of Object.entries(value)) {
      const own = placeOf(name);
      const inside = own.parent === '' ? { name: own.name, parent: place.name } : own;
      yield* visitTexts(item, name === 'value' && path !== undefined ? path : inside);
    }
  }
}

/** The string literals of a filter or path. */
export function readLiterals(text: string): readonly string[] {
  return [...text.matchAll(LITERAL)].flatMap(([literal]) => {
    try {
      return [String(JSON.parse(literal))];
    } catch {
      return [];
    }
  });
}
