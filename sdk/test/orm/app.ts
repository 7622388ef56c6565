import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { createScim, type ScimHooks, type ScimOptions } from '../../src/index.ts';
import { patch, send, user } from '../support/scim.ts';

/** One row of the app's own `users` table. */
export interface AppUser {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}

/** An app with a `users` table of its own, in a database that scimkit's tables are in too. */
export interface App<Database> {
  readonly database: ScimOptions['database'];
  readonly hooks: ScimHooks<Database>;
  /** Rows that are committed. */
  readUsers(customerId: string): Promise<readonly AppUser[]>;
  /** An account the app made itself. */
  addUser(customerId: string, name: string): Promise<void>;
}

/** Before every table of scimkit's. */
export const PREFIX = 'directory_';

/** A customer of the app whose identity provider sends what the test says. */
export async function openCustomer<Database>(
  app: App<Database>,
  change: { readonly hooks?: Partial<ScimHooks<Database>>; readonly hookTimeoutMs?: number } = {},
) {
  const errors: object[] = [];
  const customerId = `customer-${randomUUID()}`;
  const scim = createScim<Database>({
    database: app.database,
    tablePrefix: PREFIX,
    hooks: { ...app.hooks, ...change.hooks },
    limits: {
      rateLimit: false,
      ...(change.hookTimeoutMs !== undefined && { hookTimeoutMs: change.hookTimeoutMs }),
    },
    logger: { error: (_message, details = {}) => errors.push(details), warn() {}, info() {} },
  });
  onTestFinished(() => scim.close());
  const connection = (await scim.management.createScimConnection({ customerId })).getOrThrow();
  const call = (path: string, more: object = {}) => send(scim, path, { key: connection.scimApiKey, ...more });
  return {
    customerId,
    scim,
    /** What was logged as an error, as text. */
    readLog: () => errors.map((details) => Object.values(details).map(explain).join(' ')).join('\n'),
    create: (name: string, more: object = {}) => call('/Users', { body: user(name, more) }),
    deactivate: (id: string, more: object = {}) =>
      call(`/Users/${id}`, {
        method: 'PATCH',
        body: patch({ op: 'replace', value: { active: false, ...more } }),
      }),
    get: (id: string) => call(`/Users/${id}`),
    /** How many users scimkit keeps of this customer, as it shows them. */
    count: async () => (await call('/Users?count=0')).body.totalResults as number,
    readUsers: () => app.readUsers(customerId),
    addUser: (name: string) => app.addUser(customerId, name),
  };
}

function explain(detail: unknown): string {
  if (!(detail instanceof Error)) return String(detail);
  return `${detail.message} ${detail.cause === undefined ? '' : explain(detail.cause)}`;
}
