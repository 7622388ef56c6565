import { expect, test, vi } from 'vitest';
import { type PersonaId, simulate } from '../src/simulator/simulate.ts';
import { serveScimmy } from './support/scimmy.ts';
import { failedSteps } from './support/simulated.ts';

vi.setConfig({ testTimeout: 30_000 });

const play = async (
  persona: PersonaId,
  options: { readonly scenario?: string; readonly fetch?: typeof fetch } = {},
) => {
  const report = await simulate(persona, { ...(await serveScimmy()), sleep: async () => {}, ...options });
  expect(report).toMatchObject({ ok: false, leftBehind: [] });
  return failedSteps(report);
};

/** As if it had Location. */
const withLocation: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init);
  if (answer.status !== 201) return answer;
  const text = await answer.text();
  const { meta } = JSON.parse(text) as { meta: { location: string } };
  return new Response(text, {
    status: 201,
    headers: { ...Object.fromEntries(answer.headers), location: meta.location },
  });
};

test.each(['okta', 'entra'] as const)(
  '%s meets the missing Location of scimmy-routers when it creates',
  async (persona) => {
    expect(await play(persona)).toEqual(['create-user']);
  },
);

test.each([
  ['okta', 'life', ['create-user-again']],
  ['entra', 'life', ['match-case']],
  ['entra', 'manager', ['set-as-list']],
  ['google', 'life', ['after-second-cycle']],
  ['onelogin', 'life', ['create-user']],
  [
    'entra',
    'validator',
    [
      'user-filter-case',
      'user-patch-replace',
      'manager-add',
      'manager-replace',
      'manager-remove',
      'group-filter-case',
    ],
  ],
] as const)('%s %s meets more of it behind that', async (persona, scenario, steps) => {
  expect(await play(persona, { scenario, fetch: withLocation })).toEqual(steps);
});
