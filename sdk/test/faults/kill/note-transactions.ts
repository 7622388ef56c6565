import { openSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/**
 * Writes down, in a file of two bytes, how many transactions of this process are open and how many of those are at
 * their COMMIT. What was written last is still there after a SIGKILL.
 *
 * @returns the SQLite handles that were used, in the order of their first use
 */
export function noteTransactions(file: string): ReadonlySet<DatabaseSync> {
  const descriptor = openSync(file, 'w');
  const handles = new Set<DatabaseSync>();
  const open = new Set<object>();
  const committing = new Set<object>();
  const write = () =>
    writeSync(descriptor, Uint8Array.of(Math.min(255, open.size), Math.min(255, committing.size)), 0, 2, 0);
  const end = (owner: object) => {
    committing.delete(owner);
    if (open.delete(owner)) write();
  };
  const commit = (owner: object) => {
    committing.add(owner);
    write();
  };
  const begin = (owner: object) => {
    open.add(owner);
    write();
  };

  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    handles.add(this);
    if (sql === 'COMMIT') commit(this);
    exec.call(this, sql);
    if (sql === 'BEGIN IMMEDIATE') begin(this);
    if (sql === 'COMMIT' || sql === 'ROLLBACK') end(this);
  };

  const query = pg.Client.prototype.query as (...values: unknown[]) => unknown;
  Object.assign(pg.Client.prototype, {
    query(this: object, ...values: unknown[]) {
      const text = (values[0] as { text?: string } | undefined)?.text ?? '';
      if (text.startsWith('BEGIN')) begin(this);
      if (text === 'COMMIT') commit(this);
      const result = query.apply(this, values);
      if (text !== 'COMMIT' && text !== 'ROLLBACK') return result;
      return (result as Promise<unknown>).finally(() => end(this));
    },
  });
  return handles;
}

/** Takes back what scimkit made sure of when it opened its handles. */
export function lowerSynchronous(handles: ReadonlySet<DatabaseSync>): void {
  for (const handle of handles) handle.exec('PRAGMA synchronous = NORMAL');
}
