import type { ResourceType } from '../../protocol/schema/resource-type.ts';
import type { MigrateOptions, Store } from '../port.ts';
import { createActivityReader, createActivityWriter } from './activity.ts';
import { takeAllowance } from './allowances.ts';
import { createConnectionReader, createConnectionWriter } from './connections.ts';
import type { SqlDatabase, SqlSession, SqlTransaction } from './database.ts';
import { createDeliveries } from './deliveries.ts';
import type { Dialect } from './dialect.ts';
import { createEffectReader } from './effects.ts';
import { createEventHistory } from './event-history.ts';
import { createEventLog } from './event-log.ts';
import { createKeyLookUp } from './key-look-up.ts';
import { createKnownTotals } from './known-totals.ts';
import { applyMigrations, findLaterMigrations, hasTables, printMigrations } from './migrate.ts';
import type { Migration } from './migrations.ts';
import { createResourceReader } from './resource-reader.ts';
import { createResourceWriter } from './resource-writer.ts';
import { readSecret, renewSecret } from './secrets.ts';
import { createWebhookReader } from './webhooks.ts';

/** What every store over SQL takes. */
export interface SqlStoreOptions {
  /** Put before every table's name. @default 'scim_' */
  readonly prefix?: string;
  /** The resource types served, for reads that do not ask for one type. */
  readonly types: readonly ResourceType[];
  /** Told what is wrong with the database itself, once. @default nobody is */
  readonly warn?: (message: string, details?: object) => void;
}

/** One kind of database. */
export interface SqlEngine {
  readonly open: () => SqlDatabase;
  readonly dialect: Dialect;
  readonly migrations: readonly Migration[];
  /** Guards the rows of each connection from statements about another one, where the database can. */
  readonly guardRows?: {
    /** Answers whether there was something to do. */
    readonly run: (tx: SqlTransaction, prefix: string) => Promise<boolean>;
    readonly isDone: (session: SqlSession, prefix: string) => Promise<boolean>;
  };
  /**
   * Has the database find out what is in new tables, where it plans by that. Answers whether it has; asked again
   * after further changes where it has not.
   */
  readonly countRows?: (tx: SqlTransaction, prefix: string) => Promise<boolean>;
  /** Looks for what is wrong with the database itself. */
  readonly check?: (
    session: SqlSession,
    prefix: string,
    warn: NonNullable<SqlStoreOptions['warn']>,
  ) => Promise<void>;
}

/** How often a database is asked to count what is in new tables. */
const CHANGES_BEFORE_COUNTING = 500;

const PREFIX = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/;

/**
 * Makes the store over a database. Migrations run before the first statement.
 *
 * @throws TypeError for a table prefix that is no identifier.
 */
export function createSqlStore(engine: SqlEngine, { prefix = 'scim_', types, warn }: SqlStoreOptions): Store {
  if (!PREFIX.test(prefix))
    throw new TypeError('tablePrefix: use letters, digits and "_", at most 32 characters.');
  const { dialect, migrations, guardRows, countRows, check } = engine;
  const opened = engine.open();
  // A table that a migration adds to guarded ones is guarded as well.
  const finish = async (tx: SqlTransaction) => {
    if (await guardRows?.isDone(tx, prefix)) await guardRows?.run(tx, prefix);
  };
  let isChecked = warn === undefined || check === undefined;
  const migrate = async ({ rowLevelSecurity = false }: MigrateOptions = {}) => {
    const applied = await applyMigrations(opened, { migrations, prefix, dialect, finish });
    const isNew = rowLevelSecurity && (await opened.transaction(async (tx) => guardRows?.run(tx, prefix)));
    if (!isChecked && warn !== undefined) await check?.(opened.reader, prefix, warn);
    isChecked = true;
    return isNew ? [...applied, 'row-level-security'] : applied;
  };
  const migrated = migrateFirst(opened, () => migrate());
  const byName = new Map(types.map((type) => [type.name, type]));
  const place = { prefix, dialect, findType: (name: string) => byName.get(name) };
  const totals = createKnownTotals();
  let changes = 0;
  let isCounted = countRows === undefined;
  const noteChange = () => {
    changes += 1;
    if (isCounted || changes % CHANGES_BEFORE_COUNTING !== 0) return;
    // Nobody waits for it. Where it fails the database does it by itself, later.
    migrated
      .transaction(async (tx) => countRows?.(tx, prefix))
      .then((answer) => {
        isCounted = answer === true;
      })
      .catch(() => {});
  };
  return {
    async migrate(wanted) {
      if (wanted?.rowLevelSecurity && guardRows === undefined)
        throw new TypeError('migrate: row-level security is there on PostgreSQL only.');
      return migrate(wanted);
    },
    hasTables: () => hasTables(opened.reader, { prefix, dialect }),
    migrationSql: () => printMigrations(migrations, prefix),
    laterMigrations: () => findLaterMigrations(migrated.reader, { migrations, prefix }),
    connections: {
      ...createConnectionReader(migrated.reader, prefix),
      ...createKeyLookUp(migrated.reader, place),
    },
    changeConnections: (work) => migrated.transaction((tx) => work(createConnectionWriter(tx, prefix))),
    secret: (name) => readSecret(migrated, { prefix, name }),
    renewSecret: (name) => renewSecret(migrated, { prefix, name }),
    events: createEventLog(migrated, { prefix, dialect }),
    deliveries: createDeliveries(migrated, { prefix, dialect }),
    webhooks: createWebhookReader(migrated.reader, prefix),
    resources: (scope) =>
      createResourceReader({
        ...place,
        totals,
        session: migrated.readerOf?.(scope.connectionId) ?? migrated.reader,
        scope,
      }),
    effects: (scope) =>
      createEffectReader({
        ...place,
        session: migrated.readerOf?.(scope.connectionId) ?? migrated.reader,
        scope,
      }),
    activity: (scope) =>
      createActivityReader({
        prefix,
        dialect,
        session: migrated.readerOf?.(scope.connectionId) ?? migrated.reader,
        scope,
      }),
    changeActivity: (work) =>
      migrated.transaction((session) =>
        work((connectionId) => createActivityWriter({ prefix, dialect, session, scope: { connectionId } })),
      ),
    history: (scope) =>
      createEventHistory({
        ...place,
        database: migrated,
        reader: migrated.readerOf?.(scope.connectionId) ?? migrated.reader,
        scope,
      }),
    async changeResources(scope, work, signal) {
      const result = await migrated.transaction(
        (tx) => work(createResourceWriter({ ...place, session: tx, scope })),
        signal,
        scope.connectionId,
      );
      noteChange();
      return result;
    },
    takeAllowance: (scope, taking) =>
      migrated.transaction(
        (tx) => takeAllowance(tx, { prefix, dialect, scope }, taking),
        undefined,
        scope.connectionId,
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
  const wait = (reader: SqlSession): SqlSession => ({
    all: (sql, values) => (isDone ? reader.all(sql, values) : ready().then(() => reader.all(sql, values))),
    get: (sql, values) => (isDone ? reader.get(sql, values) : ready().then(() => reader.get(sql, values))),
    run: (sql, values) => (isDone ? reader.run(sql, values) : ready().then(() => reader.run(sql, values))),
  });
  const { reader, readerOf } = database;
  return {
    reader: wait(reader),
    ...(readerOf && { readerOf: (connectionId) => wait(readerOf(connectionId)) }),
    transaction: (work, signal, connectionId) =>
      isDone
        ? database.transaction(work, signal, connectionId)
        : ready().then(() => database.transaction(work, signal, connectionId)),
    close: () => database.close(),
  };
}
