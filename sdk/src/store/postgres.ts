import type { Store } from './port.ts';
import { checkPostgres } from './sql/postgres-check.ts';
import {
  openPostgres,
  type PostgresOptions,
  type PostgresPool,
  usePostgresPool,
} from './sql/postgres-database.ts';
import { postgresDialect } from './sql/postgres-dialect.ts';
import { POSTGRES_MIGRATIONS } from './sql/postgres-migrations.ts';
import { areRowsGuarded, guardRows } from './sql/postgres-row-security.ts';
import { countFirstRows } from './sql/postgres-statistics.ts';
import { createSqlStore, type SqlStoreOptions } from './sql/store.ts';

/** What the PostgreSQL store is made from. */
export interface PostgresStoreOptions extends SqlStoreOptions {
  /** A `postgres://` URL, or a pool of the app's own. */
  readonly database: string | PostgresPool;
  readonly postgres?: PostgresOptions;
}

/**
 * Opens the store on PostgreSQL. Any number of processes may use one database.
 *
 * @throws TypeError for a table prefix that is no identifier, and when `pg` is not installed.
 */
export function openPostgresStore({ database, postgres = {}, ...options }: PostgresStoreOptions): Store {
  const open = () =>
    typeof database === 'string' ? openPostgres(database, postgres) : usePostgresPool(database, postgres);
  const isGuarding = postgres.rowLevelSecurity ?? false;
  const migrations = POSTGRES_MIGRATIONS;
  return createSqlStore(
    {
      open,
      dialect: postgresDialect,
      migrations,
      guardRows: {
        run: (tx, prefix) => guardRows(tx, { migrations, prefix }),
        isDone: areRowsGuarded,
      },
      countRows: countFirstRows,
      check: (session, prefix, warn) => checkPostgres(session, { prefix, isGuarding }, warn),
    },
    options,
  );
}
