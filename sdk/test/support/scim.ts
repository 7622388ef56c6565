import { channel } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import {
  type CreateScimConnectionParameters,
  createScim,
  refuse,
  type Scim,
  type ScimOptions,
} from '../../src/index.ts';
import { createFolder } from './connections.ts';
import { createTestDatabase, type TestDatabase } from './databases.ts';

export const ORIGIN = 'https://app.example';
export const BASE = `${ORIGIN}/scim/v2`;
export const USER_URN = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const GROUP_URN = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const PATCH_URN = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const SEARCH_URN = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';
export const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** One line a host's logger was given. */
export interface LogLine {
  readonly level: 'error' | 'warn' | 'info';
  readonly message: string;
  readonly details: object | undefined;
}

export interface OpenOptions extends Partial<ScimOptions> {
  /** @default false: no limits on rates, so that tests are not slowed down */
  readonly limited?: boolean;
  /** Another server's database. @default one of its own */
  readonly on?: TestDatabase;
}

/** scimkit on a database of its own, with whatever it logs. */
export function openScim({ limited = false, on, ...options }: OpenOptions = {}) {
  const database = on ?? createTestDatabase();
  const log: LogLine[] = [];
  const record = (level: LogLine['level']) => (message: string, details?: object) =>
    void log.push({ level, message, details });
  const scim = createScim({
    database: database.option,
    tablePrefix: database.prefix,
    pepper: 'a pepper for tests',
    endpointUrl: BASE,
    logger: { error: record('error'), warn: record('warn'), info: record('info') },
    ...options,
    postgres: { ...database.postgres, ...options.postgres },
    limits: {
      ...(limited
        ? {}
        : { rateLimit: false, maxConcurrentRequests: false, failedAuthenticationsPerMinute: false }),
      ...options.limits,
    },
  });
  onTestFinished(async () => {
    await scim.close().catch(() => undefined);
    if (on === undefined) await database.remove();
  });
  return { scim, database, file: database.file ?? '', log };
}

/** A customer's connection and its key. */
export async function connect(
  scim: Scim,
  customerId = 'acme',
  options: Omit<CreateScimConnectionParameters, 'customerId'> = {},
) {
  const { connectionId, scimApiKey } = (
    await scim.management.createScimConnection({ customerId, ...options })
  ).getOrThrow();
  return { customerId, connectionId, key: scimApiKey };
}

export interface Call {
  readonly method?: string;
  readonly key?: string | null;
  /** Text or bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of many shapes
  readonly body: any;
}

/** Sends one request through `scim.fetch`. */
export async function send(scim: Scim, path: string, call: Call = {}): Promise<Answer> {
  const { method = call.body === undefined ? 'GET' : 'POST', key, body } = call;
  const headers = new Headers(body === undefined ? {} : { 'content-type': 'application/scim+json' });
  if (key !== undefined && key !== null) headers.set('authorization', `Bearer ${key}`);
  for (const [name, value] of Object.entries(call.headers ?? {})) headers.set(name, value);
  const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
  const init: RequestInit & { duplex?: 'half' } = { method, headers };
  if (body !== undefined)
    init.body = isRaw ? (body as NonNullable<RequestInit['body']>) : JSON.stringify(body);
  if (body instanceof ReadableStream) init.duplex = 'half';
  const response = await scim.fetch(
    new Request(BASE + path, init),
    call.address === undefined ? {} : { address: call.address },
  );
  return readAnswer(response);
}

/** Where answers that no socket carries are counted. */
const answers = channel('scimkit:test:answer');

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  answers.publish(response.status);
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** A user body with nothing but what is needed. */
export function user(userName: string, more: object = {}) {
  return { schemas: [USER_URN], userName, ...more };
}

export function group(displayName: string, memberIds: readonly string[] = []) {
  return { schemas: [GROUP_URN], displayName, members: memberIds.map((value) => ({ value })) };
}

export function patch(...operations: readonly object[]) {
  return { schemas: [PATCH_URN], Operations: operations };
}

/** One statement as it reached the database. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A real database handle that writes down every statement that is run on it. */
export function spyDatabase(file: string) {
  const real = new DatabaseSync(file);
  const statements: Statement[] = [];
  const spyStatement = (sql: string, statement: StatementSync) => {
    const note =
      <T>(use: (...values: never[]) => T) =>
      (...values: unknown[]): T => {
        statements.push({ sql, values });
        return use(...(values as never[]));
      };
    return {
      run: note(statement.run.bind(statement)),
      get: note(statement.get.bind(statement)),
      all: note(statement.all.bind(statement)),
    };
  };
  const handle = {
    prepare: (sql: string) => spyStatement(sql, real.prepare(sql)),
    exec: (sql: string) => {
      statements.push({ sql, values: [] });
      return real.exec(sql);
    },
    close: () => real.close(),
  };
  onTestFinished(() => {
    if (real.isOpen) real.close();
  });
  return { handle, real, statements };
}

/** scimkit on a database whose every statement is written down. */
export function openSpied(options: OpenOptions = {}) {
  const file = join(createFolder(), 'spied.db');
  const spy = spyDatabase(file);
  return { ...openScim({ ...options, database: spy.handle }), ...spy, file };
}

/** Runs in the middle of nothing: a promise with its own way to settle. */
export function defer<T = void>() {
  return Promise.withResolvers<T>();
}

/** A hook that refuses everything. */
export function refuseAll(): never {
  throw refuse({ status: 403, detail: 'no' });
}
