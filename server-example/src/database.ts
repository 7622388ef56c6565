import type { Pool, PoolClient } from 'pg';
import type { HookDatabase } from 'scimkit';
import { openPostgres, toPostgresQueries } from './postgres-database.ts';
import { openSqlite, toSqliteQueries } from './sqlite-database.ts';

/** A value bound to a `?`. */
export type Value = string | number | null;

/** A row as the driver gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** Reads with statements that SQLite and PostgreSQL understand alike; `?` stands for a value. */
export interface Reader {
  all(sql: string, values?: readonly Value[]): Promise<readonly Row[]>;
  get(sql: string, values?: readonly Value[]): Promise<Row | undefined>;
}

/** Reads and writes inside a transaction. */
export interface Transaction extends Reader {
  run(sql: string, values?: readonly Value[]): Promise<void>;
}

/** Harbor's way to the database that holds its tables and scimkit's. */
export interface Database extends Reader {
  /** The same database as `createScim` takes it. */
  readonly forScim: string | Pool;
  /** Stores all that `work` writes, or nothing when it throws. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What a database is opened with. */
export interface OpenOptions {
  /** `sqlite:FILE` or `postgres://…` */
  readonly url: string;
  /** For `created_at`. */
  readonly nowSeconds: number;
  /** Told when PostgreSQL has to be waited for. */
  readonly warn: (message: string) => void;
}

/**
 * Opens the database, with Harbor's tables and the four people to sign in as.
 *
 * @throws Error that says which database cannot be used, and why
 */
export function openDatabase(options: OpenOptions): Promise<Database> {
  return options.url.startsWith('sqlite:') ? openSqlite(options) : openPostgres(options);
}

/** What scimkit lends a hook: the driver's own handle, inside the transaction of the SCIM change. */
export type LentHandle = HookDatabase | PoolClient;

/** The transaction that a hook was called in. */
export function useLent(handle: LentHandle): Transaction {
  return 'query' in handle ? toPostgresQueries(handle) : toSqliteQueries(handle);
}
