import { expect, test } from 'vitest';
import { verify } from '../src/verifier/verify.ts';
import { openTwoPhaseApp } from './support/two-apps.ts';

test('row F1: an app that is asked in two phases breaks no MUST of the RFCs', {
  timeout: 60_000,
}, async () => {
  const { url, key } = await openTwoPhaseApp();

  const report = await verify({ url, key });

  const failed = report.requirements.filter(({ status }) => status === 'failed');
  expect(failed.map(({ id, title }) => `${id} ${title}`)).toEqual([]);
  expect(report.counts.passed).toBeGreaterThan(50);
});
