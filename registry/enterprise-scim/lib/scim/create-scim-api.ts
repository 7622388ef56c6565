import type {
  ScimActivityList,
  ScimActivityRequest,
  ScimApi,
  ScimApiError,
  ScimApiResult,
  ScimConfiguration,
  ScimGroupDetails,
  ScimGroupList,
  ScimListRequest,
  ScimNewKey,
  ScimProgress,
  ScimUserDetails,
  ScimUserList,
} from '@/lib/scim/scim-types';

/** An optional ability of the backend. Without it the method is absent and its control is not drawn. */
export type ScimApiFeature = 'rotate' | 'pause' | 'provider' | 'progress' | 'users' | 'groups' | 'activity';

/** How `createScimApi` reaches your backend. */
export interface CreateScimApiOptions {
  /** Where the four setup routes are mounted, for example `/api/setup/scim`. */
  baseUrl: string;
  /** Sent with every request. A function is asked each time: right for CSRF tokens. */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** @default the global `fetch`, looked up at each call */
  fetch?: typeof fetch;
  /** How long to wait for a whole answer. @default 15000 */
  timeoutMs?: number;
  /** @default [] */
  features?: readonly ScimApiFeature[];
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

const DEFAULT_TIMEOUT_MS = 15_000;

/**
 * A `ScimApi` over your own routes: GET, POST, PUT and DELETE on `baseUrl`, and for the features you
 * name `POST /rotate`, `POST /pause`, `POST /resume`, `PUT /provider`, `GET /progress`,
 * `GET /users`, `GET /groups` and `GET /activity` below it.
 *
 * @example
 * const api = createScimApi({ baseUrl: '/api/setup/scim', features: ['rotate', 'pause', 'provider', 'progress'] });
 */
export function createScimApi(options: CreateScimApiOptions): ScimApi {
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const features = new Set(options.features);

  async function call<T>(
    method: Method,
    path: string,
    read: (body: unknown) => T | undefined,
    body?: object,
  ): Promise<ScimApiResult<T>> {
    const request = await send(options, method, baseUrl + path, body);
    if (!request.ok) return request;
    const { response, text } = request.data;
    const parsed = parseJson(text);
    if (!response.ok) return { ok: false, error: toError(response, parsed) };
    const data = read(parsed);
    return data === undefined ? unexpected(response) : { ok: true, data };
  }

  async function command(method: Method, path: string, body?: object): Promise<ScimApiResult<void>> {
    const result = await call(method, path, (answer) => (answer === NOT_JSON ? undefined : true), body);
    return result.ok ? { ok: true, data: undefined } : result;
  }

  return {
    async get() {
      const result = await call('GET', '', readConfiguration);
      const isMissing = !result.ok && result.error.status === 404;
      return isMissing ? { ok: true, data: { hasApiKey: false } } : result;
    },
    create: (body) => call('POST', '', readNewKey, body),
    reset: (body) => call('PUT', '', readNewKey, body),
    remove: () => command('DELETE', ''),
    ...(features.has('rotate') && {
      rotate: (body: object) => call('POST', '/rotate', readNewKey, body),
    }),
    ...(features.has('pause') && {
      pause: () => command('POST', '/pause', {}),
      resume: () => command('POST', '/resume', {}),
    }),
    ...(features.has('provider') && {
      chooseProvider: (body: { provider: string }) => command('PUT', '/provider', body),
    }),
    ...(features.has('progress') && {
      progress: () => call('GET', '/progress', readProgress),
    }),
    ...(features.has('users') && {
      users: (request: ScimListRequest) =>
        call('GET', `/users${toQuery(request)}`, readWith<ScimUserList>('users')),
      user: (id: string) =>
        call('GET', `/users/${encodeURIComponent(id)}`, readWith<ScimUserDetails>('groups')),
    }),
    ...(features.has('groups') && {
      groups: (request: ScimListRequest) =>
        call('GET', `/groups${toQuery(request)}`, readWith<ScimGroupList>('groups')),
      group: (id: string, request: ScimListRequest) =>
        call(
          'GET',
          `/groups/${encodeURIComponent(id)}${toQuery(request)}`,
          readWith<ScimGroupDetails>('members'),
        ),
    }),
    ...(features.has('activity') && {
      activity: (request: ScimActivityRequest) =>
        call('GET', `/activity${toQuery(request)}`, readWith<ScimActivityList>('activity')),
    }),
  };
}

interface Answer {
  response: Response;
  text: string;
}

async function send(
  options: CreateScimApiOptions,
  method: Method,
  url: string,
  body: object | undefined,
): Promise<ScimApiResult<Answer>> {
  const doFetch = options.fetch ?? fetch;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  try {
    const headers = new Headers(
      typeof options.headers === 'function' ? await options.headers() : options.headers,
    );
    headers.set('accept', 'application/json');
    if (body) headers.set('content-type', 'application/json');
    const response = await doFetch(url, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      cache: 'no-store',
      credentials: 'same-origin',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { ok: true, data: { response, text: await response.text() } };
  } catch (cause) {
    return { ok: false, error: toNetworkError(cause, timeoutMs) };
  }
}

function toNetworkError(cause: unknown, timeoutMs: number): ScimApiError {
  if (cause instanceof DOMException && cause.name === 'TimeoutError') {
    const message = `The server did not answer within ${Math.ceil(timeoutMs / 1000)} s.`;
    return { status: 0, code: 'timeout', message };
  }
  return { status: 0, code: 'network', message: 'The server could not be reached.' };
}

/** A symbol, because every JSON value, `undefined` for an empty body included, is an answer of its own. */
const NOT_JSON = Symbol('not JSON');

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function toError(response: Response, body: unknown): ScimApiError {
  const detail = isRecord(body) && isRecord(body.error) ? body.error : {};
  return {
    status: response.status,
    message: typeof detail.message === 'string' ? detail.message : `The server answered ${response.status}.`,
    ...(typeof detail.code === 'string' && { code: detail.code }),
  };
}

function unexpected(response: Response): { ok: false; error: ScimApiError } {
  const type = response.headers.get('content-type')?.split(';')[0] ?? 'no content type';
  const message = `The server answered ${response.status} (${type}) with something other than the expected JSON. Is baseUrl right, and is the person signed in?`;
  return { ok: false, error: { status: response.status, code: 'unexpected_answer', message } };
}

function readConfiguration(body: unknown): ScimConfiguration | undefined {
  if (!isRecord(body) || typeof body.hasApiKey !== 'boolean') return undefined;
  // The other members are optional facts from the developer's own backend.
  return body as unknown as ScimConfiguration;
}

/** What is left out is not asked for. */
function toQuery(request: object): string {
  const given = Object.entries(request).filter(([, value]) => value !== undefined && value !== '');
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return query === '' ? '' : `?${query}`;
}

/** Reads an answer whose list is there; the other members are facts from the developer's own backend. */
function readWith<T>(list: string) {
  return (body: unknown): T | undefined =>
    isRecord(body) && Array.isArray(body[list]) ? (body as unknown as T) : undefined;
}

function readProgress(body: unknown): ScimProgress | undefined {
  if (!isRecord(body) || !Array.isArray(body.steps) || !Array.isArray(body.findings)) return undefined;
  return body as unknown as ScimProgress;
}

function readNewKey(body: unknown): ScimNewKey | undefined {
  if (!isRecord(body) || typeof body.scimApiKey !== 'string') return undefined;
  return { scimApiKey: body.scimApiKey };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
