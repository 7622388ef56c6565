import {
  createObject,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
} from './json.ts';
import type { Attribute, ResourceType } from './schema/resource-type.ts';
import { isSameElement } from './value.ts';

/**
 * The body of a PUT, with the writeOnly values it leaves out. RFC 7644 §3.5.1 has only readWrite ones go when they
 * are left out, and a client that writes back what it has read cannot know the others. `null` takes them away, and
 * so does leaving out a complex value or an extension with parts the client could see.
 */
export function withWriteOnly(type: ResourceType, body: Json, before: JsonObject): Json {
  if (!isObject(body)) return body;
  const result = fill(type.attributes, body, before);
  for (const { schema } of type.extensions) {
    const known = before[schema.id];
    if (!isObject(known)) continue;
    const name = findName(body, schema.id);
    const given = name === undefined ? undefined : body[name];
    if (name !== undefined && isObject(given)) result[name] = fill(schema.attributes, given, known);
    // Of an extension that shows nothing, `schemas` alone tells that it is meant to stay.
    const isMeant = name === undefined && isListed(body, schema.id);
    if (isMeant && isAllWriteOnly(schema.attributes, known)) result[schema.id] = known;
  }
  return result;
}

function findName(object: JsonObject, name: string): string | undefined {
  return Object.keys(object).find((key) => key.toLowerCase() === name.toLowerCase());
}

function isListed(body: JsonObject, urn: string): boolean {
  const schemas = body[findName(body, 'schemas') ?? 'schemas'];
  return isArray(schemas) && schemas.some((item) => String(item).toLowerCase() === urn.toLowerCase());
}

function isAllWriteOnly(attributes: ReadonlyMap<string, Attribute>, object: JsonObject): boolean {
  return [...attributes.values()].every(
    (attribute) => object[attribute.name] === undefined || isWriteOnly(attribute, object[attribute.name]),
  );
}

/** A complex value of nothing but writeOnly parts is as unseen as they are. */
function isWriteOnly(attribute: Attribute, known: Json | undefined): boolean {
  if (attribute.mutability === 'writeOnly') return true;
  const elements = isArray(known) ? known : [known];
  return (
    attribute.type === 'complex' &&
    elements.every((element) => isObject(element) && isAllWriteOnly(attribute.subAttributes, element))
  );
}

function fill(
  attributes: ReadonlyMap<string, Attribute>,
  given: JsonObject,
  before: JsonObject,
): MutableJsonObject {
  const result = Object.assign(createObject(), given);
  const names = new Map(Object.keys(given).map((name) => [name.toLowerCase(), name]));
  for (const [key, attribute] of attributes) {
    const known = before[attribute.name];
    const name = names.get(key);
    if (known === undefined) continue;
    if (name === undefined && isWriteOnly(attribute, known)) result[attribute.name] = known;
    if (name !== undefined && attribute.type === 'complex')
      result[name] = fillComplex(attribute, given[name] ?? null, known);
  }
  return result;
}

function fillComplex(attribute: Attribute, given: Json, known: Json): Json {
  if (isObject(given) && isObject(known)) return fill(attribute.subAttributes, given, known);
  if (!isArray(given) || !isArray(known)) return given;
  return given.map((element) => {
    const same = known.find((candidate) => isObject(element) && isSameElement(candidate, element));
    return isObject(element) && isObject(same) ? fill(attribute.subAttributes, element, same) : element;
  });
}
