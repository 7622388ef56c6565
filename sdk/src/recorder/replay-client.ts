import { isArray, isObject, type Json } from '../protocol/json.ts';
import { RecordingError } from './recording-error.ts';
import { createSender } from './send.ts';

/** A request of a replay. */
export interface ReplayRequest {
  readonly method: string;
  /** Below the base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** undefined = no `Authorization` at all. */
  readonly key: string | undefined;
  readonly body?: string;
}

/** What came back. */
export interface ReplayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** undefined = no body, or none that is JSON. */
  readonly body: Json | undefined;
}

/** Sends a replay's requests; knows what they made. */
export interface ReplayClient {
  /** @throws RecordingError when nobody has answered yet and nobody does. */
  send(request: ReplayRequest): Promise<ReplayAnswer | { readonly problem: string }>;
  /** Paths of what was made and not deleted, in order. */
  readonly made: () => readonly string[];
  readonly madeCount: () => number;
  close(): void;
}

const ANSWER_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** How often a server may say 429 to one request. */
const MAX_LIMITED = 10;
const LONGEST_WAIT_MS = 30_000;

export function createReplayClient(base: string): ReplayClient {
  const sender = createSender(MAX_ANSWER_BYTES);
  const made = new Set<string>();
  let count = 0;
  let isReached = false;

  const note = ({ method, path }: ReplayRequest, { status, body }: ReplayAnswer): void => {
    const [plain = ''] = path.split('?');
    if (method === 'DELETE' && (status < 300 || status === 404)) made.delete(plain.replace(/\/+/g, '/'));
    if (method !== 'POST' || status >= 300 || !isObject(body) || /\/\.search$/.test(plain)) return;
    const paths = isArray(body.Operations)
      ? body.Operations.filter(isObject)
          .filter(isMade)
          .map(({ location }) => tail(String(location)))
      : typeof body.id === 'string'
        ? [`/${plain.split('/').find((part) => part !== '') ?? ''}/${encodeURIComponent(body.id)}`]
        : [];
    for (const one of paths) made.add(one);
    count += paths.length;
    if (!isArray(body.Operations)) return;
    for (const { method: each, location, status: result } of body.Operations.filter(isObject)) {
      if (each === 'DELETE' && Number(result) < 300) made.delete(tail(String(location)));
    }
  };

  const sendOnce = async ({ method, path, headers, key, body }: ReplayRequest): Promise<ReplayAnswer> => {
    const all = { ...headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
    const answer = await sender.send({
      method,
      url: base + path,
      rawHeaders: Object.entries(all).flat(),
      body: Buffer.from(body ?? ''),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    isReached = true;
    return { status: answer.status, headers: answer.headers, body: parse(answer.body) };
  };

  return {
    made: () => [...made],
    madeCount: () => count,
    close: sender.close,
    async send(request) {
      for (let limited = 0; ; limited += 1) {
        const answer = await sendOnce(request).catch((error: unknown) => ({ problem: describe(error) }));
        if ('problem' in answer) {
          if (!isReached) throw new RecordingError(`Nobody answers at ${base}: ${answer.problem}.`);
          return answer;
        }
        note(request, answer);
        const seconds = Number(answer.headers['retry-after'] ?? 1);
        if (answer.status !== 429 || limited >= MAX_LIMITED || !(seconds >= 0)) return answer;
        await new Promise((resolve) => setTimeout(resolve, Math.min(seconds * 1000, LONGEST_WAIT_MS)));
      }
    },
  };
}

function isMade({ method, status, location }: { readonly [name: string]: Json }): boolean {
  return method === 'POST' && Number(status) === 201 && typeof location === 'string';
}

/** Collection and id at the end of a URL. */
function tail(location: string): string {
  return `/${location.split('/').slice(-2).join('/')}`;
}

function parse(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString()) as Json;
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && error.message === '' ? String(error.code) : error.message;
}
