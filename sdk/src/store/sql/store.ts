import type { ResourceType } from '../../protocol/schema/resource-type.ts';
import type { Store } from '../port.ts';
import { takeAllowance } from './allowances.ts';
import { createConnectionReader, createConnectionWriter } from './connections.ts';
import type { SqlDatabase, SqlSession } from './database.ts';
import type { Dialect } from './dialect.ts';
import { createKnownTotals } from './known-totals.ts';
import { applyMigrations, printMigrations } from './migrate.ts';
import type { Migration } from './migrations.ts';
import { createResourceReader, createResourceWriter } from './resources.ts';
import { readSecret } from './secrets.ts';

/** What every store over SQL takes. */
export interface SqlStoreOptions {
  /** Put before every table's name. @default 'scim_' */
  readonly prefix?: string;
  /** The resource types served, for reads that do not ask for one type. */
  readonly types: readonly ResourceType[];
}

/** One kind of database. */
export interface SqlEngine {
  readonly open: () => SqlDatabase;
  readonly dialect: Dialect;
  readonly migrations: readonly Migration[];
}

const PREFIX = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/;

/**
 * Makes the store over a database. Migrations run before the first statement.
 *
 * @throws TypeError for a table prefix that is no identifier.
 */
export function createSqlStore(engine: SqlEngine, { prefix = 'scim_', types }: SqlStoreOptions): Store {
  if (!PREFIX.test(prefix))
    throw new TypeError('tablePrefix: use letters, digits and "_", at most 32 characters.');
  const { dialect, migrations } = engine;
  const opened = engine.open();
  const migrate = () => applyMigrations(opened, { migrations, prefix, dialect });
  const migrated = migrateFirst(opened, migrate);
  const byName = new Map(types.map((type) => [type.name, type]));
  const place = { prefix, dialect, findType: (name: string) => byName.get(name) };
  const totals = createKnownTotals();
  return {
    migrate,
    migrationSql: () => printMigrations(migrations, prefix),
    connections: createConnectionReader(migrated.reader, prefix),
    changeConnections: (work) => migrated.transaction((tx) => work(createConnectionWriter(tx, prefix))),
    secret: (name) => readSecret(migrated, { prefix, name }),
    resources: (scope) => createResourceReader({ ...place, totals, session: migrated.reader, scope }),
    changeResources: (scope, work, signal) =>
      migrated.transaction((tx) => work(createResourceWriter({ ...place, session: tx, scope })), signal),
    takeAllowance: (scope, taking) =>
      migrated.transaction((tx) => takeAllowance(tx, { prefix, dialect, scope }, taking)),
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
    transaction: (work, signal) =>
      isDone ? database.transaction(work, signal) : ready().then(() => database.transaction(work, signal)),
    close: () => database.close(),
  };
}
