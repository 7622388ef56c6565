import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** What an app opens. */
export interface OpenCommand {
  readonly database: string;
  readonly prefix: string;
  /** The file of the app's own accounts. */
  readonly accounts: string;
}

/** A process that serves the example of the documents. */
export interface AppProcess {
  /** @returns the port it listens on */
  open(command: OpenCommand): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Starts such processes for one test, which also has a place for their files. */
export function createAppProcesses() {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-two-phase-'));
  const children = new Set<ChildProcess>();
  onTestFinished(async () => {
    await Promise.all([...children].map(end));
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    accounts: join(folder, 'accounts.db'),
    /** Its modules are loaded while the caller does something else. */
    start(): AppProcess {
      const child = spawn(process.execPath, [fileURLToPath(new URL('app.ts', import.meta.url))], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') },
      });
      children.add(child);
      child.once('exit', () => children.delete(child));
      return {
        async open(command) {
          child.stdin.write(`${JSON.stringify(command)}\n`);
          const [port] = (await once(child.stdout, 'data')) as [Buffer];
          return Number(port.toString());
        },
        kill: () => end(child),
      };
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
