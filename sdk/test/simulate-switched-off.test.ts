import { expect, test, vi } from 'vitest';
import { type PersonaId, simulate } from '../src/simulator/simulate.ts';
import { failedSteps } from './support/simulated.ts';
import { type SwitchedOff, serveWithout } from './support/switched-off.ts';

vi.setConfig({ testTimeout: 60_000 });

/** The tolerance, how our server does without it, and the one step of each play that fails; none = not needed. */
const CASES: readonly (readonly [string, SwitchedOff, Readonly<Record<string, readonly string[]>>])[] = [
  [
    'T5',
    { leniency: 'remove-with-value' },
    {
      'entra life': ['remove-member'],
      'entra large-group': ['remove-at-once'],
      'entra-flag life': [],
      'okta life': [],
    },
  ],
  [
    'T10',
    { leniency: 'create-by-filter' },
    { 'entra life': ['add-phone'], 'entra-flag life': ['add-phone'], 'okta life': [] },
  ],
  [
    'T28',
    { serialisation: true },
    {
      'entra large-group': ['no-member-lost'],
      'entra-flag large-group': ['no-member-lost'],
      'okta life': [],
    },
  ],
];

const plays = CASES.flatMap(([tolerance, off, fails]) =>
  Object.entries(fails).map(([play, steps]) => ({ tolerance, off, play, steps })),
);

test.each(plays)('$tolerance: switched off in our server, $play → $steps', async ({ off, play, steps }) => {
  const { url, key } = await serveWithout(off);
  const [persona, scenario] = play.split(' ') as [PersonaId, string];

  const report = await simulate(persona, { url, key, scenario, members: 16, sleep: async () => {} });

  expect(failedSteps(report)).toEqual(steps);
  expect(report.ok).toBe(steps.length === 0);
});

test.each(['entra life', 'entra large-group', 'entra-flag life', 'okta life'])(
  'T5, T10, T28: with nothing switched off, %s passes',
  async (play) => {
    const { url, key } = await serveWithout({});
    const [persona, scenario] = play.split(' ') as [PersonaId, string];

    const report = await simulate(persona, { url, key, scenario, members: 16, sleep: async () => {} });

    expect(failedSteps(report)).toEqual([]);
  },
);
