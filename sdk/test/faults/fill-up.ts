import { expect } from 'vitest';
import { countInputs } from '../support/counts.ts';
import { type Answer, patch, user } from '../support/scim.ts';
import type { ServerProcess } from './server-process.ts';
import type { SmallDisk } from './small-disk.ts';

const CLIENTS = 8;
/** Events are kept, so that a small disk is full for good after some more. */
const ROUNDS = 5;
/** About 4 KB each, so that the disk is soon full. */
const emails = Array.from({ length: 40 }, (_, index) => ({ value: `${index}@${'x'.repeat(80)}.example` }));

const DEACTIVATION = patch({ op: 'replace', value: { active: false } });

function expectUnavailable({ status, headers, text }: Answer): void {
  expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]\d?$/)]);
  expect(text).not.toMatch(/disk|space|sql|INSERT|full/i);
}

/** Creates people until nobody is taken in any more. Answers who was, and checks that the rest was told 503. */
async function createUntilFull(
  { send }: ServerProcess,
  key: string,
  name: string,
): Promise<readonly string[]> {
  const ids: string[] = [];
  let refusals = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (let index = 0; refusals < CLIENTS * 3; index += 1) {
        const answer = await send('/Users', { key, body: user(`${name}-${client}-${index}`, { emails }) });
        if (answer.status === 201) ids.push(answer.body.id);
        else {
          expectUnavailable(answer);
          refusals += 1;
        }
      }
    }),
  );
  return ids;
}

/** Deactivates people on a full disk. Answers those it was refused for, all of whom are active still. */
async function deactivate(
  { send }: ServerProcess,
  key: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const id of ids) {
    const answer = await send(`/Users/${id}`, { key, method: 'PATCH', body: DEACTIVATION });
    // A change may find room in a page that is there.
    if (answer.status !== 200) {
      expectUnavailable(answer);
      refused.push(id);
    }
    const shown = await send(`/Users/${id}`, { key });
    expect([shown.status, shown.body.active]).toEqual([200, answer.status !== 200]);
  }
  return refused;
}

/** Fills the disk of a server up and makes room again, over and over. Answers whom it has in the end. */
export async function fillUp(
  server: ServerProcess,
  disk: SmallDisk,
  kind: string,
): Promise<readonly string[]> {
  const key = server.key ?? '';
  const { send } = server;
  const stayed: string[] = [];
  let refusals = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    // Room for some, which is used up by traffic, not by the filler.
    disk.fill(300_000);
    const created = await createUntilFull(server, key, `round-${round}`);
    disk.fill();
    const refused = await deactivate(server, key, created.slice(0, 20));
    refusals += refused.length;

    disk.free();
    for (const id of refused) {
      const retry = () => send(`/Users/${id}`, { key, method: 'PATCH', body: DEACTIVATION });
      await expect.poll(async () => (await retry()).status, { timeout: 10_000, interval: 100 }).toBe(200);
    }
    // So that the next round finds as much room.
    const [stays, ...leave] = created;
    if (stays !== undefined) stayed.push(stays);
    for (const id of leave) expect((await send(`/Users/${id}`, { key, method: 'DELETE' })).status).toBe(204);
    countInputs(`F8 full disks, ${kind}`);
  }
  countInputs(`F8 deactivations refused by a full disk, ${kind}`, refusals);
  expect(refusals).toBeGreaterThan(0);
  for (const id of stayed) expect((await send(`/Users/${id}`, { key })).status).toBe(200);
  expect(server.output.stderr).not.toMatch(/unexpected/i);
  return stayed;
}
