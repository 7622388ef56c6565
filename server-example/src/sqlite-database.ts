import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HookDatabase } from 'scimkit';
import type { Database, OpenOptions, Row, Transaction } from './database.ts';
import { createTables } from './tables.ts';

const longestWaitMilliseconds = 5_000;

/** Opens a SQLite file. scimkit has handles of its own on it: neither's statements are in the other's transactions. */
export async function openSqlite({ url, nowSeconds }: OpenOptions): Promise<Database> {
  const file = url.replace(/^sqlite:/, '');
  try {
    const handle = openHandle(file);
    const { all, get } = toSqliteQueries(handle);
    const database: Database = {
      all,
      get,
      forScim: url,
      transaction: (work) => runTransaction(file, work),
      async close() {
        if (handle.isOpen) handle.close();
      },
    };
    await database.transaction((tx) => createTables(tx, nowSeconds));
    return database;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new Error(
      `the database ${file} cannot be used (${reason}). Is it a SQLite file that may be written?`,
      { cause },
    );
  }
}

/** Statements on a handle of `node:sqlite`. */
export function toSqliteQueries(handle: HookDatabase): Transaction {
  return {
    // Rows of SQLite are plain objects.
    all: async (sql, values = []) => handle.prepare(sql).all(...values) as Row[],
    get: async (sql, values = []) => handle.prepare(sql).get(...values) as Row | undefined,
    run: async (sql, values = []) => void handle.prepare(sql).run(...values),
  };
}

function openHandle(file: string): DatabaseSync {
  const handle = new DatabaseSync(file);
  handle.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  handle.exec('PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;');
  return handle;
}

/** On a handle of its own, so that nobody reads what is not yet committed. */
async function runTransaction<T>(file: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const handle = openHandle(file);
  try {
    await begin(handle);
    const result = await work(toSqliteQueries(handle));
    handle.exec('COMMIT');
    return result;
  } finally {
    // What was not committed is gone with the handle.
    handle.close();
  }
}

/** Waits for the write lock without blocking: who holds it may be this very process. */
async function begin(handle: DatabaseSync): Promise<void> {
  handle.exec('PRAGMA busy_timeout = 0');
  const end = performance.now() + longestWaitMilliseconds;
  for (;;) {
    try {
      handle.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(10);
  }
}
