import { isObject, type Json, type JsonObject } from '../protocol/json.ts';
import type { Exchange } from './exchange.ts';

/** The part of `fetch` the verifier needs. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One request, told by what differs from the ordinary. */
export interface Call {
  readonly method?: string;
  /** Text and bytes go as they are, everything else as JSON. */
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
  /** True: a server that is busy is not asked again. */
  readonly isOnce?: boolean;
  /** undefined leaves a header of the ordinary request out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty when the body is no JSON object. */
  readonly body: JsonObject;
  readonly exchange: Exchange;
}

/** No answer came. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly exchange: Exchange;

  constructor(message: string, exchange: Exchange) {
    super(message);
    this.exchange = exchange;
  }
}

export interface ClientOptions {
  /** Without a trailing slash. */
  readonly url: string;
  readonly key: string;
  readonly fetch: Fetch;
  readonly signal: AbortSignal | undefined;
}

/** Sends requests to the server under test, and remembers what they created. */
export interface Client {
  /** @param path below the base URL, already percent-encoded: the key goes nowhere else */
  send(path: string, call?: Call): Promise<Answer>;
  /** Paths of what was created and not deleted since. */
  readonly created: ReadonlySet<string>;
  readonly requests: number;
  /** The latest exchange. */
  readonly last: Exchange | undefined;
}

const TIMEOUT_MS = 30_000;
const MAX_TRIES = 6;
const MAX_WAIT_SECONDS = 30;

/** Makes a client that waits as long as the server asks it to when it is told 429 or 503. */
export function createClient(options: ClientOptions): Client {
  const created = new Set<string>();
  let requests = 0;
  let last: Exchange | undefined;
  const sendOnce = (path: string, call: Call) => {
    requests += 1;
    return exchangeOnce(options, path, call);
  };
  return {
    created,
    get requests() {
      return requests;
    },
    get last() {
      return last;
    },
    async send(path, call = {}) {
      let answer = await sendOnce(path, call);
      for (let tries = 1; tries < MAX_TRIES && !call.isOnce && isBusy(answer); tries += 1) {
        const seconds = Number(answer.headers.get('retry-after') ?? tries);
        await wait(Math.min(MAX_WAIT_SECONDS, Number.isFinite(seconds) ? seconds : tries) * 1000);
        answer = await sendOnce(path, call);
      }
      last = answer.exchange;
      noteCreated(created, path, { call, answer, url: options.url });
      return answer;
    },
  };
}

function isBusy({ status, headers }: Answer): boolean {
  return status === 429 || (status === 503 && headers.has('retry-after'));
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function exchangeOnce(options: ClientOptions, path: string, call: Call): Promise<Answer> {
  const { method = 'GET', body, query } = call;
  const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
  const url = options.url + path + search;
  const headers = toHeaders(call, options.key);
  const sent = body === undefined ? undefined : toBody(body);
  const request = {
    method,
    url,
    headers,
    ...(sent === undefined ? {} : { body: typeof sent === 'string' ? sent : `(${sent.length} bytes)` }),
  };
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await options.fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
      ...(sent === undefined ? {} : { body: sent as NonNullable<RequestInit['body']> }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: parseBody(text),
      exchange: {
        request,
        response: { status: response.status, headers: Object.fromEntries(response.headers), body: text },
      },
    };
  } catch (error) {
    throw new NoAnswerError(describeCause(error), { request });
  }
}

/** `fetch` says why only in the cause of its error. */
function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || String(Reflect.get(cause, 'code') ?? error.message);
}

function toHeaders(call: Call, key: string): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    authorization: `Bearer ${key}`,
    accept: 'application/scim+json',
    ...(call.body === undefined ? {} : { 'content-type': 'application/scim+json' }),
    ...call.headers,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function toBody(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

function parseBody(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

interface Sent {
  readonly call: Call;
  readonly answer: Answer;
  readonly url: string;
}

/** Everything that came into being is noted, also where the server should have refused it. */
function noteCreated(created: Set<string>, path: string, { call, answer, url }: Sent): void {
  const { status, body } = answer;
  if (status < 200 || status > 299) return;
  const collection = path.replace(/[?/].*$/, '') || `/${path.split(/[/?]/)[1]}`;
  if (call.method === 'DELETE') created.delete(path);
  if (call.method !== 'POST') return;
  if (path.startsWith('/Bulk')) {
    for (const operation of Array.isArray(body.Operations) ? body.Operations : [])
      noteBulk(created, operation, url);
  } else if (!path.includes('.search') && typeof body.id === 'string') {
    created.add(`${collection}/${encodeURIComponent(body.id)}`);
  }
}

function noteBulk(created: Set<string>, operation: Json, url: string): void {
  if (!isObject(operation) || typeof operation.location !== 'string') return;
  const { method, location, status } = operation;
  const path = location.startsWith(url) ? location.slice(url.length) : undefined;
  if (path === undefined || !String(status).startsWith('2')) return;
  if (method === 'POST') created.add(path);
  if (method === 'DELETE') created.delete(path);
}
