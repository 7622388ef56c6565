/** A JSON value as it stands on the wire. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. Those made by scimkit have no prototype, so a name such as `__proto__` is plain data. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/** A JSON object under construction; given away as {@link JsonObject}. */
export interface MutableJsonObject {
  [name: string]: Json;
}

/** Makes an empty object without prototype. */
export function createObject(): MutableJsonObject {
  return Object.create(null);
}

/** True for a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON array. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** True when both values are the same JSON, whatever the order of names. */
export function isSameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isArray(a)) {
    return isArray(b) && a.length === b.length && a.every((item, index) => isSameJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => isSameJson(a[name], b[name]));
}
