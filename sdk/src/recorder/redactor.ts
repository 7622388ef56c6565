import { createHmac, randomBytes } from 'node:crypto';
import { isArray, isObject, type Json } from '../protocol/json.ts';
import type { RecordedExchange } from './recording.ts';
import { createBodyRule, kindOfBody } from './redact-body.ts';
import { type Headers, redactHeaders } from './redact-headers.ts';
import { createTargetRule } from './redact-target.ts';
import { createTextRule } from './redact-text.ts';
import { createStandIns } from './stand-in.ts';
import { createVocabulary } from './vocabulary.ts';

/** One exchange as it went over the wire. */
export interface SeenExchange {
  readonly startedMs: number;
  readonly durationMs: number;
  readonly method: string;
  /** Below the base URL, with the query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** undefined = none came. */
  readonly answer:
    | { readonly status: number; readonly headers: Headers; readonly body: Uint8Array }
    | undefined;
  /** Why none came. */
  readonly problem: RecordedExchange['problem'];
}

/** Makes exchanges fit to be kept and shown. */
export interface Redactor {
  redact(seen: SeenExchange): Omit<RecordedExchange, 'number'>;
}

/** @param bases the base URLs under which the server is known now */
export function createRedactor(bases: () => readonly string[], secret = randomBytes(32)): Redactor {
  const standIns = createStandIns(secret);
  const vocabulary = createVocabulary();
  const redactTarget = createTargetRule({
    standIns,
    vocabulary,
    redactText: (text, place) => redactText(text, place),
  });
  const redactText = createTextRule({ standIns, vocabulary, bases, redactTarget });
  const redactBody = createBodyRule({ standIns, vocabulary, redactText, redactTarget });
  const headerRules = { standIns, bases, redactTarget };
  const credentials = new Map<string, number>();

  /** Tells keys apart by a number, the first being 1. */
  const numberCredential = (authorization: string): number => {
    const digest = createHmac('sha256', secret).update(`credential\0${authorization}`).digest('base64');
    const number = credentials.get(digest) ?? credentials.size + 1;
    credentials.set(digest, number);
    return number;
  };

  const describeBody = (bytes: Uint8Array, kind: ReturnType<typeof kindOfBody>) => {
    if (bytes.length === 0) return {};
    const body = parse(bytes);
    return body === undefined || !isShallow(body)
      ? { unreadableBytes: bytes.length }
      : { body: redactBody(body, kind) };
  };

  return {
    redact(seen) {
      const { method, target, headers, answer, problem, startedMs, durationMs } = seen;
      const answered = answer === undefined ? undefined : parse(answer.body);
      if (answer !== undefined) learn(vocabulary, { target, status: answer.status, body: answered });
      const { authorization } = headers;
      return {
        startedMs,
        durationMs,
        request: {
          method: METHODS.has(method) ? method : 'OTHER',
          path: redactTarget(target),
          headers: redactHeaders(headers, headerRules),
          ...(authorization === undefined ? {} : { credential: numberCredential(authorization) }),
          ...describeBody(seen.body, kindOfBody(seen, 'request')),
        },
        response:
          answer === undefined
            ? null
            : {
                status: answer.status,
                headers: redactHeaders(answer.headers, headerRules),
                ...describeBody(answer.body, kindOfBody(seen, 'answer')),
              },
        ...(problem === undefined ? {} : { problem }),
      };
    },
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

interface Learned {
  readonly target: string;
  readonly status: number;
  readonly body: Json | undefined;
}

function learn(vocabulary: ReturnType<typeof createVocabulary>, { target, status, body }: Learned): void {
  const segmentOf = (path: string) => path.split(/[/?]/).filter((part) => part !== '')[0] ?? '';
  vocabulary.learn(segmentOf(target), status, body);
  if (segmentOf(target).toLowerCase() !== 'bulk' || !isObject(body) || !isArray(body.Operations)) return;
  for (const { location, status: result } of body.Operations.filter(isObject)) {
    if (typeof location !== 'string') continue;
    vocabulary.learn(location.split('/').at(-2) ?? '', Number(result) >= 300 ? 400 : 204, undefined);
  }
}

/** Bodies nested deeper than any of SCIM are attacks or mistakes, and would overflow the stack of every reader. */
const MAX_DEPTH = 200;

function isShallow(body: Json): boolean {
  let level: readonly Json[] = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return true;
}

function parse(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}
