import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useBrowser } from './browser.ts';
import { button, dialog, readKey, seeState } from './steps.ts';

const { visit: openHarbor } = useBrowser();

test('with the keyboard alone: from signing in to a stored key, a rotation, a reset and a deletion', async () => {
  const { page } = await openHarbor();
  await page.goto('/');
  await page.getByRole('button', { name: 'Nora Lindqvist' }).waitFor();

  await tabTo(page, page.getByRole('button', { name: 'Nora Lindqvist' }));
  await page.keyboard.press('Enter');
  await seeState(page, 'not-configured');

  // A group of radio buttons is one stop; arrows move within it, and choose.
  await tabTo(page, page.getByRole('radio', { name: 'Okta' }));
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await expectFocus(page, page.getByRole('radio', { name: 'Microsoft Entra ID' }));
  await page.keyboard.press('ArrowUp');
  expect(await page.getByRole('radio', { name: 'Okta' }).isChecked()).toBe(true);
  await page.keyboard.press('Tab');
  await expectFocus(page, page.getByRole('radio', { name: 'In 1 year' }));
  await page.keyboard.press('ArrowLeft');
  expect(await page.getByRole('radio', { name: 'In 90 days' }).isChecked()).toBe(true);
  await page.keyboard.press('Tab');
  await expectFocus(page, button(page, 'Generate key'));
  await page.keyboard.press('Enter');

  await storeKeyByKeyboard(page);
  // The button that opened the dialog is gone: the page's title takes the focus.
  await expectHeadingFocus(page);

  await tabTo(page, button(page, 'Rotate key'));
  await page.keyboard.press('Enter');
  await expectFocusInside(dialog(page, 'rotate'));
  await tabTo(page, button(dialog(page, 'rotate'), 'Rotate key'));
  await page.keyboard.press('Escape');
  await dialog(page, 'rotate').waitFor({ state: 'detached' });
  await expectFocus(page, button(page, 'Rotate key'));

  await tabTo(page, button(page, 'Reset key'));
  await page.keyboard.press('Space');
  await expectFocusInside(dialog(page, 'reset'));
  await tabTo(page, button(dialog(page, 'reset'), 'Reset key'));
  await page.keyboard.press('Enter');
  await storeKeyByKeyboard(page);
  await expectFocus(page, button(page, 'Reset key'));

  await tabTo(page, button(page, 'Delete connection'));
  await page.keyboard.press('Enter');
  await expectFocus(page, page.getByRole('textbox'));
  await page.keyboard.type('Northwind');
  await page.keyboard.press('Enter');
  await seeState(page, 'not-configured');
  await expectHeadingFocus(page);
});

test('the focus stays in a dialog, in both directions', async () => {
  const { page } = await openHarbor();
  await page.goto('/');
  await page.getByRole('button', { name: 'Nora Lindqvist' }).press('Enter');
  await button(page, 'Generate key').press('Enter');
  await dialog(page, 'key').waitFor();

  for (const key of ['Tab', 'Shift+Tab']) {
    for (let presses = 0; presses < 8; presses++) {
      await page.keyboard.press(key);
      await expectFocusInside(dialog(page, 'key'));
    }
  }
});

test('Escape asks before a key is lost, moves the focus to the question, and takes it back', async () => {
  const { page } = await openHarbor();
  await page.goto('/');
  await page.getByRole('button', { name: 'Nora Lindqvist' }).press('Enter');
  await button(page, 'Generate key').press('Enter');
  await dialog(page, 'key').waitFor();

  await page.keyboard.press('Escape');
  await page.locator('[data-scim-notice="unstored"]').waitFor();
  await tabTo(page, button(page, 'Keep it open'));
  await page.keyboard.press('Enter');
  await page.locator('[data-scim-notice="unstored"]').waitFor({ state: 'detached' });
  await expectFocusInside(dialog(page, 'key'));

  await page.keyboard.press('Escape');
  await tabTo(page, button(page, 'Close without storing'));
  await page.keyboard.press('Enter');
  await dialog(page, 'key').waitFor({ state: 'detached' });
});

async function storeKeyByKeyboard(page: Page): Promise<void> {
  await dialog(page, 'key').waitFor();
  await expectFocusInside(dialog(page, 'key'));
  const key = await readKey(page);
  await tabTo(page, button(dialog(page, 'key'), 'Copy key'));
  await page.keyboard.press('Enter');
  await dialog(page, 'key').getByRole('status').filter({ hasText: 'key copied' }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
  await tabTo(page, page.getByRole('checkbox', { name: 'I have stored this key' }));
  await page.keyboard.press('Space');
  await tabTo(page, button(page, 'Done'));
  await page.keyboard.press('Enter');
  await dialog(page, 'key').waitFor({ state: 'detached' });
}

/** Presses Tab until the element has the focus; every stop on the way must be seen to have it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press('Tab');
    await expectVisibleFocus(page);
    if (await hasFocus(target)) return;
  }
  throw new Error(`Thirty presses of Tab did not reach ${target}.`);
}

const hasFocus = (target: Locator) => target.evaluate((element) => element === document.activeElement);

async function expectFocus(page: Page, target: Locator): Promise<void> {
  await expect.poll(() => hasFocus(target), { message: `focus on ${target}` }).toBe(true);
  await expectVisibleFocus(page);
}

async function expectFocusInside(container: Locator): Promise<void> {
  await expect
    .poll(() => container.evaluate((element) => element.contains(document.activeElement)))
    .toBe(true);
}

async function expectHeadingFocus(page: Page): Promise<void> {
  await expect.poll(() => hasFocus(page.getByRole('heading', { name: 'Directory sync' }))).toBe(true);
}

/** Some rings grow for a moment. */
async function expectVisibleFocus(page: Page): Promise<void> {
  await expect.poll(() => describeFocus(page)).toMatchObject({ isVisible: true });
}

/** The focused element, and whether an outline or a ring of 2 px or more is drawn around it or the tile it is in. */
function describeFocus(page: Page): Promise<{ element: string; isVisible: boolean }> {
  return page.evaluate(() => {
    const focused = document.activeElement ?? document.body;
    const drawn = [focused, focused.closest('label')].filter((element) => element !== null);
    const isVisible = drawn.some((element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      const hasOutline = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
      return hasOutline || /0px 0px 0px [2-9]px/.test(boxShadow);
    });
    return { element: focused.outerHTML.slice(0, 200), isVisible };
  });
}
