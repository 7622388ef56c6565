import { createObject, isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import {
  DEFAULT_PROJECTION,
  isShown,
  type Projection,
  project,
  withoutHidden,
} from '../protocol/projection.ts';
import {
  findMemberOfAttribute,
  findMembersAttribute,
  type ResourceType,
  schemasOf,
} from '../protocol/schema/resource-type.ts';
import type { Member, Membership, ResourceReader, StoredResource } from '../store/port.ts';
import { toVersion } from './version.ts';

/** How resources are shown. */
export interface RepresentOptions {
  /** The SCIM base URL, without a trailing slash. */
  readonly baseUrl: string;
  /** Finds the endpoint of a member's type. */
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly projection?: Projection;
  /** The connection's, which is part of every version. @default '' */
  readonly epoch?: string;
  /** Whether `meta.version` is shown. @default true */
  readonly isVersioned?: boolean;
}

/** A resource as it is shown, and its version, which headers carry even where `meta` is left out. */
export interface Representation {
  readonly body: JsonObject;
  readonly version: string;
  /** Members that are too many to be in `body`, where an empty list stands in their place. */
  readonly apart?: MembersApart;
}

/** The members of a resource, which are read and shown in parts. */
export interface MembersApart {
  /** What the list is called in the body. */
  readonly name: string;
  /** As they are shown. Nothing of a part = nothing is shown of any. */
  parts(): AsyncIterable<readonly Json[]>;
}

/** Members that are read, and kept in memory, at once. */
const MOST_MEMBERS = 5_000;

/**
 * Shows stored resources as SCIM representations (RFC 7643 §3). Members are read only when they are shown; the
 * groups of a member always, because its version depends on them. One statement serves all resources.
 */
export function representAll(
  reader: MembersReader,
  resources: readonly StoredResource[],
  options: RepresentOptions,
): Promise<readonly Representation[]> {
  return represent(reader, resources, options);
}

/** {@link representAll}, with the members apart where the resources have very many. */
export function representInParts(
  reader: MembersReader,
  resources: readonly StoredResource[],
  options: RepresentOptions,
): Promise<readonly Representation[]> {
  return represent(reader, resources, { ...options, mostMembers: MOST_MEMBERS });
}

type MembersReader = Pick<ResourceReader, 'memberParts' | 'membersOf' | 'membershipsOf'>;

async function represent(
  reader: MembersReader,
  resources: readonly StoredResource[],
  options: RepresentOptions & { readonly mostMembers?: number },
): Promise<readonly Representation[]> {
  const [first] = resources;
  if (first === undefined) return [];
  const { type } = first;
  const { projection = DEFAULT_PROJECTION, mostMembers } = options;
  const ids = resources.map((resource) => resource.id);
  const members = findMembersAttribute(type);
  const memberOf = findMemberOfAttribute(type);
  const isWithMembers = members !== undefined && isShown(projection, members);
  const membersById = isWithMembers ? await reader.membersOf(ids, mostMembers) : undefined;
  const groupsById = memberOf && (await readMemberships(reader, resources));
  return resources.map((resource) => {
    const memberRows = membersById?.get(resource.id) ?? [];
    const groupRows = groupsById?.get(resource.id) ?? [];
    const version = toVersion(resource, groupRows, options.epoch);
    const { baseUrl, isVersioned = true } = options;
    const full = representAttributes(resource, isVersioned ? { baseUrl, version } : { baseUrl });
    // A group without members says so: Entra ID documents the empty list.
    if (isWithMembers) full[members.name] = memberRows.map((row) => toMemberValue(row, options));
    if (memberOf && groupsById) full[memberOf.name] = groupRows.map((row) => toGroupValue(row, options));
    const shown = { body: project(type, full, projection), version };
    if (!isWithMembers || membersById !== undefined) return shown;
    return { ...shown, apart: setApart(reader, resource, { ...options, name: members.name }) };
  });
}

async function readMemberships(
  reader: Pick<ResourceReader, 'membershipsOf'>,
  resources: readonly StoredResource[],
): Promise<ReadonlyMap<string, readonly Membership[]>> {
  const ids = resources.filter(({ isMember }) => isMember).map(({ id }) => id);
  return ids.length === 0 ? new Map() : reader.membershipsOf(ids);
}

function setApart(
  reader: MembersReader,
  { id, type }: StoredResource,
  { name, ...options }: RepresentOptions & { readonly name: string },
): MembersApart {
  const { projection = DEFAULT_PROJECTION } = options;
  const show = (rows: readonly Member[]): readonly Json[] => {
    const shown = project(type, { [name]: rows.map((row) => toMemberValue(row, options)) }, projection)[name];
    return isArray(shown) ? shown : [];
  };
  return {
    name,
    async *parts() {
      for await (const rows of reader.memberParts(id)) yield show(rows);
    },
  };
}

/** The representation without relations: what hooks and events carry, and what filters in memory read. */
export function representAttributes(
  resource: Pick<StoredResource, 'id' | 'type' | 'attributes' | 'created' | 'lastModified'>,
  located?: { readonly baseUrl: string; readonly version?: string },
): Record<string, Json> {
  const { type, attributes, id } = resource;
  const result = createObject();
  result.schemas = schemasOf(type)
    .filter((schema) => schema === type.schema || isObject(attributes[schema.id]))
    .map((schema) => schema.id);
  result.id = id;
  Object.assign(result, withoutHidden(type, attributes));
  result.meta = {
    resourceType: type.name,
    created: resource.created,
    lastModified: resource.lastModified,
    ...(located === undefined ? {} : { location: `${located.baseUrl}${type.endpoint}/${id}` }),
    ...(located?.version === undefined ? {} : { version: located.version }),
  };
  return result;
}

function toMemberValue(member: Member, { baseUrl, types }: RepresentOptions): JsonObject {
  const endpoint = types.get(member.type)?.endpoint;
  return {
    value: member.value,
    ...(endpoint === undefined ? {} : { $ref: `${baseUrl}${endpoint}/${member.value}` }),
    type: member.type,
    ...(member.display === null ? {} : { display: member.display }),
  };
}

function toGroupValue(membership: Membership, { baseUrl, types }: RepresentOptions): JsonObject {
  const endpoint = types.get(membership.type)?.endpoint;
  return {
    value: membership.groupId,
    ...(endpoint === undefined ? {} : { $ref: `${baseUrl}${endpoint}/${membership.groupId}` }),
    ...(membership.display === null ? {} : { display: membership.display }),
    type: membership.isDirect ? 'direct' : 'indirect',
  };
}
