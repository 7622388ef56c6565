import { randomUUID } from 'node:crypto';
import type { HookContext, HookMember, ScimHooks } from 'scimkit';
import { endAccess } from './api-keys.ts';
import { type Database, type LentHandle, type Transaction, useLent } from './database.ts';
import { readGroupName, readLinkedProfile, readProfile } from './directory-profile.ts';
import { findLastRole, keepLastOwner } from './last-owner.ts';

/** Members that one statement adds or removes. */
const membersPerStatement = 500;

/**
 * Keeps Harbor's `users`, `teams` and `team_members` in step with each customer's directory.
 *
 * Every statement runs on `context.database`, inside the transaction of the SCIM change: both are stored or
 * neither is. Four rules hold throughout:
 *
 * - The directory never touches an account it did not create: each statement asks for `managed_by = 'directory'`
 *   and for this customer. A person with the address of an existing account gets a second one, unless an
 *   administrator has said that it is the same person.
 * - Everybody the directory brings is a member. Another role comes from Harbor's own role rules, which name groups by
 *   their ids; never from a name or a title, and nobody becomes or ceases to be an owner by them.
 * - A customer never loses the last person who can manage it.
 * - An address the directory sets is unverified until its owner proves it.
 */
export function createDirectoryHooks(nowSeconds: () => number): ScimHooks<LentHandle> {
  return {
    async userCreated(change, context) {
      const place = toPlace(context);
      await addCustomer(place, nowSeconds());
      if (change.userId && change.link) {
        await adoptUser(change.userId, place);
        return;
      }
      // Told again of an account that is here, or one that an earlier connection left.
      const userId =
        (await findAccount(change.userId, place)) ?? (await takeBackUser(change.resource, place));
      if (!userId) return { userId: await addUser(change.resource, place, nowSeconds()) };
      await updateUser(userId, change.resource, place);
      if (readProfile(change.resource).active) await setActive(userId, true, place);
      else await deactivate(userId, place);
      return { userId };
    },

    async userUpdated(change, context) {
      const place = toPlace(context);
      if (change.userId && change.link) await updateLinkedUser(change.userId, change.resource, place);
      else if (change.userId) await updateUser(change.userId, change.resource, place);
    },

    // An administrator said whose account it is. From here on it comes and goes with the directory.
    async userLinked(change, context) {
      if (change.userId) await adoptUser(change.userId, toPlace(context));
    },

    // Ends every sign-in and every API key in the same transaction.
    async userDeactivated(change, context) {
      if (change.userId) await deactivate(change.userId, toPlace(context));
    },

    async userReactivated(change, context) {
      if (change.userId) await setActive(change.userId, true, toPlace(context));
    },

    async userDeleted(change, context) {
      if (!change.userId) return;
      const place = toPlace(context);
      await keepLastOwner({ ...place, userId: change.userId });
      await deleteUser(change.userId, place);
    },

    async userRoleChanged({ userId, after }, context) {
      if (!userId) return;
      const place = toPlace(context);
      // Not refused: many people may be told of at once, and all but this one can have their new role.
      if (after !== 'admin' && (await findLastRole({ ...place, userId }))) return;
      await setRole(userId, after ?? 'member', place);
    },

    async groupCreated(change, context) {
      const place = toPlace(context);
      const team = { groupId: change.id, name: readGroupName(change.resource) };
      await addCustomer(place, nowSeconds());
      // Told again of a team that is here, it does as at a change.
      if (await findTeam(team.groupId, place)) await renameTeam(team, place);
      else await addTeam(team, place, nowSeconds());
    },

    async groupUpdated(change, context) {
      await renameTeam({ groupId: change.id, name: readGroupName(change.resource) }, toPlace(context));
    },

    async groupDeleted(change, context) {
      const place = toPlace(context);
      const teamId = await findTeam(change.id, place);
      if (!teamId) return;
      await place.tx.run('DELETE FROM team_members WHERE team_id = ?', [teamId]);
      await place.tx.run('DELETE FROM teams WHERE id = ?', [teamId]);
    },

    // Harbor's teams are flat: members that are groups have no account here, and are left out.
    async membersChanged(change, context) {
      const place = toPlace(context);
      const teamId = await findTeam(change.id, place);
      if (!teamId) return;
      for (const userIds of inParts(change.added)) {
        const rows = userIds.map(() => '(?, ?)').join(', ');
        await place.tx.run(
          `INSERT INTO team_members (team_id, user_id) VALUES ${rows} ON CONFLICT DO NOTHING`,
          userIds.flatMap((userId) => [teamId, userId]),
        );
      }
      for (const userIds of inParts(change.removed)) {
        const list = userIds.map(() => '?').join(', ');
        await place.tx.run(`DELETE FROM team_members WHERE team_id = ? AND user_id IN (${list})`, [
          teamId,
          ...userIds,
        ]);
      }
    },
  };
}

