import type { Store } from './port.ts';
import { SQLITE_MIGRATIONS } from './sql/migrations.ts';
import { openSqliteFile, type SqliteHandle, useSqliteHandle } from './sql/sqlite-database.ts';
import { sqliteDialect } from './sql/sqlite-dialect.ts';
import { createSqlStore, type SqlStoreOptions } from './sql/store.ts';

/** What the SQLite store is made from. */
export interface SqliteStoreOptions extends SqlStoreOptions {
  /** A file name, or a handle of the app's own. */
  readonly database: string | SqliteHandle;
}

/**
 * Opens the embedded store.
 *
 * @throws TypeError for a table prefix that is no identifier.
 */
export function openSqliteStore({ database, ...options }: SqliteStoreOptions): Store {
  const open = () => (typeof database === 'string' ? openSqliteFile(database) : useSqliteHandle(database));
  return createSqlStore({ open, dialect: sqliteDialect, migrations: SQLITE_MIGRATIONS }, options);
}
