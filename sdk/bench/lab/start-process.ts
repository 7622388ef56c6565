import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export interface Started {
  readonly processId: number;
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts one of the servers beside this folder.
 *
 * @param script its file in `servers/`
 * @param options.nodeOptions such as `--cpu-prof`
 * @throws where it ends before it is ready.
 */
export function startProcess(
  script: string,
  { environment, nodeOptions = [] }: { environment: Record<string, string>; nodeOptions?: readonly string[] },
): Promise<Started> {
  const file = fileURLToPath(new URL(`../servers/${script}`, import.meta.url));
  const child = spawn(process.execPath, [...nodeOptions, file], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} before it was ready.`)));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const port = /^READY (\d+)$/m.exec(text)?.[1];
      if (port === undefined || child.pid === undefined) return;
      resolve({
        processId: child.pid,
        url: `http://127.0.0.1:${port}`,
        async stop() {
          child.stdin.end();
          const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
          await ended;
          clearTimeout(timer);
        },
      });
    });
  });
}