/**
 * Lets go of what a deleted connection kept: people and teams stay as they are. When the customer connects a
 * directory again, its users and groups take these rows back by userName and by name.
 */
export function detachDirectory(database: Database, connectionId: string): Promise<void> {
  return database.transaction(async (tx) => {
    await tx.run('UPDATE users SET connection_id = NULL WHERE connection_id = ?', [connectionId]);
    await tx.run('UPDATE teams SET connection_id = NULL WHERE connection_id = ?', [connectionId]);
  });
}

/** Whose change it is, and the transaction it is made in. */
interface Place {
  readonly tx: Transaction;
  readonly customerId: string;
  readonly connectionId: string;
}

function toPlace({ database, customerId, connectionId }: HookContext<LentHandle>): Place {
  return { tx: useLent(database), customerId, connectionId };
}

/** `scimkit connection create --customer ID` takes any id, so a customer may be new to Harbor. */
async function addCustomer({ tx, customerId }: Place, nowSeconds: number): Promise<void> {
  await tx.run('INSERT INTO customers (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
    customerId,
    customerId,
    nowSeconds,
  ]);
}

async function addUser(
  resource: unknown,
  { tx, customerId, connectionId }: Place,
  nowSeconds: number,
): Promise<string> {
  const { email, name, title, active, userName } = readProfile(resource);
  const id = `usr_${randomUUID()}`;
  await tx.run(
    `INSERT INTO users
      (id, customer_id, email, name, title, active, managed_by, user_name, connection_id, created_at)
    VALUES (?, ?, ?, ?, ?, ?, 'directory', ?, ?, ?)`,
    [id, customerId, email, name, title, Number(active), userName, connectionId, nowSeconds],
  );
  return id;
}

/**
 * The account that an earlier, deleted connection of this same customer made for this userName. Never one that
 * Harbor made, one that another connection keeps, or one found by its address.
 */
async function takeBackUser(resource: unknown, place: Place): Promise<string | undefined> {
  const { tx, customerId, connectionId } = place;
  const { userName } = readProfile(resource);
  // The first condition once more outside: of two that found the same account at once, one gets it.
  const taken = await tx.get(
    `UPDATE users SET connection_id = ?
    WHERE connection_id IS NULL AND id = (
      SELECT id FROM users
      WHERE connection_id IS NULL AND customer_id = ? AND user_name = ? AND managed_by = 'directory'
      ORDER BY created_at DESC, id LIMIT 1
    ) RETURNING id`,
    [connectionId, customerId, userName],
  );
  return readId(taken);
}

async function updateUser(userId: string, resource: unknown, { tx, customerId }: Place): Promise<void> {
  const { email, name, title, userName } = readProfile(resource);
  await tx.run(
    `UPDATE users SET
      email_verified = CASE WHEN email IS NOT DISTINCT FROM ? THEN email_verified ELSE 0 END,
      email = ?, name = ?, title = ?, user_name = ?
    WHERE id = ? AND customer_id = ? AND managed_by = 'directory'`,
    [email, email, name, title, userName, userId, customerId],
  );
}

async function deactivate(userId: string, place: Place): Promise<void> {
  await keepLastOwner({ ...place, userId });
  await setActive(userId, false, place);
}

/** An account Harbor made, which an administrator of its customer has linked. Nothing else of it changes. */
async function adoptUser(userId: string, { tx, customerId, connectionId }: Place): Promise<void> {
  await tx.run(
    `UPDATE users SET managed_by = 'directory', connection_id = ? WHERE id = ? AND customer_id = ?`,
    [connectionId, userId, customerId],
  );
}

