import { randomUUID } from 'node:crypto';
import type { HookContext, HookDatabase, ScimHooks } from 'scimkit';
import { readGroupName, readProfile } from './directory-profile.ts';

/**
 * Keeps Harbor's `users`, `teams` and `team_members` in step with each customer's directory.
 *
 * Every statement runs on `context.database`, inside the transaction of the SCIM change: both are stored or
 * neither is. Three rules hold throughout:
 *
 * - The directory never touches an account it did not create: each statement asks for `managed_by = 'directory'`
 *   and for this customer. A person with the address of an existing account gets a second one.
 * - Roles never come from the directory; everybody it brings is a member.
 * - An address the directory sets is unverified until its owner proves it.
 */
export function createDirectoryHooks(nowSeconds: () => number): ScimHooks {
  return {
    userCreated(change, context) {
      addCustomer(context, nowSeconds());
      return {
        userId: takeBackUser(change.resource, context) ?? addUser(change.resource, context, nowSeconds()),
      };
    },

    userUpdated(change, context) {
      if (change.userId) updateUser(change.userId, change.resource, context);
    },

    // Sessions look at `active` on each request, so this also ends every login at once.
    userDeactivated(change, context) {
      if (change.userId) setActive(change.userId, false, context);
    },

    userReactivated(change, context) {
      if (change.userId) setActive(change.userId, true, context);
    },

    userDeleted(change, context) {
      if (change.userId) deleteUser(change.userId, context);
    },

    groupCreated(change, context) {
      addCustomer(context, nowSeconds());
      addTeam({ groupId: change.id, name: readGroupName(change.resource) }, context, nowSeconds());
    },

    groupUpdated(change, context) {
      context.database
        .prepare('UPDATE teams SET name = ? WHERE connection_id = ? AND scim_group_id = ?')
        .run(readGroupName(change.resource), context.connectionId, change.id);
    },

    groupDeleted(change, context) {
      const teamId = findTeam(change.id, context);
      if (!teamId) return;
      context.database.prepare('DELETE FROM team_members WHERE team_id = ?').run(teamId);
      context.database.prepare('DELETE FROM teams WHERE id = ?').run(teamId);
    },

    // Harbor's teams are flat: members that are groups have no account here, and are left out.
    membersChanged(change, context) {
      const teamId = findTeam(change.id, context);
      if (!teamId) return;
      const add = context.database.prepare(
        'INSERT OR IGNORE INTO team_members (team_id, user_id) VALUES (?, ?)',
      );
      const remove = context.database.prepare('DELETE FROM team_members WHERE team_id = ? AND user_id = ?');
      for (const { userId } of change.added) if (userId) add.run(teamId, userId);
      for (const { userId } of change.removed) if (userId) remove.run(teamId, userId);
    },
  };
}

/**
 * Lets go of what a deleted connection kept: people and teams stay as they are. When the customer connects a
 * directory again, its users and groups take these rows back by userName and by name.
 */
export function detachDirectory(database: HookDatabase, connectionId: string): void {
  database.prepare('UPDATE users SET connection_id = NULL WHERE connection_id = ?').run(connectionId);
  database.prepare('UPDATE teams SET connection_id = NULL WHERE connection_id = ?').run(connectionId);
}

/** `scimkit connection create --customer ID` takes any id, so a customer may be new to Harbor. */
function addCustomer({ database, customerId }: HookContext, nowSeconds: number) {
  database
    .prepare('INSERT OR IGNORE INTO customers (id, name, created_at) VALUES (?, ?, ?)')
    .run(customerId, customerId, nowSeconds);
}

function addUser(resource: unknown, context: HookContext, nowSeconds: number): string {
  const profile = readProfile(resource);
  const id = `usr_${randomUUID()}`;
  context.database
    .prepare(`
      INSERT INTO users
        (id, customer_id, email, name, title, active, managed_by, user_name, connection_id, created_at)
      VALUES (?, ?, ?, ?, ?, ?, 'directory', ?, ?, ?)`)
    .run(
      id,
      context.customerId,
      profile.email,
      profile.name,
      profile.title,
      Number(profile.active),
      profile.userName,
      context.connectionId,
      nowSeconds,
    );
  return id;
}

/**
 * The account that an earlier, deleted connection of this same customer made for this userName. Never one that
 * Harbor made, one that another connection keeps, or one found by its address.
 */
function takeBackUser(resource: unknown, context: HookContext): string | undefined {
  const profile = readProfile(resource);
  const found = context.database
    .prepare(`
      SELECT id FROM users
      WHERE customer_id = ? AND user_name = ? AND managed_by = 'directory' AND connection_id IS NULL
      ORDER BY created_at DESC, id LIMIT 1`)
    .get(context.customerId, profile.userName);
  const userId = readId(found);
  if (!userId) return undefined;
  context.database
    .prepare('UPDATE users SET connection_id = ?, active = ? WHERE id = ?')
    .run(context.connectionId, Number(profile.active), userId);
  updateUser(userId, resource, context);
  return userId;
}

function updateUser(userId: string, resource: unknown, context: HookContext) {
  const profile = readProfile(resource);
  context.database
    .prepare(`
      UPDATE users SET
        email_verified = CASE WHEN email IS ? THEN email_verified ELSE 0 END,
        email = ?, name = ?, title = ?, user_name = ?
      WHERE id = ? AND customer_id = ? AND managed_by = 'directory'`)
    .run(
      profile.email,
      profile.email,
      profile.name,
      profile.title,
      profile.userName,
      userId,
      context.customerId,
    );
}

function setActive(userId: string, active: boolean, context: HookContext) {
  context.database
    .prepare(`UPDATE users SET active = ? WHERE id = ? AND customer_id = ? AND managed_by = 'directory'`)
    .run(Number(active), userId, context.customerId);
}

function deleteUser(userId: string, { database, customerId }: HookContext) {
  database
    .prepare(`
      DELETE FROM team_members WHERE user_id =
        (SELECT id FROM users WHERE id = ? AND customer_id = ? AND managed_by = 'directory')`)
    .run(userId, customerId);
  database
    .prepare(`DELETE FROM users WHERE id = ? AND customer_id = ? AND managed_by = 'directory'`)
    .run(userId, customerId);
}

function addTeam(group: { groupId: string; name: string }, context: HookContext, nowSeconds: number) {
  const { database, customerId, connectionId } = context;
  const left = readId(
    database
      .prepare('SELECT id FROM teams WHERE customer_id = ? AND name = ? AND connection_id IS NULL LIMIT 1')
      .get(customerId, group.name),
  );
  if (left) {
    database.prepare('DELETE FROM team_members WHERE team_id = ?').run(left);
    database
      .prepare('UPDATE teams SET connection_id = ?, scim_group_id = ? WHERE id = ?')
      .run(connectionId, group.groupId, left);
    return;
  }
  database
    .prepare(`
      INSERT INTO teams (id, customer_id, name, connection_id, scim_group_id, created_at)
      VALUES (?, ?, ?, ?, ?, ?)`)
    .run(`team_${randomUUID()}`, customerId, group.name, connectionId, group.groupId, nowSeconds);
}

function findTeam(groupId: string, { database, connectionId }: HookContext): string | undefined {
  return readId(
    database
      .prepare('SELECT id FROM teams WHERE connection_id = ? AND scim_group_id = ?')
      .get(connectionId, groupId),
  );
}

function readId(row: unknown): string | undefined {
  // The row of our own `SELECT id`, whose column is a TEXT primary key.
  return (row as { id: string } | undefined)?.id;
}
