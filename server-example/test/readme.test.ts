import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHarborProcess } from './harbor-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

describe('what the documents say is so', () => {
  test('the first two commands are the demo and the tests', () => {
    expect(blocksOf('README.md')[0]).toBe('npm run demo\nnpm test');
  });

  test('the commands under "Try it" do what they say on the running demo', { timeout: 60_000 }, async () => {
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

  test("the package's README records an identity provider and replays it", { timeout: 120_000 }, async () => {
    const harbor = await startHarborProcess();
    const { scimApiKey } = await harbor.createConnection('northwind', 'google');
    const folder = mkdtempSync(join(tmpdir(), 'scimkit-readme-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [block = ''] = blocksOf('sdk/README.md').filter((text) => text.startsWith('npx scimkit record'));
    const lines = block
      .split('\n')
      .map((line) =>
        line
          .replace('npx scimkit', '')
          .replace('http://localhost:3000', harbor.url)
          .replace('127.0.0.1:4000 ', '127.0.0.1:0 ')
          .replace('google.jsonl', join(folder, 'google.jsonl')),
      );
    const [record = [], simulate = [], replay = []] = lines.map((line) => line.trim().split(' '));
    const options = { cwd: root, env: { ...process.env, SCIMKIT_KEY: scimApiKey } };

    const recorder = spawn(process.execPath, ['sdk/bin/scimkit.js', ...record], options);
    onTestFinished(() => void recorder.kill('SIGKILL'));
    const ended = once(recorder, 'exit');
    const [begin] = await once(recorder.stdout, 'data');
    const url = /http:\S+/.exec(String(begin))?.[0] ?? '';
    const simulated = simulate.map((word) => word.replace('http://127.0.0.1:4000/scim/v2', url));
    await run(process.execPath, ['sdk/bin/scimkit.js', ...simulated], options);
    recorder.kill('SIGINT');
    const { stdout } = await run(process.execPath, ['sdk/bin/scimkit.js', ...replay], options);

    expect((await ended)[0]).toBe(0);
    expect(stdout).toMatch(/^(\d+) of \1 exchanges answered as recorded, 0 not played/m);
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
