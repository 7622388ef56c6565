import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const sdk = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string) => fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));

describe('the package as npm publishes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-package-'));
  let tarball = '';

  beforeAll(async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: sdk });
    const listing = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as
      | readonly { readonly filename: string }[]
      | Readonly<Record<string, { readonly filename: string }>>;
    const [entry] = Object.values(listing);
    tarball = join(folder, entry?.filename ?? '');
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('publint finds no fault', async () => {
    const { stdout } = await run(process.execPath, [bin('publint/src/cli.js'), tarball, '--strict']);
    expect(stdout).toContain('All good!');
  });

  test('types resolve in every ESM resolution', async () => {
    // attw ends non-zero, and so rejects, when a resolution of the profile has a problem.
    const { stdout } = await run(process.execPath, [
      bin('@arethetypeswrong/cli/dist/index.js'),
      tarball,
      '--profile',
      'esm-only',
      '--no-color',
    ]);
    expect(stdout).toMatch(/"scimkit\/express".*🟢 \(ESM\)/);
  });

  test("the README's first script is a working SCIM server outside the repository", async () => {
    const app = mkdtempSync(join(folder, 'app-'));
    writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
    await run(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball],
      {
        cwd: app,
      },
    );
    writeFileSync(join(app, 'server.mjs'), readExample());

    const { stdout } = await run(process.execPath, ['server.mjs'], { cwd: app });

    expect(stdout).toContain('201');
    expect(stdout).toContain('ann.lee@example.com');
  }, 120_000);
});

/** The first JavaScript block of the package's README. */
function readExample(): string {
  const readme = readFileSync(join(sdk, 'README.md'), 'utf8');
  const code = /```js\n(?<code>[\s\S]*?)```/.exec(readme)?.groups?.code;
  if (code === undefined) throw new Error('The README has no JavaScript example.');
  expect(code.trim().split('\n').length).toBeLessThanOrEqual(22);
  return code;
}
