import { DatabaseSync } from 'node:sqlite';
import { letOthers } from '../../in-turns.ts';
import { createMutex } from '../../mutex.ts';
import {
  requireWanted,
  type SqlDatabase,
  type SqlRow,
  type SqlSession,
  type SqlTransaction,
  type SqlValue,
  StoreUnavailableError,
  UniqueViolationError,
} from './database.ts';
import { createGroupCommit, type GroupedHandle } from './group-commit.ts';
import { guardHandle } from './guard-handle.ts';
import { createWriteLock, type WriteLock } from './write-lock.ts';

/** The part of a SQLite handle scimkit uses: `DatabaseSync` of `node:sqlite` and `better-sqlite3` both have it. */
export interface SqliteHandle {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  close(): unknown;
}

interface SqliteStatement {
  run(...values: SqlValue[]): { readonly changes: number | bigint };
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

/** How long a statement outside of a transaction waits for another process. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a database file with one handle that writes and one that reads.
 *
 * WAL with `synchronous=FULL`: an answer is given only after the commit is on disk; NORMAL loses
 * acknowledged writes when the power fails.
 */
export function openSqliteFile(filename: string): SqlDatabase {
  const writer = openHandle(filename);
  prepareHandle(writer);
  // A private in-memory database exists only on its own handle.
  const isShared = filename === ':memory:' || filename === '';
  const reader = isShared ? writer : openHandle(filename);
  if (isShared) return createSqliteDatabase({ writer, reader, ownsHandles: true });
  prepareHandle(reader);
  return createFileDatabase(writer, reader);
}

/** Nobody but scimkit uses the writer, so transactions that wait for it can share a commit. */
function createFileDatabase(writer: SqliteHandle, reader: SqliteHandle): SqlDatabase {
  const group = createGroupCommit(toGrouped(writer));
  const session = createSession(writer);
  let isOpen = true;
  return {
    reader: createSession(reader),
    transaction: (work, signal) =>
      group.run(async () => {
        const guarded = guardHandle(writer);
        try {
          return await work({ ...session, handle: guarded.proxy });
        } catch (error) {
          throw toUnavailable(error);
        } finally {
          guarded.revoke();
        }
      }, signal),
    async close() {
      await group.idle();
      if (!isOpen) return;
      isOpen = false;
      reader.close();
      writer.close();
    },
  };
}

function toGrouped(handle: SqliteHandle): GroupedHandle {
  // Behind a savepoint SQLite copies each page before it is changed; past 64 KB of them, a few users, it would open a
  // temporary file for that.
  execute(handle, 'PRAGMA temp_store = MEMORY');
  // What is waited for is the write lock, and that without blocking the thread. Nothing later has to wait.
  execute(handle, 'PRAGMA busy_timeout = 0');
  const lock = createLock(handle);
  let begun = 0;
  let isFoldingDue = false;
  return {
    async begin() {
      await lock.take();
      begun = performance.now();
    },
    commit() {
      // A commit folds the log into the file, which after a long transaction takes as long as to write the log.
      if (performance.now() - begun > LONG_MS) isFoldingDue = true;
      if (isFoldingDue) execute(handle, 'PRAGMA wal_autocheckpoint = 0');
      execute(handle, 'COMMIT');
      lock.noteReleased();
    },
    async tidy() {
      if (!isFoldingDue) return;
      isFoldingDue = false;
      await letOthers();
      foldLog(handle);
    },
    rollBack() {
      rollBack(handle);
      lock.noteReleased();
    },
    savepoint: () => execute(handle, 'SAVEPOINT scimkit'),
    release: () => execute(handle, 'RELEASE scimkit'),
    rollBackToSavepoint() {
      try {
        handle.exec('ROLLBACK TO scimkit');
        handle.exec('RELEASE scimkit');
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Uses a handle of the app's. Every statement then shares that handle, one transaction at a time. */
export function useSqliteHandle(handle: SqliteHandle): SqlDatabase {
  prepareHandle(handle);
  return createSqliteDatabase({ writer: handle, reader: handle, ownsHandles: false });
}

/** SQLITE_CANTOPEN */
const CANNOT_OPEN = 14;

function openHandle(filename: string): SqliteHandle {
  try {
    return new DatabaseSync(filename);
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === CANNOT_OPEN) {
      const advice = 'Does its folder exist, and may this process write there?';
      throw new StoreUnavailableError(`The database ${filename} cannot be opened. ${advice}`, {
        cause: error,
      });
    }
    throw toStoreError(error);
  }
}

function prepareHandle(handle: SqliteHandle): void {
  try {
    handle.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    handle.exec('PRAGMA journal_mode = WAL');
    handle.exec('PRAGMA synchronous = FULL');
    handle.exec('PRAGMA cache_size = -32768');
    handle.exec('PRAGMA wal_autocheckpoint = 4000');
    handle.exec('PRAGMA foreign_keys = ON');
    handle.exec('PRAGMA trusted_schema = OFF');
  } catch (error) {
    throw toStoreError(error);
  }
  const { encoding } = handle.prepare('PRAGMA encoding').get() as { encoding: string };
  if (encoding !== 'UTF-8') {
    throw new TypeError(
      `database: the file is ${encoding}, which orders text differently. Use a UTF-8 database.`,
    );
  }
  const row = handle.prepare('PRAGMA synchronous').get() as { synchronous: number };
  if (row.synchronous !== 2) {
    throw new TypeError(
      'database: SQLite did not accept synchronous=FULL, without which a power cut loses data.',
    );
  }
}

interface Handles {
  readonly writer: SqliteHandle;
  readonly reader: SqliteHandle;
  readonly ownsHandles: boolean;
}

function createSqliteDatabase({ writer, reader, ownsHandles }: Handles): SqlDatabase {
  const mutex = createMutex();
  const lock = createLock(writer);
  let isOpen = true;
  const writing = createSession(writer);
  const direct = createSession(reader);
  const reading: SqlSession =
    reader === writer
      ? {
          all: (sql, values) => mutex.run(() => direct.all(sql, values)),
          get: (sql, values) => mutex.run(() => direct.get(sql, values)),
          run: (sql, values) => mutex.run(() => direct.run(sql, values)),
        }
      : direct;
  return {
    reader: reading,
    transaction: (work, signal) =>
      mutex.run(() => runTransaction(writer, { lock, session: writing, work, signal })),
    async close() {
      await mutex.run(async () => {
        if (!ownsHandles || !isOpen) return;
        isOpen = false;
        if (reader !== writer) reader.close();
        writer.close();
      });
    },
  };
}

interface TransactionOptions<T> {
  readonly lock: WriteLock;
  readonly session: SqlSession;
  readonly work: (tx: SqlTransaction) => Promise<T>;
  readonly signal: AbortSignal | undefined;
}

/** IMMEDIATE: a deferred transaction that reads and then writes fails under a second writer in spite of the time-out. */
async function runTransaction<T>(
  handle: SqliteHandle,
  { lock, session, work, signal }: TransactionOptions<T>,
): Promise<T> {
  await begin(handle, lock);
  const guarded = guardHandle(handle);
  let result: T;
  try {
    result = await work({ ...session, handle: guarded.proxy });
    guarded.revoke();
    requireWanted(signal);
    execute(handle, 'COMMIT');
  } catch (error) {
    guarded.revoke();
    rollBack(handle);
    throw toUnavailable(error);
  } finally {
    lock.noteReleased();
  }
  return result;
}

function createLock(handle: SqliteHandle): WriteLock {
  return createWriteLock(() => {
    try {
      handle.exec('BEGIN IMMEDIATE');
      return undefined;
    } catch (error) {
      const failure = toStoreError(error) as Error;
      if (isBusy(error)) return failure;
      throw failure;
    }
  });
}

/** On a handle of the app's, whose own statements count on the time-out. */
async function begin(handle: SqliteHandle, lock: WriteLock): Promise<void> {
  execute(handle, 'PRAGMA busy_timeout = 0');
  try {
    await lock.take();
  } finally {
    execute(handle, `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

/** A transaction longer than this may have written a lot. */
const LONG_MS = 200;

/** Failing here is no harm: a later commit does it. */
function foldLog(handle: SqliteHandle): void {
  try {
    handle.exec('PRAGMA wal_checkpoint(PASSIVE)');
    handle.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  } catch {
    // On a full disk, say. What was committed is in the log.
  }
}

/** SQLite's own default. */
const LOG_PAGES = 1000;

function execute(handle: SqliteHandle, sql: string): void {
  try {
    handle.exec(sql);
  } catch (error) {
    throw toStoreError(error);
  }
}

function rollBack(handle: SqliteHandle): void {
  try {
    handle.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself after a full disk or an I/O error; there is nothing left to undo.
  }
}

function createSession(handle: SqliteHandle): SqlSession {
  const statements = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = handle.prepare(sql);
    if (statements.size >= MAX_STATEMENTS) statements.clear();
    statements.set(sql, statement);
    return statement;
  };
  const attempt = <T>(sql: string, use: (statement: SqliteStatement) => T): Promise<T> => {
    try {
      return Promise.resolve(use(prepare(sql)));
    } catch (error) {
      return Promise.reject(toStoreError(error));
    }
  };
  return {
    all: (sql, values = []) => attempt(sql, (statement) => statement.all(...values) as SqlRow[]),
    get: (sql, values = []) => attempt(sql, (statement) => statement.get(...values) as SqlRow | undefined),
    run: (sql, values = []) => attempt(sql, (statement) => Number(statement.run(...values).changes)),
  };
}

/** Filters make statements of many shapes; the cache is emptied before it grows without bound. */
const MAX_STATEMENTS = 500;

/** SQLite's primary result codes that mean "cannot serve now", https://sqlite.org/rescode.html. */
const UNAVAILABLE_CODES = new Set([
  3, // PERM
  5, // BUSY
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  9, // INTERRUPT
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL
  22, // NOLFS
  26, // NOTADB
]);
const BUSY = 5;
const CONSTRAINT_UNIQUE = 2067;
const CONSTRAINT_PRIMARYKEY = 1555;

/** `node:sqlite` reports `errcode`; `better-sqlite3` a symbolic `code`. */
function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  if (errcode === CONSTRAINT_UNIQUE || errcode === CONSTRAINT_PRIMARYKEY || isUniqueCode(code)) {
    return new UniqueViolationError(error.message, { cause: error });
  }
  if (isUnavailable(errcode, code) || isMissingTable(error) || isClosed(error)) {
    return new StoreUnavailableError(error.message, { cause: error });
  }
  return error;
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  const isSqliteBusy = typeof code === 'string' && code.startsWith('SQLITE_BUSY');
  return isSqliteBusy || (typeof errcode === 'number' && (errcode & 0xff) === BUSY);
}

/** A hook's own statements meet the same full disk or lost lock as ours; other failures are left as they are. */
function toUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { errcode, code } = error as { errcode?: unknown; code?: unknown };
  return isUnavailable(errcode, code) ? new StoreUnavailableError(error.message, { cause: error }) : error;
}

function isUnavailable(errcode: unknown, code: unknown): boolean {
  return (typeof errcode === 'number' && UNAVAILABLE_CODES.has(errcode & 0xff)) || isUnavailableCode(code);
}

function isUniqueCode(code: unknown): boolean {
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

function isUnavailableCode(code: unknown): boolean {
  return (
    typeof code === 'string' && /^SQLITE_(BUSY|LOCKED|READONLY|IOERR|FULL|CANTOPEN|NOTADB|CORRUPT)/.test(code)
  );
}

/** Statements prepared before the handle was closed say that they were finalized. */
function isClosed({ message }: Error): boolean {
  return message.includes('database is not open') || message.includes('statement has been finalized');
}

function isMissingTable(error: Error): boolean {
  return error.message.startsWith('no such table');
}
