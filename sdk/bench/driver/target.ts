import { Connection, HttpError } from './connection.ts';

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** What is read of a body; nothing of it is believed to be there. */
export interface Body {
  readonly id?: string;
  readonly userName?: string;
  readonly externalId?: string;
  readonly displayName?: string;
  readonly name?: { readonly familyName?: string };
  readonly members?: readonly { readonly value: string }[];
  readonly totalResults?: number;
  readonly startIndex?: number;
  readonly nextCursor?: string;
  readonly Resources?: readonly Body[];
  readonly detail?: string;
  readonly [name: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly json: Body | undefined;
  /** Characters of the body. */
  readonly size: number;
}

export interface Operation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/** Where a SCIM service answers, and one key for it. */
export interface TargetOptions {
  readonly base: string;
  readonly token: string;
  /** Longest time for one request, in milliseconds. @default 60000 */
  readonly timeoutMs?: number;
}

/** A SCIM service as one of its clients has it, and the requests the workloads send. */
export class Target {
  readonly base: string;
  readonly token: string;
  readonly #url: URL;
  readonly #path: string;
  readonly #timeoutMs: number;
  #idle: Connection[] = [];
  #all: Connection[] = [];

  constructor({ base, token, timeoutMs = 60_000 }: TargetOptions) {
    this.base = base.replace(/\/$/, '');
    this.token = token;
    this.#url = new URL(base);
    this.#path = this.#url.pathname.replace(/\/$/, '');
    this.#timeoutMs = timeoutMs;
  }

  /** Sends one request. An answer that is no JSON has no `json`. */
  async send(method: string, path: string, body?: object): Promise<Answer> {
    const connection = this.#idle.pop() ?? this.#open();
    const isWriting = body !== undefined;
    const message = {
      method,
      path: this.#path + path,
      headers: `authorization: Bearer ${this.token}\r\naccept: application/scim+json\r\n${isWriting ? 'content-type: application/scim+json\r\n' : ''}`,
      ...(isWriting && { body: JSON.stringify(body) }),
    };
    try {
      const { status, body: text } = await connection.request(message).catch((error) => {
        // A server may hang up in the moment an idle connection is used again; nothing was answered.
        const isRepeatable = method === 'GET' && error instanceof HttpError && error.code === 'STALE';
        if (!isRepeatable) throw error;
        return connection.request(message);
      });
      return { status, json: parse(text), size: text.length };
    } finally {
      this.#idle.push(connection);
    }
  }

  /** Sends a request with this target's key to the URL of another. */
  async sendTo(other: Target, method: string, path: string): Promise<Answer> {
    const stranger = new Target({ base: other.base, token: this.token });
    try {
      return await stranger.send(method, path);
    } finally {
      stranger.close();
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close();
    this.#all = [];
    this.#idle = [];
  }

  createUser(user: object): Promise<Answer> {
    return this.send('POST', '/Users', user);
  }

  getUser(id: string): Promise<Answer> {
    return this.send('GET', `/Users/${encodeURIComponent(id)}`);
  }

  putUser(id: string, user: object): Promise<Answer> {
    return this.send('PUT', `/Users/${encodeURIComponent(id)}`, user);
  }

  patchUser(id: string, operations: readonly Operation[]): Promise<Answer> {
    return this.send('PATCH', `/Users/${encodeURIComponent(id)}`, toPatch(operations));
  }

  findUsers(filter: string): Promise<Answer> {
    return this.send('GET', `/Users?filter=${encodeURIComponent(filter)}`);
  }

  listUsers(startIndex: number, count: number): Promise<Answer> {
    return this.send('GET', `/Users?startIndex=${startIndex}&count=${count}`);
  }

  createGroup(group: object): Promise<Answer> {
    return this.send('POST', '/Groups', group);
  }

  getGroup(id: string): Promise<Answer> {
    return this.send('GET', `/Groups/${encodeURIComponent(id)}`);
  }

  patchGroup(id: string, operations: readonly Operation[]): Promise<Answer> {
    return this.send('PATCH', `/Groups/${encodeURIComponent(id)}`, toPatch(operations));
  }

  deleteGroup(id: string): Promise<Answer> {
    return this.send('DELETE', `/Groups/${encodeURIComponent(id)}`);
  }

  listGroups(startIndex: number, count: number, more = ''): Promise<Answer> {
    return this.send('GET', `/Groups?startIndex=${startIndex}&count=${count}${more}`);
  }

  findGroups(filter: string, more = ''): Promise<Answer> {
    return this.send('GET', `/Groups?filter=${encodeURIComponent(filter)}${more}`);
  }

  /** How many users the service says it has. */
  async countUsers(): Promise<number> {
    const { status, json } = await this.listUsers(1, 1);
    if (status === 200 && typeof json?.totalResults === 'number') return json.totalResults;
    throw new Error(`Users cannot be counted: HTTP ${status} ${json?.detail ?? ''}`);
  }

  #open(): Connection {
    const connection = new Connection(this.#url, this.#timeoutMs);
    this.#all.push(connection);
    return connection;
  }
}

function toPatch(operations: readonly Operation[]): object {
  return { schemas: [PATCH_SCHEMA], Operations: operations };
}

function parse(text: string): Body | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Body;
  } catch {
    return undefined;
  }
}
