import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { lookUpChromium } from '../../scripts/lib/browser.mjs';
import type { AppOptions } from '../src/app.ts';
import { startHarbor } from '../test/harbor.ts';

const pages = fileURLToPath(new URL('../dist/client/index.html', import.meta.url));

const launchArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Harbor as somebody sees it who has just arrived. */
export interface Visit {
  readonly harbor: Awaited<ReturnType<typeof startHarbor>>;
  readonly page: Page;
  readonly context: BrowserContext;
  /** The requests that would change something, as `PUT /api/setup/scim`. */
  readonly changes: readonly string[];
  /** Moves the clock of the server and of the page. */
  wait(milliseconds: number): Promise<void>;
  /** From now on the browser refuses to write to the clipboard, as it may. */
  refuseClipboard(): Promise<void>;
  /** Says that the browser will rightly report an error like this one; any other fails the test. */
  expectError(pattern: RegExp): void;
}

/** One Chromium for a file of tests; each visit has a Harbor and a profile of its own. */
export function useBrowser(): { visit(options?: Partial<AppOptions>): Promise<Visit> } {
  let browser: Browser;

  beforeAll(async () => {
    if (!existsSync(pages)) {
      throw new Error(
        'server-example/dist is missing. Run `npm run build` first, or all tests with `npm test`.',
      );
    }
    const executablePath = process.env.CHROMIUM_PATH ?? lookUpChromium();
    if (!executablePath) {
      throw new Error(
        'No Chromium or Chrome was found. Install one, or set CHROMIUM_PATH to its executable.',
      );
    }
    browser = await chromium.launch({ executablePath, args: launchArguments });
  });
  afterAll(() => browser?.close());

  return {
    async visit(options) {
      const harbor = await startHarbor(options);
      const context = await browser.newContext({
        baseURL: harbor.url,
        locale: 'en-GB',
        timezoneId: 'Europe/Berlin',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(30_000);
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: harbor.url });
      const page = await context.newPage();
      const failOnErrors = collectErrors(page);
      const changes = collectChanges(page);
      await page.clock.setFixedTime(harbor.clock.now);
      onTestFinished(async () => {
        await context.close();
        failOnErrors.check();
      });
      return {
        harbor,
        page,
        context,
        changes,
        async wait(milliseconds) {
          harbor.clock.now += milliseconds;
          await page.clock.setFixedTime(harbor.clock.now);
        },
        async refuseClipboard() {
          const session = await context.newCDPSession(page);
          const { targetInfo } = await session.send('Target.getTargetInfo');
          const permission = { name: 'clipboard-write', allowWithoutSanitization: false };
          await session.send('Browser.setPermission', {
            permission,
            setting: 'denied',
            origin: harbor.url,
            ...(targetInfo.browserContextId && { browserContextId: targetInfo.browserContextId }),
          });
        },
        expectError: failOnErrors.expectError,
      };
    },
  };
}

function collectErrors(page: Page) {
  const errors: string[] = [];
  const expected: RegExp[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  return {
    expectError: (pattern: RegExp) => void expected.push(pattern),
    check: () =>
      expect(errors.filter((error) => !expected.some((pattern) => pattern.test(error)))).toEqual([]),
  };
}

function collectChanges(page: Page): string[] {
  const changes: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') changes.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  return changes;
}
