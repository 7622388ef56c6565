import { parseDateTime } from './date-time.ts';
import { fold } from './fold.ts';
import {
  createObject,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MutableJsonObject,
} from './json.ts';
import type { Attribute, ResourceType } from './schema/resource-type.ts';

/**
 * The form in which a value is compared, in memory and in SQL alike: text folded unless `caseExact`,
 * instants in UTC at fixed width, everything else as it is.
 *
 * @returns undefined when the value does not fit the attribute's type.
 */
export function toSearchKey(
  attribute: Attribute,
  value: Json | undefined,
): string | number | boolean | undefined {
  switch (attribute.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
    case 'decimal':
      return typeof value === 'number' ? value : undefined;
    case 'dateTime':
      return typeof value === 'string' ? parseDateTime(value) : undefined;
    case 'complex':
      return undefined;
    default:
      if (typeof value !== 'string') return undefined;
      return attribute.caseExact ? value : fold(value);
  }
}

/**
 * The document SQL filters read: the resource with every value in its comparable form, relations and common
 * attributes other than `externalId` apart. Because keys are made here, once, the databases only ever
 * compare bytes and numbers.
 */
export function toSearchDocument(type: ResourceType, attributes: JsonObject): JsonObject {
  const document = toSearchObject(type.attributes, attributes);
  for (const { schema } of type.extensions) {
    const extension = attributes[schema.id];
    if (isObject(extension)) document[schema.id] = toSearchObject(schema.attributes, extension);
  }
  return document;
}

function toSearchObject(attributes: ReadonlyMap<string, Attribute>, object: JsonObject): MutableJsonObject {
  const result = createObject();
  for (const attribute of attributes.values()) {
    const value = object[attribute.name];
    if (value === undefined || attribute.relation !== undefined || attribute.returned === 'never') continue;
    const found = isArray(value)
      ? value.map((item) => toSearchValue(attribute, item)).filter((item) => item !== undefined)
      : toSearchValue(attribute, value);
    const isNothing = found === undefined || (isArray(found) && found.length === 0);
    if (!isNothing) result[attribute.name] = found;
  }
  return result;
}

/** undefined for a complex value of hidden parts alone: nobody is to find out that they are there. */
function toSearchValue(attribute: Attribute, value: Json): Json | undefined {
  if (attribute.type !== 'complex' || !isObject(value)) return toSearchKey(attribute, value) ?? null;
  const found = toSearchObject(attribute.subAttributes, value);
  return Object.keys(found).length === 0 ? undefined : found;
}
