import { readdirSync } from 'node:fs';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { type Exchange, listCustomers, listTolerances, readExchange } from './exchange.ts';
import { startHarborProcess } from './harbor-process.ts';
import { createPlayer } from './play.ts';

const folder = new URL('./exchanges/', import.meta.url);

/** By their numbers. */
const sequences = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => readExchange(file.replace('.json', '')))
  .sort((one, other) => Number.parseInt(one.title.slice(1), 10) - Number.parseInt(other.title.slice(1), 10))
  .map((exchange): [string, Exchange] => [
    `${exchange.title} (${listTolerances(exchange).join(' ')} I12)`,
    exchange,
  ]);

// Every sequence has customers of its own, so that one process serves those with the same limits.
type Harbor = Awaited<ReturnType<typeof startHarborProcess>>;
const harbors = new Map<Exchange['rateLimits'], Promise<Harbor>>();
const cleaners: (() => void | Promise<void>)[] = [];

function findHarbor(rateLimits: Exchange['rateLimits']): Promise<Harbor> {
  const started =
    harbors.get(rateLimits) ??
    startHarborProcess({ RATE_LIMITS: rateLimits }, (clean) => void cleaners.push(clean));
  harbors.set(rateLimits, started);
  return started;
}

afterAll(async () => {
  const codes = await Promise.all([...harbors.values()].map(async (harbor) => (await harbor).stop()));
  for (const clean of cleaners.reverse()) await clean();
  expect(codes, 'Harbor ends well').toEqual(codes.map(() => 0));
});

test('every sequence that identity providers are known for is recorded, by customers of its own', () => {
  const ids = sequences.map(([title]) => title.split(' ')[0]);
  const customers = sequences.flatMap(([, exchange]) => listCustomers(exchange));

  expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => `S${index + 1}`));
  expect(new Set(customers).size).toBe(customers.length);
});

test.each(sequences)('seq-%s', { timeout: 180_000 }, async (_title, exchange) => {
  const harbor = await findHarbor(exchange.rateLimits);
  const { customerId, headers, provider, guard } = exchange;
  const customerIds = listCustomers(exchange);
  const connections = await Promise.all(
    customerIds.map((id) => harbor.createConnection(id, provider, guard)),
  );
  const stages = new Map(
    connections.map((connection) => [
      connection.customerId,
      {
        endpointUrl: `${harbor.url}/scim/v2`,
        scimApiKey: connection.scimApiKey,
        readApp: () => harbor.readApp(connection.customerId),
        takeFingerprint: () => harbor.takeFingerprint([connection.customerId]),
      },
    ]),
  );
  const player = createPlayer({ headers, customerId, stages });
  onTestFinished(player.close);

  await player.play(exchange.life);

  const steady = await harbor.takeFingerprint(customerIds);
  await player.play(exchange.nextCycle);
  expect(await harbor.takeFingerprint(customerIds), 'a cycle without news changes nothing').toEqual(steady);
  expect(steady.rowCount).toBeGreaterThan(0);

  await player.play(exchange.leave);

  expect(harbor.output.stderr).toBe('');
});
