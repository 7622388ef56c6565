import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { useBrowser, type Visit } from './browser.ts';
import { lookAt } from './looks.ts';
import { button, connect, connectAndSync, lookAgain, setup } from './steps.ts';

const browser = useBrowser();

const section = (page: Page, name: string): Locator => setup(page).locator(`[data-scim-section="${name}"]`);
const panel = (page: Page, name: string): Locator => setup(page).locator(`[data-scim-panel="${name}"]`);
const rows = (page: Page): Locator => setup(page).locator('[data-scim-row]');

const PAYLOADS = [
  '<img src=x onerror="window.hacked=1">',
  '"><script>window.hacked=1</script>',
  '=cmd|calc!A1',
];

/** As many users as asked for, each a request of Okta's. */
async function createUsers({ harbor }: Visit, key: string, count: number): Promise<void> {
  const okta = harbor.idp(key);
  for (let at = 0; at < count; at += 1)
    await okta('POST', '/Users', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: `person-${String(at).padStart(3, '0')}@northwind.example`,
      displayName: `Person ${at}`,
    });
}

describe('A8: users and groups', () => {
  test('are paged to the last page and searched on the server, and opened with everything that was sent', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    const key = await connect(visit);
    await createUsers(visit, key, 60);
    await lookAgain(page);
    await section(page, 'users').click();

    await panel(page, 'users').locator('[data-scim-total="60"]').waitFor();
    expect(await rows(page).count()).toBe(50);
    await button(panel(page, 'users'), 'Next').click();
    await expect.poll(() => rows(page).count()).toBe(10);
    expect(await button(panel(page, 'users'), 'Next').isDisabled()).toBe(true);

    await page.getByRole('searchbox').fill('PERSON-007');
    await expect.poll(() => rows(page).count()).toBe(1);
    await rows(page).getByRole('button').click();
    await expect
      .poll(() => rows(page).locator('pre').textContent())
      .toContain('person-007@northwind.example');
    await lookAt(page, 'users-panel');

    // The address leads back here.
    await page.reload();
    await panel(page, 'users').locator('[data-scim-total="60"]').waitFor();
  });

  test('of a group the members are shown, whatever they are called, and nothing of a name is run', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    const key = await connectAndSync(visit);
    const okta = visit.harbor.idp(key);
    for (const displayName of PAYLOADS) {
      const { body } = await okta('POST', '/Users', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        userName: displayName,
        displayName,
      });
      await okta('POST', '/Groups', {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName,
        members: [{ value: body.id }],
      });
    }
    await section(page, 'groups').click();
    await panel(page, 'groups').locator('[data-scim-total="4"]').waitFor();
    for (const row of await rows(page).all()) await row.getByRole('button').first().click();
    await expect.poll(() => setup(page).locator('[data-scim-member]').count()).toBe(5);
    const shown = (await panel(page, 'groups').textContent()) ?? '';
    for (const payload of PAYLOADS) expect(shown).toContain(payload);
    expect(await panel(page, 'groups').locator('img, script').count()).toBe(0);
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    await lookAt(page, 'groups-panel');
  });
});

describe('A9: the activity', () => {
  test('says each request in a sentence, and the failed ones alone when asked', async () => {
    const visit = await browser.visit();
    const { page } = visit;
    const key = await connectAndSync(visit);
    await visit.harbor.idp(key)('POST', '/Users', { schemas: [] });
    await section(page, 'activity').click();

    await panel(page, 'activity').getByText('Created group Engineering.').waitFor();
    await lookAt(page, 'activity-panel');
    await button(page, 'Failed only').click();
    await expect.poll(() => rows(page).count()).toBe(1);
    await rows(page).getByRole('button').click();
    await rows(page).getByText('POST /Users').waitFor();
    expect(await page.content()).not.toContain(key);
  });

  test('is empty with a reason before the first request', async () => {
    const visit = await browser.visit();
    await connect(visit);
    await section(visit.page, 'activity').click();
    await panel(visit.page, 'activity').getByText('No requests yet').waitFor();
    await lookAt(visit.page, 'activity-empty');
  });
});
