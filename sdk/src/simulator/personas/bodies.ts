import type { Json, JsonObject } from '../../protocol/json.ts';
import type { Person } from '../names.ts';
import { GROUP, PATCH_OP, USER } from '../vocabulary.ts';

/** The body of a PATCH. */
export function patchOp(...operations: readonly JsonObject[]): JsonObject {
  return { schemas: [PATCH_OP], Operations: operations };
}

/** A user as nearly every identity provider sends one. */
export function plainUser(person: Person, more: JsonObject = {}): JsonObject {
  const { userName, givenName, familyName, email, externalId } = person;
  return {
    schemas: [USER],
    externalId,
    userName,
    name: { givenName, familyName },
    emails: [{ value: email, type: 'work', primary: true }],
    active: true,
    ...more,
  };
}

/** A group without members. */
export function plainGroup(displayName: string, more: JsonObject = {}): JsonObject {
  return { schemas: [GROUP], displayName, ...more };
}

/** Members by id alone. */
export function toMembers(ids: readonly string[]): readonly Json[] {
  return ids.map((value) => ({ value }));
}
