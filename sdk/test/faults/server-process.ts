import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { TestDatabase } from '../support/databases.ts';
import { type Answer, BASE, type Call } from '../support/scim.ts';
import { sendOver } from '../support/send-over.ts';
import type { Ready, ServerSettings } from './scim-server.ts';

export interface ServerProcessOptions extends Partial<ServerSettings> {
  /** A program with its arguments that starts the process in its place, such as `strace`. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The user it runs as; only root may say. */
  readonly uid?: number;
}

/** A server in a process of its own. */
export interface ServerProcess extends Ready {
  readonly child: ChildProcess;
  /** What the process wrote on stderr, its log included. */
  readonly output: { stderr: string };
  /** Sends one request over a connection that is kept. Rejects when no answer came. */
  send(path: string, call: Call & { readonly key: string }): Promise<Answer>;
  /** Ends the process and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const script = fileURLToPath(new URL('scim-server.ts', import.meta.url));

/** Serves a database from another process until the test ends. */
export async function startServer(
  { option, prefix }: Pick<TestDatabase, 'option' | 'prefix'>,
  { under = [], environment = {}, uid, ...settings }: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const all: ServerSettings = {
    database: option,
    tablePrefix: prefix,
    endpointUrl: BASE,
    pepper: 'a pepper for tests',
    ...settings,
  };
  const [program = process.execPath, ...args] = [...under, process.execPath, script, JSON.stringify(all)];
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    ...(uid === undefined ? {} : { uid }),
  });
  const output = { stderr: '' };
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const gone = once(child, 'exit');
  const stop = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal);
    await gone;
  };
  onTestFinished(() => stop());
  const started = await Promise.race([once(child.stdout, 'data'), gone]);
  if (child.exitCode !== null) throw new Error(`The server did not start: ${output.stderr}`);
  const ready = JSON.parse(String(started[0])) as Ready;
  return { ...ready, child, output, stop, send: (path, call) => sendOver(ready.port, path, call) };
}
