import { onTestFinished } from 'vitest';
import { type AppOptions, createApp } from '../src/app.ts';
import { openDatabase } from '../src/database.ts';
import { createTestDatabase } from './test-database.ts';

/** The moment at which every test begins, in milliseconds. */
export const startOfTest = Date.UTC(2026, 4, 4, 9, 0, 0);

/** The moment at which every test begins, in UNIX seconds. */
export const startSeconds = startOfTest / 1000;

export const people = {
  northwindAdmin: 'usr_northwind_admin',
  northwindMember: 'usr_northwind_member',
  contosoAdmin: 'usr_contoso_admin',
  contosoMember: 'usr_contoso_member',
} as const;

/** A JSON answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests read bodies as a client in JavaScript would.
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests assert.
  readonly body: any;
}

/** Has something done when whoever asked for Harbor is done with it. */
type OnEnd = (clean: () => void | Promise<void>) => void;

/**
 * The real Harbor on a free port, with a database of its own and a clock that tests move.
 *
 * @param onEnd left out: Harbor ends with the test
 */
export async function startHarbor(options: Partial<AppOptions> = {}, onEnd: OnEnd = onTestFinished) {
  const { url: databaseUrl, remove } = await createTestDatabase();
  const clock = { now: startOfTest };
  const errors: unknown[] = [];
  const harbor = await createApp({
    database: databaseUrl,
    sessionSecret: 'a secret for tests only',
    rateLimits: 'on',
    now: () => clock.now,
    logger: { error: (...details) => errors.push(details), warn() {}, info() {} },
    ...options,
  });
  const { url } = await harbor.listen(0);
  const database = await openDatabase({ url: databaseUrl, nowSeconds: startSeconds, warn() {} });
  onEnd(async () => {
    await database.close();
    await harbor.close();
    await remove();
  });

  /** A request without session, from nowhere in particular. */
  async function request(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(url + path, { ...init, method, redirect: 'manual' });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseJson(text) };
  }

  /** A browser that is signed in, on Harbor's own pages. */
  async function signIn(userId: string) {
    const signedIn = await request('POST', '/api/sign-in', {
      headers: { origin: url, 'content-type': 'application/json' },
      body: JSON.stringify({ userId }),
    });
    let cookie = readCookies(signedIn);
    return {
      get cookie() {
        return cookie;
      },
      async send(method: string, path: string, body?: unknown): Promise<Answer> {
        const answer = await request(method, path, {
          headers: { cookie, origin: url, ...(body !== undefined && { 'content-type': 'application/json' }) },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        cookie = readCookies(answer) || cookie;
        return answer;
      },
    };
  }

  /** An identity provider with a key. */
  function idp(scimApiKey: string) {
    return async (method: string, path: string, body?: object) =>
      request(method, `/scim/v2${path}`, {
        headers: {
          authorization: `Bearer ${scimApiKey}`,
          ...(body && { 'content-type': 'application/scim+json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
  }

  /** An identity provider connected to a customer by its administrator. */
  async function connect(adminId: string = people.northwindAdmin) {
    const admin = await signIn(adminId);
    const created = await admin.send('POST', '/api/setup/scim', {});
    return idp(created.body.scimApiKey);
  }

  /** From now on every statement of scimkit's on connections fails. */
  async function breakStore() {
    await database.transaction((tx) => tx.run('ALTER TABLE scim_connections RENAME TO missing'));
  }

  return { url, clock, errors, database, breakStore, harbor, request, signIn, idp, connect };
}

function readCookies(answer: Answer): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
