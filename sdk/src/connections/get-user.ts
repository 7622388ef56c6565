import { createScope } from '../store/scope.ts';
import { describeUsers, type ManagedScimUser } from './list-resources.ts';
import type { ManagementOptions } from './management-context.ts';
import { getUserSchema, requireParameters } from './parameters.ts';
import { Failure, type ManagementResult, type SelectionError, Success } from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';

export type GetScimUserParameters = ConnectionSelector &
  (
    | {
        /** The app's own account id. */
        readonly userId: string;
        readonly scimUserId?: undefined;
      }
    | {
        /** The SCIM id. */
        readonly scimUserId: string;
        readonly userId?: undefined;
      }
  );

/** No user of the connection is linked to this account, or has this id. */
export interface UserNotFoundError {
  readonly type: 'UserNotFound';
}

/** A group a user belongs to, directly or through other groups. */
export interface ScimUserGroup {
  readonly groupId: string;
  readonly displayName: string | null;
  readonly externalId?: string;
}

export interface ScimUserWithGroups {
  readonly connectionId: string;
  readonly user: ManagedScimUser;
  readonly groups: readonly ScimUserGroup[];
  /** Whether the user was deactivated and the guard holds that back: for the app the person is still there. */
  readonly isHeld: boolean;
}

/** Reads one user with its groups, by the account of the app it is linked to or by its SCIM id. */
export async function getUser(
  options: ManagementOptions,
  parameters: GetScimUserParameters,
): Promise<ManagementResult<ScimUserWithGroups, SelectionError | UserNotFoundError>> {
  const { userId, scimUserId, ...selector } = requireParameters(getUserSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const scope = createScope(connection);
  const reader = options.store.resources(scope);
  const resource =
    userId === undefined
      ? await reader.find(options.userType, scimUserId ?? '')
      : await reader.findByUserId(userId);
  if (resource?.type.name !== options.userType.name) return new Failure({ type: 'UserNotFound' });
  const [user] = await describeUsers({ options, connection, scope }, [resource]);
  if (user === undefined) return new Failure({ type: 'UserNotFound' });
  const memberships = (await reader.membershipsOf([resource.id])).get(resource.id) ?? [];
  const groups: ScimUserGroup[] = [];
  for (const { groupId, display, type } of memberships) {
    if (type !== options.groupType.name) continue;
    const externalId = (await reader.find(options.groupType, groupId))?.attributes.externalId;
    groups.push({
      groupId,
      displayName: display,
      ...(typeof externalId === 'string' ? { externalId } : {}),
    });
  }
  const isHeld = resource.isHeld === true;
  return new Success({ connectionId: connection.connectionId, user, groups, isHeld });
}
