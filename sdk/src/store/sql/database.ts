/** A value that can be bound to a statement. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** One row as the driver gives it. */
export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * What scimkit's SQL needs from a database: statements with bound values. Statements are constants of this
 * project; values, JSON paths included, are always bound.
 */
export interface SqlSession {
  all(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  get(sql: string, values?: readonly SqlValue[]): Promise<SqlRow | undefined>;
  /** Answers the number of rows changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
}

/** A session inside a write transaction. */
export interface SqlTransaction extends SqlSession {
  /** The driver's own handle, revoked when the transaction ends. */
  readonly handle: unknown;
}

/** A database that reads at any time and writes in one transaction at a time per handle. */
export interface SqlDatabase {
  readonly reader: SqlSession;
  /** Reads of one connection's rows, where the database guards them itself; undefined = it does not. */
  readerOf?(connectionId: string): SqlSession;
  /**
   * Runs `work` in a write transaction; rolls back when it throws, and when the signal was aborted meanwhile.
   * `work` may be run again when the database made it lose against another transaction.
   *
   * @param connectionId whose rows it is about; left out = those of all connections.
   */
  transaction<T>(
    work: (tx: SqlTransaction) => Promise<T>,
    signal?: AbortSignal,
    connectionId?: string,
  ): Promise<T>;
  /** A transaction of all connections whose statements may take as long as they do; undefined = any may. */
  longTransaction?<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The database cannot serve: locked for too long, read-only, full, closed. Nothing was committed. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** @throws StoreUnavailableError for a transaction nobody waits for any more. */
export function requireWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new StoreUnavailableError('The request was given up.');
}

/** A unique index judged against the statement. `index` names columns or index as the driver reports them. */
export class UniqueViolationError extends Error {
  override readonly name = 'UniqueViolationError';
}
