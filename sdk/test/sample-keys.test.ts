import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { KEY_PATTERN, parseKey } from '../src/connections/key-format.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SKIPPED = new Set(['node_modules', '.git', 'dist', 'data', 'public']);

test('no key in code, documents or examples would pass for a real one (S10)', () => {
  const files = globSync('**/*.{ts,tsx,mjs,js,json,md,html,css,yml}', {
    cwd: ROOT,
    exclude: (name) => SKIPPED.has(name.split('/').at(-1) ?? ''),
  });
  const everywhere = new RegExp(KEY_PATTERN, 'g');
  const found = files.flatMap((file) => {
    const keys = readFileSync(join(ROOT, file), 'utf8').match(everywhere) ?? [];
    return keys.filter((key) => parseKey(key) !== undefined).map(() => file);
  });
  expect(files.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
