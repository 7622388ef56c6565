import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startHarbor } from '../test/harbor.ts';
import { startPrimitiveRegistry } from './primitive-registry.ts';
import { createViteApp } from './vite-app.ts';

interface RegistryItem {
  readonly files: readonly { readonly target: string; readonly content: string }[];
}

describe('row A1: the page is copied into a fresh Vite app from the running demo', () => {
  test.each(['radix-nova', 'base-nova'])(
    '%s: it builds, lints without errors, and adding again changes nothing',
    async (style) => {
      const harbor = await startHarbor();
      const primitives = await startPrimitiveRegistry();
      const app = await createViteApp(style);
      const url = `${harbor.url}/r/enterprise-scim.json`;
      const item = (await (await fetch(url)).json()) as RegistryItem;

      await app.add(url, primitives);

      // The CLI exits 0 even when it did nothing, so the files are what counts.
      const copied = listFiles(app.folder);
      for (const { target } of item.files) {
        expect(copied).toHaveProperty([target.replace(/^@/, 'src/')]);
      }
      await app.build();
      await app.lint();

      await app.add(url, primitives);

      expect(listFiles(app.folder)).toEqual(copied);
    },
  );

  test('the catalogue names the item, and no copied file names a test', async () => {
    const harbor = await startHarbor();
    const catalogue = (await (await fetch(`${harbor.url}/r/registry.json`)).json()) as {
      items: { name: string }[];
    };
    const item = (await (await fetch(`${harbor.url}/r/enterprise-scim.json`)).json()) as RegistryItem;

    expect(catalogue.items.map(({ name }) => name)).toContain('enterprise-scim');
    expect(item.files.filter(({ target }) => target.includes('.test.'))).toEqual([]);
    expect(item.files.every(({ content }) => content.length > 0)).toBe(true);
  });
});

/** Every source file with a hash of its content. */
function listFiles(folder: string): Record<string, string> {
  const files = globSync('src/**/*.{ts,tsx,css}', { cwd: folder }).sort();
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]),
  );
}
