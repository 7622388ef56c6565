import type { IncomingMessage, ServerResponse } from 'node:http';
import { ScimError } from '../protocol/errors.ts';
import { isObject, type Json } from '../protocol/json.ts';
import { type BaseUrls, replaceBase, replaceBases } from './base-urls.ts';
import type { RecordedExchange } from './recording.ts';
import type { SeenExchange } from './redactor.ts';
import { type Incoming, joinHeaders, readBytes, type Sender, TooLargeError } from './send.ts';

export interface ProxyOptions {
  /** The base URL of the server behind, without a trailing slash. */
  readonly target: string;
  readonly sender: Sender;
  readonly bases: BaseUrls;
  /** Requests with larger bodies are answered 413. */
  readonly maxRequestBytes: number;
  /** Milliseconds; an answer that takes longer is answered 504. */
  readonly answerMs: number;
  /** Milliseconds since the recording began. */
  readonly now: () => number;
  /** Awaited by nothing: told before the client gets its answer. */
  readonly onSeen: (seen: SeenExchange, ownBase: string) => void;
  /** Something the operator should know; never with values of a request. */
  readonly onNotice: (text: string) => void;
}

/** Hop-by-hop fields of RFC 9110 §7.6.1, and those that are made anew for the next hop. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
  'expect',
]);

/** What stands between an identity provider and a SCIM server: sends on, and tells of every exchange. */
export function createProxy(options: ProxyOptions) {
  const { target, onNotice } = options;
  const basePath = new URL(target).pathname.replace(/\/+$/, '');
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '/';
    const below = url.slice(basePath.length);
    if (!url.startsWith(basePath) || !/^(?:$|[/?])/.test(below)) {
      onNotice(
        `A request outside ${basePath || '/'} was refused: the endpoint URL given to the identity provider is not the recorder's.`,
      );
      refuse(response, new ScimError(404, `This recorder serves ${basePath || '/'} only.`));
      return;
    }
    await pass({ request, response, below, ownBase: toOwnBase(request, basePath) }, options);
  };
}

interface Passing {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The path below the base URL, with the query. */
  readonly below: string;
  /** The base URL as this client calls it. */
  readonly ownBase: string;
}

async function pass({ request, response, below, ownBase }: Passing, options: ProxyOptions): Promise<void> {
  const { target, sender, bases, now, onSeen } = options;
  const startedMs = now();
  const method = request.method ?? 'GET';
  const tell = (body: Uint8Array, outcome: Pick<SeenExchange, 'answer' | 'problem'>) =>
    onSeen(
      {
        startedMs,
        durationMs: now() - startedMs,
        method,
        target: below,
        headers: joinHeaders(request),
        body,
        ...outcome,
      },
      ownBase,
    );
  let body: Buffer;
  try {
    body = await readBytes(request, options.maxRequestBytes);
  } catch (error) {
    if (!(error instanceof TooLargeError)) return;
    tell(Buffer.alloc(0), { answer: undefined, problem: 'request too large' });
    options.onNotice(`A request of ${error.message} was refused; a larger limit can be set.`);
    refuse(
      response,
      new ScimError(413, `The recorder takes requests of up to ${options.maxRequestBytes} bytes.`),
    );
    return;
  }
  const signal = AbortSignal.timeout(options.answerMs);
  try {
    const answer = await sender.send({
      method,
      url: target + below,
      // Only what can be read can be redacted, so the answer must not be compressed.
      rawHeaders: passOn(request.rawHeaders, ['accept-encoding']),
      body: replaceBases(body, [ownBase], target),
      signal,
    });
    bases.learn({ headers: answer.headers, body: parse(answer.body) });
    tell(body, { answer, problem: undefined });
    reply(response, answer, { bases: bases.list(), ownBase });
  } catch (error) {
    if (response.headersSent) throw error;
    const failure = describeFailure(error, signal);
    tell(body, { answer: undefined, problem: failure.problem });
    options.onNotice(failure.notice);
    refuse(response, new ScimError(failure.status, failure.notice));
  }
}

function reply(
  response: ServerResponse,
  { status, statusMessage, rawHeaders, body }: Incoming,
  { bases, ownBase }: { readonly bases: readonly string[]; readonly ownBase: string },
): void {
  const headers = passOn(rawHeaders, []).map((value, index, all) =>
    index % 2 === 1 && /^(?:content-)?location$/i.test(all[index - 1] ?? '')
      ? replaceBase(value, bases, ownBase)
      : value,
  );
  const replaced = replaceBases(body, bases, ownBase);
  const isEmpty = status === 204 || status === 304;
  const length = isEmpty || response.req.method === 'HEAD' ? [] : ['Content-Length', String(replaced.length)];
  response.writeHead(status, statusMessage, [...headers, ...length]);
  response.end(replaced);
}

interface Failure {
  readonly status: 502 | 504;
  readonly problem: NonNullable<RecordedExchange['problem']>;
  readonly notice: string;
}

function describeFailure(error: unknown, { aborted }: AbortSignal): Failure {
  if (error instanceof TooLargeError) {
    const notice = `The SCIM server's answer has ${error.message}, the most the recorder takes.`;
    return { status: 502, problem: 'answer too large', notice };
  }
  if (aborted) {
    return {
      status: 504,
      problem: 'timed out',
      notice: 'The SCIM server did not answer the recorder in time.',
    };
  }
  // Codes such as ECONNREFUSED; a message could repeat the address or more.
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return {
    status: 502,
    problem: 'unreachable',
    notice: `The SCIM server cannot be reached by the recorder${code}.`,
  };
}

function refuse(response: ServerResponse, error: ScimError): void {
  const body = JSON.stringify(error.toBody());
  response.writeHead(error.status, {
    'Content-Type': 'application/scim+json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  });
  response.end(body);
}

/** Raw headers without those of this hop alone. */
function passOn(rawHeaders: readonly string[], more: readonly string[]): readonly string[] {
  const named = rawHeaders.flatMap((value, index) =>
    index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'connection'
      ? value.split(',').map((name) => name.trim().toLowerCase())
      : [],
  );
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)]?.toLowerCase() ?? '';
    return !HOP_BY_HOP.has(name) && !named.includes(name) && !more.includes(name);
  });
}

/** Behind a tunnel the client knows the recorder by the tunnel's name. */
function toOwnBase({ headers }: IncomingMessage, basePath: string): string {
  const first = (value: string | string[] | undefined) =>
    String(value ?? '')
      .split(',')[0]
      ?.trim() ?? '';
  const host = first(headers['x-forwarded-host']) || (headers.host ?? '');
  const scheme = first(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http';
  const isHost = /^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host);
  return `${scheme}://${isHost ? host : 'localhost'}${basePath}`;
}

function parse(body: Buffer): Json | undefined {
  try {
    const value = JSON.parse(body.toString()) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
