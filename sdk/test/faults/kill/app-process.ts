import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { PostgresOptions } from '../../../src/index.ts';

/** What the app serves, and how it is broken on purpose. */
export interface OpenCommand {
  /** `sqlite:FILE` or `postgres://…`. */
  readonly database: string;
  readonly prefix: string;
  /** The file open transactions are noted in. */
  readonly note: string;
  /** `early-answer`: answers before the commit. `not-synced`: SQLite does not wait for the disk. */
  readonly breakage?: 'early-answer' | 'not-synced' | undefined;
  readonly postgres?: PostgresOptions | undefined;
  /** Hands events out. */
  readonly telling?: Telling | undefined;
  /** Writes errors to stderr, so that why a request was refused is seen beside the failure of the test. */
  readonly isLogging?: boolean | undefined;
}

/** Who is told of events. */
export interface Telling {
  /** A handler writes a line of JSON into it for each event. */
  readonly book: string;
  /** Where a webhook is sent. */
  readonly url: string;
  /** The handler ends the process where the event says so, and notes that here. */
  readonly deaths?: string | undefined;
}

export type Command = { readonly open: OpenCommand } | { readonly connect: string };

export interface Opened {
  readonly port: number;
}

/** A customer's connection, as its identity provider knows it. */
export interface Connected {
  readonly connectionId: string;
  readonly key: string;
}

/** A process that serves scimkit. */
export interface App {
  /** @returns the port it listens on */
  open(options: Omit<OpenCommand, 'note'>): Promise<number>;
  connect(customerId: string): Promise<Connected>;
  /** SIGSTOP: it does nothing until it is resumed, and does not know of it. */
  pause(): void;
  resume(): void;
  readonly pid: number | undefined;
  /** Settled once it is gone, by whatever end. */
  readonly gone: Promise<unknown>;
  /** SIGKILL. Answers how many transactions were open then, and how many of those at their COMMIT. */
  kill(): Promise<{ readonly open: number; readonly committing: number }>;
}

/** Starts such processes for one test. What Node made of the sources once is used again by the next. */
export function createApps(
  environment: Readonly<Record<string, string>> = {},
  stderr: 'inherit' | 'ignore' = 'inherit',
) {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-apps-'));
  const children = new Set<ChildProcess>();
  onTestFinished(async () => {
    await Promise.all([...children].map(end));
    rmSync(folder, { recursive: true, force: true });
  });
  let count = 0;
  return {
    /** Its modules are loaded while the caller does something else. */
    start(more: Readonly<Record<string, string>> = {}): App {
      count += 1;
      const child = spawn(process.execPath, [fileURLToPath(new URL('app.ts', import.meta.url))], {
        stdio: ['pipe', 'pipe', stderr],
        env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache'), ...environment, ...more },
      });
      children.add(child);
      child.once('exit', () => children.delete(child));
      return toApp(child, join(folder, `transactions-${count}`));
    },
  };
}

function toApp(child: ChildProcess, note: string): App {
  if (child.stdout === null) throw new Error('The app has no output.');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async <T>(command: Command): Promise<T> => {
    child.stdin?.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('The app ended before it answered.');
    return JSON.parse(value) as T;
  };
  const gone = once(child, 'exit');
  return {
    pid: child.pid,
    gone,
    open: async (options) => (await ask<Opened>({ open: { ...options, note } })).port,
    connect: (customerId) => ask({ connect: customerId }),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      await end(child);
      const [open = 0, committing = 0] = readFileSync(note);
      rmSync(note);
      return { open, committing };
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
