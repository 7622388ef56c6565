import pg from 'pg';
import type { FloorStore } from './floor-store.ts';

const TABLES = `
  CREATE TABLE users (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant INT NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (tenant, name));
  CREATE INDEX users_page ON users (tenant, seq);
  CREATE TABLE groups (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant INT NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (tenant, name));
  CREATE INDEX groups_page ON groups (tenant, seq);
  CREATE TABLE members (group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id));
`;

const UNIQUE_VIOLATION = '23505';

/** One statement a request, each its own transaction, planned once. */
export async function openFloorPostgres(url: string): Promise<FloorStore> {
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  await pool.query(TABLES);
  const prepare = (name: string, text: string) => {
    const query = (...values: unknown[]) => pool.query({ name, text, values });
    return {
      run: query,
      text: async (...values: unknown[]) => (await query(...values)).rows[0]?.text as string | undefined,
      texts: async (...values: unknown[]) => (await query(...values)).rows.map((row) => String(row.text)),
      total: async (...values: unknown[]) => Number((await query(...values)).rows[0]?.total),
    };
  };

  const addUser = prepare(
    'addUser',
    'INSERT INTO users (tenant, id, name, document) VALUES ($1, $2, $3, $4)',
  );
  const findUser = prepare('findUser', 'SELECT document AS text FROM users WHERE tenant = $1 AND name = $2');
  const getUser = prepare('getUser', 'SELECT document AS text FROM users WHERE tenant = $1 AND id = $2');
  const pageUsers = prepare(
    'pageUsers',
    'SELECT document AS text FROM users WHERE tenant = $1 ORDER BY seq LIMIT $2 OFFSET $3',
  );
  const countUsers = prepare('countUsers', 'SELECT count(*) AS total FROM users WHERE tenant = $1');
  const setUser = prepare(
    'setUser',
    'UPDATE users SET document = $1, name = $2 WHERE tenant = $3 AND id = $4',
  );
  const addGroup = prepare(
    'addGroup',
    'INSERT INTO groups (tenant, id, name, document) VALUES ($1, $2, $3, $4)',
  );
  const getGroup = prepare('getGroup', 'SELECT document AS text FROM groups WHERE tenant = $1 AND id = $2');
  const pageGroups = prepare(
    'pageGroups',
    'SELECT document AS text FROM groups WHERE tenant = $1 ORDER BY seq LIMIT $2 OFFSET $3',
  );
  const countGroups = prepare('countGroups', 'SELECT count(*) AS total FROM groups WHERE tenant = $1');
  const addMembers = prepare(
    'addMembers',
    'INSERT INTO members SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING',
  );
  const removeMember = prepare('removeMember', 'DELETE FROM members WHERE group_id = $1 AND user_id = $2');
  const members = prepare('members', 'SELECT user_id AS text FROM members WHERE group_id = $1');

  return {
    addUser: (tenant, { id, name, document }) => addUser.run(tenant, id, name, document),
    findUser: (tenant, name) => findUser.text(tenant, name),
    getUser: (tenant, id) => getUser.text(tenant, id),
    pageUsers: (tenant, { limit, offset }) => pageUsers.texts(tenant, limit, offset),
    countUsers: (tenant) => countUsers.total(tenant),
    setUser: (tenant, { id, name, document }) => setUser.run(document, name, tenant, id),
    addGroup: (tenant, { id, name, document }) => addGroup.run(tenant, id, name, document),
    getGroup: (tenant, id) => getGroup.text(tenant, id),
    pageGroups: (tenant, { limit, offset }) => pageGroups.texts(tenant, limit, offset),
    countGroups: (tenant) => countGroups.total(tenant),
    addMembers: (groupId, ids) => addMembers.run(groupId, ids),
    removeMember: (groupId, id) => removeMember.run(groupId, id),
    members: (groupId) => members.texts(groupId),
    isTaken: (error) => error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION,
  };
}
