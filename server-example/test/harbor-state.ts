import { createHash } from 'node:crypto';
import type { Reader } from '../src/database.ts';

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
export async function readState(database: Reader, customerId: string): Promise<HarborState> {
  const users = await database.all(
    `SELECT user_name AS "userName", email, name, title, active FROM users
    WHERE customer_id = ? AND managed_by = 'directory' ORDER BY id`,
    [customerId],
  );
  const teams = await database.all('SELECT id, name FROM teams WHERE customer_id = ? ORDER BY id', [
    customerId,
  ]);
  const members = await database.all(
    `SELECT team_id, user_name FROM team_members
    JOIN teams ON teams.id = team_id JOIN users ON users.id = user_id WHERE teams.customer_id = ?`,
    [customerId],
  );
  const membersByTeam = Map.groupBy(members, (row) => row.team_id);
  return {
    userCount: users.length,
    // Rows of the statement above.
    users: sortBy(
      users.map((row) => ({ ...row, active: row.active === 1 })) as unknown as HarborState['users'],
      ({ userName }) => userName,
    ),
    teams: sortBy(
      teams.map(({ id, name }) => {
        const names = (membersByTeam.get(id) ?? []).map((row) => String(row.user_name));
        return { name: String(name), memberCount: names.length, members: sortBy(names, String) };
      }),
      ({ name }) => name,
    ),
  };
}

/** Here and not in SQL: databases have orders of their own. */
function sortBy<T>(rows: readonly T[], readKey: (row: T) => string): readonly T[] {
  return rows.toSorted((one, other) => {
    const [left, right] = [readKey(one), readKey(other)];
    return left < right ? -1 : Number(left > right);
  });
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
export async function takeFingerprint(
  database: Reader,
  customerIds: readonly string[],
): Promise<Fingerprint> {
  const hash = createHash('sha256');
  let rowCount = 0;
  let events = 0;
  for (const customerId of customerIds) {
    for (const [table, condition] of Object.entries(rowsOfCustomer)) {
      hash.update(table);
      const rows = await database.all(`SELECT * FROM ${table} WHERE ${condition}`, [customerId]);
      for (const row of rows.map((row) => JSON.stringify(row)).sort()) hash.update(row);
      rowCount += rows.length;
    }
    const sql = `SELECT count(*) AS events FROM scim_events WHERE ${OF_CONNECTION}`;
    events += Number((await database.get(sql, [customerId]))?.events);
  }
  return { rows: hash.digest('hex'), rowCount, events };
}
