import { describe, test } from 'vitest';
import { useBrowser, type Visit } from './browser.ts';
import { lookAt } from './looks.ts';
import {
  button,
  chooseTile,
  comeBack,
  connect,
  connectAndSync,
  day,
  dialog,
  generateKey,
  lookAgain,
  minute,
  openSettings,
  signIn,
  storeKey,
} from './steps.ts';

/** A state by its name, how a person gets into it, and what the page then says of itself. */
interface State {
  readonly name: string;
  reach(visit: Visit): Promise<unknown>;
  readonly shows: string;
}

const settingsRoute = '**/api/setup/scim';
const keyRoutes = '**/api/setup/scim{,/*}';

const beforeTheKey: readonly State[] = [
  {
    name: 'loading',
    async reach({ page, ...visit }) {
      await page.route(settingsRoute, () => {});
      await openSettings({ page, ...visit });
    },
    shows: '[data-scim-state="loading"]',
  },
  {
    name: 'failed, no answer',
    async reach({ page, ...visit }) {
      visit.expectError(/ERR_FAILED/);
      await page.route(settingsRoute, (route) => route.abort());
      await openSettings({ page, ...visit });
    },
    shows: '[data-scim-state="failed"] >> role=button[name="Try again"]',
  },
  {
    name: 'failed, an error of the server',
    async reach(visit) {
      visit.expectError(/status of 500/);
      await visit.harbor.breakStore();
      await openSettings(visit);
    },
    shows: '[data-scim-state="failed"] >> text=Try again in a moment. Nothing was changed.',
  },
  {
    name: 'no permission',
    async reach({ page, expectError }) {
      expectError(/status of 403/);
      await page.goto('/settings/directory-sync');
      await signIn(page, 'Milo Brandt');
    },
    shows: '[data-scim-state="forbidden"]',
  },
  { name: 'not configured', reach: openSettings, shows: '[data-scim-state="not-configured"]' },
  {
    name: 'choosing a provider with a catalogue only',
    async reach(visit) {
      await openSettings(visit);
      await chooseTile(visit.page, 'Google Workspace');
    },
    shows: 'text=syncs only with apps in its own catalogue',
  },
  {
    name: 'choosing expiry',
    async reach(visit) {
      await openSettings(visit);
      await chooseTile(visit.page, 'Okta');
      await chooseTile(visit.page, 'Never');
    },
    shows: 'text=Not recommended',
  },
  {
    name: 'key not generated',
    async reach(visit) {
      visit.expectError(/ERR_FAILED/);
      await openSettings(visit);
      await visit.page.route(settingsRoute, (route) => route.abort());
      await button(visit.page, 'Generate key').click();
    },
    shows: '[data-scim-error="network"]',
  },
  {
    name: 'key shown once',
    async reach(visit) {
      await openSettings(visit);
      await generateKey(visit);
    },
    shows: '[data-scim-dialog="key"] [data-scim-field="key"]',
  },
  {
    name: 'key hidden',
    async reach(visit) {
      await openSettings(visit);
      await generateKey(visit);
      await button(visit.page, 'Hide key').click();
    },
    shows: 'role=button[name="Show key"]',
  },
  {
    name: 'copy refused',
    async reach(visit) {
      await openSettings(visit);
      await generateKey(visit);
      await visit.refuseClipboard();
      await button(visit.page, 'Copy key').click();
    },
    shows: '[data-scim-copy="refused"]',
  },
  {
    name: 'Escape asks first',
    async reach(visit) {
      await openSettings(visit);
      await generateKey(visit);
      await visit.page.keyboard.press('Escape');
    },
    shows: '[data-scim-notice="unstored"]',
  },
];

