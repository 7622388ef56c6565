import { expect, onTestFinished, test } from 'vitest';
import { type Exchange, listTolerances, readExchange } from './exchange.ts';
import { startHarborProcess } from './harbor-process.ts';
import { createPlayer } from './play.ts';

const sequences = [
  'okta-user-life',
  'okta-group-push',
  'entra-user-life',
  'entra-groups',
  'entra-hard-delete',
].map((name): [string, Exchange] => {
  const exchange = readExchange(name);
  return [`${exchange.title} (${listTolerances(exchange).join(' ')} I12)`, exchange];
});

test.each(sequences)('seq-%s', { timeout: 180_000 }, async (_title, exchange) => {
  const harbor = await startHarborProcess({ RATE_LIMITS: exchange.rateLimits });
  const { customerId, provider } = exchange;
  const connection = await harbor.createConnection(customerId, provider);
  const player = createPlayer(exchange, {
    endpointUrl: `${harbor.url}/scim/v2`,
    scimApiKey: connection.scimApiKey,
    readApp: () => harbor.readApp(customerId),
  });
  onTestFinished(player.close);

  await player.play(exchange.life);

  const steady = harbor.takeFingerprint();
  await player.play(exchange.nextCycle);
  expect(harbor.takeFingerprint(), 'a cycle without news changes nothing').toEqual(steady);
  expect(steady.rowCount).toBeGreaterThan(0);

  await player.play(exchange.leave);

  expect(harbor.output.stderr).toBe('');
  player.close();
  expect(await harbor.stop()).toBe(0);
});
