import type { Transaction } from './database.ts';

/**
 * Harbor's own tables. scimkit keeps its tables (`scim_…`) in the same database, so that a hook can write here in
 * the transaction of the SCIM change.
 *
 * E-mail addresses are unique among the accounts Harbor made (`managed_by = 'harbor'`), and only there. The
 * directory may bring a person with the address of an existing account: that makes a second account, because an
 * identity provider that could take over an account by naming its address could take over any account.
 */
const tables = [
  `CREATE TABLE IF NOT EXISTS customers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS users (
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
    created_at BIGINT NOT NULL
  )`,
  'CREATE INDEX IF NOT EXISTS users_by_lower_name ON users (customer_id, lower(name), id)',
  'CREATE INDEX IF NOT EXISTS users_by_user_name ON users (customer_id, user_name)',
  `CREATE UNIQUE INDEX IF NOT EXISTS users_own_email ON users (customer_id, email) WHERE managed_by = 'harbor'`,
  `CREATE TABLE IF NOT EXISTS teams (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    name TEXT NOT NULL,
    -- The group this team mirrors; connection_id is NULL once that connection is deleted.
    connection_id TEXT,
    scim_group_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
  )`,
  'CREATE UNIQUE INDEX IF NOT EXISTS teams_by_group ON teams (connection_id, scim_group_id)',
  'CREATE INDEX IF NOT EXISTS teams_by_lower_name ON teams (customer_id, lower(name), id)',
  `CREATE TABLE IF NOT EXISTS team_members (
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (team_id, user_id)
  )`,
  'CREATE INDEX IF NOT EXISTS team_members_by_user ON team_members (user_id)',
  // How often all sign-ins of an account were ended: a session knows the count it was made under.
  `CREATE TABLE IF NOT EXISTS ended_sign_ins (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    times BIGINT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- SHA-256 of the key, whose text is nowhere: it is as random as the hash.
    digest TEXT NOT NULL UNIQUE,
    last_four TEXT NOT NULL,
    created_at BIGINT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS phone_book (
    connection_id TEXT NOT NULL,
    scim_id TEXT NOT NULL,
    -- Of the event it was written by: an older one changes nothing.
    version BIGINT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    name TEXT NOT NULL,
    email TEXT,
    listed INTEGER NOT NULL,
    PRIMARY KEY (connection_id, scim_id)
  )`,
  'CREATE INDEX IF NOT EXISTS phone_book_by_name ON phone_book (customer_id, lower(name), scim_id)',
  'CREATE INDEX IF NOT EXISTS api_keys_by_user ON api_keys (user_id)',
];

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

/** Makes what is missing: the tables, and the four people to sign in as. */
export async function createTables(tx: Transaction, nowSeconds: number): Promise<void> {
  for (const statement of tables) await tx.run(statement);
  for (const [index, { id, name }] of customers.entries()) {
    // A second apart: they are shown in this order.
    await tx.run('INSERT INTO customers (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', [
      id,
      name,
      nowSeconds + index,
    ]);
  }
  for (const { id, customerId, name, title, role } of people) {
    const email = `${name.split(' ')[0]?.toLowerCase()}@${customerId}.example`;
    await tx.run(
      `INSERT INTO users (id, customer_id, email, email_verified, name, title, role, managed_by, created_at)
      VALUES (?, ?, ?, 1, ?, ?, ?, 'harbor', ?) ON CONFLICT DO NOTHING`,
      [id, customerId, email, name, title, role, nowSeconds],
    );
  }
}
