import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { allowAll } from './leniency/leniency.ts';
import { parsePatch } from './patch/request.ts';
import { type AttributePath, findPath } from './path.ts';
import { type PathSet, pathKey } from './projection.ts';
import type { Attribute, ResourceType, Schema } from './schema/resource-type.ts';

/**
 * What a write names. RFC 7643 §7: an attribute that is returned on `request` is also returned in the answer
 * to the POST, PUT or PATCH that specified it.
 *
 * @returns undefined when the type has no such attribute, so that nothing need be looked up.
 */
export function findWritten(type: ResourceType, body: Json, method: string): PathSet | undefined {
  if (!hasRequested(type)) return undefined;
  const written: Written = new Map();
  if (method !== 'PATCH') {
    noteResource(type, body, written);
    return written;
  }
  for (const { target, value } of parsePatch(type, body, allowAll)) {
    if (target === undefined) noteResource(type, value, written);
    else if (target.kind === 'extension') noteExtension(target.schema, value, written);
    else if (target.kind === 'attribute') noteAttribute(target.path, value, written);
  }
  return written;
}

/** By the keys of {@link PathSet}, the sub-attributes that were named. */
type Written = Map<string, Set<string>>;

function hasRequested(type: ResourceType): boolean {
  const tables = [type.attributes, ...type.extensions.map(({ schema }) => schema.attributes)];
  const isRequested = (attribute: Attribute): boolean =>
    attribute.returned === 'request' || [...attribute.subAttributes.values()].some(isRequested);
  return tables.some((attributes) => [...attributes.values()].some(isRequested));
}

function noteResource(type: ResourceType, body: Json | undefined, written: Written): void {
  if (!isObject(body)) return;
  for (const [name, value] of Object.entries(body)) {
    const target = findPath(type, name);
    if (target.kind === 'attribute') noteAttribute(target.path, value, written);
    if (target.kind === 'extension') noteExtension(target.schema, value, written);
  }
}

function noteExtension(extension: Schema, value: Json | undefined, written: Written): void {
  if (!isObject(value)) return;
  for (const [name, part] of Object.entries(value)) {
    const attribute = extension.attributes.get(name.toLowerCase());
    if (attribute !== undefined) noteAttribute({ extension, attribute, sub: undefined }, part, written);
  }
}

function noteAttribute(path: AttributePath, value: Json | undefined, written: Written): void {
  const subs = written.get(pathKey(path)) ?? new Set();
  written.set(pathKey(path), subs);
  if (path.sub !== undefined) subs.add(path.sub.name);
  const elements = isArray(value) ? value : [value];
  for (const element of elements) if (isObject(element)) noteParts(path.attribute, element, subs);
}

function noteParts(attribute: Attribute, element: JsonObject, subs: Set<string>): void {
  for (const name of Object.keys(element)) {
    const sub = attribute.subAttributes.get(name.toLowerCase());
    if (sub !== undefined) subs.add(sub.name);
  }
}
