import type { ResourceReader } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { describeGroups, type ManagedScimGroup, MOST_FOUND, type PageParameters } from './list-resources.ts';
import type { ManagementOptions } from './management-context.ts';
import { getGroupSchema, requireParameters } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

export type GetScimGroupParameters = ConnectionSelector &
  PageParameters & {
    readonly groupId: string;
    /** Of the members only those with this in userName, displayName or an e-mail address. */
    readonly search?: string | undefined;
  };

/** The connection has no group of this id. */
export interface GroupNotFoundError {
  readonly type: 'GroupNotFound';
}

/** A user or a group in a group. */
export interface ScimGroupMember {
  /** The SCIM id. */
  readonly id: string;
  /** Such as `User`. */
  readonly resourceType: string;
  /** `userName` or `displayName` as it is now, else as the identity provider sent it with the member. */
  readonly name: string | null;
  readonly displayName: string | null;
  /** Of a user: false = switched off. */
  readonly active: boolean;
}

export interface ScimGroupWithMembers {
  readonly connectionId: string;
  readonly group: ManagedScimGroup;
  /** One page of the direct members, in a stable order. */
  readonly members: readonly ScimGroupMember[];
  readonly pageNumber: number;
  readonly pageSize: number;
  /** Members there are, or that were found. */
  readonly totalResults: number;
  /** Whether a search would have found more; `totalResults` then counts the first 1,000. */
  readonly isCut: boolean;
}

/** Reads one group with a page of its members: a group of 100,000 costs no more than that page. */
export async function getGroup(
  options: ManagementOptions,
  parameters: GetScimGroupParameters,
): Promise<ManagementResult<ScimGroupWithMembers, SelectionError | GroupNotFoundError>> {
  const { groupId, search, pageNumber, pageSize, ...selector } = requireParameters(
    getGroupSchema,
    parameters,
  );
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const scope = createScope(selected.connection);
  const reader = options.store.resources(scope);
  const resource = await reader.find(options.groupType, groupId);
  const [group] = resource === undefined ? [] : await describeGroups(options, scope, [resource]);
  if (group === undefined) return new Failure({ type: 'GroupNotFound' });
  const { userType, groupType } = options;
  const page = await reader.memberPage(groupId, {
    offset: pageNumber * pageSize,
    limit: pageSize,
    matching: search === undefined ? undefined : { text: search, types: [userType, groupType] },
    most: MOST_FOUND,
  });
  const facts = await readFacts(
    options,
    reader,
    page.members.map(({ value }) => value),
  );
  const members = page.members.map(({ value, type, display }) => ({
    id: value,
    resourceType: type,
    ...(facts.get(value) ?? { name: display, displayName: display, active: true }),
  }));
  const { connectionId } = scope;
  return new Success({
    connectionId,
    group,
    members,
    pageNumber,
    pageSize,
    totalResults: page.total,
    isCut: page.isCut,
  });
}

type Facts = Pick<ScimGroupMember, 'name' | 'displayName' | 'active'>;

async function readFacts(
  { userType, groupType }: ManagementOptions,
  reader: ResourceReader,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Facts>> {
  const facts = new Map<string, Facts>();
  for (const type of [userType, groupType]) {
    const missing = ids.filter((id) => !facts.has(id));
    if (missing.length === 0) break;
    for (const { id, attributes } of await reader.findEach(type, missing)) {
      const displayName = toText(attributes.displayName);
      const name = toText(attributes.userName) ?? displayName;
      facts.set(id, { name, displayName, active: attributes.active !== false });
    }
  }
  return facts;
}

function toText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
