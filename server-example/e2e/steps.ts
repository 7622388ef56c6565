import type { Locator, Page } from 'playwright-core';
import type { Visit } from './browser.ts';

export const day = 24 * 60 * 60 * 1000;
export const minute = 60 * 1000;

/** The root of the settings page. */
export const setup = (page: Page): Locator => page.locator('[data-slot="scim-setup"]');

/** The settings page, once it is in a state. */
export async function seeState(page: Page, state: string): Promise<void> {
  await page.locator(`[data-slot="scim-setup"][data-scim-state="${state}"]`).waitFor();
}

export const dialog = (page: Page, kind: string): Locator => page.locator(`[data-scim-dialog="${kind}"]`);

export const button = (page: Page | Locator, name: string): Locator =>
  page.getByRole('button', { name, exact: true });

/** Chooses a tile, by pressing on its words: its radio button is there for the keyboard and for screen readers. */
export async function chooseTile(page: Page | Locator, name: string): Promise<void> {
  await page.locator('label').getByText(name, { exact: true }).click();
}

/** Signs in on whatever page shows the sign-in. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click();
}

/** Opens the settings page as Northwind's administrator. */
export async function openSettings({ page }: Visit): Promise<void> {
  await page.goto('/settings/directory-sync');
  await signIn(page, 'Nora Lindqvist');
  await setup(page).waitFor();
}

/** Signs in again after the session has ended, as it does after 12 hours. */
export async function comeBack({ page }: Visit): Promise<void> {
  await page.reload();
  await signIn(page, 'Nora Lindqvist');
  await setup(page).waitFor();
}

/** Chooses Okta and a life, generates the key, and leaves the dialog with it open. */
export async function generateKey(visit: Visit, life = 'In 1 year'): Promise<string> {
  const { page } = visit;
  await seeState(page, 'not-configured');
  await chooseTile(page, 'Okta');
  await chooseTile(page, life);
  await button(page, 'Generate key').click();
  return readKey(page);
}

/** The key in the open dialog. */
export async function readKey(page: Page): Promise<string> {
  return (await dialog(page, 'key').locator('[data-scim-field="key"] code').textContent()) ?? '';
}

/** Says that the key is stored, and closes its dialog. */
export async function storeKey(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'I have stored this key' }).check();
  await button(page, 'Done').click();
  await dialog(page, 'key').waitFor({ state: 'detached' });
}

/** From signing in to a connection that no identity provider has used yet. */
export async function connect(visit: Visit, life?: string): Promise<string> {
  await openSettings(visit);
  const key = await generateKey(visit, life);
  await storeKey(visit.page);
  return key;
}

/** From signing in to a connection over which Okta has sent two people and a group. */
export async function connectAndSync(visit: Visit, life?: string): Promise<string> {
  const key = await connect(visit, life);
  await sync(visit, key);
  await lookAgain(visit.page);
  await visit.page.locator('[data-slot="scim-setup"][data-scim-usage="used"]').waitFor();
  // Nothing is under way any more that a session which ends would refuse.
  await visit.page.locator('[data-scim-guide][data-scim-done="9"]').waitFor();
  return key;
}

/** Comes back to the tab, which makes the page refresh at once. */
export async function lookAgain(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
}

/** What Okta sends first: people, then a group of them. */
export async function sync({ harbor }: Visit, key: string): Promise<void> {
  const okta = harbor.idp(key);
  const ann = await okta('POST', '/Users', user('Ann', 'Lee'));
  const raj = await okta('POST', '/Users', user('Raj', 'Patel'));
  await okta('POST', '/Groups', {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName: 'Engineering',
    members: [{ value: ann.body.id }, { value: raj.body.id }],
  });
}

function user(givenName: string, familyName: string) {
  const userName = `${givenName}.${familyName}@northwind.example`.toLowerCase();
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    name: { givenName, familyName },
    emails: [{ value: userName, primary: true }],
    active: true,
  };
}

/** The acts in the server's audit trail, oldest first. */
export async function listActs({ harbor }: Visit): Promise<string[]> {
  const rows = await harbor.database.all('SELECT action FROM scim_audit ORDER BY occurred_at, action');
  return rows.map(({ action }) => String(action));
}
