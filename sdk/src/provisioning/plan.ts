import { createObject, isSameJson, type Json, type JsonObject } from '../protocol/json.ts';
import type { AllowLeniency } from '../protocol/leniency/leniency.ts';
import { applyPatch } from '../protocol/patch/apply.ts';
import type { MembersChange } from '../protocol/patch/members.ts';
import { parsePatch } from '../protocol/patch/request.ts';
import { parseResource, requireImmutables, withDefaults } from '../protocol/resource.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import { withWriteOnly } from '../protocol/with-write-only.ts';
import type { StoredResource } from '../store/port.ts';

/** What a request would change. Made without touching anything, from the state and the request alone. */
export interface Plan {
  /** The attributes afterwards; the same object as before when they stay. */
  readonly attributes: JsonObject;
  readonly members: readonly MembersChange[];
}

/** RFC 7644 §3.3. */
export function planCreate(type: ResourceType, body: Json, allow: AllowLeniency): Plan {
  const { attributes, members } = parseResource(type, body, allow);
  return {
    attributes: withDefaults(type, attributes),
    members: members === undefined || members.length === 0 ? [] : [{ kind: 'add', members }],
  };
}

/**
 * RFC 7644 §3.5.1. Attributes the body leaves out are removed, with three exceptions: writeOnly ones stay;
 * `active` and other attributes with a default do, because a client that does not send `active` does not mean to
 * switch people on or off (T21); and members do when the body does not mention them (T9).
 */
export function planReplace(before: StoredResource, body: Json, allow: AllowLeniency): Plan {
  const { type } = before;
  const content = parseResource(type, withWriteOnly(type, body, before.attributes), allow);
  const kept = keepDefaulted(type, before.attributes, content.attributes);
  const attributes = withDefaults(type, kept);
  requireImmutables(type, before.attributes, attributes);
  return {
    attributes: isSameJson(before.attributes, attributes) ? before.attributes : attributes,
    members: content.members === undefined ? [] : [{ kind: 'replace', members: content.members }],
  };
}

/** P20: the body of a POST applied to the same person's record as by PUT, `active` as for a new one. */
export function planReturn(before: StoredResource, body: Json, allow: AllowLeniency): Plan {
  const replaced = planReplace(before, body, allow);
  const { active } = planCreate(before.type, body, allow).attributes;
  if (active === undefined || replaced.attributes.active === active) return replaced;
  return { ...replaced, attributes: Object.assign(createObject(), replaced.attributes, { active }) };
}

/** RFC 7644 §3.5.2. */
export function planPatch(before: StoredResource, body: Json, allow: AllowLeniency): Plan {
  const operations = parsePatch(before.type, body, allow);
  return applyPatch(before.type, before.attributes, { operations, allow });
}

function keepDefaulted(type: ResourceType, before: JsonObject, after: JsonObject): JsonObject {
  const kept = Object.assign(createObject(), after);
  for (const attribute of type.schema.attributes.values()) {
    const value = before[attribute.name];
    if (attribute.default !== undefined && kept[attribute.name] === undefined && value !== undefined) {
      kept[attribute.name] = value;
    }
  }
  return kept;
}

/** Names of the top-level attributes, or URNs of the extensions, that differ. */
export function namesOfChanges(before: JsonObject, after: JsonObject): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isSameJson(before[name], after[name]));
}
