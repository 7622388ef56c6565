import type { DatabaseSync } from 'node:sqlite';
import type { ScimUserWithGroups } from 'scimkit';

/** The app's own table of accounts, in a database of its own. */
export function createAccounts(database: DatabaseSync) {
  database.exec(`CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, connection_id TEXT NOT NULL,
    name TEXT, email TEXT, active INTEGER NOT NULL DEFAULT 0, group_ids TEXT NOT NULL DEFAULT '[]',
    under_way INTEGER NOT NULL)`);
  const begin = database.prepare(`INSERT INTO accounts (id, connection_id, under_way) VALUES (?, ?, 1)
    ON CONFLICT DO UPDATE SET under_way = 1`);
  const save = database.prepare('INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?, ?, 0)');
  const remove = database.prepare('DELETE FROM accounts WHERE id = ?');
  const underWay = database.prepare('SELECT connection_id, id FROM accounts WHERE under_way = 1');
  return {
    /** Notes that something is about to become of an account. */
    begin: (connectionId: string, id: string) => void begin.run(id, connectionId),
    /** As the person is in the directory; a deactivation that the guard holds back has not happened yet. */
    save({ id, connectionId, user, groups, isHeld }: { readonly id: string } & ScimUserWithGroups) {
      const groupIds = groups.map(({ groupId }) => groupId).toSorted();
      const { scimUser, primaryEmail } = user;
      const active = Number(user.active || isHeld);
      save.run(id, connectionId, String(scimUser.userName), primaryEmail, active, JSON.stringify(groupIds));
    },
    remove: (id: string) => void remove.run(id),
    /** Accounts of which nobody noted what became of them. */
    underWay: () =>
      underWay.all().map((row) => ({ connectionId: String(row.connection_id), id: String(row.id) })),
  };
}

export type Accounts = ReturnType<typeof createAccounts>;
