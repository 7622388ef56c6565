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
    name: 'not loaded',
    async open({ page, expectError }) {
      expectError(/ERR_FAILED/);
      await page.route('**/api/session', (route) => route.abort());
      await page.goto('/');
    },
    shows: 'role=heading[name="Harbor could not be loaded"]',
  },
];

describe("Harbor's own pages are accessible and within the window", () => {
  const browser = useBrowser();

  test.each(pages)('$name', async ({ name, open, shows }) => {
    const visit = await browser.visit();

    await open(visit);

    await visit.page.locator(shows).waitFor();
    await lookAt(visit.page, `harbor ${name}`);
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
