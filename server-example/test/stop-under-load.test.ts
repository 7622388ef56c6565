import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, test, vi } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../../sdk/test/support/counts.ts';
import { createDice } from '../../sdk/test/support/dice.ts';
import { startHarborProcess } from './harbor-process.ts';

const kind = inject('postgresUrl') === undefined ? 'sqlite' : 'postgres';
const CLIENTS = 12;

vi.setConfig({ testTimeout: seconds(90) });

/** A client that keeps its connection, as identity providers do. */
function createClient(url: string, key: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = (userName: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(
        `${url}/scim/v2/Users`,
        {
          method: 'POST',
          agent,
          headers: { authorization: `Bearer ${key}`, 'content-type': 'application/scim+json' },
        },
        (incoming) => {
          incoming.on('error', reject);
          incoming.on('end', () => resolve(incoming.statusCode));
          incoming.resume();
        },
      );
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify({ userName }));
    });
  return { post, close: () => agent.destroy() };
}

/** Sends until nobody listens any more. Answers how many were created, and what else came of a request. */
async function sendUntilGone(url: string, key: string, name: string) {
  const { post, close } = createClient(url, key);
  const tally = { created: 0, dropped: [] as string[] };
  try {
    for (let index = 0; ; index += 1) {
      const status = await post(`${name}-${index}`);
      if (status === 201) tally.created += 1;
      else tally.dropped.push(String(status));
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A request that found nobody was not taken in: its client tries another instance.
    if (code !== 'ECONNREFUSED') tally.dropped.push(String(code));
  } finally {
    close();
  }
  return tally;
}

test(`fault-F18 ${kind}: Harbor that is stopped under load drops no request, and no event is lost`, async () => {
  const dice = createDice(SEED);
  for (let round = 0; round < runs(5); round += 1) {
    const harbor = await startHarborProcess({ RATE_LIMITS: 'off' });
    const { scimApiKey, connectionId } = await harbor.createConnection('northwind', 'okta');
    const clients = Promise.all(
      Array.from({ length: CLIENTS }, (_, client) =>
        sendUntilGone(harbor.url, scimApiKey, `person-${client}`),
      ),
    );
    await sleep(300 + dice.int(400));

    const code = await harbor.stop();

    const tallies = await clients;
    const created = tallies.reduce((sum, tally) => sum + tally.created, 0);
    expect(
      tallies.flatMap(({ dropped }) => dropped),
      `SCIMKIT_SEED=${SEED}, round ${round}`,
    ).toEqual([]);
    expect(created).toBeGreaterThan(CLIENTS);
    expect((await harbor.readApp('northwind')).userCount).toBe(created);
    expect(await harbor.countEvents(connectionId)).toBe(created);
    expect([code, harbor.output.stderr]).toEqual([0, '']);
    countInputs(`F18 processes stopped under load, ${kind}`);
    countInputs(`F18 requests answered meanwhile, ${kind}`, created);
  }
});
