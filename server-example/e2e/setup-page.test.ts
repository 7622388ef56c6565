import { describe, expect, test } from 'vitest';
import { useBrowser } from './browser.ts';
import {
  button,
  chooseTile,
  connect,
  connectAndSync,
  dialog,
  generateKey,
  listActs,
  minute,
  openSettings,
  readKey,
  seeState,
  setup,
  signIn,
  storeKey,
  sync,
} from './steps.ts';

const settingsPath = '/settings/directory-sync';
const { visit: openHarbor } = useBrowser();

describe('from signing in to the first person', () => {
  test('an administrator is led to the settings, generates a key for Okta and stores it', async () => {
    const visit = await openHarbor();
    const { page, harbor } = visit;

    await page.goto('/');
    await signIn(page, 'Nora Lindqvist');
    await page.waitForURL(`**${settingsPath}`);
    const key = await generateKey(visit);

    expect(key).toMatch(/^scimk_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
    expect(await dialog(page, 'key').textContent()).toContain('In Okta: “Authorization: Bearer”');
    expect(await button(page, 'Done').isDisabled()).toBe(true);

    await storeKey(page);
    await page.reload();
    await page.locator('[data-scim-guide="okta"][data-scim-done="0"]').waitFor();

    expect(await page.content()).not.toContain(key);
    expect(await setup(page).textContent()).toContain(`scimk_…${key.slice(-4)}`);
    expect(await listActs(visit)).toEqual(['connection.changed', 'connection.created']);
    expect((await harbor.idp(key)('GET', '/Users')).status).toBe(200);
  });

  test('both values are copied, and a live region says so', async () => {
    const visit = await openHarbor();
    const { page, harbor } = visit;
    await openSettings(visit);
    const key = await generateKey(visit);
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());

    await button(dialog(page, 'key'), 'Copy endpoint URL').click();
    await dialog(page, 'key').getByRole('status').filter({ hasText: 'endpoint URL copied' }).waitFor();
    expect(await clipboard()).toBe(`${harbor.url}/scim/v2`);

    await button(dialog(page, 'key'), 'Copy key').click();
    await dialog(page, 'key')
      .getByRole('status')
      .filter({ hasText: /^key copied$/ })
      .waitFor();
    expect(await clipboard()).toBe(key);
  });

  test('a hidden key is copied all the same', async () => {
    const visit = await openHarbor();
    const { page } = visit;
    await openSettings(visit);
    const key = await generateKey(visit);

    await button(page, 'Hide key').click();
    expect(await readKey(page)).not.toContain(key.slice(-4));
    await button(dialog(page, 'key'), 'Copy key').click();
    await dialog(page, 'key').getByRole('status').filter({ hasText: 'key copied' }).waitFor();

    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
  });

  test('where the browser refuses to copy, the page says so and selects the value, hidden or not', async () => {
    const visit = await openHarbor();
    const { page, harbor } = visit;
    await openSettings(visit);
    const key = await generateKey(visit);
    await button(page, 'Hide key').click();
    await visit.refuseClipboard();

    await button(dialog(page, 'key'), 'Copy key').click();

    await page.getByRole('alert').filter({ hasText: 'The browser refused to copy.' }).waitFor();
    await expect.poll(() => page.evaluate(() => String(getSelection()))).toBe(key);

    await button(dialog(page, 'key'), 'Copy endpoint URL').click();
    await expect.poll(() => page.evaluate(() => String(getSelection()))).toBe(`${harbor.url}/scim/v2`);
  });

  test('what the identity provider sends appears without a reload, here and on the team page', async () => {
    const visit = await openHarbor();
    const { page } = visit;
    const key = await connect(visit);
    await page.locator('[data-scim-guide="okta"][data-scim-done="0"]').waitFor();

    await sync(visit, key);

    await page.locator('[data-scim-count="users"]', { hasText: /^2 users$/ }).waitFor();
    await page.locator('[data-scim-count="groups"]', { hasText: /^1 group$/ }).waitFor();
    await page.locator('[data-scim-status]', { hasText: 'Connected, last used now' }).waitFor();
    await page.locator('[data-scim-guide="okta"][data-scim-done="9"]').waitFor();

    await page.getByRole('link', { name: 'Team' }).click();
    await page.getByRole('row', { name: /Ann Lee.*Managed by directory/ }).waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'Engineering' })
      .filter({ hasText: '2 members' })
      .waitFor();
  });
});

