import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** A colour scheme at a width. */
export interface Look {
  readonly colorScheme: 'light' | 'dark';
  readonly width: 1280 | 360;
}

const heights = { 1280: 900, 360: 740 } as const;

// Each scheme and each width is seen once; the other two combinations are for the screenshots.
const checkedLooks: readonly Look[] = [
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 360 },
];
const furtherLooks: readonly Look[] = [
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 1280 },
];

const folder = fileURLToPath(new URL('../../.shots/', import.meta.url));
const takesShots = process.env.SHOTS === '1';

/**
 * Looks at what the page shows now: accessible by axe-core's measure, and never wider than the window.
 * With `SHOTS=1` it also takes screenshots, into `.shots/`.
 */
export async function lookAt(page: Page, name: string): Promise<void> {
  for (const look of checkedLooks) {
    await take(page, look);
    expect(await listViolations(page), describeLook(look)).toEqual([]);
    expect(await listTooWide(page), describeLook(look)).toEqual([]);
    if (takesShots) await shoot(page, { name, look });
  }
  if (!takesShots) return;
  for (const look of furtherLooks) {
    await take(page, look);
    await shoot(page, { name, look });
  }
}

async function take(page: Page, { colorScheme, width }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: heights[width] });
  // Colours on their way from one scheme to the other are nobody's choice.
  await page.waitForFunction((isDark) => {
    const isMoving = document.getAnimations().some((animation) => animation instanceof CSSTransition);
    return document.documentElement.classList.contains('dark') === isDark && !isMoving;
  }, colorScheme === 'dark');
}

/** Every violation with the elements it is about, so that a failing test says what to mend. */
async function listViolations(page: Page): Promise<string[]> {
  // Legacy mode: there are no frames here, and without it axe opens another tab to join their results.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

/** Everything visible that sticks out at the side, if the page or an open dialog scrolls sideways. */
function listTooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const scrollers = [document.documentElement, ...document.querySelectorAll('[role="dialog"]')];
    return scrollers
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => `${element.tagName} is ${element.scrollWidth} px wide in ${element.clientWidth} px`);
  });
}

async function shoot(page: Page, { name, look }: { name: string; look: Look }): Promise<void> {
  const file = name.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
  // An open dialog belongs to the window, not to the page.
  const isWholePage = (await page.getByRole('dialog').count()) === 0;
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  if (isWholePage) await page.setViewportSize({ width: look.width, height });
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${file}.${describeLook(look)}.png`) });
}

const describeLook = ({ colorScheme, width }: Look) => `${colorScheme}-${width}`;
