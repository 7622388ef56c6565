import type { RoleReader, RoleWriter } from '../roles.ts';
import { type Fragment, raw, rowCount, sql } from './fragment.ts';
import type { ResourceSession } from './resource-reader.ts';
import { groupRows } from './resource-rows.ts';

/** Reads of one connection's roles. */
export function createRoleReader(options: ResourceSession): RoleReader {
  const { session, prefix, dialect, scope } = options;
  const { connectionId } = scope;
  const all = (fragment: Fragment) => session.all(fragment.sql, fragment.values);
  const members = raw(`${prefix}members m`);
  return {
    async rules() {
      const [row] = await all(
        sql`SELECT rules FROM ${raw(prefix)}role_rules WHERE connection_id = ${connectionId}`,
      );
      return row === undefined ? undefined : String(row.rules);
    },
    async rolesOf(userIds) {
      // Inside, the list is outside: turned round, the roles of the whole connection would be read.
      const rows = await all(
        sql`SELECT u.resource_id, u.roles FROM ${dialect.texts(userIds)} CROSS JOIN ${raw(prefix)}user_roles u WHERE u.connection_id = ${connectionId} AND u.resource_id = j.value`,
      );
      return new Map(rows.map((row) => [String(row.resource_id), parseRoles(row.roles)]));
    },
    async groupsAbove(resourceIds, among) {
      if (among.length === 0) return new Map();
      const rows = await all(
        sql`WITH RECURSIVE above (member_id, group_id) AS (
            SELECT m.member_id, m.group_id FROM ${members} WHERE m.connection_id = ${connectionId} AND m.member_id IN ${dialect.list(resourceIds)}
            UNION SELECT above.member_id, m.group_id FROM above CROSS JOIN ${members} WHERE m.connection_id = ${connectionId} AND m.member_id = above.group_id
          ) SELECT member_id, group_id FROM above WHERE group_id IN ${dialect.list(among)}`,
      );
      return groupRows(rows, 'member_id', (row) => String(row.group_id));
    },
    async usersBelow(groupIds, most) {
      const rows = await all(
        sql`WITH RECURSIVE below (id) AS (
            SELECT r.id FROM ${dialect.texts(groupIds)} CROSS JOIN ${raw(prefix)}resources r WHERE r.connection_id = ${connectionId} AND r.id = j.value
            UNION SELECT m.member_id FROM below CROSS JOIN ${members} WHERE m.connection_id = ${connectionId} AND m.group_id = below.id AND m.member_type <> 'User'
          ) SELECT DISTINCT m.member_id FROM below CROSS JOIN ${members} WHERE m.connection_id = ${connectionId} AND m.group_id = below.id AND m.member_type = 'User' LIMIT ${rowCount(most)}`,
      );
      return rows.map((row) => String(row.member_id));
    },
  };
}

/** Changes of one connection's roles, inside an open transaction. */
export function createRoleWriter(options: ResourceSession): RoleWriter {
  const { session, prefix, scope } = options;
  const { connectionId } = scope;
  const run = (fragment: Fragment) => session.run(fragment.sql, fragment.values);
  const userRoles = raw(`${prefix}user_roles`);
  return {
    ...createRoleReader(options),
    async setRoles(userId, roles) {
      if (roles.length === 0) {
        await run(
          sql`DELETE FROM ${userRoles} WHERE connection_id = ${connectionId} AND resource_id = ${userId}`,
        );
        return;
      }
      await run(
        sql`INSERT INTO ${userRoles} (connection_id, resource_id, roles) VALUES (${connectionId}, ${userId}, ${JSON.stringify(roles)}) ON CONFLICT (connection_id, resource_id) DO UPDATE SET roles = excluded.roles`,
      );
    },
  };
}

/** Written by this module alone. */
function parseRoles(text: unknown): readonly string[] {
  return JSON.parse(String(text)) as readonly string[];
}