describe('the life of a key', () => {
  test('during a rotation both keys work; once the new one is used, the old one is gone', async () => {
    const visit = await openHarbor();
    const { page, harbor } = visit;
    const oldKey = await connectAndSync(visit);
    await button(page, 'Rotate key').click();
    await chooseTile(dialog(page, 'rotate'), '1 day');
    await button(dialog(page, 'rotate'), 'Rotate key').click();
    const newKey = await readKey(page);
    await storeKey(page);

    await seeState(page, 'rotating');
    expect(await page.locator('[data-scim-key]').count()).toBe(2);
    expect((await harbor.idp(oldKey)('GET', '/Users')).status).toBe(200);
    expect((await harbor.idp(newKey)('GET', '/Users')).status).toBe(200);

    await seeState(page, 'configured');
    expect(await page.locator('[data-scim-key]').count()).toBe(1);
    expect((await harbor.idp(oldKey)('GET', '/Users')).status).toBe(401);
  });

  test('a reset ends the old key at once', async () => {
    const visit = await openHarbor();
    const { page, harbor } = visit;
    const oldKey = await connectAndSync(visit);

    await button(page, 'Reset key').click();
    await dialog(page, 'reset').getByText('2 users and 1 group stop being updated').waitFor();
    await button(dialog(page, 'reset'), 'Reset key').click();
    const newKey = await readKey(page);

    expect((await harbor.idp(oldKey)('GET', '/Users')).status).toBe(401);
    expect((await harbor.idp(newKey)('GET', '/Users')).status).toBe(200);
    await storeKey(page);
    await setup(page)
      .getByText(`scimk_…${newKey.slice(-4)}`)
      .waitFor();
  });

  test('a paused connection refuses its key until it is resumed', async () => {
    const visit = await openHarbor();
    const { page, harbor } = visit;
    const okta = harbor.idp(await connectAndSync(visit));

    await button(page, 'Pause').click();
    await button(dialog(page, 'pause'), 'Pause').click();
    await seeState(page, 'paused');
    expect((await okta('GET', '/Users')).status).toBe(401);

    await button(page, 'Resume').click();
    await seeState(page, 'configured');
    expect((await okta('GET', '/Users')).status).toBe(200);
  });

  test('a connection is deleted once its customer is named; the people stay', async () => {
    const visit = await openHarbor();
    const { page, harbor } = visit;
    const key = await connectAndSync(visit);

    await button(page, 'Delete connection').click();
    const confirm = button(dialog(page, 'delete'), 'Delete connection');
    await dialog(page, 'delete').getByLabel('Type “Northwind” to confirm').fill('Southwind');
    expect(await confirm.isDisabled()).toBe(true);
    await dialog(page, 'delete').getByLabel('Type “Northwind” to confirm').fill('northwind ');
    await confirm.click();

    await seeState(page, 'not-configured');
    expect((await harbor.idp(key)('GET', '/Users')).status).toBe(401);
    await page.getByRole('link', { name: 'Team' }).click();
    await page.getByRole('row', { name: /Ann Lee/ }).waitFor();
  });
});

describe('row A5: a double click acts once', () => {
  test('Generate', async () => {
    const visit = await openHarbor();
    await openSettings(visit);

    await button(visit.page, 'Generate key').dblclick({ noWaitAfter: true });

    await dialog(visit.page, 'key').waitFor();
    expect(visit.changes.filter((change) => change === 'POST /api/setup/scim')).toHaveLength(1);
    expect(await listActs(visit)).toEqual(['connection.created']);
  });

  test('Reset', async () => {
    const visit = await openHarbor();
    await connect(visit);
    await button(visit.page, 'Reset key').click();

    await button(dialog(visit.page, 'reset'), 'Reset key').dblclick({ noWaitAfter: true });

    await dialog(visit.page, 'key').waitFor();
    expect(visit.changes.filter((change) => change === 'PUT /api/setup/scim')).toHaveLength(1);
    expect((await listActs(visit)).filter((act) => act === 'key.reset')).toHaveLength(1);
  });

  test('Delete', async () => {
    const visit = await openHarbor();
    await connect(visit);
    await button(visit.page, 'Delete connection').click();
    await visit.page.getByRole('textbox').fill('Northwind');

    await button(dialog(visit.page, 'delete'), 'Delete connection').dblclick({ noWaitAfter: true });

    await seeState(visit.page, 'not-configured');
    expect(visit.changes.filter((change) => change === 'DELETE /api/setup/scim')).toHaveLength(1);
    expect((await listActs(visit)).filter((act) => act === 'connection.deleted')).toHaveLength(1);
  });
});

