import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { PostgresPool, SqliteHandle } from '../../../src/index.ts';

/** How long after its answer a COMMIT is carried out, in milliseconds. */
const LATE_MS = 60;

/**
 * A handle that breaks its promise: COMMIT answers at once, and what was committed reaches the file some time
 * later. Its own reads see it meanwhile, so that nobody who asks the app would notice.
 */
export function openEarlyHandle(file: string): SqliteHandle {
  const real = new DatabaseSync(file);
  let isPending = false;
  const run: Readonly<Record<string, () => void>> = {
    'BEGIN IMMEDIATE': () => {
      if (!real.isTransaction) real.exec('BEGIN IMMEDIATE');
      real.exec('SAVEPOINT early');
    },
    COMMIT: () => {
      real.exec('RELEASE early');
      if (isPending) return;
      isPending = true;
      setTimeout(() => {
        isPending = false;
        real.exec('COMMIT');
      }, LATE_MS);
    },
    ROLLBACK: () => real.exec('ROLLBACK TO early; RELEASE early'),
  };
  return {
    prepare: (sql) => real.prepare(sql),
    exec: (sql) => (run[sql] ?? (() => real.exec(sql)))(),
    close: () => real.close(),
  };
}

/** A pool whose connections break the same promise, wherever a change is recorded as an event. */
export function openEarlyPool(url: string): PostgresPool {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  return {
    async connect() {
      const client = await pool.connect();
      let late: Promise<unknown> = Promise.resolve();
      let isChange = false;
      return {
        async query(query) {
          isChange ||= /INSERT INTO \w*events\b/.test(query.text);
          if (query.text !== 'COMMIT' || !isChange) return client.query(query as pg.QueryConfig);
          late = new Promise((resolve) => setTimeout(resolve, LATE_MS)).then(() => client.query('COMMIT'));
          return { rows: [], rowCount: 0 };
        },
        release: (error) => void late.then(() => client.release(error)),
      };
    },
    end: () => pool.end(),
  };
}
