import { DatabaseSync } from 'node:sqlite';

/**
 * Harbor's own tables. scimkit keeps its tables (`scim_…`) in the same file, so that a hook can write here in
 * the transaction of the SCIM change.
 *
 * E-mail addresses are unique among the accounts Harbor made (`managed_by = 'harbor'`), and only there. The
 * directory may bring a person with the address of an existing account: that makes a second account, because an
 * identity provider that could take over an account by naming its address could take over any account.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS customers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    email TEXT,
    email_verified INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL,
    title TEXT,
    role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    active INTEGER NOT NULL DEFAULT 1,
    managed_by TEXT NOT NULL CHECK (managed_by IN ('harbor', 'directory')),
    -- The directory's own name for the person, and the connection that keeps the account; NULL once that is deleted.
    user_name TEXT,
    connection_id TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS users_by_name ON users (customer_id, name COLLATE NOCASE, id);
  CREATE INDEX IF NOT EXISTS users_by_user_name ON users (customer_id, user_name);
  CREATE UNIQUE INDEX IF NOT EXISTS users_own_email ON users (customer_id, email) WHERE managed_by = 'harbor';

  CREATE TABLE IF NOT EXISTS teams (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    name TEXT NOT NULL,
    -- The group this team mirrors; connection_id is NULL once that connection is deleted.
    connection_id TEXT,
    scim_group_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS teams_by_group ON teams (connection_id, scim_group_id);
  CREATE INDEX IF NOT EXISTS teams_by_name ON teams (customer_id, name COLLATE NOCASE, id);

  CREATE TABLE IF NOT EXISTS team_members (
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS team_members_by_user ON team_members (user_id);
`;

const customers = [
  { id: 'northwind', name: 'Northwind' },
  { id: 'contoso', name: 'Contoso' },
];

const people = [
  {
    id: 'usr_northwind_admin',
    customerId: 'northwind',
    name: 'Nora Lindqvist',
    role: 'admin',
    title: 'Operations',
  },
  {
    id: 'usr_northwind_member',
    customerId: 'northwind',
    name: 'Milo Brandt',
    role: 'member',
    title: 'Planner',
  },
  { id: 'usr_contoso_admin', customerId: 'contoso', name: 'Carla Reyes', role: 'admin', title: 'IT' },
  { id: 'usr_contoso_member', customerId: 'contoso', name: 'Theo Okafor', role: 'member', title: 'Designer' },
];

/**
 * Opens Harbor's own handle on the SQLite file, with its tables and the four people to sign in as.
 *
 * @param url `sqlite:FILE`
 * @param nowSeconds for `created_at`
 * @throws Error that names the file, when it cannot be opened or written
 */
export function openDatabase(url: string, nowSeconds: number): DatabaseSync {
  const file = url.replace(/^sqlite:/, '');
  try {
    const database = new DatabaseSync(file);
    database.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;');
    database.exec('BEGIN IMMEDIATE');
    database.exec(schema);
    seed(database, nowSeconds);
    database.exec('COMMIT');
    return database;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new Error(
      `the database ${file} cannot be used (${reason}). Is it a SQLite file that may be written?`,
      {
        cause,
      },
    );
  }
}

function seed(database: DatabaseSync, nowSeconds: number) {
  const insertCustomer = database.prepare(
    'INSERT OR IGNORE INTO customers (id, name, created_at) VALUES (?, ?, ?)',
  );
  for (const { id, name } of customers) insertCustomer.run(id, name, nowSeconds);

  const insertUser = database.prepare(`
    INSERT OR IGNORE INTO users (id, customer_id, email, email_verified, name, title, role, managed_by, created_at)
    VALUES (?, ?, ?, 1, ?, ?, ?, 'harbor', ?)`);
  for (const { id, customerId, name, title, role } of people) {
    const email = `${name.split(' ')[0]?.toLowerCase()}@${customerId}.example`;
    insertUser.run(id, customerId, email, name, title, role, nowSeconds);
  }
}
