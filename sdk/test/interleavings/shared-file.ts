import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import type { SqlRow, SqlValue } from '../../src/store/sql/database.ts';
import type { SqliteHandle } from '../../src/store/sql/sqlite-database.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One database file, and a handle on it for each process there may be. Used for one run after the other. */
export interface SharedFile {
  /** Takes everything out of it, and puts its clock right. */
  reset(time: VirtualTime): void;
  /** The handle of one more process. */
  takeHandle(): SqliteHandle;
  /** Reads past the store. Tables go by `{p}` and their names. */
  rows(sql: string, values?: readonly SqlValue[]): readonly SqlRow[];
}

/** What is kept from run to run: which migrations there were, and the names that random texts are kept under. */
const KEPT = ['scim_migrations', 'scim_secrets'];

export function createSharedFile(): SharedFile {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'scimkit-'));
  const file = join(folder, 'shared.db');
  let time: VirtualTime | undefined;
  const open = () => {
    const handle = new DatabaseSync(file);
    // Leases are by the database's clock.
    handle.function('unixepoch', { varargs: true }, () => (time?.clock() ?? 0) / 1000);
    return handle;
  };
  const observer = open();
  const handles: ReturnType<typeof keepStatements>[] = [];
  const opened = [observer];
  let taken = 0;
  onTestFinished(() => {
    for (const handle of opened) handle.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const read = keepStatements(observer);
  const empty = () => {
    observer.exec('PRAGMA foreign_keys = OFF');
    const tables = observer
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'scim%'`)
      .all();
    observer.exec('BEGIN IMMEDIATE');
    for (const { name } of tables) if (!KEPT.includes(String(name))) observer.exec(`DELETE FROM ${name}`);
    observer.exec('COMMIT');
  };
  return {
    reset(virtual) {
      time = virtual;
      taken = 0;
      empty();
    },
    takeHandle() {
      const known = handles[taken];
      taken += 1;
      if (known !== undefined) return known;
      const handle = open();
      const kept = keepStatements(handle);
      opened.push(handle);
      handles.push(kept);
      return kept;
    },
    rows: (sql, values = []) => read.prepare(sql.replaceAll('{p}', 'scim_')).all(...values) as SqlRow[],
  };
}

/** The same handle; a statement is prepared once in its life, which takes longer than to run it. */
function keepStatements(handle: DatabaseSync): SqliteHandle {
  const statements = new Map<string, StatementSync>();
  return {
    prepare(sql) {
      const statement = statements.get(sql) ?? handle.prepare(sql);
      statements.set(sql, statement);
      return statement;
    },
    exec: (sql) => handle.exec(sql),
    close: () => handle.close(),
  };
}
