import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { ScimError } from '../../protocol/errors.ts';
import { borrowClient } from './borrow-client.ts';
import {
  requireWanted,
  type SqlDatabase,
  type SqlRow,
  type SqlSession,
  type SqlTransaction,
  type SqlValue,
  StoreUnavailableError,
  UniqueViolationError,
} from './database.ts';
import { guardHandle } from './guard-handle.ts';
import { seeRowsOf } from './postgres-row-security.ts';

/** The part of a `pg` pool scimkit uses. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  end(): Promise<unknown>;
  on?(event: 'error', listener: (error: Error) => void): unknown;
  listenerCount?(event: 'error'): number;
  readonly options?: { readonly connectionTimeoutMillis?: number | undefined };
}

/** The part of a client of such a pool scimkit uses. Hooks are lent it whole. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>;
  release(error?: Error | boolean): void;
}

interface PostgresQuery {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
  readonly types?: { getTypeParser(type: number, format?: string): (text: string) => unknown };
  /** How long the driver waits for the answer, milliseconds. */
  readonly query_timeout?: number;
}

interface PostgresResult {
  readonly rows: SqlRow[];
  readonly rowCount: number | null;
}

export const DEFAULT_IDLE_TIMEOUT_MS = 30_000;

/** How the database is used. */
export interface PostgresOptions {
  /**
   * Named statements, which PostgreSQL plans once. Switch them off behind a pooler that hands a connection to
   * another client after each transaction and does not follow names. @default true
   */
  readonly namedStatements?: boolean;
  /**
   * Says to PostgreSQL which connection's rows each statement is about, for its policies to judge; they are made by
   * `scimkit migrate --row-level-security`. Every read then takes three round trips instead of one. @default false
   */
  readonly rowLevelSecurity?: boolean;
  /** Longest wait for a row another transaction holds, milliseconds. @default 5000 */
  readonly lockTimeoutMs?: number;
  /** Longest time of one statement, milliseconds. @default 10000 */
  readonly statementTimeoutMs?: number;
  /**
   * Longest pause between two statements of a transaction, milliseconds; above `limits.hookTimeoutMs`. PostgreSQL then
   * ends it by itself, so that an app which dropped off the network does not hold its rows. @default 30000
   */
  readonly idleTimeoutMs?: number;
  /** Most connections of a pool scimkit opens. @default 10 */
  readonly poolSize?: number;
  /** Longest wait for a free connection, milliseconds; a pool of the app's may have its own. @default 2000 */
  readonly connectTimeoutMs?: number;
}

/**
 * Opens a pool of its own for a `postgres://` URL.
 *
 * @throws TypeError when the `pg` package is not installed.
 */
export function openPostgres(url: string, options: PostgresOptions = {}): SqlDatabase {
  const { Pool } = loadDriver();
  const pool = new Pool({
    connectionString: url,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 2_000,
    // Idle connections must not keep a process alive that has nothing else to do.
    allowExitOnIdle: true,
  });
  return createPostgresDatabase(pool, { ...options, ownsPool: true });
}

/** Uses a pool of the app's, which stays the app's to close. */
export function usePostgresPool(pool: PostgresPool, options: PostgresOptions = {}): SqlDatabase {
  return createPostgresDatabase(pool, { ...options, ownsPool: false });
}

interface Driver {
  readonly Pool: new (options: object) => PostgresPool;
}

/** `pg` is an optional peer: only who uses PostgreSQL installs it. */
function loadDriver(): Driver {
  try {
    return createRequire(import.meta.url)('pg') as Driver;
  } catch (error) {
    throw new TypeError('createScim: database: PostgreSQL needs the package "pg". Run: npm install pg', {
      cause: error,
    });
  }
}

/** How much longer than a statement may take its answer is waited for: past that, the network has swallowed it. */
const ANSWER_MARGIN_MS = 1_000;

/** Tries of a transaction that lost against another one. */
const MAX_TRIES = 4;

/**
 * Tries of migrations, which take whole tables while others write to them: as long as there is traffic, any try may
 * meet a transaction that waits for a table it has, and has one that it waits for.
 */
const MAX_MIGRATION_TRIES = 30;

/** Longest pause between tries, milliseconds. */
const LONGEST_PAUSE_MS = 1_000;

