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

/**
 * Makes an empty object that inherits nothing: its prototype is empty, frozen and has none itself. One without any
 * prototype V8 keeps as a hash table, which costs several times as much to fill and to turn into text.
 */
export function createObject(): MutableJsonObject {
  return new (Empty as unknown as new () => MutableJsonObject)();
}

function Empty() {}
Empty.prototype = Object.freeze(Object.create(null));

/** True for a JSON object: not null, not an array, not a {@link WrittenNumber}. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isWrittenNumber(value);
}

/** True for a JSON array. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * A whole number that was written with a fraction or an exponent, such as `1.0`, in a body just parsed. Its text is
 * kept because it decides: a decimal may be written so (RFC 7643 §2.3.3), an integer may not (§2.3.4). It is neither
 * a number nor an object to code that does not ask for it, and `JSON.stringify` writes it as it was.
 */
export type WrittenNumber = { readonly rawJSON: string };

/** The part of ECMAScript's `JSON` (Node 21) that TypeScript's library does not have yet. */
interface RawJson {
  rawJSON(text: string): WrittenNumber;
  isRawJSON(value: unknown): boolean;
}

// The cast: see RawJson.
const { rawJSON, isRawJSON } = JSON as JSON & RawJson;

/** @param text a JSON number. */
export function createWrittenNumber(text: string): WrittenNumber {
  return rawJSON(text);
}

/** True for a number whose text was kept. */
export function isWrittenNumber(value: unknown): value is WrittenNumber {
  return isRawJSON(value);
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
