import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyTooLarge, collectBytes } from '../http/body.ts';
import type { BodyAllowance, RequestBody, ScimRequest, ScimResponse, TextInPieces } from '../http/message.ts';

/** What both adapters read from a Node request in the same way. */
export function readHead(
  request: IncomingMessage,
): Pick<ScimRequest, 'method' | 'query' | 'header' | 'headerBytes'> & { readonly path: string } {
  const [path = '/', ...queryParts] = toOriginForm(request.url ?? '/').split('?');
  return {
    method: request.method ?? 'GET',
    path,
    query: queryParts.join('?'),
    header: (name) => readHeader(request.rawHeaders, name),
    headerBytes: request.rawHeaders.reduce((bytes, text) => bytes + text.length, 0),
  };
}

/** Read as it came: Node's `headers` keeps only the first of several lines that must not be several. */
function readHeader(lines: readonly string[], name: string): string | null {
  let found: string | null = null;
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const given = lines[index];
    if (given?.length !== name.length || given.toLowerCase() !== name) continue;
    const value = lines[index + 1] ?? '';
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}

/** A request target may be a whole URL (RFC 9112 §3.2.2); only its path and query count. */
function toOriginForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*/, '');
}

/** A host from the network ends up in `meta.location`, so it must look like one. */
export function toHost(host: string | undefined): string {
  return host !== undefined && /^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host) ? host : 'localhost';
}

/**
 * Reads a Node request's body. What is left of one that is too large stays unread, and the connection open, so
 * that the client gets to see the answer.
 *
 * @param parsed what a body parser before us put on the request, used only when it has read the stream.
 * @throws ScimError 413 beyond the limit, 400 when the client goes away in the middle.
 */
export async function readRequestBody(
  request: IncomingMessage,
  allowance: BodyAllowance,
  parsed?: unknown,
): Promise<RequestBody> {
  if (request.readableDidRead) return toParsed(parsed, allowance.bytes);
  const stream = request.iterator({ destroyOnReturn: false });
  return collectBytes(stream, Number(request.headers['content-length'] ?? 0), allowance);
}

function toParsed(parsed: unknown, limit: number): RequestBody {
  if (!(parsed instanceof Uint8Array)) return { kind: 'parsed', value: parsed };
  if (parsed.length > limit) throw bodyTooLarge(limit);
  return { kind: 'bytes', bytes: parsed };
}

/** Calls once a response has been sent, or its client has gone. */
export function onceSent(response: ServerResponse, listener: () => void): void {
  if (response.closed || response.destroyed) listener();
  else response.once('close', listener);
}

/** Sends an answer. A client that went away meanwhile is nobody's fault. */
export function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: ScimResponse,
): void {
  if (response.destroyed || response.headersSent) return;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body?.length;
  if (length !== undefined && length > SLOW_BYTES) endSlowReader(response, length);
  const isUnread = !request.complete && !isShort(request);
  response.writeHead(status, {
    ...headers,
    ...(length === undefined ? {} : { 'Content-Length': String(length) }),
    ...(isUnread ? { Connection: 'close' } : {}),
  });
  if (body !== null && typeof body !== 'string') {
    sendPieces(response, body).then(
      () => (isUnread ? lingerBeforeEnd(request, response) : response.end()),
      // What has been sent cannot be taken back: cut off, it is at least not taken for the whole.
      () => response.destroy(),
    );
    return;
  }
  if (!isUnread || body === null) {
    response.end(body ?? undefined);
    return;
  }
  response.write(body);
  lingerBeforeEnd(request, response);
}

/** A piece is made once those before it have left, so that a slow client costs no memory. */
async function sendPieces(response: ServerResponse, { pieces }: TextInPieces): Promise<void> {
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      response.off('drain', end).off('close', end);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), SLOWEST.graceMs);
    response.on('drain', end).on('close', end);
  });
}

/** Answers up to this size are nobody's burden. */
const SLOW_BYTES = 65_536;

/** What a client must take at least. A large answer stays in memory for as long as it takes. */
const SLOWEST = { bytesPerSecond: 65_536, graceMs: 30_000 };

/** Hangs up on a client that takes its answer too slowly; Node by itself would wait for ever. */
function endSlowReader(response: ServerResponse, bytes: number): void {
  const ms = SLOWEST.graceMs + (bytes / SLOWEST.bytesPerSecond) * 1000;
  const timer = setTimeout(() => response.destroy(), ms);
  onceSent(response, () => clearTimeout(timer));
}

/** Node reads and forgets a short rest by itself, and the connection can be used again. */
function isShort({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= SHORT_BYTES;
}

const SHORT_BYTES = 65_536;

/** How long a client may go on sending what nobody reads. */
const LINGER_MS = 2_000;

/**
 * RFC 9112 §9.6: a connection closed while the client still sends is reset, and the answer is lost with it. So
 * the rest is thrown away for a while first.
 */
function lingerBeforeEnd(request: IncomingMessage, response: ServerResponse): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end);
  request.resume();
}
