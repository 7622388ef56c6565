import type { Json, JsonObject } from '../../protocol/json.ts';
import { encode, encodePlus, get, groupPath, patch, quote, type Request, userPath } from '../message.ts';
import type { Person } from '../names.ts';
import { ENTERPRISE, GROUP, USER } from '../vocabulary.ts';
import { patchOp } from './bodies.ts';

/** How one tenant of Entra ID writes its changes: by default, or with the flag for compliant PATCH. */
export interface EntraDialect {
  /** A change of plain attributes and of attributes in brackets. */
  update(id: string, changes: EntraChanges): Request;
  setActive(id: string, active: boolean): Request;
  rename(id: string, displayName: string): Request;
  addMembers(id: string, ids: readonly string[]): Request;
  removeMember(id: string, member: string): Request;
  /** What its form of writing needs, beside what every change needs. */
  readonly tolerances: readonly string[];
  /** What the removal of one member needs. */
  readonly removalTolerances: readonly string[];
}

/** New values by path. */
export interface EntraChanges {
  readonly plain?: Readonly<Record<string, string>>;
  /** Paths with brackets. */
  readonly filtered?: Readonly<Record<string, string>>;
}

const addition = (ids: readonly string[]): Json => ids.map((value) => ({ $ref: null, value }));

/** One capitalised operation per attribute; booleans as text; the members to remove in the value. */
export const DEFAULT_DIALECT: EntraDialect = {
  tolerances: ['T1'],
  removalTolerances: ['T5'],
  update: (id, { plain = {}, filtered = {} }) =>
    patch(
      userPath(id),
      patchOp(
        ...Object.entries(plain).map(([path, value]) => ({ op: 'Replace', path, value })),
        ...Object.entries(filtered).map(([path, value]) => ({ op: 'Add', path, value })),
      ),
    ),
  setActive: (id, active) =>
    patch(userPath(id), patchOp({ op: 'Replace', path: 'active', value: active ? 'True' : 'False' })),
  rename: (id, displayName) =>
    patch(groupPath(id), patchOp({ op: 'Replace', path: 'displayName', value: displayName })),
  addMembers: (id, ids) =>
    patch(groupPath(id), patchOp({ op: 'Add', path: 'members', value: addition(ids) })),
  removeMember: (id, member) =>
    patch(groupPath(id), patchOp({ op: 'Remove', path: 'members', value: addition([member]) })),
};

/** Lower-case operations; plain attributes in one operation without a path; members removed by filter. */
export const FLAG_DIALECT: EntraDialect = {
  tolerances: ['T3'],
  removalTolerances: [],
  update: (id, { plain = {}, filtered = {} }) => {
    const operations: JsonObject[] = Object.entries(filtered).map(([path, value]) => ({
      op: 'add',
      path,
      value,
    }));
    if (Object.keys(plain).length > 0) operations.push({ op: 'replace', value: { ...plain } });
    return patch(userPath(id), patchOp(...operations));
  },
  setActive: (id, active) => patch(userPath(id), patchOp({ op: 'replace', path: 'active', value: active })),
  rename: (id, displayName) =>
    patch(groupPath(id), patchOp({ op: 'replace', path: 'displayName', value: displayName })),
  addMembers: (id, ids) =>
    patch(groupPath(id), patchOp({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) })),
  removeMember: (id, member) =>
    patch(groupPath(id), patchOp({ op: 'remove', path: `members[value eq ${quote(member)}]` })),
};

/** Looks for users; spaces as `+` unless told otherwise. */
export function entraFindUser(filter: string, space: '+' | '%20' = '+'): Request {
  return get(`/Users?filter=${space === '+' ? encodePlus(filter) : encode(filter)}`);
}

/** Looks for groups, never with their members. */
export function entraFindGroup(displayName: string): Request {
  return get(
    `/Groups?excludedAttributes=members&filter=${encodePlus(`displayName eq ${quote(displayName)}`)}`,
  );
}

/** A new user. */
export function entraUser(person: Person): JsonObject {
  const { userName, givenName, familyName, displayName, email, externalId } = person;
  return {
    schemas: [USER, ENTERPRISE],
    externalId,
    userName,
    active: true,
    emails: [{ primary: true, type: 'work', value: email }],
    meta: { resourceType: 'User' },
    name: { formatted: displayName, familyName, givenName },
    roles: [],
  };
}

/** A new user in the older documented form: a mistyped extension, `null` for what is not set. */
export function entraOlderUser(person: Person): JsonObject {
  const { userName, givenName, familyName, displayName, externalId } = person;
  return {
    schemas: [USER, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0User'],
    externalId,
    userName,
    active: true,
    addresses: null,
    displayName,
    emails: null,
    meta: { resourceType: 'User' },
    name: { familyName, givenName },
    phoneNumbers: null,
    preferredLanguage: null,
    title: null,
    department: null,
    manager: null,
  };
}

/** A new group, with the schema of the directory it comes from. */
export function entraGroup(displayName: string, externalId: string): JsonObject {
  return {
    schemas: [GROUP, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],
    externalId,
    displayName,
    meta: { resourceType: 'Group' },
  };
}