describe('a key is not lost by looking away', () => {
  test('Escape asks first, and the key can be kept open', async () => {
    const visit = await openHarbor();
    const { page } = visit;
    await openSettings(visit);
    const key = await generateKey(visit);

    await page.keyboard.press('Escape');
    await page.locator('[data-scim-notice="unstored"]').waitFor();
    await button(page, 'Keep it open').click();
    expect(await readKey(page)).toBe(key);

    await page.keyboard.press('Escape');
    await button(page, 'Close without storing').click();
    await dialog(page, 'key').waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(key);
  });

  test('a click outside does nothing', async () => {
    const visit = await openHarbor();
    await openSettings(visit);
    const key = await generateKey(visit);

    await visit.page.mouse.click(5, 5);

    expect(await readKey(visit.page)).toBe(key);
    expect(await visit.page.locator('[data-scim-notice="unstored"]').count()).toBe(0);
  });

  test('the browser asks before the page is left, until the key is said to be stored', async () => {
    const visit = await openHarbor();
    const { page } = visit;
    await openSettings(visit);
    const key = await generateKey(visit);

    const question = page.waitForEvent('dialog');
    void page.evaluate(() => location.reload()).catch(() => {});
    expect((await question).type()).toBe('beforeunload');
    await (await question).dismiss();
    expect(await readKey(page)).toBe(key);

    // A question that nobody answers would let this fail by its time limit.
    await storeKey(page);
    await page.reload();
    await seeState(page, 'configured');
  });
});

describe('who may not', () => {
  test('a member is refused, with the name of an administrator who can', async () => {
    const { page, expectError } = await openHarbor();
    expectError(/status of 403/);

    await page.goto(settingsPath);
    await signIn(page, 'Milo Brandt');
    await seeState(page, 'forbidden');

    expect(await setup(page).textContent()).toContain('Ask Nora Lindqvist');
    expect(await setup(page).getByRole('button').count()).toBe(0);
  });

  test('somebody signed out sees the sign-in, and then the page asked for', async () => {
    const { page } = await openHarbor();

    await page.goto(settingsPath);
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    expect(await setup(page).count()).toBe(0);

    await signIn(page, 'Carla Reyes');
    await seeState(page, 'not-configured');
    expect(new URL(page.url()).pathname).toBe(settingsPath);
  });

  test('one customer sees nothing of the other', async () => {
    const visit = await openHarbor();
    const { page } = visit;
    await connectAndSync(visit);

    await button(page, 'Sign out').click();
    await signIn(page, 'Carla Reyes');
    await page.goto(settingsPath);
    await seeState(page, 'not-configured');
    await page.goto('/team');

    await page.getByText('2 people at Contoso').waitFor();
  });

  test('a sign-in of more than 30 minutes has to be confirmed, and then the reset goes through', async () => {
    const visit = await openHarbor();
    const { page, harbor } = visit;
    const oldKey = await connectAndSync(visit);
    visit.expectError(/status of 403/);
    const question = page.getByRole('dialog', { name: 'Confirm that it is you' });

    await visit.wait(31 * minute);
    await button(page, 'Reset key').click();
    await button(dialog(page, 'reset'), 'Reset key').click();
    await button(question, 'Cancel').click();
    await dialog(page, 'reset').getByText('Keys may be changed only shortly after signing in.').waitFor();
    expect((await harbor.idp(oldKey)('GET', '/Users')).status).toBe(200);

    await button(dialog(page, 'reset'), 'Try again').click();
    await button(question, 'Confirm').click();
    const newKey = await readKey(page);

    expect((await harbor.idp(oldKey)('GET', '/Users')).status).toBe(401);
    expect((await harbor.idp(newKey)('GET', '/Users')).status).toBe(200);
  });
});

describe('when the server does not answer', () => {
  test('the page says so, changes nothing, and loads once it is tried again', async () => {
    const visit = await openHarbor();
    const { page } = visit;
    visit.expectError(/ERR_FAILED/);
    await page.route('**/api/setup/scim', (route) => route.abort());
    await openSettings(visit);
    await seeState(page, 'failed');

    await page.unroute('**/api/setup/scim');
    await button(page, 'Try again').click();

    await seeState(page, 'not-configured');
  });
});
