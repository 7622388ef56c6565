import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { useBrowser, type Visit } from './browser.ts';
import { lookAt } from './looks.ts';
import {
  button,
  connect,
  generateKey,
  minute,
  openSettings,
  seeState,
  setup,
  signIn,
  storeKey,
} from './steps.ts';

const browser = useBrowser();

const drawer = (page: Page): Locator => page.locator('[data-play="drawer"]');
const part = (page: Page, name: 'chooser' | 'running' | 'ended' | 'missing'): Locator =>
  drawer(page).locator(`[data-play="${name}"]`);
const steps = (page: Page): Locator => drawer(page).locator('[data-play-step]');
const opener = (page: Page): Locator => button(page, 'Play the identity provider');
const teamLink = (page: Page): Locator => page.getByRole('link', { name: 'Team', exact: true });

async function openDrawer({ page }: Visit): Promise<void> {
  await opener(page).click();
  await drawer(page).waitFor();
}

/** From signing in to the drawer, with a connection to play against. */
async function connectAndOpen(visit: Visit): Promise<void> {
  await connect(visit);
  await openDrawer(visit);
}

/** Chooses a persona by its name, and more where it is asked for. */
async function choose(
  { page }: Visit,
  name: string,
  more: { readonly scenario?: string; readonly keep?: boolean; readonly fast?: boolean } = {},
): Promise<void> {
  await part(page, 'chooser').getByText(name, { exact: true }).click();
  if (more.scenario) await page.getByRole('combobox', { name: 'What happens' }).selectOption(more.scenario);
  if (more.keep) await page.getByRole('checkbox', { name: 'Leave the people in place' }).check();
  if (more.fast) await page.getByRole('checkbox', { name: 'Slowly enough to watch' }).uncheck();
}

async function start({ page }: Visit): Promise<void> {
  await button(drawer(page), 'Start').click();
}

const waitForSteps = async (page: Page, atLeast: number) =>
  expect.poll(() => steps(page).count(), { timeout: 15_000 }).toBeGreaterThanOrEqual(atLeast);

const listPeople = (page: Page) => page.locator('[data-person]').allInnerTexts();

/** Notes whether the page is ever loaded anew. */
async function forbidReload(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  return async () => expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true);
}

