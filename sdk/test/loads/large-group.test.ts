import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { expectChanged, expectStatus } from '../../bench/driver/expect.ts';
import { createGroup } from '../../bench/driver/fixtures.ts';
import type { Target } from '../../bench/driver/target.ts';
import { countMembers, makeGroup } from '../../bench/driver/workload.ts';
import { createFolder } from '../support/connections.ts';
import { isOnPostgres } from '../support/databases.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';
import { openFilling, toFilledId } from './fill.ts';
import { createRecorder, isLong, report } from './load.ts';
import { startLoad } from './start-server.ts';

const SIZE = isLong ? 50_000 : 2_000;

test(`load-L4: a group of ${SIZE} gains and loses 1 to 1,000 members in one PATCH, and none is lost`, {
  timeout: 300_000,
}, async () => {
  const load = await startLoad({ limits: { rateLimit: false } });
  const target = await load.connect('acme');
  const filling = await openFilling(load);
  await filling.users(target, { prefix: 'acme', count: SIZE + 1_000 });
  const groupId = await makeGroup(target, createGroup('acme', 0));
  await filling.members(target.connectionId, { groupId, count: SIZE });
  await filling.settle();

  for (const change of [1, 10, 100, 1_000]) {
    const recorder = createRecorder();
    for (let round = 0; round < 5; round += 1) {
      const others = Array.from({ length: change }, (_, index) => toFilledId(SIZE + index));
      await recorder.time(() => addTo(target, groupId, others), expectChanged());
      expect(await countStored(load, groupId)).toBe(SIZE + change);
      await recorder.time(() => removeFrom(target, groupId, others), expectChanged());
      expect(await countStored(load, groupId)).toBe(SIZE);
    }
    report(`load-L4 ${load.store}, ${change} of ${SIZE} members`, recorder.summary(), {
      bounds: { p99: 300 },
    });
  }

  const reading = createRecorder();
  for (let round = 0; round < 50; round += 1) {
    await reading.time(
      () => target.send('GET', `/Groups/${groupId}?excludedAttributes=members`),
      (answer) => expectStatus(answer, 200) ?? (answer.json?.members && 'members were sent'),
    );
  }
  report(`load-L4 ${load.store}, without members`, reading.summary(), {
    rssMb: load.readPeakRssMb(),
    bounds: { p99: 30 },
  });
  expect(await countMembers(target, groupId)).toEqual({ count: SIZE, distinct: SIZE });
});

function addTo(target: Target, groupId: string, ids: readonly string[]) {
  const value = ids.map((id) => ({ value: id }));
  return target.patchGroup(groupId, [{ op: 'add', path: 'members', value }]);
}

function removeFrom(target: Target, groupId: string, ids: readonly string[]) {
  const value = ids.map((id) => ({ value: id }));
  return target.patchGroup(groupId, [{ op: 'remove', path: 'members', value }]);
}

async function countStored({ database }: Awaited<ReturnType<typeof startLoad>>, groupId: string) {
  const [row] = await database.rows('SELECT count(*) AS count FROM {p}members WHERE group_id = ?', [groupId]);
  return Number(row?.count);
}

// SQLite counts the rows a handle has written; what PostgreSQL counts it tells only a while later.
test.skipIf(isOnPostgres())(
  'load-L4: rows are written for the members that change, however many there are',
  async () => {
    const handle = new DatabaseSync(join(createFolder(), 'counted.db'));
    onTestFinished(() => handle.close());
    const { scim } = openScim({ database: handle });
    const { key } = await connect(scim);
    const written = () => Number(handle.prepare('SELECT total_changes() AS rows').get()?.rows);
    const people = await Promise.all(
      Array.from({ length: 600 }, async (_, index) => {
        const { body } = await send(scim, '/Users', { key, body: user(`u${index}`) });
        return String(body.id);
      }),
    );

    const measure = async (size: number) => {
      const body = group(`group of ${size}`, people.slice(0, size));
      const { id } = (await send(scim, '/Groups', { key, body })).body;
      const before = written();
      const value = people.slice(590).map((person) => ({ value: person }));
      const changed = await send(scim, `/Groups/${id}`, {
        key,
        method: 'PATCH',
        body: patch({ op: 'add', path: 'members', value }),
      });
      expect(changed.status).toBe(204);
      return written() - before;
    };

    const rows = await measure(5);
    expect(await measure(500)).toBe(rows);
    expect(rows).toBeLessThan(30);
  },
);
