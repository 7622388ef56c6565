import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { SqlRow } from '../../../src/store/sql/database.ts';
import { createTestDatabase } from '../../support/databases.ts';
import type { ReadRows } from './stored.ts';

/** A database apps are killed on, one after the other. */
export interface Place {
  readonly kind: 'SQLite' | 'PostgreSQL';
  /** Where an app finds it. Connections to PostgreSQL bear the given name. */
  toOptions(name: string): { readonly database: string; readonly prefix: string };
  /** The file, on SQLite. */
  readonly file: string | undefined;
  /** Opens it once nothing of the app of that name is left. */
  reopen(name: string): Promise<Reopened>;
}

export interface Reopened {
  readonly read: ReadRows;
  /** What the database itself says is wrong. */
  readonly faults: readonly string[];
  close(): void;
}

/** On the kind of database this run is for. */
export function createPlace(): Place {
  const database = createTestDatabase();
  onTestFinished(() => database.remove());
  const { file, prefix, option, rows } = database;
  if (file !== undefined) {
    return {
      kind: 'SQLite',
      file,
      toOptions: () => ({ database: option, prefix }),
      reopen: async () => reopenFile(file, prefix),
    };
  }
  return {
    kind: 'PostgreSQL',
    file: undefined,
    toOptions: (name) => {
      const url = new URL(option);
      url.searchParams.set('application_name', name);
      return { database: url.href, prefix };
    },
    async reopen(name) {
      // A backend finds out that its client is gone when it is through with its statement.
      const left = 'SELECT 1 FROM pg_stat_activity WHERE application_name = ?';
      while ((await rows(left, [name])).length > 0) await sleep(5);
      return { read: rows, faults: [], close: () => {} };
    },
  };
}

/** The first to open a file after a kill carries out what its log says. */
function reopenFile(file: string, prefix: string): Reopened {
  const handle = new DatabaseSync(file);
  const all = (sql: string) => handle.prepare(sql).all() as SqlRow[];
  const broken = all('PRAGMA integrity_check').filter((row) => row.integrity_check !== 'ok');
  const dangling = all('PRAGMA foreign_key_check');
  return {
    read: async (sql, values) =>
      handle.prepare(sql.replaceAll('{p}', prefix)).all(...values) as readonly SqlRow[],
    faults: [...broken, ...dangling].map((row) => `file: ${JSON.stringify(row)}`),
    close: () => handle.close(),
  };
}
