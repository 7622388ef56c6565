import type { JsonObject } from '../protocol/json.ts';

/** Roles of one connection's users, and the rules they come from, for reading. */
export interface RoleReader {
  /** The rules as given, JSON; undefined = the connection has none. */
  rules(): Promise<string | undefined>;
  /** The roles each user was last told to have, the highest first; users without any are left out. */
  rolesOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Which of some groups hold each of the resources, directly or through other groups. */
  groupsAbove(
    resourceIds: readonly string[],
    among: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Users in the groups, directly or through other groups; the first so many of them. */
  usersBelow(groupIds: readonly string[], most: number): Promise<readonly string[]>;
}

/** The same inside an open transaction, which may change them. */
export interface RoleWriter extends RoleReader {
  /** Keeps what a user is told to have; nothing is kept of no roles. */
  setRoles(userId: string, roles: readonly string[]): Promise<void>;
}

/** What is done again for all users of a connection, in parts, until it is done. */
export interface Walk {
  /** Grows by one within the connection. */
  readonly number: number;
  readonly task: WalkTask;
  /** The last user it came to; empty = it has not begun. */
  readonly after: string;
}

/** `roles`: resolved by the rules in force. `mapping`: read by one mapping and then another; null = scimkit's own. */
export type WalkTask =
  | { readonly kind: 'roles' }
  | { readonly kind: 'mapping'; readonly before: JsonObject | null; readonly after: JsonObject | null };

/** Walks of one connection, inside a transaction that has locked it (`lockConnection`). */
export interface WalkWriter {
  /** Has one begun after those that are under way; an unfinished one of roles begins again. */
  add(task: WalkTask): Promise<void>;
  /** The first that is not done. */
  next(): Promise<Walk | undefined>;
  /** Notes how far it has come; null = it is done. */
  advance(walk: Walk, after: string | null): Promise<void>;
}
