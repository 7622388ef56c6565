import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { fillUp } from '../faults/fill-up.ts';
import { startServer } from '../faults/server-process.ts';
import { canMount, mountSmallDisk } from '../faults/small-disk.ts';
import { findTornWrites } from '../faults/torn-writes.ts';
import { runs, seconds } from '../support/counts.ts';

const serverUrl = inject('postgresUrl') ?? '';

/** A database of its own whose files are on a small disk; undefined where the server is not on this machine. */
async function openOnSmallDisk() {
  const admin = new pg.Pool({ connectionString: serverUrl, max: 1 });
  onTestFinished(() => admin.end());
  const [{ data_directory: folder }] = (await admin.query('SHOW data_directory')).rows;
  if (!existsSync(folder)) return undefined;
  // Mounts end in the order opposite to that of these lines: first the database goes, then its disk.
  const disk = mountSmallDisk(64, statSync(folder).uid);
  const name = `full_${randomBytes(6).toString('hex')}`;
  await admin.query(`CREATE TABLESPACE ${name} LOCATION '${disk.folder}'`);
  await admin.query(`CREATE DATABASE ${name} TABLESPACE ${name}`);
  onTestFinished(async () => {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.query(`DROP TABLESPACE ${name}`);
  });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  onTestFinished(() => pool.end());
  const rows = async (sql: string, values: readonly unknown[] = []) => {
    let count = 0;
    const text = sql.replaceAll('{p}', 'scim_').replaceAll('?', () => `$${++count}`);
    return (await pool.query(text, [...values])).rows;
  };
  return { disk, rows, option: url.href, prefix: 'scim_' };
}

const why = canMount ? '' : ' (skipped: only root can mount a small disk)';

test.skipIf(!canMount)(
  `fault-F8 postgres: a full disk is 503, never a lost acknowledgement; room is enough to go on${why}`,
  async ({ skip }) => {
    for (let round = 0; round < runs(1); round += 1) {
      const database = await openOnSmallDisk();
      if (database === undefined) return skip('the PostgreSQL of TEST_DATABASE_URL is on another machine');
      const server = await startServer(database, { customerId: 'acme' });

      const people = await fillUp(server, database.disk, 'postgres');

      await server.stop();
      expect(await findTornWrites(database)).toEqual([]);
      const stored = await database.rows('SELECT id FROM {p}resources');
      expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(people));
    }
  },
  seconds(90),
);
