import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** What Harbor's own tables hold of one customer's directory. */
export interface HarborState {
  readonly userCount: number;
  readonly users: readonly {
    readonly userName: string;
    readonly email: string | null;
    readonly name: string;
    readonly title: string | null;
    readonly active: boolean;
  }[];
  readonly teams: readonly {
    readonly name: string;
    readonly memberCount: number;
    readonly members: readonly string[];
  }[];
}

/** Reads what a customer's directory put into Harbor's own tables. */
export function readState(database: DatabaseSync, customerId: string): HarborState {
  const users = database
    .prepare(`
      SELECT user_name AS userName, email, name, title, active FROM users
      WHERE customer_id = ? AND managed_by = 'directory' ORDER BY user_name, id`)
    .all(customerId)
    .map((row) => ({ ...row, active: row.active === 1 })) as unknown as HarborState['users'];
  const selectMembers = database.prepare(`
    SELECT user_name AS userName FROM team_members JOIN users ON users.id = user_id
    WHERE team_id = ? ORDER BY user_name, users.id`);
  const teams = database
    .prepare('SELECT id, name FROM teams WHERE customer_id = ? ORDER BY name, id')
    .all(customerId)
    .map(({ id, name }) => {
      const members = selectMembers.all(String(id)).map(({ userName }) => String(userName));
      return { name: String(name), memberCount: members.length, members };
    });
  return { userCount: users.length, users, teams };
}

const resourceTables = ['scim_resources', 'scim_members', 'scim_indexed_values'];
const OF_CONNECTION = 'connection_id IN (SELECT connection_id FROM scim_connections WHERE customer_id = ?)';

/** The rows of one customer, by table. */
const rowsOfCustomer: Readonly<Record<string, string>> = {
  ...Object.fromEntries(resourceTables.map((table) => [table, OF_CONNECTION])),
  customers: 'id = ?',
  users: 'customer_id = ?',
  teams: 'customer_id = ?',
  team_members: 'team_id IN (SELECT id FROM teams WHERE customer_id = ?)',
};

/** Stands for all there is of some customers: two are the same when nothing was written in between. */
export interface Fingerprint {
  readonly rows: string;
  readonly rowCount: number;
  readonly events: number;
}

/** A hash of every row of every resource, in the SCIM store and in Harbor's tables, and the number of events. */
export function takeFingerprint(database: DatabaseSync, customerIds: readonly string[]): Fingerprint {
  const hash = createHash('sha256');
  let rowCount = 0;
  let events = 0;
  const countEvents = database.prepare(`SELECT count(*) AS events FROM scim_events WHERE ${OF_CONNECTION}`);
  for (const customerId of customerIds) {
    for (const [table, condition] of Object.entries(rowsOfCustomer)) {
      hash.update(table);
      const rows = database.prepare(`SELECT * FROM ${table} WHERE ${condition}`).all(customerId);
      for (const row of rows.map((row) => JSON.stringify(row)).sort()) hash.update(row);
      rowCount += rows.length;
    }
    events += Number(countEvents.get(customerId)?.events);
  }
  return { rows: hash.digest('hex'), rowCount, events };
}
