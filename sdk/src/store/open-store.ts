import type { Store } from './port.ts';
import { openPostgresStore } from './postgres.ts';
import type { PostgresOptions, PostgresPool } from './sql/postgres-database.ts';
import type { SqliteHandle } from './sql/sqlite-database.ts';
import type { SqlStoreOptions } from './sql/store.ts';
import { openSqliteStore } from './sqlite.ts';

/** Where the tables are kept. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly database: string | SqliteHandle }
  | {
      readonly kind: 'postgres';
      readonly database: string | PostgresPool;
      readonly postgres?: PostgresOptions;
    };

/**
 * Opens the store that goes with a database.
 *
 * @throws TypeError for what the store of that kind cannot use.
 */
export function openStore(location: StoreLocation, options: SqlStoreOptions): Store {
  return location.kind === 'sqlite'
    ? openSqliteStore({ ...options, database: location.database })
    : openPostgresStore({ ...options, ...location });
}
