import { letOthers } from '../in-turns.ts';
import type { Filter } from '../protocol/filter/ast.ts';
import { bindFilter } from '../protocol/filter/bind.ts';
import { fold } from '../protocol/fold.ts';
import type { JsonObject } from '../protocol/json.ts';
import { parsePolicy } from '../provisioning/policy.ts';
import { createProfileReader, type ProfileWarning } from '../provisioning/profile.ts';
import { readUserFacts } from '../provisioning/user-facts.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { ConnectionScope, ResourcePage, ResourceReader, StoredResource } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { toMapping } from './describe-connection.ts';
import type { ManagementOptions } from './management-context.ts';
import { groupsSchema, MisuseError, parseParameters, usersSchema } from './parameters.ts';
import {
  Failure,
  type InvalidField,
  type InvalidQueryFieldError,
  type ManagementResult,
  type SelectionError,
  Success,
} from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';
import { walkResources } from './walk-resources.ts';

/** Exactly one of these, compared as SCIM does: `externalId` and `userId` exactly, the others without case. */
export type ScimUserFilter =
  | { readonly userName: string }
  | { readonly externalId: string }
  | { readonly primaryEmail: string }
  /** The app's own account id, as a hook linked it. */
  | { readonly userId: string }
  /** Those whom the mapping warns of. All users are read to find them. */
  | { readonly hasWarnings: true };

export interface PageParameters {
  /** Counted from 0. @default 0 */
  readonly pageNumber?: number | undefined;
  /** 1 to 200. @default 100 */
  readonly pageSize?: number | undefined;
}

export type GetScimUsersParameters = ConnectionSelector &
  PageParameters & {
    readonly filter?: ScimUserFilter | undefined;
    /** Part of a userName, a displayName or an e-mail address, or a whole externalId. Not beside `filter`. */
    readonly search?: string | undefined;
  };

export type GetScimGroupsParameters = ConnectionSelector &
  PageParameters & {
    /** Part of a displayName, or a whole externalId. */
    readonly search?: string | undefined;
  };

export interface ManagedScimUser {
  readonly connectionId: string;
  /** The SCIM resource as the identity provider sees it. */
  readonly scimUser: JsonObject;
  readonly primaryEmail: string | null;
  /** The user by the connection's mapping. */
  readonly parsedUserData: JsonObject;
  readonly warnings: readonly ProfileWarning[];
  readonly active: boolean;
  /** The app's own account, once a hook has linked one. */
  readonly userId: string | null;
  /** The highest role by the connection's role rules; null = none. */
  readonly role: string | null;
  /** All of them, the highest first. */
  readonly roles: readonly string[];
}

export interface ManagedScimGroup {
  readonly connectionId: string;
  readonly groupId: string;
  readonly displayName: string | null;
  readonly externalId: string | null;
  /** The SCIM resource without its members. */
  readonly scimGroup: JsonObject;
}

interface PageOf {
  readonly connectionId: string;
  readonly pageNumber: number;
  readonly pageSize: number;
  readonly totalResults: number;
  /** Of a search: whether it would have found more; `totalResults` then counts the first 1,000. */
  readonly isCut?: boolean;
}

export interface ScimUserPage extends PageOf {
  readonly users: readonly ManagedScimUser[];
}

export interface ScimGroupPage extends PageOf {
  readonly groups: readonly ManagedScimGroup[];
}

/** Reads a connection's users, page by page in a stable order. */
export async function getScimUsers(
  options: ManagementOptions,
  parameters: GetScimUsersParameters,
): Promise<ManagementResult<ScimUserPage, SelectionError | InvalidQueryFieldError>> {
  const parsed = parseParameters(usersSchema, parameters);
  if (!parsed.ok) return new Failure(toQueryError(parsed.fields));
  assertSelector(parsed.value);
  const { filter, search, pageNumber, pageSize } = parsed.value;
  const selected = await selectConnection(options.store.connections, parsed.value);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const scope = createScope(connection);
  const lookup = { options, connection, scope, range: { offset: pageNumber * pageSize, limit: pageSize } };
  const { total, isCut, resources } = await findUsers(lookup, { ...filter, search });
  const users = await describeUsers(lookup, resources);
  const { connectionId } = connection;
  return new Success({
    connectionId,
    users,
    pageNumber,
    pageSize,
    totalResults: total,
    ...(isCut !== undefined && { isCut }),
  });
}

/** Reads a connection's groups, page by page in a stable order. */
export async function getScimGroups(
  options: ManagementOptions,
  parameters: GetScimGroupsParameters,
): Promise<ManagementResult<ScimGroupPage, SelectionError | InvalidQueryFieldError>> {
  const parsed = parseParameters(groupsSchema, parameters);
  if (!parsed.ok) return new Failure(toQueryError(parsed.fields));
  assertSelector(parsed.value);
  const { search, pageNumber, pageSize } = parsed.value;
  const selected = await selectConnection(options.store.connections, parsed.value);
  if (!selected.ok) return new Failure(selected.error);
  const { connectionId } = selected.connection;
  const scope = createScope(selected.connection);
  const range = { offset: pageNumber * pageSize, limit: pageSize };
  const reader = options.store.resources(scope);
  const { total, isCut, resources } =
    search === undefined
      ? { ...(await reader.query(options.groupType, range)), isCut: undefined }
      : await reader.search(options.groupType, { text: search, ...range, most: MOST_FOUND });
  const groups = await describeGroups(options, scope, resources);
  return new Success({
    connectionId,
    groups,
    pageNumber,
    pageSize,
    totalResults: total,
    ...(isCut !== undefined && { isCut }),
  });
}

interface Lookup {
  readonly options: ManagementOptions;
  readonly connection: ConnectionRecord;
  readonly scope: ConnectionScope;
  readonly range: { readonly offset: number; readonly limit: number };
}

