import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { FloorStore } from './floor-store.ts';

const TABLES = `
  CREATE TABLE users (seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (tenant, name));
  CREATE INDEX users_page ON users (tenant, seq);
  CREATE TABLE groups (seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (tenant, name));
  CREATE INDEX groups_page ON groups (tenant, seq);
  CREATE TABLE members (group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id)) WITHOUT ROWID;
`;

const UNIQUE_VIOLATION = 2067;

/** @param options.grouped writes that come together share a commit; else each has its own */
export function openFloorSqlite(file: string, { grouped }: { grouped: boolean }): FloorStore {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536');
  database.exec(TABLES);
  const prepare = (text: string) => {
    const statement = database.prepare(text);
    return {
      run: (...values: SQLInputValue[]) => statement.run(...values),
      text: (...values: SQLInputValue[]) => statement.get(...values)?.text as string | undefined,
      texts: (...values: SQLInputValue[]) => statement.all(...values).map(({ text }) => String(text)),
      total: (...values: SQLInputValue[]) => Number(statement.get(...values)?.total),
    };
  };
  const write = grouped ? createGroups(database) : createSingles(database);

  const addUser = prepare('INSERT INTO users (tenant, id, name, document) VALUES (?, ?, ?, ?)');
  const findUser = prepare('SELECT document AS text FROM users WHERE tenant = ? AND name = ?');
  const getUser = prepare('SELECT document AS text FROM users WHERE tenant = ? AND id = ?');
  const pageUsers = prepare(
    'SELECT document AS text FROM users WHERE tenant = ? ORDER BY seq LIMIT ? OFFSET ?',
  );
  const countUsers = prepare('SELECT count(*) AS total FROM users WHERE tenant = ?');
  const setUser = prepare('UPDATE users SET document = ?, name = ? WHERE tenant = ? AND id = ?');
  const addGroup = prepare('INSERT INTO groups (tenant, id, name, document) VALUES (?, ?, ?, ?)');
  const getGroup = prepare('SELECT document AS text FROM groups WHERE tenant = ? AND id = ?');
  const pageGroups = prepare(
    'SELECT document AS text FROM groups WHERE tenant = ? ORDER BY seq LIMIT ? OFFSET ?',
  );
  const countGroups = prepare('SELECT count(*) AS total FROM groups WHERE tenant = ?');
  const addMember = prepare('INSERT OR IGNORE INTO members VALUES (?, ?)');
  const removeMember = prepare('DELETE FROM members WHERE group_id = ? AND user_id = ?');
  const members = prepare('SELECT user_id AS text FROM members WHERE group_id = ?');

  return {
    addUser: (tenant, { id, name, document }) => write(1, () => addUser.run(tenant, id, name, document)),
    findUser: (tenant, name) => findUser.text(tenant, name),
    getUser: (tenant, id) => getUser.text(tenant, id),
    pageUsers: (tenant, { limit, offset }) => pageUsers.texts(tenant, limit, offset),
    countUsers: (tenant) => countUsers.total(tenant),
    setUser: (tenant, { id, name, document }) => write(1, () => setUser.run(document, name, tenant, id)),
    addGroup: (tenant, { id, name, document }) => write(1, () => addGroup.run(tenant, id, name, document)),
    getGroup: (tenant, id) => getGroup.text(tenant, id),
    pageGroups: (tenant, { limit, offset }) => pageGroups.texts(tenant, limit, offset),
    countGroups: (tenant) => countGroups.total(tenant),
    addMembers: (groupId, ids) =>
      write(ids.length, () => {
        for (const id of ids) addMember.run(groupId, id);
      }),
    removeMember: (groupId, id) => write(1, () => removeMember.run(groupId, id)),
    members: (groupId) => members.texts(groupId),
    isTaken: (error) => error instanceof Error && 'errcode' in error && error.errcode === UNIQUE_VIOLATION,
  };
}

/** Writes something that takes so many statements. */
type Write = (statements: number, work: () => unknown) => unknown;

function createSingles(database: DatabaseSync): Write {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollBack = database.prepare('ROLLBACK');
  return (statements, work) => {
    if (statements === 1) return work();
    begin.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      rollBack.run();
      throw error;
    }
  };
}

interface Waiting {
  work(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** All writes of one turn of the event loop share a commit; nobody is answered before it. */
function createGroups(database: DatabaseSync): Write {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  let queue: Waiting[] = [];
  const flush = () => {
    const group = queue;
    queue = [];
    begin.run();
    const settle = group.map(({ work, resolve, reject }) => {
      try {
        const value = work();
        return () => resolve(value);
      } catch (error) {
        return () => reject(error);
      }
    });
    commit.run();
    for (const answer of settle) answer();
  };
  return (_statements, work) =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({ work, resolve, reject });
    });
}
