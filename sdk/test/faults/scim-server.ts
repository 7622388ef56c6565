// A process that serves a database, as one instance of an app does. It says its port, and what is logged on stderr.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the process serves. Given as JSON, as its first argument. */
export interface ServerSettings {
  readonly database: string;
  readonly tablePrefix: string;
  readonly endpointUrl: string;
  readonly pepper: string;
  /** Most connections to PostgreSQL. @default that of scimkit */
  readonly poolSize?: number;
  /** The `src` folder of the scimkit that serves. @default this one */
  readonly source?: string;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
const { source = new URL('../../src', import.meta.url).href, poolSize, ...options } = settings;
// What an older source exports that is used here has not changed since.
const { createScim } = (await import(`${source}/index.ts`)) as typeof import('../../src/index.ts');
const { nodeHandler } = (await import(
  `${source}/adapters/node.ts`
)) as typeof import('../../src/adapters/node.ts');

const note = (message: string, details?: object) =>
  console.error(message, (details as { cause?: unknown } | undefined)?.cause ?? '');
const scim = createScim({
  ...options,
  ...(poolSize === undefined ? {} : { postgres: { poolSize } }),
  limits: { rateLimit: false, failedAuthenticationsPerMinute: false },
  logger: { error: note, warn: note, info() {} },
});
const server = createServer(nodeHandler(scim)).listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
// The process that started this one is gone.
process.stdin.on('close', () => process.exit()).resume();
