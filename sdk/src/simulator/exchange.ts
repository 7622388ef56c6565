import type { Json } from '../protocol/json.ts';
import { type Endpoint, toUrl } from './endpoint.ts';
import type { Answer, Request } from './message.ts';
import type { Persona } from './persona.ts';
import { SimulationError } from './simulation-error.ts';
import type { Transport } from './transport.ts';

/** What became of a request. */
export interface Outcome {
  /** undefined = none came. */
  readonly answer: Answer | undefined;
  /** Why no answer came, or why the identity provider cannot go on after this one. */
  readonly problem: string | undefined;
  readonly retries: number;
}

export interface ExchangeOptions {
  readonly persona: Persona;
  readonly endpoint: Endpoint;
  readonly key: string;
  readonly transport: Transport;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface SendOptions {
  /** No request is begun after it; one on its way is given a little time, since it may have made something. */
  readonly signal: AbortSignal;
  /** False: the first answer counts. @default true */
  readonly retry?: boolean;
}

/** Sends requests as one identity provider does: its headers, its retries. */
export interface Exchange {
  send(request: Request, options: SendOptions): Promise<Outcome>;
  /** Requests sent so far, those sent again among them. */
  readonly requests: () => number;
}

/** Okta waits this long for an answer. */
const ANSWER_MS = 60_000;
/** Identity providers wait for hours in the end; a run has to end. */
const LONGEST_WAIT_MS = 30_000;
const GRACE_MS = 5_000;
const MAX_LIMITED = 10;
const MAX_FAILED = 3;

export function createExchange(options: ExchangeOptions): Exchange {
  const { persona, endpoint, key, transport, sleep } = options;
  let count = 0;
  let isReached = false;
  const delayed = new WeakMap<AbortSignal, AbortSignal>();

  /** The same signal, a little later. */
  const delay = (signal: AbortSignal): AbortSignal => {
    const known = delayed.get(signal) ?? delayAbort(signal);
    delayed.set(signal, known);
    return known;
  };

  const sendOnce = async (request: Request, signal: AbortSignal): Promise<Answer> => {
    count += 1;
    const { method, path, headers, body } = request;
    const answer = await transport.send({
      method,
      url: toUrl(endpoint, path),
      headers: {
        ...persona.headers,
        Authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'Content-Type': persona.contentType }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([delay(signal), AbortSignal.timeout(ANSWER_MS)]),
    });
    isReached = true;
    return { ...answer, body: parse(answer.text) };
  };

  return {
    requests: () => count,
    async send(request, { signal, retry = true }) {
      for (let retries = 0; ; retries += 1) {
        signal.throwIfAborted();
        const answer = await sendOnce(request, signal).catch((error: unknown) => toText(error));
        if (typeof answer === 'string' && !isReached) {
          throw new SimulationError('unreachable', `Nobody answers at ${endpoint.base}: ${answer}.`);
        }
        const isAnswer = typeof answer !== 'string';
        const result = {
          answer: isAnswer ? answer : undefined,
          problem: isAnswer ? undefined : `no answer: ${answer}`,
        };
        if (!retry || signal.aborted) return { ...result, retries };
        const next = isAnswer ? planRetry(persona, answer, retries) : planFailedRetry(retries);
        if (next.kind === 'done') return { ...result, retries };
        if (next.kind === 'stuck') return { ...result, problem: next.problem, retries };
        await sleep(Math.min(next.milliseconds, LONGEST_WAIT_MS));
      }
    },
  };
}

type Next =
  | { readonly kind: 'done' }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'stuck'; readonly problem: string };

/** What an identity provider does after an answer, `retries` having been made before it. */
export function planRetry(
  { needsRetryAfter = false }: Pick<Persona, 'needsRetryAfter'>,
  { status, headers }: Pick<Answer, 'status' | 'headers'>,
  retries: number,
): Next {
  const seconds = readRetryAfter(headers);
  if (status === 429) {
    if (seconds === undefined && needsRetryAfter) {
      const got = headers['retry-after'] ?? 'none';
      return { kind: 'stuck', problem: `Retry-After: expected whole seconds with 429, got ${got}` };
    }
    if (retries >= MAX_LIMITED) return { kind: 'done' };
    return { kind: 'wait', milliseconds: seconds === undefined ? 1000 * 2 ** retries : seconds * 1000 };
  }
  if (status === 503 && seconds !== undefined && retries < MAX_FAILED) {
    return { kind: 'wait', milliseconds: seconds * 1000 };
  }
  return status >= 500 && status !== 501 ? planFailedRetry(retries) : { kind: 'done' };
}

function delayAbort(signal: AbortSignal): AbortSignal {
  const delayed = new AbortController();
  const abort = () => void setTimeout(() => delayed.abort(), GRACE_MS).unref();
  signal.addEventListener('abort', abort, { once: true });
  return delayed.signal;
}

function planFailedRetry(retries: number): Next {
  return retries >= MAX_FAILED ? { kind: 'done' } : { kind: 'wait', milliseconds: 250 * 2 ** retries };
}

/** Okta honours whole seconds and no other form. */
function readRetryAfter(headers: Answer['headers']): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function toText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return error.message || cause || ('code' in error ? String(error.code) : error.name);
}
