import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBaseUrls } from './base-urls.ts';
import { createProxy } from './proxy.ts';
import { createRecordingWriter, type RecordedExchange } from './recording.ts';
import { RecordingError } from './recording-error.ts';
import { createRedactor, type SeenExchange } from './redactor.ts';
import { createSender } from './send.ts';

export type { RecordedExchange } from './recording.ts';
export { RecordingError } from './recording-error.ts';

/** What {@link record} takes. */
export interface RecordOptions {
  /** The base URL of the SCIM server, such as `https://app.example/scim/v2`. */
  readonly target: string;
  /** A new file: one JSON value where its name ends in `.json`, else one on each line. */
  readonly output: string;
  /** Where to listen. Port 0 is any that is free. @default '127.0.0.1:0' */
  readonly listen?: string;
  /** Ends the recording after this many exchanges. @default none */
  readonly max?: number;
  /** Larger requests are answered 413. @default 16 MiB */
  readonly maxRequestBytes?: number;
  /** Larger answers are answered 502. @default 64 MiB */
  readonly maxAnswerBytes?: number;
  /** Milliseconds the server may take. @default 120,000 */
  readonly answerMs?: number;
  /** Called when an exchange is in the file, as it is there. */
  readonly onExchange?: (exchange: RecordedExchange) => void;
  /** Called with what the operator should know; never with a value of a request. */
  readonly onNotice?: (text: string) => void;
}

/** What a recording came to. */
export interface RecordingSummary {
  readonly output: string;
  readonly exchanges: number;
  /** Exchanges that the server did not answer. */
  readonly unanswered: number;
  readonly durationMs: number;
}

/** A recording under way. */
export interface Recorder {
  /** The endpoint URL to give to the identity provider. */
  readonly url: string;
  /** Settled when the recording has ended, by {@link close}, its `max`, or a file that cannot be written. */
  readonly done: Promise<RecordingSummary>;
  /** Answers what has been asked, ends the file and stops listening. */
  close(): Promise<RecordingSummary>;
}

const MIB = 1024 * 1024;

/**
 * Listens in front of a SCIM server and writes every exchange to a file, redacted: an identity provider's traffic
 * as a test that can be shared. An exchange is in the file before its answer is on its way, so nothing a client
 * was told is lost when the process is killed.
 *
 * Keys, cookies and passwords are not written. Everything else that is not known to be harmless is replaced by a
 * stand-in, the same for the same value wherever it occurs; the secret they are made with is never written.
 *
 * @throws RecordingError for options at fault, a file that is there already, and a port that is taken.
 * @example
 * const recorder = await record({ target: 'https://app.example/scim/v2', output: 'okta.jsonl' });
 * console.log('Give the identity provider', recorder.url);
 */
export async function record(options: RecordOptions): Promise<Recorder> {
  const { output, max = Number.POSITIVE_INFINITY, onExchange, onNotice = () => {} } = options;
  const target = parseTarget(options.target);
  const { host, port } = parseListen(options.listen ?? '127.0.0.1:0');
  const begin = performance.now();
  const now = () => Math.round(performance.now() - begin);
  const bases = createBaseUrls(target);
  const sender = createSender(options.maxAnswerBytes ?? 64 * MIB);
  const ownBases = new Set<string>();
  const redactor = createRedactor(() => [...bases.list(), ...ownBases]);
  const counts = { exchanges: 0, unanswered: 0 };
  const end = Promise.withResolvers<RecordingSummary>();
  // Whoever only calls close() hears of a failure there.
  end.promise.catch(() => {});
  let isEnding = false;
  let isFailed = false;

  const onSeen = (seen: SeenExchange, ownBase: string): void => {
    if (isFailed || counts.exchanges >= max) return;
    ownBases.add(ownBase);
    try {
      const exchange = { number: counts.exchanges + 1, ...redactor.redact(seen) };
      writer.append(exchange);
      counts.exchanges += 1;
      if (exchange.response === null) counts.unanswered += 1;
      onExchange?.(exchange);
      if (counts.exchanges >= max) setImmediate(close);
    } catch (error) {
      fail(error);
    }
  };

  const pass = createProxy({
    target,
    sender,
    bases,
    now,
    onSeen,
    onNotice,
    maxRequestBytes: options.maxRequestBytes ?? 16 * MIB,
    answerMs: options.answerMs ?? 120_000,
  });
  const server = createServer((request, response) => {
    // A connection that is kept would keep the recorder from ending.
    response.once('close', () => isEnding && setImmediate(() => server.closeIdleConnections()));
    pass(request, response).catch(() => response.destroy());
  });
  await listen(server, { host, port });
  const address = server.address() as AddressInfo;
  const writer = await openWriter(output, server);

  /** A recording with a hole would be worse than none, so it ends here. */
  function fail(error: unknown): void {
    isFailed = true;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected';
    end.reject(
      new RecordingError(
        `The recording cannot go on (${reason}); ${counts.exchanges} exchanges are in ${output}.`,
      ),
    );
    void close();
  }

  function close(): Promise<RecordingSummary> {
    if (isEnding) return end.promise;
    isEnding = true;
    server.close(() => {
      sender.close();
      writer.close();
      end.resolve({ output, ...counts, durationMs: now() });
    });
    server.closeIdleConnections();
    return end.promise;
  }

  return {
    url: `http://${toUrlHost(address)}${new URL(target).pathname.replace(/\/+$/, '')}`,
    done: end.promise,
    close,
  };
}

type Server = ReturnType<typeof createServer>;

async function openWriter(output: string, server: Server) {
  try {
    return createRecordingWriter(output);
  } catch (error) {
    await new Promise((resolve) => server.close(resolve));
    throw error;
  }
}

async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new RecordingError(`Nothing can listen on ${host}:${port}: ${error.message}.`)),
    );
    server.listen(port, host, resolve);
  });
}

function toUrlHost({ address, port, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return `localhost:${port}`;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

function parseTarget(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new RecordingError(
      'The target must be an http: or https: URL, such as https://app.example/scim/v2.',
    );
  }
  const { origin, pathname, username, password } = new URL(text);
  if (username !== '' || password !== '')
    throw new RecordingError('The target must not carry a name and a password.');
  return origin + pathname.replace(/\/+$/, '');
}

function parseListen(text: string): { readonly host: string; readonly port: number } {
  const { host, port } = /^(?:(?<host>\[[0-9a-f:]+\]|[^:\s]+):)?(?<port>\d{1,5})$/i.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) {
    throw new RecordingError('Name an address and a port to listen on, such as 127.0.0.1:4000.');
  }
  return { host: (host ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port: Number(port) };
}
