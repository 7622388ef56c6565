import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import type { Database, OpenOptions, Transaction } from './database.ts';
import { createTables } from './tables.ts';

const longestStartMilliseconds = 10_000;

/** Any number, as long as every Harbor takes the same. */
const tablesLock = 4_711;

/** Opens a pool, which scimkit and Harbor share. Any number of processes may use one database. */
export async function openPostgres({ url, nowSeconds, warn }: OpenOptions): Promise<Database> {
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // An idle connection that is lost is replaced when it is needed; without a listener it would end the process.
  pool.on('error', () => {});
  const { all, get } = toPostgresQueries(pool);
  const database: Database = {
    all,
    get,
    forScim: pool,
    transaction: (work) => runTransaction(pool, work),
    async close() {
      if (!pool.ending) await pool.end();
    },
  };
  try {
    await waitUntilReady(pool, warn);
    await database.transaction(async (tx) => {
      // Of several processes that start at once, one makes the tables.
      await tx.run('SELECT pg_advisory_xact_lock(?)', [tablesLock]);
      await createTables(tx, nowSeconds);
    });
    return database;
  } catch (cause) {
    await database.close();
    throw new Error(
      `the PostgreSQL database of DATABASE_URL cannot be used (${explain(cause)}). Is it running, and is the URL right?`,
      { cause },
    );
  }
}

/** Statements on a pool, or on one of its clients. */
export function toPostgresQueries(client: Pool | PoolClient): Transaction {
  const query = (sql: string, values: readonly unknown[] = []) =>
    client.query(numberPlaceholders(sql), [...values]);
  return {
    all: async (sql, values) => (await query(sql, values)).rows,
    get: async (sql, values) => (await query(sql, values)).rows[0],
    run: async (sql, values) => void (await query(sql, values)),
  };
}

/** `?` → `$1`, `$2` …; no statement of Harbor's has a question mark of another meaning. */
function numberPlaceholders(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${++count}`);
}

async function runTransaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let lost: Error | undefined;
  const onError = (error: Error) => {
    lost = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(toPostgresQueries(client));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    client.release(lost);
  }
}

/** A database that starts together with Harbor may need a moment. */
async function waitUntilReady(pool: Pool, warn: OpenOptions['warn']): Promise<void> {
  const end = performance.now() + longestStartMilliseconds;
  for (let tries = 1; ; tries += 1) {
    try {
      await pool.query('SELECT 1');
      return;
    } catch (error) {
      if (!isPassing(error) || performance.now() > end) throw error;
      if (tries === 1) warn(`Waiting for PostgreSQL (${explain(error)}) …`);
    }
    await sleep(500);
  }
}

const passingCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', '57P03']);

/** Whether it may be another thing in a moment: nothing listens yet, or PostgreSQL is starting up (57P03). */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return passingCodes.has(code ?? '') || /timeout|terminated/i.test(error.message);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of several addresses that were tried, the error of all has a code and no words.
  return error.message || String((error as NodeJS.ErrnoException).code);
}
