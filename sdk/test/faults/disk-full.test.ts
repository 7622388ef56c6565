import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { createScim } from '../../src/index.ts';
import { runs, seconds } from '../support/counts.ts';
import { fillUp } from './fill-up.ts';
import { startServer } from './server-process.ts';
import { canMount, mountSmallDisk } from './small-disk.ts';
import { findTornWrites } from './torn-writes.ts';

async function fillDisk(): Promise<void> {
  const disk = mountSmallDisk(4);
  const file = join(disk.folder, 'app.db');
  const server = await startServer({ option: `sqlite:${file}`, prefix: 'scim_' }, { customerId: 'acme' });

  await eraseWhoLeaves(`sqlite:${file}`);

  const people = await fillUp(server, disk, 'sqlite');

  await server.stop();
  const reopened = new DatabaseSync(file);
  onTestFinished(() => reopened.close());
  const rows = async (sql: string, values: readonly unknown[] = []) =>
    reopened.prepare(sql.replaceAll('{p}', 'scim_')).all(...(values as string[]));
  expect(await rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(await findTornWrites({ rows })).toEqual([]);
  const stored = await rows('SELECT id FROM {p}resources');
  expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(people));
}

/** What is kept of them for 30 days would be in the way on so small a disk. */
async function eraseWhoLeaves(database: string): Promise<void> {
  const scim = createScim({ database });
  const policy = { deprovision: 'hard' } as const;
  (await scim.management.patchScimConnection({ customerId: 'acme', policy })).getOrThrow();
  await scim.close();
}

const why = canMount ? '' : ' (skipped: only root can mount a small disk)';

test.skipIf(!canMount)(
  `fault-F8 sqlite: a full disk is 503, never a lost acknowledgement; room is enough to go on${why}`,
  async () => {
    for (let round = 0; round < runs(1); round += 1) await fillDisk();
  },
  seconds(60),
);
