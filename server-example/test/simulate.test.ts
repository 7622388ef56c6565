import { listPersonas, type PersonaId, type SimulationProgress, simulate } from 'scimkit/simulate';
import { expect, test } from 'vitest';
import { startHarborProcess } from './harbor-process.ts';

const personas = listPersonas().map(({ id }) => id);

/** How many of the users of its own each has in the end, the disabled and the deleted ones left out. */
const ACTIVE_IN_STEADY_STATE: Readonly<Record<PersonaId, number>> = {
  okta: 3,
  'okta-wizard': 2,
  entra: 3,
  'entra-flag': 3,
  google: 1,
  onelogin: 2,
  jumpcloud: 2,
  rippling: 2,
  pingone: 3,
  cyberark: 1,
  sailpoint: 1,
  authentik: 3,
  keycloak: 2,
};

test.each(personas)(
  'sim-%s: Harbor answers as needed, follows, and hears nothing twice',
  { timeout: 60_000 },
  async (id) => {
    const harbor = await startHarborProcess();
    const { scimApiKey } = await harbor.createConnection('northwind', id);
    const before = await harbor.readApp('northwind');
    const seen: { readonly active: number; readonly teams: number }[] = [];
    let steady = await harbor.takeFingerprint(['northwind']);

    const watch = async (progress: SimulationProgress) => {
      if (progress.kind !== 'step') return;
      if (progress.step.id.startsWith('before-second-cycle')) {
        steady = await harbor.takeFingerprint(['northwind']);
        const { users, teams } = await harbor.readApp('northwind');
        seen.push({ active: users.filter(({ active }) => active).length, teams: teams.length });
      }
      if (progress.step.id.startsWith('after-second-cycle'))
        expect(await harbor.takeFingerprint(['northwind'])).toEqual(steady);
    };
    const report = await simulate(id, { url: `${harbor.url}/scim/v2`, key: scimApiKey, onProgress: watch });

    expect(report.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, leftBehind: [] });
    // Every user who came is in Harbor and signed off again, every team is gone.
    expect(seen.at(-1)).toEqual({ active: ACTIVE_IN_STEADY_STATE[id], teams: id === 'google' ? 0 : 1 });
    const after = await harbor.readApp('northwind');
    expect(after.teams).toEqual(before.teams);
    expect(after.users.filter(({ active }) => active)).toEqual(before.users.filter(({ active }) => active));
    expect(harbor.output.stderr).toBe('');
  },
);