/** What scimkit leaves out of a linked person, such as an address nobody has proven, stays as it is. */
async function updateLinkedUser(userId: string, resource: unknown, { tx, customerId }: Place): Promise<void> {
  const { email, userName, title } = readLinkedProfile(resource);
  await tx.run(
    `UPDATE users SET
      email_verified = CASE WHEN coalesce(?, email) IS NOT DISTINCT FROM email THEN email_verified ELSE 0 END,
      email = coalesce(?, email), user_name = coalesce(?, user_name), title = ?
    WHERE id = ? AND customer_id = ? AND managed_by = 'directory'`,
    [email, email, userName, title, userId, customerId],
  );
}

async function setActive(userId: string, active: boolean, { tx, customerId }: Place): Promise<void> {
  await tx.run(`UPDATE users SET active = ? WHERE id = ? AND customer_id = ? AND managed_by = 'directory'`, [
    Number(active),
    userId,
    customerId,
  ]);
  if (!active && (await isDirectoryUser(userId, { tx, customerId }))) await endAccess(tx, userId);
}

/** The account that a SCIM user is linked to, while it is there. */
async function findAccount(userId: string | null, place: Place): Promise<string | undefined> {
  return userId !== null && (await isDirectoryUser(userId, place)) ? userId : undefined;
}

async function isDirectoryUser(
  userId: string,
  { tx, customerId }: Pick<Place, 'tx' | 'customerId'>,
): Promise<boolean> {
  const row = await tx.get(
    `SELECT id FROM users WHERE id = ? AND customer_id = ? AND managed_by = 'directory'`,
    [userId, customerId],
  );
  return row !== undefined;
}

async function setRole(userId: string, role: string, { tx, customerId }: Place): Promise<void> {
  await tx.run(
    `UPDATE users SET role = ?
    WHERE id = ? AND customer_id = ? AND managed_by = 'directory' AND role <> 'owner'`,
    [role, userId, customerId],
  );
}

async function deleteUser(userId: string, { tx, customerId }: Place): Promise<void> {
  await tx.run(
    `DELETE FROM team_members WHERE user_id =
      (SELECT id FROM users WHERE id = ? AND customer_id = ? AND managed_by = 'directory')`,
    [userId, customerId],
  );
  await tx.run(`DELETE FROM users WHERE id = ? AND customer_id = ? AND managed_by = 'directory'`, [
    userId,
    customerId,
  ]);
}

/** A group of the directory, as Harbor keeps it. */
interface TeamOfGroup {
  readonly groupId: string;
  readonly name: string;
}

async function renameTeam({ groupId, name }: TeamOfGroup, { tx, connectionId }: Place): Promise<void> {
  await tx.run('UPDATE teams SET name = ? WHERE connection_id = ? AND scim_group_id = ?', [
    name,
    connectionId,
    groupId,
  ]);
}

async function addTeam(
  { groupId, name }: TeamOfGroup,
  { tx, customerId, connectionId }: Place,
  nowSeconds: number,
): Promise<void> {
  const left = readId(
    await tx.get(
      `UPDATE teams SET connection_id = ?, scim_group_id = ?
      WHERE connection_id IS NULL AND id = (
        SELECT id FROM teams WHERE connection_id IS NULL AND customer_id = ? AND name = ? LIMIT 1
      ) RETURNING id`,
      [connectionId, groupId, customerId, name],
    ),
  );
  if (left) {
    await tx.run('DELETE FROM team_members WHERE team_id = ?', [left]);
    return;
  }
  await tx.run(
    `INSERT INTO teams (id, customer_id, name, connection_id, scim_group_id, created_at)
    VALUES (?, ?, ?, ?, ?, ?)`,
    [`team_${randomUUID()}`, customerId, name, connectionId, groupId, nowSeconds],
  );
}

async function findTeam(groupId: string, { tx, connectionId }: Place): Promise<string | undefined> {
  return readId(
    await tx.get('SELECT id FROM teams WHERE connection_id = ? AND scim_group_id = ?', [
      connectionId,
      groupId,
    ]),
  );
}

function readId(row: unknown): string | undefined {
  // The row of our own `id`, whose column is a TEXT primary key.
  return (row as { id: string } | undefined)?.id;
}

/** The accounts of members, so many at a time as one statement takes. */
function inParts(members: readonly HookMember[]): string[][] {
  const userIds = members.flatMap(({ userId }) => userId ?? []);
  const count = Math.ceil(userIds.length / membersPerStatement);
  return Array.from({ length: count }, (_, index) =>
    userIds.slice(index * membersPerStatement, (index + 1) * membersPerStatement),
  );
}
