import { simulate } from 'scimkit/simulate';
import { describe, expect, test } from 'vitest';
import { useBrowser, type Visit } from './browser.ts';
import { lookAt } from './looks.ts';
import { button, chooseTile, connect, lookAgain, openSettings, readKey, setup, storeKey } from './steps.ts';

const browser = useBrowser();

const guide = ({ page }: Visit) => setup(page).locator('[data-scim-guide]');
const findings = ({ page }: Visit) => setup(page).locator('[data-scim-finding]');
const steps = (visit: Visit, state: 'done' | 'current' | 'ahead') =>
  guide(visit).locator(`[data-scim-step="${state}"]`);

/** The tiles of the page, and who plays them. */
const PROVIDERS = [
  ['Okta', 'okta'],
  ['Microsoft Entra ID', 'entra'],
  ['Google Workspace', 'google'],
  ['OneLogin', 'onelogin'],
  ['JumpCloud', 'jumpcloud'],
  ['Rippling', 'rippling'],
  ['PingOne', 'pingone'],
  ['CyberArk', 'cyberark'],
  ['Another provider', 'authentik'],
] as const;

async function connectTo(visit: Visit, tile: string): Promise<string> {
  const { page } = visit;
  await openSettings(visit);
  await chooseTile(page, tile);
  await button(page, 'Generate key').click();
  const key = await readKey(page);
  await storeKey(page);
  return key;
}

describe('A6, A7: the guide', () => {
  test.each(PROVIDERS)(
    'of %s goes from nothing to all steps done by what it sends, and nothing is found wrong',
    async (tile, persona) => {
      const visit = await browser.visit();
      const key = await connectTo(visit, tile);
      await guide(visit).waitFor();
      expect(await steps(visit, 'done').count()).toBe(0);
      expect(await steps(visit, 'current').count()).toBe(1);

      const report = await simulate(persona, { url: `${visit.harbor.url}/scim/v2`, key });
      expect(report.ok).toBe(true);
      await lookAgain(visit.page);

      const all = await guide(visit).getAttribute('data-scim-steps');
      await expect.poll(() => guide(visit).getAttribute('data-scim-done')).toBe(all);
      expect(await findings(visit).count()).toBe(0);
    },
    60_000,
  );

  test('ticks the test of the connection as soon as it has arrived, and says what comes next', async () => {
    const visit = await browser.visit();
    const key = await connect(visit);
    await guide(visit).waitFor();
    await lookAt(visit.page, 'guide-nothing');
    await visit.harbor.idp(key)('GET', '/Users?filter=userName%20eq%20%22test%22');
    await lookAgain(visit.page);

    await expect.poll(() => steps(visit, 'done').count()).toBe(6);
    expect(await steps(visit, 'current').textContent()).toContain('Create Users');
    await lookAt(visit.page, 'guide-tested');
  });

  test('what is wrong is said in words, with what to do, and goes once it is mended', async () => {
    const visit = await browser.visit();
    const key = await connect(visit);
    const okta = visit.harbor.idp(`Bearer ${key}`);
    await okta('GET', '/Users');
    await lookAgain(visit.page);

    const finding = findings(visit);
    await finding.waitFor();
    expect(await finding.getAttribute('data-scim-finding')).toBe('bearerDoubled');
    expect(await finding.textContent()).toContain('Paste the key alone');
    await lookAt(visit.page, 'finding');

    await visit.harbor.idp(key)('GET', '/Users');
    await lookAgain(visit.page);
    await finding.waitFor({ state: 'detached' });
  });
});