describe('a visitor without an identity provider sees Harbor come alive', () => {
  test.each([
    ['okta', 'Okta (Integration Network)'],
    ['entra', 'Microsoft Entra ID'],
  ])('%s, from nothing', async (_id, name) => {
    const visit = await browser.visit();
    const { page } = visit;
    await openSettings(visit);
    await openDrawer(visit);
    const assertSamePage = await forbidReload(page);
    await part(page, 'missing').waitFor();
    await teamLink(page).click();
    await button(drawer(page), 'Go to Directory sync').click();
    await generateKey(visit);
    await storeKey(page);
    // The drawer notices.
    await part(page, 'chooser').waitFor();

    await choose(visit, name);
    await start(visit);
    await waitForSteps(page, 3);

    // The settings page hears of the first request, without being told to look again.
    await page.locator('[data-slot="scim-setup"][data-scim-usage="used"]').waitFor();
    await setup(page).getByText('Connected').first().waitFor();
    await expect
      .poll(() => setup(page).locator('[data-scim-count="users"]').textContent(), { timeout: 15_000 })
      .not.toMatch(/^0/);
    // So does the team, beside the drawer that goes on ticking.
    await teamLink(page).click();
    await expect
      .poll(() => listPeople(page).then(String), { timeout: 15_000 })
      .toContain('Managed by directory');
    await page.locator('[data-team]').first().waitFor();
    await part(page, 'ended').waitFor({ timeout: 60_000 });

    expect(await steps(page).count()).toBeGreaterThan(20);
    expect(await drawer(page).locator('[data-play-ok="false"]').count()).toBe(0);
    await drawer(page)
      .getByRole('heading', { name: /^All \d+ steps were answered as needed$/ })
      .waitFor();
    await expect.poll(() => listPeople(page).then(String)).not.toContain('Managed by directory');
    await assertSamePage();
  });

  test('what was left in place is on the team page', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    await connectAndOpen(visit);
    await choose(visit, 'Google Workspace', { keep: true, fast: true });
    await start(visit);
    await part(page, 'ended').waitFor();

    await drawer(page).getByRole('link', { name: 'Look at the team' }).click();

    await expect.poll(() => listPeople(page).then(String)).toContain('Managed by directory');
    await drawer(page).waitFor();
  });

  test('against a paused connection, the words of the administrator over there', async () => {
    const visit = await browser.visit();
    await reachPaused(visit);
    const { page } = visit;
    await drawer(page).getByText('Directory sync is paused.').waitFor();

    await choose(visit, 'Microsoft Entra ID', { fast: true });
    await start(visit);
    await part(page, 'ended').waitFor();

    const failed = drawer(page).locator('[data-play-ok="false"]');
    await failed.getByText('What the administrator of Microsoft Entra ID would see').waitFor();
    expect(await failed.textContent()).toMatch(/Test Connection.*fails/);
    expect(await failed.textContent()).toContain('401');
  });

  test('a run that is stopped takes everybody away, and can be played again', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    await connectAndOpen(visit);
    await choose(visit, 'OneLogin');
    await start(visit);
    await waitForSteps(page, 4);

    await button(drawer(page), 'Stop').click();
    await part(page, 'ended').waitFor();

    await drawer(page)
      .getByRole('heading', { name: /^Stopped after \d+ steps$/ })
      .waitFor();
    await teamLink(page).click();
    await expect.poll(() => listPeople(page).then((people) => people.length)).toBe(2);
    await button(drawer(page), 'Play again').click();
    await part(page, 'running').waitFor();
    await button(drawer(page), 'Stop').click();
    await part(page, 'ended').waitFor();
    await button(drawer(page), 'Choose another').click();
    await part(page, 'chooser').waitFor();
    expect(await page.getByRole('radio', { name: /^OneLogin/ }).isChecked()).toBe(true);
  });

  test('an answer that arrives after the end does not bring the run back', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    await connectAndOpen(visit);
    await choose(visit, 'Okta (Integration Network)');
    await start(visit);
    const late = Promise.withResolvers<void>();
    await page.route('**/api/play', async (route) => {
      if (route.request().method() !== 'DELETE') return route.fallback();
      const response = await route.fetch();
      await part(page, 'ended').waitFor();
      await route.fulfill({ response });
      late.resolve();
    });

    await button(drawer(page), 'Stop').click();
    await late.promise;

    await page.waitForTimeout(200);
    expect(await part(page, 'ended').isVisible()).toBe(true);
  });

  test('a run goes on behind a closed drawer, and through a reload', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    await connectAndOpen(visit);
    await choose(visit, 'Okta (Integration Network)');
    await start(visit);
    await waitForSteps(page, 2);

    await drawer(page).getByRole('button', { name: 'Close' }).click();
    await drawer(page).waitFor({ state: 'detached' });
    await openDrawer(visit);
    await part(page, 'running').waitFor();
    await page.reload();
    await openDrawer(visit);
    await part(page, 'running').waitFor();
    await waitForSteps(page, 3);
    await part(page, 'ended').waitFor({ timeout: 60_000 });
  });

  test('what another administrator plays is seen, and the choice of it waits', async () => {
    const visit = await browser.visit();
    const { page, harbor } = visit;
    await connectAndOpen(visit);
    const colleague = await harbor.signIn('usr_northwind_admin');
    await colleague.send('POST', '/api/play', { persona: 'keycloak' });
    await part(page, 'running').waitFor();
    await drawer(page).getByRole('heading', { name: 'Playing Keycloak' }).waitFor();
  });

  test('P6: with a sign-in of half an hour ago, it is confirmed first', async () => {
    const visit = await browser.visit();
    const { page, expectError } = visit;
    expectError(/status of 403/);
    await connectAndOpen(visit);
    await visit.wait(31 * minute);
    await choose(visit, 'Google Workspace', { fast: true });
    await start(visit);
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
    await button(page, 'Confirm').click();
    await part(page, 'ended').waitFor();
  });

  test('a member is not offered it', async () => {
    const { page, expectError } = await browser.visit();
    expectError(/status of 403/);
    await page.goto('/settings/directory-sync');
    await signIn(page, 'Theo Okafor');
    await seeState(page, 'forbidden');
    expect(await opener(page).count()).toBe(0);
  });
});

test('on a small screen the way to a key closes the drawer', async () => {
  const visit = await browser.visit();
  const { page } = visit;
  await page.setViewportSize({ width: 360, height: 740 });
  await openSettings(visit);
  await openDrawer(visit);
  await button(drawer(page), 'Go to Directory sync').click();
  await drawer(page).waitFor({ state: 'detached' });
  await button(page, 'Generate key').waitFor();
});

