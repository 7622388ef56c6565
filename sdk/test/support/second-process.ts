import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { BASE, type Call, readAnswer } from './scim.ts';

/** Serves a database file from another process until the test ends. Answers how to send it a request. */
export async function startSecondProcess(file: string) {
  const script = fileURLToPath(new URL('database-server.ts', import.meta.url));
  const child = spawn(process.execPath, [script, file, BASE], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    const gone = once(child, 'exit');
    child.kill();
    await gone;
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return async (path: string, { method, key, body, headers }: Call & { readonly key: string }) => {
    const response = await fetch(`http://127.0.0.1:${port.toString().trim()}/scim/v2${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return readAnswer(response);
  };
}