interface FilterFields {
  readonly userName?: string | undefined;
  readonly externalId?: string | undefined;
  readonly primaryEmail?: string | undefined;
  readonly userId?: string | undefined;
  readonly hasWarnings?: true | undefined;
  readonly search?: string | undefined;
}

async function findUsers(
  lookup: Lookup,
  fields: FilterFields,
): Promise<ResourcePage & { readonly isCut?: boolean }> {
  const { options, scope, range } = lookup;
  const { userType } = options;
  const reader = options.store.resources(scope);
  const { userName, externalId, primaryEmail, userId, hasWarnings, search } = fields;
  if (search !== undefined) return reader.search(userType, { text: search, ...range, most: MOST_FOUND });
  if (hasWarnings) return findWithWarnings(lookup, reader);
  if (userId !== undefined) return findByUserId(lookup, reader, userId);
  if (primaryEmail !== undefined) return findByPrimaryEmail(lookup, reader, primaryEmail);
  if (userName !== undefined) {
    return reader.query(userType, { ...range, filter: isEqual(options, 'userName', userName) });
  }
  if (externalId !== undefined) {
    return reader.query(userType, { ...range, filter: isEqual(options, 'externalId', externalId) });
  }
  return reader.query(userType, range);
}

async function findByUserId(
  { options, range }: Lookup,
  reader: ResourceReader,
  userId: string,
): Promise<ResourcePage> {
  const found = await reader.findByUserId(userId);
  const resources = found?.type.name === options.userType.name ? [found] : [];
  return { total: resources.length, resources: resources.slice(range.offset, range.offset + range.limit) };
}

/** An address may be somebody's second one, so those who have it are read and their primary one compared. */
async function findByPrimaryEmail(
  lookup: Lookup,
  reader: ResourceReader,
  address: string,
): Promise<ResourcePage> {
  const { options, connection, range } = lookup;
  const filter = isEqual(options, 'emails.value', address);
  const readProfile = createProfileReader(options.userType, toMapping(connection));
  const { resources: candidates } = await reader.query(options.userType, {
    filter,
    offset: 0,
    limit: MAX_SHARING,
  });
  const resources = candidates.filter((resource) => {
    const { primaryEmail } = readProfile(resource.attributes);
    return primaryEmail !== null && fold(primaryEmail) === fold(address);
  });
  return { total: resources.length, resources: resources.slice(range.offset, range.offset + range.limit) };
}

async function findWithWarnings(
  { options: { userType }, connection, range }: Lookup,
  reader: ResourceReader,
): Promise<ResourcePage> {
  const mapping = toMapping(connection);
  const readProfile = createProfileReader(userType, mapping);
  const resources: StoredResource[] = [];
  let total = 0;
  for await (const users of walkResources(reader, userType)) {
    const facts = await readUserFacts(reader, users, mapping);
    for (const user of users) {
      if (readProfile(facts.get(user.id) ?? user.attributes).warnings.length === 0) continue;
      if (total >= range.offset && resources.length < range.limit) resources.push(user);
      total += 1;
    }
    await letOthers();
  }
  return { total, resources };
}

/** Whoever gets more by a search looks for something narrower. */
export const MOST_FOUND = 1000;

/** More people than share one address in any directory. */
const MAX_SHARING = 1000;

function isEqual({ userType }: ManagementOptions, path: string, value: string): Filter {
  return bindFilter(userType, { kind: 'compare', path, operator: 'eq', value });
}

/** Shows users as the app's backend reads them. */
export async function describeUsers(
  lookup: Omit<Lookup, 'range'>,
  resources: readonly StoredResource[],
): Promise<ManagedScimUser[]> {
  const { options, connection, scope } = lookup;
  const mapping = toMapping(connection);
  const readProfile = createProfileReader(options.userType, mapping);
  const facts = await readUserFacts(options.store.resources(scope), resources, mapping);
  const represented = await options.represent(scope, resources);
  const rolesById = await readRoles(lookup, resources);
  return resources.map((resource, index) => ({
    connectionId: connection.connectionId,
    scimUser: represented[index] ?? {},
    ...readProfile(facts.get(resource.id) ?? resource.attributes),
    active: resource.attributes.active !== false,
    userId: resource.userId,
    role: rolesById.get(resource.id)?.[0] ?? null,
    roles: rolesById.get(resource.id) ?? [],
  }));
}

/** Shows groups without their members, as the app's backend reads them. */
export async function describeGroups(
  { represent }: Pick<ManagementOptions, 'represent'>,
  scope: ConnectionScope,
  resources: readonly StoredResource[],
): Promise<ManagedScimGroup[]> {
  const represented = await represent(scope, resources);
  return resources.map(({ id, attributes }, index) => ({
    connectionId: scope.connectionId,
    groupId: id,
    displayName: toText(attributes.displayName),
    externalId: toText(attributes.externalId),
    scimGroup: represented[index] ?? {},
  }));
}

async function readRoles(
  { options, connection, scope }: Omit<Lookup, 'range'>,
  users: readonly StoredResource[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (users.length === 0 || parsePolicy(connection.policy).roles !== 'map') return new Map();
  return options.store.resources(scope).roles.rolesOf(users.map(({ id }) => id));
}

function toText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function toQueryError(fields: readonly InvalidField[]): InvalidQueryFieldError {
  const selector = fields.find(({ field }) => field === 'customerId' || field === 'scimConnectionId');
  if (selector !== undefined)
    throw new MisuseError(`scim.management: ${selector.field}: ${selector.message}`);
  const [first] = fields;
  return { type: 'InvalidQueryField', field: first?.field ?? '', message: first?.message ?? '' };
}
