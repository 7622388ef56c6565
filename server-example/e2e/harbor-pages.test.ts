import { describe, expect, test } from 'vitest';
import { useBrowser, type Visit } from './browser.ts';
import { lookAt } from './looks.ts';
import { connectAndSync, signIn } from './steps.ts';

interface HarborPage {
  readonly name: string;
  open(visit: Visit): Promise<unknown>;
  readonly shows: string;
}

const pages: readonly HarborPage[] = [
  {
    name: 'landing',
    open: ({ page }) => page.goto('/'),
    shows: 'role=button[name=/^Nora Lindqvist/]',
  },
  {
    name: 'landing, signed in',
    async open({ page }) {
      await page.goto('/team');
      await signIn(page, 'Nora Lindqvist');
      await page.getByRole('link', { name: 'Harbor' }).click();
    },
    shows: 'role=heading[name="Signed in as Nora Lindqvist"]',
  },
  {
    name: 'team, nobody from a directory yet',
    async open({ page }) {
      await page.goto('/team');
      await signIn(page, 'Nora Lindqvist');
    },
    shows: 'role=link[name="Connect your directory"]',
  },
  {
    name: 'team, as a member sees it',
    async open({ page }) {
      await page.goto('/team');
      await signIn(page, 'Theo Okafor');
    },
    shows: 'text=When an administrator connects your directory',
  },
  {
    name: 'team, full',
    async open(visit) {
      const okta = visit.harbor.idp(await connectAndSync(visit));
      for (let number = 1; number <= 60; number++) {
        await okta('POST', '/Users', {
          userName: `person.${number}@northwind.example`,
          displayName: `Person ${number} with a name of unusual length, as directories have them`,
          title: 'Senior Planner',
          active: number % 4 !== 0,
        });
      }
      await visit.page.getByRole('link', { name: 'Team' }).click();
    },
    shows: 'text=/1 to 50 of 64/',
  },
  {
    name: 'team, out of date',
    async open({ page, expectError }) {
      expectError(/ERR_FAILED/);
      await page.goto('/team');
      await signIn(page, 'Nora Lindqvist');
      await page.getByRole('row', { name: /Nora Lindqvist/ }).waitFor();
      await page.route('**/api/team?*', (route) => route.abort());
    },
    shows: 'role=alert >> text=Harbor could not be reached. The list may be out of date.',
  },
  {
    name: 'directory sync, changes held',
    open: openStorm,
    shows: 'role=region[name="Held changes"]',
  },
  {
    name: 'directory sync, people to confirm',
    async open(visit) {
      const okta = visit.harbor.idp(await connectAndSync(visit));
      const { management } = visit.harbor.scim;
      const customerId = 'northwind';
      (await management.patchScimConnection({ customerId, policy: { effects: 'dryRun' } })).getOrThrow();
      (await management.setVerifiedDomains({ customerId, domains: ['northwind.example'] })).getOrThrow();
      const milo = { userName: 'milo', emails: [{ value: 'milo@northwind.example', primary: true }] };
      await okta('POST', '/Users', milo);
      await visit.page.goto('/settings/directory-sync');
    },
    shows: 'role=region[name="People who are in Harbor already"]',
  },
  {
    name: 'not loaded',
    async open({ page, expectError }) {
      expectError(/ERR_FAILED/);
      await page.route('**/api/session', (route) => route.abort());
      await page.goto('/');
    },
    shows: 'role=heading[name="Harbor could not be loaded"]',
  },
];

/** The settings page of a directory that was emptied but for two. */
async function openStorm(visit: Visit): Promise<void> {
  const okta = visit.harbor.idp(await connectAndSync(visit));
  const ids: string[] = [];
  for (let number = 1; number <= 52; number++) {
    const person = { userName: `Person ${number + 8}` };
    ids.push((await okta('POST', '/Users', person)).body.id);
  }
  for (const id of ids) {
    await okta('PATCH', `/Users/${id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'active', value: false }],
    });
  }
  await visit.page.goto('/settings/directory-sync');
}

describe("Harbor's own pages are accessible and within the window", () => {
  const browser = useBrowser();

  test.each(pages)('$name', async ({ name, open, shows }) => {
    const visit = await browser.visit();

    await open(visit);

    await visit.page.locator(shows).waitFor();
    await lookAt(visit.page, `harbor ${name}`);
  });

  test('P23: held changes are released one by one and all at once', async () => {
    const visit = await browser.visit();
    await openStorm(visit);
    const section = visit.page.getByRole('region', { name: 'Held changes' });
    await section.getByText('32 of these changes wait for you').waitFor();

    await section.getByRole('button', { name: 'Release Person 29', exact: true }).click();
    await section.getByText('1 released.').waitFor();
    await section.getByRole('button', { name: 'Reject Person 30', exact: true }).click();
    await section.getByText('Is deactivated (rejected)').waitFor();
    await section.getByRole('button', { name: 'Release all that wait' }).click();
    await section.getByText('30 released.').waitFor();

    const row = await visit.harbor.database.get(
      `SELECT count(*) AS total FROM users WHERE managed_by = 'directory' AND active = 1`,
    );
    expect(Number(row?.total)).toBe(3);
  });

  test('the commands on the landing page use the address the app is reached at', async () => {
    const { page, harbor } = await browser.visit();

    await page.goto('/');
    await page.getByRole('heading', { name: 'What to do next' }).waitFor();

    const commands = await page.locator('pre').allTextContents();
    expect(commands.join('\n')).toContain(`curl ${harbor.url}/scim/v2/Users`);
    expect(commands.join('\n')).toContain(`${harbor.url}/r/enterprise-scim.json`);
    expect(commands.join('\n')).not.toContain('localhost:3000');
  });
});
