import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { Member, ResourceReader, ResourceWriter, StoredResource } from '../store/port.ts';
import { type Change, hasDelta } from './change.ts';
import {
  createRoleMatcher,
  parseRoleRules,
  ROLE_ATTRIBUTES,
  type RoleDefinition,
  type RoleMatcher,
} from './role-rules.ts';

/** The roles of a user that are others than those last told. Lists have the highest first. */
export interface RoleChange {
  readonly user: StoredResource;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** What roles are resolved with. */
export interface RoleOptions {
  /** The host's roles, the highest first. */
  readonly roles: readonly RoleDefinition[];
  readonly userType: ResourceType;
}

/** Users whose roles a change may concern. `many`: more than are resolved in the transaction of the change. */
export type ConcernedUsers = readonly string[] | 'many';

/** Users that are resolved in the transaction of a change; more are walked through afterwards, in parts. */
export const MOST_AT_ONCE = 1_000;

/** Users resolved by one set of statements. */
const IN_PART = 250;

const NOBODY: readonly string[] = [];

/** Finds out whose roles a change may concern. */
export async function findConcerned(
  tx: ResourceReader,
  change: Exclude<Change, { kind: 'deleted' }>,
  { matcher, userType }: { readonly matcher: RoleMatcher; readonly userType: ResourceType },
): Promise<ConcernedUsers> {
  const { after: resource } = change;
  if (resource.type.name === userType.name) {
    const isConcerned =
      change.kind === 'created' || (matcher.readsAttributes && hasRoleAttribute(change.changed));
    return isConcerned ? [resource.id] : NOBODY;
  }
  if (!hasDelta(change.members) || !(await isNamed(tx, resource.id, matcher))) return NOBODY;
  return findUsers(tx, [...change.members.added, ...change.members.removed], userType);
}

/** Finds out whose roles the end of a group concerns, while its members are still known. */
export async function findConcernedByEnd(
  tx: ResourceReader,
  groupId: string,
  matcher: RoleMatcher,
): Promise<ConcernedUsers> {
  if (!(await isNamed(tx, groupId, matcher))) return NOBODY;
  return orMany(await tx.roles.usersBelow([groupId], MOST_AT_ONCE + 1));
}

/** The rules in force, made ready; whoever else resolves roles of the connection waits for this transaction. */
export async function lockRoleRules(tx: ResourceWriter, { roles }: RoleOptions): Promise<RoleMatcher> {
  await tx.lockConnection();
  return createRoleMatcher(parseRoleRules(await tx.roles.rules()), roles);
}

/** The rules in force, made ready, for looking alone. */
export async function readRoleRules(reader: ResourceReader, { roles }: RoleOptions): Promise<RoleMatcher> {
  return createRoleMatcher(parseRoleRules(await reader.roles.rules()), roles);
}

/** Resolves the roles of some users anew. Answers those that are others than were told. Writes nothing. */
export async function resolveRoles(
  reader: ResourceReader,
  userIds: readonly string[],
  { matcher, userType }: { readonly matcher: RoleMatcher; readonly userType: ResourceType },
): Promise<readonly RoleChange[]> {
  const changes: RoleChange[] = [];
  for (let at = 0; at < userIds.length; at += IN_PART) {
    const part = userIds.slice(at, at + IN_PART);
    const users = matcher.readsAttributes ? await reader.findEach(userType, part) : undefined;
    const found = await compareRoles(reader, { userIds: part, users, matcher, userType });
    changes.push(...(await withoutStrangers(reader, found)));
  }
  return changes;
}

/** {@link resolveRoles}, of users that have been read already. Whom the app was never told of is left out. */
export async function resolveRolesOf(
  reader: ResourceReader,
  users: readonly StoredResource[],
  { matcher, userType }: { readonly matcher: RoleMatcher; readonly userType: ResourceType },
): Promise<readonly RoleChange[]> {
  const userIds = users.map(({ id }) => id);
  return withoutStrangers(reader, await compareRoles(reader, { userIds, users, matcher, userType }));
}

/** The roles of a user the app is being told of now. */
export function resolveOwnRoles(
  reader: ResourceReader,
  user: StoredResource,
  { matcher, userType }: { readonly matcher: RoleMatcher; readonly userType: ResourceType },
): Promise<readonly RoleChange[]> {
  return compareRoles(reader, { userIds: [user.id], users: [user], matcher, userType });
}

/** Who waits for a seat has roles once he has one: the app would not know whose they are. */
async function withoutStrangers(
  reader: ResourceReader,
  changes: readonly RoleChange[],
): Promise<readonly RoleChange[]> {
  if (changes.length === 0) return changes;
  const strangers = await reader.waiting.neverTold(changes.map(({ user }) => user.id));
  return changes.filter(({ user }) => !strangers.has(user.id));
}

interface Comparison {
  readonly userIds: readonly string[];
  /** Left out: not read yet, and only those whose roles changed have to be. */
  readonly users: readonly StoredResource[] | undefined;
  readonly matcher: RoleMatcher;
  readonly userType: ResourceType;
}

async function compareRoles(
  reader: ResourceReader,
  { userIds, users, matcher, userType }: Comparison,
): Promise<readonly RoleChange[]> {
  const groups = await reader.roles.groupsAbove(userIds, matcher.groupIds);
  const told = await reader.roles.rolesOf(userIds);
  const byId = new Map(users?.map((user) => [user.id, user]));
  const changed = userIds.flatMap((id) => {
    const before = told.get(id) ?? [];
    const after = matcher.match({ groupIds: groups.get(id) ?? [], attributes: byId.get(id)?.attributes });
    return isSameList(before, after) ? [] : [{ id, before, after }];
  });
  if (changed.length === 0) return [];
  const ids = changed.map(({ id }) => id);
  const read = users ?? (await reader.findEach(userType, ids));
  const found = new Map(read.map((user) => [user.id, user]));
  return changed.flatMap(({ id, before, after }) => {
    const user = found.get(id);
    return user === undefined ? [] : [{ user, before, after }];
  });
}

/** Whether any rule names the group or one above it. */
async function isNamed(tx: ResourceReader, groupId: string, matcher: RoleMatcher): Promise<boolean> {
  if (matcher.groupIds.includes(groupId)) return true;
  return (await tx.roles.groupsAbove([groupId], matcher.groupIds)).size > 0;
}

async function findUsers(
  tx: ResourceReader,
  members: readonly Member[],
  userType: ResourceType,
): Promise<ConcernedUsers> {
  const isUser = ({ type }: Member) => type === userType.name;
  const users = members.filter(isUser).map(({ value }) => value);
  const groups = members.filter((member) => !isUser(member)).map(({ value }) => value);
  if (users.length > MOST_AT_ONCE) return 'many';
  if (groups.length === 0) return users;
  const below = await tx.roles.usersBelow(groups, MOST_AT_ONCE + 1);
  return orMany([...new Set([...users, ...below])]);
}

function orMany(userIds: readonly string[]): ConcernedUsers {
  return userIds.length > MOST_AT_ONCE ? 'many' : userIds;
}

function hasRoleAttribute(changed: readonly string[]): boolean {
  return ROLE_ATTRIBUTES.some((name) => changed.includes(name));
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at]);
}
