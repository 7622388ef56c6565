import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { BASE, type Call } from './scim.ts';
import { sendOver } from './send-over.ts';

/** How the other process uses the database. */
interface ProcessOptions {
  readonly tablePrefix?: string;
  /** Longest stay of a hook in the transaction of a change, milliseconds. @default 0, no hook */
  readonly hookMs?: number;
}

/**
 * Serves a database from another process until the test ends. Answers how to send it a request.
 *
 * @param database a SQLite file, or a `postgres://` URL
 */
export async function startSecondProcess(
  database: string,
  { tablePrefix = 'scim_', hookMs = 0 }: ProcessOptions = {},
) {
  const script = fileURLToPath(new URL('database-server.ts', import.meta.url));
  const option = database.startsWith('postgres:') ? database : `sqlite:${database}`;
  const child = spawn(process.execPath, [script, option, BASE, tablePrefix, String(hookMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return (path: string, call: Call & { readonly key: string }) =>
    sendOver(port.toString().trim(), path, call);
}
