import { onTestFinished } from 'vitest';
import { openHarbor } from '../scenarios/runner/harbor.ts';
import type { AppOptions } from '../src/app.ts';
import { createTestDatabase } from './test-database.ts';

export { type Answer, people } from '../scenarios/runner/harbor.ts';

/** The moment at which every test begins, in milliseconds. */
export const startOfTest = Date.UTC(2026, 4, 4, 9, 0, 0);

/** The moment at which every test begins, in UNIX seconds. */
export const startSeconds = startOfTest / 1000;

/** Has something done when whoever asked for Harbor is done with it. */
type OnEnd = (clean: () => void | Promise<void>) => void;

/**
 * The real Harbor on a free port, with a database of its own and a clock that tests move.
 *
 * @param onEnd left out: Harbor ends with the test
 */
export async function startHarbor(options: Partial<AppOptions> = {}, onEnd: OnEnd = onTestFinished) {
  const { url: databaseUrl, remove } = await createTestDatabase();
  const clock = { now: startOfTest };
  const errors: unknown[] = [];
  const opened = await openHarbor({
    database: databaseUrl,
    now: () => clock.now,
    logger: { error: (...details) => errors.push(details), warn() {}, info() {} },
    ...options,
  });
  const { database } = opened;
  onEnd(async () => {
    await opened.close();
    await remove();
  });

  /** From now on every statement of scimkit's on connections fails. */
  async function breakStore() {
    await database.transaction((tx) => tx.run('ALTER TABLE scim_connections RENAME TO missing'));
  }

  return { ...opened, clock, errors, breakStore };
}
