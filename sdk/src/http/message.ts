import type { ScimError } from '../protocol/errors.ts';

/** A request as the SCIM server needs it; adapters make one from what their framework has. */
export interface ScimRequest {
  readonly method: string;
  /** The path below the mount, still percent-encoded, such as `/Users/2819c223`. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** A header by lower-case name; several lines of one header joined by `, `. */
  header(name: string): string | null;
  /** All header names and values together. */
  readonly headerBytes: number;
  /** The public base URL the client used, without a trailing slash. */
  readonly baseUrl: string;
  /** The client's network address, where it is known. */
  readonly address: string | null;
  /** Reads the body, or throws a 413 ScimError as soon as more bytes have come than are allowed. */
  readBody(allowance: BodyAllowance): Promise<RequestBody>;
  /** What the framework made of the request, for hosts that look at it. */
  readonly original?: unknown;
  /** Calls once the answer has left, or nobody is there any more to take it. Left out: that is never known. */
  onSent?(listener: () => void): void;
}

/** How much of a body may be read. */
export interface BodyAllowance {
  readonly bytes: number;
  /** Awaited once, before more than `above` bytes are kept: there may have to be a place for them first. */
  readonly large?: { readonly above: number; enter(): Promise<void> };
}

/** A body as it arrived: bytes, or what a body parser before us made of it. */
export type RequestBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'parsed'; readonly value: unknown };

/** An answer, ready to be sent. */
export interface ScimResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text, in pieces where it is very long; null for answers without body. */
  readonly body: string | TextInPieces | null;
}

/** A text as UTF-8, made while it is sent: a piece is asked for once there is room for it. */
export interface TextInPieces {
  /** Bytes of all of them; undefined = nobody knows before the last. */
  readonly length: number | undefined;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** The media type of every answer, exactly (RFC 7644 §8.1): some clients compare the whole text. */
export const SCIM_MEDIA_TYPE = 'application/scim+json';

/** An answer with a JSON body. */
export function jsonResponse(
  status: number,
  body: object,
  headers: Record<string, string> = {},
): ScimResponse {
  return {
    status,
    headers: { 'Content-Type': SCIM_MEDIA_TYPE, 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** An answer whose JSON text comes in pieces. */
export function piecesResponse(
  status: number,
  body: TextInPieces,
  headers: Record<string, string> = {},
): ScimResponse {
  return {
    status,
    headers: { 'Content-Type': SCIM_MEDIA_TYPE, 'Cache-Control': 'no-store', ...headers },
    body,
  };
}

/** An answer without a body. */
export function emptyResponse(status: number, headers: Record<string, string> = {}): ScimResponse {
  return { status, headers: { 'Cache-Control': 'no-store', ...headers }, body: null };
}

/** An error as an answer. */
export function toErrorResponse(error: ScimError): ScimResponse {
  return jsonResponse(error.status, error.toBody(), error.headers);
}