function createPostgresDatabase(
  pool: PostgresPool,
  options: PostgresOptions & { readonly ownsPool: boolean },
): SqlDatabase {
  const {
    lockTimeoutMs = 5_000,
    statementTimeoutMs = 10_000,
    idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS,
    connectTimeoutMs = 2_000,
    ownsPool,
  } = options;
  const query_timeout = statementTimeoutMs + ANSWER_MARGIN_MS;
  const toQuery = createQueries({ isNaming: options.namedStatements ?? true, query_timeout });
  const toLongQuery = createQueries({ isNaming: false, query_timeout: 0 });
  // SET LOCAL ends with the transaction, so nothing is left on a connection that a pooler hands on.
  const limited = `BEGIN; SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL statement_timeout = ${statementTimeoutMs}; SET LOCAL idle_in_transaction_session_timeout = ${idleTimeoutMs}`;
  const isGuarding = options.rowLevelSecurity ?? false;
  const begin = (connectionId?: string) => (isGuarding ? `${limited}; ${seeRowsOf(connectionId)}` : limited);
  let closing: Promise<unknown> | undefined;
  // An idle connection that is lost is replaced when it is needed; with nobody listening it would end the process.
  if (pool.listenerCount?.('error') === 0) pool.on?.('error', () => {});
  // So would one that is lost as it becomes ready, before whoever asked for it can listen.
  const watched = pool as Partial<NodeJS.EventEmitter>;
  const listenTo = (client: NodeJS.EventEmitter) => void client.on('error', () => {});
  watched.on?.('connect', listenTo);

  async function withClient<T>(
    use: (client: PostgresClient, lost: (error: Error) => void) => Promise<T>,
  ): Promise<T> {
    const client = await borrowClient(pool, connectTimeoutMs).catch((error) => {
      throw toUnavailable(error);
    });
    let failure: Error | undefined;
    // Without a listener a connection lost between two statements would end the process.
    const lost = (error: Error) => {
      failure = error;
    };
    const emitter = client as Partial<NodeJS.EventEmitter>;
    emitter.on?.('error', lost);
    try {
      return await use(client, lost);
    } catch (error) {
      if (isLost(error)) failure = error as Error;
      throw error;
    } finally {
      emitter.off?.('error', lost);
      client.release(failure);
    }
  }

  async function runTransaction<T>(
    work: (tx: SqlTransaction) => Promise<T>,
    signal: AbortSignal | undefined,
    connectionId: string | undefined,
    toQueryText: ToQuery = toQuery,
  ): Promise<T> {
    return withClient(async (client, lost) => {
      // A query builder hides why a statement failed in an error of its own.
      let failed: unknown;
      const guarded = guardHandle(client, (failure) => {
        failed = failure;
      });
      try {
        await execute(client, { text: begin(connectionId), query_timeout });
        const result = await work({ ...createSession(client, toQueryText), handle: guarded.proxy });
        guarded.revoke();
        requireWanted(signal);
        await commit(client, query_timeout);
        return result;
      } catch (error) {
        guarded.revoke();
        // Over a connection that is lost nothing can be said; with it goes the transaction.
        const reason = findReason(error, failed);
        if (!isLost(reason)) await client.query({ text: 'ROLLBACK', query_timeout }).catch(lost);
        throw toUnavailable(reason);
      }
    });
  }

  /** What PostgreSQL ended in favour of somebody else is tried again: a migration that meets a read, for one. */
  async function retry<T>(work: () => Promise<T>, most = MAX_TRIES): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (tries >= most || !isRetryable(error)) throw toUnavailable(error);
      }
      await setTimeout(Math.random() * Math.min(20 * 2 ** tries, LONGEST_PAUSE_MS));
    }
  }

  const read = <T>(use: (session: SqlSession) => Promise<T>) =>
    retry(() => withClient((client) => use(createSession(client, toQuery))));
  const reader: SqlSession = {
    all: (sql, values) => read((session) => session.all(sql, values)),
    get: (sql, values) => read((session) => session.get(sql, values)),
    run: (sql, values) => read((session) => session.run(sql, values)),
  };
  const change = <T>(
    work: (tx: SqlTransaction) => Promise<T>,
    signal: AbortSignal | undefined,
    connectionId: string | undefined,
  ) => retry(() => runTransaction(work, signal, connectionId));
  const readerOf = (connectionId?: string): SqlSession => ({
    all: (sql, values) => change((tx) => tx.all(sql, values), undefined, connectionId),
    get: (sql, values) => change((tx) => tx.get(sql, values), undefined, connectionId),
    run: (sql, values) => change((tx) => tx.run(sql, values), undefined, connectionId),
  });

  return {
    ...(isGuarding ? { reader: readerOf(), readerOf } : { reader }),
    transaction: change,
    // As PostgreSQL is told by each of them: `beginMigrations`.
    longTransaction: (work) =>
      retry(() => runTransaction(work, undefined, undefined, toLongQuery), MAX_MIGRATION_TRIES),
    async close() {
      watched.off?.('connect', listenTo);
      if (!ownsPool) return;
      closing ??= pool.end();
      await closing;
    },
  };
}

function createSession(client: PostgresClient, toQuery: ToQuery): SqlSession {
  const query = async (sql: string, values: readonly SqlValue[] = []) => {
    try {
      return await client.query(toQuery(sql, values));
    } catch (error) {
      throw toStoreError(error);
    }
  };
  return {
    all: async (sql, values) => (await query(sql, values)).rows,
    get: async (sql, values) => (await query(sql, values)).rows[0],
    run: async (sql, values) => (await query(sql, values)).rowCount ?? 0,
  };
}