describe('with the keyboard alone', () => {
  test.each([
    ['beside the page', 1280],
    ['above the page', 360],
  ])('%s: opened, chosen, started, stopped and closed, and the focus is back', async (_where, width) => {
    const visit = await browser.visit();
    const { page } = visit;
    await connect(visit);
    await page.setViewportSize({ width, height: 800 });
    await opener(page).focus();
    await page.keyboard.press('Enter');
    await drawer(page).waitFor();
    await expectFocusInside(drawer(page));

    await tabTo(page, page.getByRole('radio', { name: /^Okta \(Integration Network\)/ }));
    await page.keyboard.press('ArrowDown');
    expect(await page.getByRole('radio', { name: /^Okta \(custom app\)/ }).isChecked()).toBe(true);
    await tabTo(page, button(drawer(page), 'Start'));
    await page.keyboard.press('Enter');
    await part(page, 'running').waitFor();
    await expectFocusInside(drawer(page));
    await tabTo(page, button(drawer(page), 'Stop'));
    await page.keyboard.press('Space');
    await part(page, 'ended').waitFor();
    await expectFocusInside(drawer(page));
    await tabTo(page, button(drawer(page), 'Play again'));
    await page.keyboard.press('Escape');

    await drawer(page).waitFor({ state: 'detached' });
    await expect
      .poll(() => opener(page).evaluate((element) => element === document.activeElement))
      .toBe(true);
  });
});

describe('the drawer is accessible and within the window, in every state', () => {
  test.each<{ readonly name: string; reach(visit: Visit): Promise<unknown>; readonly rateLimits?: 'off' }>([
    {
      name: 'without a connection',
      async reach(visit) {
        await openSettings(visit);
        await openDrawer(visit);
        await part(visit.page, 'missing').waitFor();
        await teamLink(visit.page).click();
        await button(drawer(visit.page), 'Go to Directory sync').waitFor();
      },
    },
    {
      name: 'choosing',
      async reach(visit) {
        await connectAndOpen(visit);
        await part(visit.page, 'chooser').waitFor();
      },
    },
    {
      name: 'choosing while paused',
      reach: reachPaused,
    },
    {
      name: 'running',
      async reach(visit) {
        await connectAndOpen(visit);
        await choose(visit, 'Okta (Integration Network)');
        await start(visit);
        await waitForSteps(visit.page, 6);
      },
    },
    {
      name: 'running, the team beside it',
      async reach(visit) {
        await connectAndOpen(visit);
        await choose(visit, 'Microsoft Entra ID');
        await start(visit);
        await teamLink(visit.page).click();
        await visit.page.locator('[data-team]').first().waitFor({ timeout: 30_000 });
      },
    },
    {
      name: 'running, many at once',
      rateLimits: 'off',
      async reach(visit) {
        await connectAndOpen(visit);
        await choose(visit, 'Microsoft Entra ID', { scenario: 'large-group', fast: true });
        await start(visit);
        await drawer(visit.page).getByRole('progressbar').waitFor();
      },
    },
    {
      name: 'ended',
      async reach(visit) {
        await connectAndOpen(visit);
        await choose(visit, 'Okta (Integration Network)', { fast: true });
        await start(visit);
        await part(visit.page, 'ended').waitFor();
      },
    },
    {
      name: 'ended, people left in place',
      async reach(visit) {
        await connectAndOpen(visit);
        await choose(visit, 'Rippling', { fast: true, keep: true });
        await start(visit);
        await drawer(visit.page).getByRole('link', { name: 'Look at the team' }).waitFor();
      },
    },
    {
      name: 'ended, failed',
      async reach(visit) {
        await reachPaused(visit);
        await choose(visit, 'Okta (Integration Network)', { fast: true });
        await start(visit);
        await drawer(visit.page).locator('[data-play-ok="false"]').waitFor();
        await part(visit.page, 'ended').waitFor();
      },
    },
    {
      name: 'ended, stopped',
      async reach(visit) {
        await connectAndOpen(visit);
        await choose(visit, 'JumpCloud');
        await start(visit);
        await waitForSteps(visit.page, 2);
        await button(drawer(visit.page), 'Stop').click();
        await part(visit.page, 'ended').waitFor();
      },
    },
    {
      name: 'not answering',
      async reach(visit) {
        visit.expectError(/ERR_FAILED/);
        await connectAndOpen(visit);
        await visit.page.route('**/api/play', (route) => route.abort());
        await start(visit);
        await drawer(visit.page).getByRole('alert').waitFor();
      },
    },
  ])('$name', async ({ name, reach, rateLimits }) => {
    const visit = await browser.visit(rateLimits && { rateLimits });
    await reach(visit);
    await lookAt(visit.page, `play ${name}`);
  });
});

/** The drawer, over a connection that is paused. */
async function reachPaused(visit: Visit): Promise<void> {
  const { page } = visit;
  await connect(visit);
  await button(page, 'Pause').click();
  await button(page.getByRole('dialog'), 'Pause').click();
  await seeState(page, 'paused');
  await openDrawer(visit);
  await drawer(page).getByText('Directory sync is paused.').waitFor();
}

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Thirty presses of Tab did not reach ${target}.`);
}

async function expectFocusInside(container: Locator): Promise<void> {
  await expect
    .poll(() => container.evaluate((element) => element.contains(document.activeElement)))
    .toBe(true);
}
