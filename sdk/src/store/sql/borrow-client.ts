import { StoreUnavailableError } from './database.ts';
import type { PostgresClient, PostgresPool } from './postgres-database.ts';

/**
 * A client of the pool, waited for no longer than the pool's own limit, else the given one: `pg` itself would wait
 * for ever. One that comes too late goes back at once.
 *
 * @throws StoreUnavailableError when the limit that was given has passed, else what the pool throws.
 */
export function borrowClient(pool: PostgresPool, timeoutMs: number): Promise<PostgresClient> {
  const asked = pool.connect();
  if ((pool.options?.connectionTimeoutMillis ?? 0) > 0) return asked;
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new StoreUnavailableError('No connection of the pool became free in time.'));
    }, timeoutMs);
    asked.then(
      (client) => {
        clearTimeout(timer);
        if (isLate) client.release();
        else resolve(client);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
