import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createTestDatabase, isOnPostgres } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { group, patch, user } from '../support/scim.ts';
import { findEarlierVersion } from './earlier-version.ts';
import { NEXT_MIGRATIONS } from './next-version.ts';
import { type ServerProcess, type ServerProcessOptions, startServer } from './server-process.ts';
import { findTornWrites } from './torn-writes.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const CLIENTS = 8;
/** How long each state of the change-over is under load. */
const STAGE_MS = 700;

const earlier = findEarlierVersion();
afterAll(() => earlier?.remove());
const why = earlier === undefined ? ' (skipped: the history of this repository is not here)' : '';

/** Changes a fleet over from one version to another under load, and back in part. */
async function changeOver(older: ServerProcessOptions, newer: ServerProcessOptions) {
  const database = createTestDatabase();
  onTestFinished(() => database.remove());
  const before = await startServer(database, { ...older, customerId: 'acme' });
  const fleet: ServerProcess[] = [before];
  const key = before.key ?? '';
  const dice = createDice(SEED);
  const { id: crew } = (await before.send('/Groups', { key, body: group('crew') })).body;
  const kept: { readonly id: string; readonly title: string }[] = [];
  let isOver = false;
  let requests = 0;

  /** A person's life, each step by whichever instance it comes to. */
  async function live(userName: string): Promise<void> {
    const call = async (path: string, method: string, body?: object) => {
      requests += 1;
      return dice.pick(fleet).send(path, { key, method, ...(body && { body }) });
    };
    const made = await call('/Users', 'POST', user(userName, { title: 'new' }));
    expect([made.status, made.body]).toEqual([201, made.body]);
    const { id } = made.body;
    const title = `title of ${userName}`;
    const changed = await call(`/Users/${id}`, 'PATCH', patch({ op: 'replace', value: { title } }));
    expect([changed.status, changed.body.title]).toEqual([200, title]);
    const member = { op: 'add', path: 'members', value: [{ value: id }] };
    expect((await call(`/Groups/${crew}`, 'PATCH', patch(member))).status).toBe(204);
    const left = await call(`/Users/${id}`, 'PUT', user(userName, { title, active: false }));
    expect([left.status, left.body.active]).toEqual([200, false]);
    const read = await call(`/Users/${id}`, 'GET');
    expect([read.status, read.body]).toEqual([200, left.body]);
    const found = await call(`/Users?filter=${encodeURIComponent(`userName eq "${userName}"`)}`, 'GET');
    expect([found.status, found.body.totalResults]).toEqual([200, 1]);
    if (dice.oneIn(2)) expect((await call(`/Users/${id}`, 'DELETE')).status).toBe(204);
    else kept.push({ id, title });
  }

  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let index = 0; !isOver; index += 1) await live(`person-${client}-${index}`);
  });
  const traffic = Promise.all(clients);
  const stages = (async () => {
    await sleep(STAGE_MS);
    const after = await startServer(database, newer);
    fleet.push(after);
    await sleep(STAGE_MS);
    // An instance of the older version that is started only now meets the newer schema.
    fleet.push(await startServer(database, older));
    await sleep(STAGE_MS);
    // From here on the newer ones are alone.
    fleet.splice(0, fleet.length, after);
    await sleep(STAGE_MS / 2);
    isOver = true;
    return after;
  })();
  const [after] = await Promise.all([stages, traffic]);

  expect(await findTornWrites(database), `SCIMKIT_SEED=${SEED}`).toEqual([]);
  for (const { id, title } of kept) {
    const { status, body } = await after.send(`/Users/${id}`, { key });
    expect([status, body.title, body.active]).toEqual([200, title, false]);
  }
  expect([before.output.stderr, after.output.stderr]).toEqual(['', '']);
  return { database, after, requests };
}

describe('two versions on one database', () => {
  test.skipIf(earlier === undefined)(
    `fault-F19 ${kind}: the version before serves on while this one migrates, and beside it afterwards${why}`,
    async () => {
      for (let round = 0; round < runs(1); round += 1) {
        const { after, requests } = await changeOver({ source: earlier?.source ?? '' }, {});
        expect(after.applied).toEqual(earlier?.unknown);
        countInputs(`F19 requests while the version before changes over to this one, ${kind}`, requests);
      }
    },
    seconds(60),
  );

  test(
    `fault-F19 ${kind}: this version serves on while one to come migrates, and beside it afterwards`,
    async () => {
      for (let round = 0; round < runs(1); round += 1) {
        const { after, requests } = await changeOver({}, { next: NEXT_MIGRATIONS });
        expect(after.applied).toEqual(NEXT_MIGRATIONS.map(({ name }) => name));
        countInputs(`F19 requests while this version changes over to the next, ${kind}`, requests);
      }
    },
    seconds(60),
  );
});
