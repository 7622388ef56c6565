import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { type RecordedExchange, type RecordOptions, record } from '../../src/recorder/record.ts';
import { createFolder } from './connections.ts';

/** A recorder in this process, in front of a server, ended with the test. */
export async function startRecorder(target: string, options: Partial<RecordOptions> = {}) {
  const output = options.output ?? join(createFolder(), 'recording.jsonl');
  const notices: string[] = [];
  const recorder = await record({ target, output, onNotice: (text) => notices.push(text), ...options });
  onTestFinished(async () => void (await recorder.close().catch(() => undefined)));
  return { recorder, output, notices, url: recorder.url, port: Number(new URL(recorder.url).port) };
}

/** The exchanges of a `.jsonl` recording. */
export function readExchanges(file: string): readonly RecordedExchange[] {
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

const COMMAND = fileURLToPath(new URL('../../bin/scimkit.js', import.meta.url));

/**
 * Starts `scimkit` as a shell does, without a terminal; it is gone with the test.
 *
 * @param within a command that runs it
 */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  within: readonly string[] = [],
) {
  const [program = '', ...rest] = [...within, process.execPath, COMMAND, ...args];
  const child = spawn(program, rest, {
    env: { ...process.env, SCIMKIT_KEY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const ended = once(child, 'close').then(([status]) => ({ status, ...output }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, output, ended };
}

/** `scimkit record` in front of a server, listening. */
export async function startRecordCommand(
  target: string,
  { output, args = [], env = {} }: { output: string; args?: readonly string[]; env?: Record<string, string> },
) {
  const command = startCommand(['record', '--target', target, '--output', output, ...args], env);
  await vi.waitUntil(() => /http:\/\/\S+/.test(command.output.stdout), { timeout: 30_000 });
  const url = /http:\/\/[^\s"]+/.exec(command.output.stdout)?.[0] ?? '';
  return { ...command, url, port: Number(new URL(url).port) };
}
