import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inject } from 'vitest';
import type { StoreLocation } from '../../src/store/open-store.ts';
import type { SqlRow, SqlValue } from '../../src/store/sql/database.ts';
import type { PostgresOptions } from '../../src/store/sql/postgres-database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where this run's PostgreSQL listens; left out = the tests run on SQLite. */
    postgresUrl?: string;
    /** The same for a user whom row-level security binds; given = every table of the tests is guarded by it. */
    guardedUrl?: string;
  }
}

/** An empty database of one test's own. */
export interface TestDatabase {
  readonly location: StoreLocation;
  /** The same for `createScim`. */
  readonly option: string;
  readonly prefix: string;
  /** What `createScim` needs to know of it beside. */
  readonly postgres: PostgresOptions;
  /** The file, on SQLite. */
  readonly file: string | undefined;
  /** Reads past the store. Tables go by `{p}` and their names. */
  rows(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  remove(): Promise<void>;
}

/** On the kind of database this run is for: SQLite, or PostgreSQL where one was started. */
export function createTestDatabase(): TestDatabase {
  const postgresUrl = inject('postgresUrl');
  return postgresUrl === undefined ? createFile() : createTables(postgresUrl);
}

/** Whether this run is for PostgreSQL. */
export function isOnPostgres(): boolean {
  return inject('postgresUrl') !== undefined;
}

function createFile(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-'));
  const file = join(folder, 'test.db');
  let handle: DatabaseSync | undefined;
  return {
    location: { kind: 'sqlite', database: file },
    option: `sqlite:${file}`,
    prefix: 'scim_',
    postgres: {},
    file,
    async rows(sql, values = []) {
      handle ??= new DatabaseSync(file, { readOnly: true });
      return handle.prepare(sql.replaceAll('{p}', 'scim_')).all(...values) as SqlRow[];
    },
    async remove() {
      handle?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Sets of empty tables a test of this file has given back: making them takes longer than most tests. */
const spare: TestDatabase[] = [];

/** Tables under a name of their own: cheaper than a database for each test. */
function createTables(url: string): TestDatabase {
  const known = spare.pop();
  if (known !== undefined) return known;
  const prefix = `t${randomBytes(5).toString('hex')}_`;
  const guardedUrl = inject('guardedUrl');
  const usedUrl = guardedUrl ?? url;
  const postgres = guardedUrl === undefined ? {} : { rowLevelSecurity: true };
  if (guardedUrl !== undefined) makeGuarded(guardedUrl, prefix);
  const pool = new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  // A test may end every connection that used its tables, this one's too.
  pool.on('error', () => {});
  const database: TestDatabase = {
    location: { kind: 'postgres', database: usedUrl, postgres },
    option: usedUrl,
    prefix,
    postgres,
    file: undefined,
    async rows(sql, values = []) {
      let count = 0;
      const text = sql.replaceAll('{p}', prefix).replaceAll('?', () => `$${++count}`);
      return (await pool.query({ text, values: [...values] })).rows;
    },
    async remove() {
      const { rows } = await pool.query('SELECT 1 FROM pg_tables WHERE tablename = $1', [`${prefix}secrets`]);
      if (rows.length > 0) {
        await pool.query(
          `DELETE FROM ${prefix}connections; DELETE FROM ${prefix}audit; DELETE FROM ${prefix}secrets; DELETE FROM ${prefix}consumers; DELETE FROM ${prefix}webhooks`,
        );
      }
      spare.push(database);
    },
  };
  return database;
}

/** As an owner does it who wants the policies: by the command. */
function makeGuarded(url: string, prefix: string): void {
  const command = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));
  execFileSync(
    process.execPath,
    [command, 'migrate', '--row-level-security', '--table-prefix', prefix, '--database', url],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}
