import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { Store } from './port.ts';
import { createConnectionReader, createConnectionWriter } from './sql/connections.ts';
import type { SqlDatabase, SqlSession } from './sql/database.ts';
import { applyMigrations, printMigrations } from './sql/migrate.ts';
import { SQLITE_MIGRATIONS } from './sql/migrations.ts';
import { createResourceReader, createResourceWriter } from './sql/resources.ts';
import { readSecret } from './sql/secrets.ts';
import { openSqliteFile, type SqliteHandle, useSqliteHandle } from './sql/sqlite-database.ts';
import { sqliteDialect as dialect } from './sql/sqlite-dialect.ts';

/** What the SQLite store is made from. */
export interface SqliteStoreOptions {
  /** A file name, or a handle of the app's own. */
  readonly database: string | SqliteHandle;
  /** Put before every table's name. @default 'scim_' */
  readonly prefix?: string;
  /** The resource types served, for reads that do not ask for one type. */
  readonly types: readonly ResourceType[];
}

const PREFIX = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/;

/**
 * Opens the embedded store. Migrations run before the first statement.
 *
 * @throws TypeError for a table prefix that is no identifier.
 */
export function openSqliteStore({ database, prefix = 'scim_', types }: SqliteStoreOptions): Store {
  if (!PREFIX.test(prefix))
    throw new TypeError('tablePrefix: use letters, digits and "_", at most 32 characters.');
  const opened = typeof database === 'string' ? openSqliteFile(database) : useSqliteHandle(database);
  const migrate = () => applyMigrations(opened, SQLITE_MIGRATIONS, prefix);
  const migrated = migrateFirst(opened, migrate);
  const byName = new Map(types.map((type) => [type.name, type]));
  const findType = (name: string) => byName.get(name);
  return {
    migrate,
    migrationSql: () => printMigrations(SQLITE_MIGRATIONS, prefix),
    connections: createConnectionReader(migrated.reader, prefix),
    changeConnections: (work) => migrated.transaction((tx) => work(createConnectionWriter(tx, prefix))),
    secret: (name) => readSecret(migrated, { prefix, name }),
    resources: (scope) =>
      createResourceReader({ session: migrated.reader, scope, prefix, dialect, findType }),
    changeResources: (scope, work) =>
      migrated.transaction((tx) =>
        work(createResourceWriter({ session: tx, scope, prefix, dialect, findType })),
      ),
    close: () => opened.close(),
  };
}

/** A database whose first statement waits for the migrations. A failed attempt is made again by the next one. */
function migrateFirst(database: SqlDatabase, migrate: () => Promise<unknown>): SqlDatabase {
  let pending: Promise<unknown> | undefined;
  let isDone = false;
  const ready = async () => {
    if (isDone) return;
    pending ??= migrate().finally(() => {
      pending = undefined;
    });
    await pending;
    isDone = true;
  };
  const { reader } = database;
  const waiting: SqlSession = {
    all: (sql, values) => (isDone ? reader.all(sql, values) : ready().then(() => reader.all(sql, values))),
    get: (sql, values) => (isDone ? reader.get(sql, values) : ready().then(() => reader.get(sql, values))),
    run: (sql, values) => (isDone ? reader.run(sql, values) : ready().then(() => reader.run(sql, values))),
  };
  return {
    reader: waiting,
    transaction: (work) =>
      isDone ? database.transaction(work) : ready().then(() => database.transaction(work)),
    close: () => database.close(),
  };
}
