import type { RoleDefinition, ScimHooks, UserRoleChange } from '../../src/index.ts';
import { type ClientOptions, openClient } from './client.ts';

export const ROLES: readonly RoleDefinition[] = [
  { id: 'admin', displayName: 'Administrator' },
  { id: 'editor' },
  { id: 'viewer' },
];

/** One customer's identity provider, and an app that writes down which roles it is told of. */
export async function openRoles({ hooks = {}, ...options }: ClientOptions & { hooks?: ScimHooks } = {}) {
  const told: UserRoleChange[] = [];
  const client = await openClient({
    roles: ROLES,
    hooks: {
      userRoleChanged(change) {
        told.push(change);
      },
      ...hooks,
    },
    ...options,
  });
  const { connectionId: scimConnectionId, scim, database } = client;
  return {
    ...client,
    scimConnectionId,
    told,
    /** Changes told since the last call, by SCIM id. */
    takeTold: () => told.splice(0).map(({ id, before, after }) => ({ id, before, after })),
    async user(userName: string, more: object = {}): Promise<string> {
      return (await client.make('/Users', { userName, ...more })).id;
    },
    async group(displayName: string, memberIds: readonly string[] = []): Promise<string> {
      return (await client.make('/Groups', { displayName, members: memberIds.map((value) => ({ value })) }))
        .id;
    },
    addMembers: (groupId: string, ...ids: readonly string[]) =>
      client.patch(`/Groups/${groupId}`, {
        op: 'add',
        path: 'members',
        value: ids.map((value) => ({ value })),
      }),
    removeMember: (groupId: string, id: string) =>
      client.patch(`/Groups/${groupId}`, { op: 'remove', path: `members[value eq "${id}"]` }),
    async setRules(rules: SetRules['rules'], defaultRoleId: string | null = null) {
      return (await scim.management.setRoleRules({ scimConnectionId, rules, defaultRoleId })).getOrThrow();
    },
    async rolesOf(): Promise<Record<string, readonly string[]>> {
      const { users } = (
        await scim.management.getScimUsers({ scimConnectionId, pageSize: 200 })
      ).getOrThrow();
      return Object.fromEntries(users.map(({ scimUser, roles }) => [String(scimUser.id), roles]));
    },
    events: async (type = 'user.role_changed') => {
      const rows = await database.rows('SELECT type, data FROM {p}events WHERE type = ? ORDER BY position', [
        type,
      ]);
      return rows.map(({ data }) => (typeof data === 'string' ? JSON.parse(data) : data));
    },
  };
}

type SetRules = Parameters<Awaited<ReturnType<typeof openClient>>['scim']['management']['setRoleRules']>[0];
