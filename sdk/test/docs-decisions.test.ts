import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8');

test('the app in the page on decisions is the one the tests run, and fits on a screen', () => {
  const app = read('docs/decisions/app.ts');

  expect(read('docs/decisions.md')).toContain(`\n\`\`\`ts\n${app}\`\`\`\n`);
  expect(app.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
});

test('every error of a decision is in the page on decisions', () => {
  const names = ['StagedChangeNotFound', 'StagedChangeOutdated', 'UserAlreadyLinked'];

  for (const name of names) expect(read('docs/decisions.md')).toContain(`\`${name}\``);
});
