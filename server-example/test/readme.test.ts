import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startHarborProcess } from './harbor-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const documents = ['README.md', 'sdk/README.md', 'SECURITY.md', 'THREAT_MODEL.md'];

describe('what the documents say is so', () => {
  test('the first two commands are the demo and the tests', () => {
    expect(blocksOf('README.md')[0]).toBe('npm run demo\nnpm test');
  });

  test.each(documents)('%s: every npm script it names exists', (document) => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...read(document).matchAll(/npm run (?<name>[a-z:]+)/g)].map(({ groups }) => groups?.name);

    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
  });

  test.each(documents)('%s: every file it links to exists', (document) => {
    const targets = [...read(document).matchAll(/\]\((?<target>[^)#]+)[^)]*\)/g)]
      .map(({ groups }) => groups?.target ?? '')
      .filter((target) => !target.includes(':'));

    expect(targets.filter((target) => !existsSync(join(root, dirname(document), target)))).toEqual([]);
  });

  test('the commands under "Try it" do what they say on the running demo', async () => {
    const harbor = await startHarborProcess();
    const { scimApiKey } = await harbor.createConnection('northwind', 'okta');
    const shell = (block: string) =>
      run('bash', ['-euc', block.replaceAll('npx scimkit', 'node sdk/bin/scimkit.js')], { cwd: root });
    const [curl = '', commands = ''] = blocksOf('README.md').filter((block) =>
      /curl|npx scimkit/.test(block),
    );

    const created = await shell(
      curl.replace('paste-the-key-here', scimApiKey).replace('http://localhost:3000', harbor.url),
    );
    const answers = await shell(
      commands.replaceAll('sqlite:server-example/data/harbor.db', harbor.databaseUrl),
    );

    expect(JSON.parse(created.stdout)).toMatchObject({ userName: 'ann.lee@northwind.example', active: true });
    expect(answers.stdout).toMatch(/"scimApiKey": "scimk_/);
    expect(answers.stdout).toContain('Created by the identity provider.');
  });

  test("the commands in the package's README are all known to the command", { timeout: 60_000 }, async () => {
    const [block = ''] = blocksOf('sdk/README.md').filter((text) => text.startsWith('npx scimkit'));
    const commands = block.split('\n').map((line) => line.replace('npx scimkit ', ''));

    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) {
      const words = command.split(' ').filter((word) => /^[a-z]+$/.test(word));
      const { stdout } = await run(process.execPath, ['sdk/bin/scimkit.js', ...words, '--help'], {
        cwd: root,
      });
      const options = [...command.matchAll(/--[a-z-]+/g)].map(([option]) => option);
      expect(options.filter((option) => !stdout.includes(option))).toEqual([]);
    }
  });
});

function read(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

/** The text of every code block. */
function blocksOf(document: string): readonly string[] {
  return [...read(document).matchAll(/^```\w*\n(?<code>[\s\S]*?)\n```$/gm)].map(
    ({ groups }) => groups?.code ?? '',
  );
}
