// A process that serves a database, as one instance of an app does. It says its port, and what is logged on stderr.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Migration } from '../../src/store/sql/migrations.ts';
import { applyNext } from './next-version.ts';

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
  /** Migrations of a version to come, applied before it serves. */
  readonly next?: readonly Migration[];
  /** Whether tables are looked after at the first request only. @default false */
  readonly isLazy?: boolean;
  /** Makes a connection for this customer first. */
  readonly customerId?: string;
}

/** What the process says once it serves, as a line of JSON. */
export interface Ready {
  readonly port: number;
  /** Names of the migrations it applied. */
  readonly applied: readonly string[];
  /** The key of the connection it made, where it was to make one. */
  readonly key?: string;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
const {
  source = new URL('../../src', import.meta.url).href,
  poolSize,
  next = [],
  isLazy = false,
  customerId,
  ...options
} = settings;
// What is used here of an earlier version has the same form as in this one.
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
const applied = isLazy ? [] : [...(await scim.migrate()), ...(await applyNext(options, next))];
const made =
  customerId === undefined
    ? undefined
    : (await scim.management.createScimConnection({ customerId, guard: 'off' })).getOrThrow();
const server = createServer(nodeHandler(scim)).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const ready: Ready = { port, applied, ...(made && { key: made.scimApiKey }) };
  console.log(JSON.stringify(ready));
});
// The process that started this one is gone.
process.stdin.on('close', () => process.exit()).resume();