async function execute(client: PostgresClient, query: PostgresQuery): Promise<void> {
  try {
    await client.query(query);
  } catch (error) {
    throw toStoreError(error);
  }
}

/**
 * Where the wait for a synchronous standby is called off, by an administrator say, PostgreSQL answers with success and
 * a warning: what was committed may be lost with the primary, so it is not acknowledged.
 */
async function commit(client: PostgresClient, query_timeout: number): Promise<void> {
  const emitter = client as Partial<NodeJS.EventEmitter>;
  let warning: string | undefined;
  const note = ({ severity, message }: { readonly severity?: string; readonly message?: string }) => {
    if (severity === 'WARNING') warning = message ?? severity;
  };
  emitter.on?.('notice', note);
  try {
    await execute(client, { text: 'COMMIT', query_timeout });
  } finally {
    emitter.off?.('notice', note);
  }
  if (warning !== undefined) throw new StoreUnavailableError(`The commit was not confirmed: ${warning}`);
}

type ToQuery = (sql: string, values: readonly SqlValue[]) => PostgresQuery;

/** Filters make statements of many shapes; past this many, statements go without a name. */
const MAX_NAMED = 200;

function createQueries({
  isNaming,
  query_timeout,
}: {
  readonly isNaming: boolean;
  readonly query_timeout: number;
}): ToQuery {
  const texts = new Map<string, { readonly text: string; readonly name?: string }>();
  return (sql, values) => {
    let known = texts.get(sql);
    if (known === undefined) {
      const text = numberPlaceholders(sql);
      known = isNaming && texts.size < MAX_NAMED ? { text, name: toName(text) } : { text };
      if (texts.size < MAX_NAMED) texts.set(sql, known);
    }
    return { ...known, values, types: TYPES, query_timeout };
  };
}

/** Made from the text: whoever shares a connection and has the same name has the same statement. */
function toName(text: string): string {
  return `scimkit_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
}

/** `?` → `$1`, `$2` …; no statement of this project has a question mark of another meaning. */
function numberPlaceholders(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => {
    count += 1;
    return `$${count}`;
  });
}

const INT8 = 20;
const FLOAT4 = 700;
const FLOAT8 = 701;
const NUMERIC = 1700;
const INT2 = 21;
const INT4 = 23;
const NUMBERS = new Set([INT8, INT2, INT4, FLOAT4, FLOAT8, NUMERIC]);

/** Numbers as numbers, everything else as the text it came as: documents are parsed where they are needed. */
const TYPES = {
  getTypeParser: (type: number) => (NUMBERS.has(type) ? Number : (text: string) => text),
};

/** SQLSTATE classes and codes, https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const UNIQUE_VIOLATION = '23505';
const RETRYABLE = new Set(['40001', '40P01']);
const UNAVAILABLE = new Set([
  '25P03', // idle in a transaction for too long
  '25006', // read-only transaction: a standby, or a disk that is full
  '42P01', // undefined table
  '42501', // insufficient privilege
  '55P03', // lock not available
  '57014', // query cancelled: statement time-out
  '3D000', // no such database
  'XX001', // data corrupted
  'XX002',
]);
/** Connection exceptions, invalid authorisation, insufficient resources, operator intervention, system error. */
const UNAVAILABLE_CLASSES = new Set(['08', '28', '53', '57', '58']);

function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (code === UNIQUE_VIOLATION)
    return new UniqueViolationError(String(constraint ?? error.message), { cause: error });
  return toUnavailable(error);
}

function toUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailableError) return error;
  if (!isUnavailable(error) && !isRetryable(error) && !isLost(error)) return error;
  return new StoreUnavailableError(error.message, { cause: error });
}

/**
 * Why a transaction failed. After a statement of a hook's that failed PostgreSQL takes no other, so that is the
 * reason, whatever came of it; but for an answer that a hook chose.
 */
function findReason(error: unknown, failed: unknown): unknown {
  return error instanceof ScimError || toUnavailable(failed) === failed ? error : failed;
}

function isUnavailable(error: Error): boolean {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || code.length !== 5) return false;
  return UNAVAILABLE.has(code) || UNAVAILABLE_CLASSES.has(code.slice(0, 2));
}

function isRetryable(error: unknown): boolean {
  const cause = error instanceof StoreUnavailableError ? error.cause : error;
  if (!(cause instanceof Error)) return false;
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' && RETRYABLE.has(code);
}

/** Errors of sockets, and those `pg` makes itself, which have no SQLSTATE. */
function isLost(error: unknown): boolean {
  const cause = error instanceof StoreUnavailableError ? error.cause : error;
  if (!(cause instanceof Error)) return false;
  const { code } = cause as { code?: unknown };
  if (typeof code === 'string' && /^E(?!RR_)[A-Z_]+$/.test(code)) return true;
  if (typeof code === 'string' && /^(08|57P|25P03)/.test(code)) return true;
  return /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end/i.test(
    cause.message,
  );
}
