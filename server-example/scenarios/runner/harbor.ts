import { type AppOptions, createApp } from '../../src/app.ts';
import { openDatabase } from '../../src/database.ts';

/** The people Harbor makes by itself, to sign in as. */
export const people = {
  northwindAdmin: 'usr_northwind_admin',
  northwindMember: 'usr_northwind_member',
  contosoAdmin: 'usr_contoso_admin',
  contosoMember: 'usr_contoso_member',
} as const;

/** An answer, read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Bodies are read as a client in JavaScript would.
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what whoever asked says of it.
  readonly body: any;
}

/** A browser that is signed in, on Harbor's own pages. */
export interface Browser {
  readonly cookie: string;
  send(method: string, path: string, body?: unknown): Promise<Answer>;
}

/** Sends requests below `/scim/v2` with a key. */
export type IdentityProvider = (method: string, path: string, body?: object) => Promise<Answer>;

export type Harbor = Awaited<ReturnType<typeof openHarbor>>;

/**
 * The real Harbor on a free port, and those who talk to it over HTTP.
 *
 * @param options.database `sqlite:FILE` or `postgres://…`
 */
export async function openHarbor(options: Partial<AppOptions> & Pick<AppOptions, 'database' | 'logger'>) {
  const harbor = await createApp({ sessionSecret: 'of one Harbor only', rateLimits: 'on', ...options });
  const { url } = await harbor.listen(0);
  const { now = Date.now } = options;
  const database = await openDatabase({
    url: options.database,
    nowSeconds: Math.floor(now() / 1000),
    warn() {},
  });

  /** A request without session, from nowhere in particular. */
  async function request(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(url + path, { ...init, method, redirect: 'manual' });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseJson(text) };
  }

  /** Signs one of Harbor's people in. */
  async function signIn(userId: string): Promise<Browser> {
    const signedIn = await request('POST', '/api/sign-in', {
      headers: { origin: url, 'content-type': 'application/json' },
      body: JSON.stringify({ userId }),
    });
    let cookie = readCookies(signedIn);
    return {
      get cookie() {
        return cookie;
      },
      async send(method, path, body) {
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
  function idp(scimApiKey: string): IdentityProvider {
    return (method, path, body) =>
      request(method, `/scim/v2${path}`, {
        headers: {
          authorization: `Bearer ${scimApiKey}`,
          ...(body && { 'content-type': 'application/scim+json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
  }

  /** An identity provider connected to a customer by its administrator. */
  async function connect(adminId: string = people.northwindAdmin): Promise<IdentityProvider> {
    const admin = await signIn(adminId);
    const created = await admin.send('POST', '/api/setup/scim', {});
    return idp(created.body.scimApiKey);
  }

  return {
    url,
    harbor,
    scim: harbor.scim,
    /** Harbor's own tables and scimkit's, to look into. */
    database,
    request,
    signIn,
    idp,
    connect,
    async close() {
      await database.close();
      await harbor.close();
    },
  };
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
