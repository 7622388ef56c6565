import { createObject, type Json, type JsonObject, type MutableJsonObject } from './json.ts';

/** A copy of the object with one value set, or left out when undefined. */
export function withValue(object: JsonObject, name: string, value: Json | undefined): MutableJsonObject {
  const copy = Object.assign(createObject(), object);
  if (value === undefined) delete copy[name];
  else copy[name] = value;
  return copy;
}

/** An object without values. */
export const EMPTY: JsonObject = Object.freeze(createObject());
