import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createFolder } from '../support/connections.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createDice } from '../support/dice.ts';
import { group, patch, user } from '../support/scim.ts';
import { canInject, failCalls } from './failing-calls.ts';
import { startServer } from './server-process.ts';
import { findTornWrites } from './torn-writes.ts';

const why = canInject ? '' : ' (skipped: strace is not here, or may not trace)';

const CLIENTS = 4;
const REQUESTS = 60;

/** Which calls fail, and from which on; the numbers count from the start of the traffic. */
const FAULTS: readonly ((at: number) => string)[] = [
  // Every third: some of a transaction's pages are written.
  (at) => `pwrite64:error=ENOSPC:when=${at}+3`,
  (at) => `pwrite64:error=EIO:when=${at}+7`,
  (at) => `fsync,fdatasync:error=EIO:when=${at}..${at + 4}`,
];

/** Some traffic on a file whose disk fails. Answers how much of it was acknowledged. */
async function serveOnFailingDisk(fault: string, seed: number) {
  const file = join(createFolder(), 'app.db');
  const dice = createDice(seed);
  const server = await startServer({ option: `sqlite:${file}`, prefix: 'scim_' }, { customerId: 'acme' });
  const key = server.key ?? '';
  await failCalls(server.child, fault);
  const acknowledged: { readonly id: string; readonly title: string }[] = [];
  const tally = { acknowledged: 0, unavailable: 0 };
  const send = async (path: string, method: string, body: object) => {
    const answer = await server.send(path, { key, method, body });
    expect([200, 201, 204, 503], `${method} ${path}: ${answer.text}`).toContain(answer.status);
    if (answer.status === 503) {
      tally.unavailable += 1;
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(answer.text).not.toMatch(/disk|I\/O|sqlite/i);
      return undefined;
    }
    tally.acknowledged += 1;
    return answer;
  };
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (let index = 0; index < REQUESTS / CLIENTS / 3; index += 1) {
        const made = await send('/Users', 'POST', user(`person-${client}-${index}`, { title: 'new' }));
        if (made === undefined) continue;
        const { id } = made.body;
        const title = `title ${index}`;
        const value = { title, active: dice.oneIn(2) };
        const changed = await send(`/Users/${id}`, 'PATCH', patch({ op: 'replace', value }));
        acknowledged.push({ id, title: changed === undefined ? 'new' : title });
        await send('/Groups', 'POST', group(`group-${client}-${index}`, [id]));
      }
    }),
  );
  // A disk that failed for a moment: service goes on by itself.
  if (fault.includes('..')) {
    const retry = async () => (await server.send('/Users', { key, body: user('after') })).status;
    await expect.poll(retry, { timeout: 10_000, interval: 20 }).toBe(201);
  }
  await server.stop();

  const reopened = new DatabaseSync(file);
  try {
    const rows = async (sql: string, values: readonly unknown[] = []) =>
      reopened.prepare(sql.replaceAll('{p}', 'scim_')).all(...(values as string[]));
    expect(await rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(await findTornWrites({ rows })).toEqual([]);
    const stored = new Map(
      (await rows('SELECT id, attributes FROM {p}resources')).map((row) => [
        row.id,
        JSON.parse(String(row.attributes)).title,
      ]),
    );
    // A change that was told 503 may have come to the disk whole; one that was acknowledged must have.
    expect(acknowledged.filter(({ id, title }) => title !== 'new' && stored.get(id) !== title)).toEqual([]);
    expect(acknowledged.filter(({ id }) => !stored.has(id))).toEqual([]);
  } finally {
    reopened.close();
  }
  expect(server.output.stderr).not.toMatch(/unexpected/i);
  return tally;
}

test.skipIf(!canInject)(
  `fault-F9 sqlite: writes that fail with ENOSPC or EIO are 503, and nothing acknowledged is lost${why}`,
  async () => {
    let failed = 0;
    for (let round = 0; round < runs(20); round += 1) {
      const dice = createDice(SEED + round);
      const fault = dice.pick(FAULTS)(1 + dice.int(60));
      try {
        const { acknowledged, unavailable } = await serveOnFailingDisk(fault, SEED + round);
        countInputs('F9 processes on a failing disk');
        countInputs('F9 requests meanwhile: 2xx', acknowledged);
        countInputs('F9 requests meanwhile: 503', unavailable);
        failed += unavailable;
      } catch (cause) {
        throw new Error(`${fault}, SCIMKIT_SEED=${SEED}, round ${round}: ${String(cause)}`, { cause });
      }
    }
    expect(failed).toBeGreaterThan(0);
  },
  seconds(120),
);
