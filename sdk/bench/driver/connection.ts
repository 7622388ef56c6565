import net from 'node:net';
import tls from 'node:tls';

const HEADER_END = Buffer.from('\r\n\r\n');
const CRLF = Buffer.from('\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** The connection failed, or what came over it was no HTTP/1.1. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** An answer as it came. `headers` is the head as text, status line included. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

interface Head {
  readonly status: number;
  readonly text: string;
  readonly bodyStart: number;
  readonly length: number | null;
  readonly isChunked: boolean;
  readonly isClosing: boolean;
  readonly isEmpty: boolean;
}

interface Pending {
  readonly method: string;
  resolve(answer: RawAnswer): void;
  reject(error: Error): void;
}

/**
 * One keep-alive HTTP/1.1 connection over `node:net` or `node:tls`; one request at a time.
 *
 * Client and server share the machine: `node:http` as the client takes about three times the CPU of this, which
 * the server would go without.
 */
export class Connection {
  readonly #url: URL;
  readonly #timeoutMs: number;
  #socket: net.Socket | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #head: Head | undefined;
  #pending: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  #requests = 0;

  /** @param timeoutMs longest time for one request, in milliseconds */
  constructor(url: URL, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Sends a request over this connection, opened again where the server has closed it.
   *
   * @param message.headers further header lines, each ending in CRLF
   * @throws HttpError; `code` is `STALE` where the server closed before it had answered anything.
   */
  request(message: { method: string; path: string; headers: string; body?: string }): Promise<RawAnswer> {
    if (this.#pending) return Promise.reject(new HttpError('The connection is busy.'));
    const socket = this.#socket ?? this.#connect();
    const { method, path, headers, body } = message;
    const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
    const text = `${method} ${path} HTTP/1.1\r\nhost: ${this.#url.host}\r\n${headers}${length}\r\n${body ?? ''}`;
    this.#requests += 1;
    this.#chunks = [];
    this.#size = 0;
    this.#head = undefined;
    return new Promise((resolve, reject) => {
      this.#pending = { method, resolve, reject };
      const late = () => this.#fail(new HttpError(`No answer after ${this.#timeoutMs} ms.`, 'LATE'), socket);
      this.#timer = setTimeout(late, this.#timeoutMs);
      socket.write(text);
    });
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #connect(): net.Socket {
    const isSecure = this.#url.protocol === 'https:';
    const port = Number(this.#url.port || (isSecure ? 443 : 80));
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    const socket = isSecure ? tls.connect({ host, port, servername: host }) : net.connect({ host, port });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error, socket));
    socket.on('close', () => this.#closed(socket));
    this.#socket = socket;
    this.#requests = 0;
    return socket;
  }

  #take(chunk: Buffer): void {
    if (!this.#pending) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#head ??= this.#readHead(this.#pending.method);
    if (this.#head) this.#tryFinish(this.#head, { isClosed: false });
  }

  /** undefined until all of it is there. */
  #readHead(method: string): Head | undefined {
    const buffer = this.#join();
    const end = buffer.indexOf(HEADER_END);
    if (end < 0) return undefined;
    const text = buffer.toString('latin1', 0, end);
    const status = Number(text.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    return {
      status,
      text,
      bodyStart: end + 4,
      length: length === undefined ? null : Number(length),
      isChunked: /\r\ntransfer-encoding: *chunked/i.test(text),
      isClosing: /\r\nconnection: *close/i.test(text),
      isEmpty: status === 204 || status === 304 || method === 'HEAD',
    };
  }

  #join(): Buffer {
    const [first, ...rest] = this.#chunks;
    if (first === undefined) return Buffer.alloc(0);
    if (rest.length === 0) return first;
    const joined = Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [joined];
    return joined;
  }

  #tryFinish(head: Head, { isClosed }: { isClosed: boolean }): void {
    if (head.isEmpty) {
      this.#done(head, '');
    } else if (head.isChunked) {
      // Only the tail is looked at until the last chunk has come.
      const tail = this.#chunks.at(-1);
      if (tail && tail.length >= 5 && !tail.subarray(-5).equals(LAST_CHUNK)) return;
      const body = decodeChunked(this.#join(), head.bodyStart);
      if (body !== undefined) this.#done(head, body);
    } else if (head.length !== null) {
      const end = head.bodyStart + head.length;
      if (this.#size >= end) this.#done(head, this.#join().toString('utf8', head.bodyStart, end));
    } else if (isClosed) {
      this.#done(head, this.#join().toString('utf8', head.bodyStart));
    }
  }

  #done({ status, text, isClosing }: Head, body: string): void {
    clearTimeout(this.#timer);
    const pending = this.#pending;
    this.#pending = undefined;
    if (isClosing) this.close();
    pending?.resolve({ status, headers: text, body });
  }

  #closed(socket: net.Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    if (!this.#pending) return;
    const head = this.#head;
    if (head && head.length === null && !head.isChunked) this.#tryFinish(head, { isClosed: true });
    else this.#fail(new HttpError('The connection was closed before the answer was complete.'), socket);
  }

  #fail(error: Error, socket: net.Socket): void {
    clearTimeout(this.#timer);
    if (socket === this.#socket) this.#socket = undefined;
    socket.destroy();
    const pending = this.#pending;
    this.#pending = undefined;
    const isLate = error instanceof HttpError && error.code === 'LATE';
    const isStale = this.#requests > 1 && this.#size === 0 && !isLate;
    pending?.reject(isStale ? new HttpError(error.message, 'STALE') : error);
  }
}

/** undefined where more is to come. */
function decodeChunked(buffer: Buffer, start: number): string | undefined {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = buffer.indexOf(CRLF, at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(buffer.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new HttpError('A chunk has no size.');
    at = lineEnd + 2;
    if (size === 0) return buffer.length >= at + 2 ? Buffer.concat(parts).toString('utf8') : undefined;
    if (buffer.length < at + size + 2) return undefined;
    parts.push(buffer.subarray(at, at + size));
    at += size + 2;
  }
}