const withAKey: readonly State[] = [
  {
    name: 'waiting for the first request',
    reach: connect,
    shows: '[data-scim-guide="okta"] [aria-current="step"]',
  },
  {
    name: 'configured',
    reach: connectAndSync,
    shows: '[data-scim-state="configured"][data-scim-usage="used"]',
  },
  {
    name: 'changing the provider',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Change identity provider').click();
    },
    shows: 'role=radio[name="Okta"][checked=true]',
  },
  ...([30, 14, 7, 1] as const).map((days) => ({
    name: `expiring within ${days} days`,
    async reach(visit: Visit) {
      await connectAndSync(visit, 'In 90 days');
      await visit.wait((90 - days) * day + 5 * minute);
      await comeBack(visit);
    },
    shows: `[data-scim-state="expiring"] [data-scim-expires-within="${days}"]`,
  })),
  {
    name: 'expired',
    async reach(visit) {
      await connectAndSync(visit, 'In 90 days');
      await visit.wait(91 * day);
      await comeBack(visit);
    },
    shows: '[data-scim-state="expired"] [data-scim-notice="expired"]',
  },
  {
    name: 'paused',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Pause').click();
      await button(dialog(visit.page, 'pause'), 'Pause').click();
      await dialog(visit.page, 'pause').waitFor({ state: 'detached' });
    },
    shows: '[data-scim-state="paused"] [data-scim-notice="paused"]',
  },
  {
    name: 'two keys during a rotation',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Rotate key').click();
      await button(dialog(visit.page, 'rotate'), 'Rotate key').click();
      await dialog(visit.page, 'key').waitFor();
      await storeKey(visit.page);
    },
    shows: '[data-scim-state="rotating"] [data-scim-key] >> nth=1',
  },
  {
    name: 'stale',
    async reach(visit) {
      await connectAndSync(visit);
      visit.expectError(/ERR_FAILED/);
      await visit.page.route(settingsRoute, (route) => route.abort());
      await lookAgain(visit.page);
    },
    shows: '[data-scim-notice="stale"]',
  },
  {
    name: 'signed out meanwhile',
    async reach(visit) {
      await connectAndSync(visit);
      visit.expectError(/status of 401/);
      await visit.wait(13 * 60 * minute);
      await lookAgain(visit.page);
    },
    shows: '[data-scim-notice="stale"] >> text=You are signed out.',
  },
];

const dialogs: readonly State[] = [
  {
    name: 'rotate dialog',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Rotate key').click();
    },
    shows: '[data-scim-dialog="rotate"]',
  },
  {
    name: 'reset dialog',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Reset key').click();
    },
    shows: '[data-scim-dialog="reset"]',
  },
  {
    name: 'pause dialog',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Pause').click();
    },
    shows: '[data-scim-dialog="pause"]',
  },
  {
    name: 'delete dialog',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Delete connection').click();
    },
    shows: '[data-scim-dialog="delete"] >> role=button[name="Delete connection"][disabled=true]',
  },
  {
    name: 'delete dialog, name typed',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Delete connection').click();
      await visit.page.getByRole('textbox').fill('Northwind');
    },
    shows: '[data-scim-dialog="delete"] >> role=button[name="Delete connection"][disabled=false]',
  },
  {
    name: 'a change that takes its time',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Reset key').click();
      await visit.page.route(keyRoutes, () => {});
      await button(dialog(visit.page, 'reset'), 'Reset key').click();
    },
    shows: '[data-scim-dialog="reset"] [aria-busy="true"]',
  },
  {
    name: 'a change that failed',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Reset key').click();
      visit.expectError(/status of 500/);
      await visit.harbor.breakStore();
      await button(dialog(visit.page, 'reset'), 'Reset key').click();
    },
    shows: '[data-scim-dialog="reset"] [data-scim-error="unexpected"]',
  },
  {
    name: 'a change without an answer',
    async reach(visit) {
      await connectAndSync(visit);
      await button(visit.page, 'Delete connection').click();
      await visit.page.getByRole('textbox').fill('Northwind');
      visit.expectError(/ERR_FAILED/);
      await visit.page.route(settingsRoute, (route) => route.abort());
      await button(dialog(visit.page, 'delete'), 'Delete connection').click();
    },
    shows: '[data-scim-dialog="delete"] [data-scim-error="network"]',
  },
  {
    name: 'confirming the sign-in',
    async reach(visit) {
      await askForConfirmation(visit);
    },
    shows: 'role=dialog[name="Confirm that it is you"]',
  },
  {
    name: 're-authentication needed',
    async reach(visit) {
      await askForConfirmation(visit);
      await button(visit.page.getByRole('dialog', { name: 'Confirm that it is you' }), 'Cancel').click();
    },
    shows: '[data-scim-dialog="reset"] [data-scim-error="reauthentication_required"]',
  },
];

async function askForConfirmation(visit: Visit): Promise<void> {
  await connectAndSync(visit);
  visit.expectError(/status of 403/);
  await visit.wait(31 * minute);
  await button(visit.page, 'Reset key').click();
  await button(dialog(visit.page, 'reset'), 'Reset key').click();
}

describe('row A5: every state is reached in the running demo, accessible and within the window', () => {
  const browser = useBrowser();

  test.each([...beforeTheKey, ...withAKey, ...dialogs])('$name', async ({ name, reach, shows }) => {
    const visit = await browser.visit();

    await reach(visit);

    await visit.page.locator(shows).waitFor();
    await lookAt(visit.page, name);
  });
});
