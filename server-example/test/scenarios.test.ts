import { equal } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { listScenarios, loadScenario } from '../scenarios/runner/list.ts';
import { playScenario } from '../scenarios/runner/play.ts';
import type { Scenario } from '../scenarios/runner/scenario.ts';
import { createTestDatabase } from './test-database.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const command = fileURLToPath(new URL('../scenarios/run.ts', import.meta.url));

/** For what needs no Harbor. */
const play = (scenario: Scenario) => playScenario(scenario, { databaseUrl: 'none' });

describe('scenarios', () => {
  test.each(listScenarios())('%s goes as told', { timeout: 60_000 }, async (name) => {
    const { url, remove } = await createTestDatabase();
    onTestFinished(remove);

    const { fault, lines, logged } = await playScenario(await loadScenario(name), { databaseUrl: url });

    expect({ fault, logged }, lines.map(({ sentence }) => sentence).join('\n')).toEqual({
      fault: undefined,
      logged: [],
    });
  });

  test('one in which something is not as told ends there, and says what', async () => {
    const { fault, lines } = await play({
      title: 'A door.',
      async run({ tell, expectThat }) {
        tell('Somebody shuts the door.');
        await expectThat('The door is shut.', () => equal('open', 'shut'));
        tell('Nobody comes in.');
      },
    });

    expect(fault).toContain("'open' !== 'shut'");
    expect(lines).toEqual([
      { kind: 'told', sentence: 'Somebody shuts the door.', isSo: true },
      { kind: 'checked', sentence: 'The door is shut.', isSo: false },
    ]);
  });

  test('one that only tells has failed', async () => {
    expect((await play({ title: 'Words.', run: async ({ tell }) => tell('All is well.') })).fault).toBe(
      'Nothing was checked.',
    );
  });

  test('what comes about by itself is looked at again', async () => {
    let looks = 0;

    const { fault } = await play({
      title: 'A delivery.',
      run: ({ expectSoon }) => expectSoon('It comes the third time.', () => ++looks === 3),
    });

    expect([fault, looks]).toEqual([undefined, 3]);
  });

  test('what a scenario opened is closed when it fails, the last first', async () => {
    const closed: string[] = [];

    await play({
      title: 'Two doors.',
      async run({ onEnd }) {
        onEnd(() => void closed.push('the outer door'));
        onEnd(() => void closed.push('the inner door'));
        throw new Error('fire');
      },
    });

    expect(closed).toEqual(['the inner door', 'the outer door']);
  });
});

// The command makes its databases itself.
describe.runIf(inject('postgresUrl') === undefined)('npm run scenario', () => {
  const runCommand = (args: readonly string[], databaseUrl = '') =>
    run(process.execPath, [command, ...args], {
      cwd: root,
      env: { ...process.env, DATABASE_URL: databaseUrl },
    });

  test('--list names every scenario', async () => {
    const { stdout } = await runCommand(['--list', '--json']);

    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual(listScenarios());
  });

  test('tells one sentence by sentence, and keeps the database it was given', {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'harbor-scenario-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));

    const { stdout } = await runCommand(['new-hire'], `sqlite:${join(folder, 'look.db')}`);

    expect(stdout).toContain('Northwind hires Ann Lee.');
    expect(stdout).toContain('✓ Her role is what it was.');
    expect(stdout).toMatch(/^1 of 1 went as told/m);
    expect(existsSync(join(folder, 'look-new-hire.db'))).toBe(true);
    await expect(runCommand(['new-hire'], `sqlite:${join(folder, 'look.db')}`)).rejects.toThrow(
      'is there already',
    );
  });

  test('a name that is none is refused, with those there are', async () => {
    const refused = await runCommand(['new-higher']).catch((error) => error);

    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('There are: ') });
    expect(refused.stderr).toContain('new-hire');
  });
});
