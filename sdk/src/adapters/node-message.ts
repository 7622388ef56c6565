import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyTooLarge } from '../http/body.ts';
import type { RequestBody, ScimResponse } from '../http/message.ts';
import { badRequest } from '../protocol/errors.ts';

/**
 * Reads a Node request's body, counting bytes as they come.
 *
 * @param parsed what a body parser before us put on the request, used only when it has read the stream.
 * @throws ScimError 413 beyond the limit, 400 when the client goes away in the middle.
 */
export async function readRequestBody(
  request: IncomingMessage,
  limit: number,
  parsed?: unknown,
): Promise<RequestBody> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw bodyTooLarge(limit);
  if (request.readableDidRead || (request.complete && parsed !== undefined)) return toParsed(parsed, limit);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) break;
      chunks.push(chunk);
    }
  } catch {
    throw badRequest('invalidSyntax', 'The request ended before its body was complete.');
  }
  if (size > limit) throw bodyTooLarge(limit);
  return { kind: 'bytes', bytes: Buffer.concat(chunks) };
}

function toParsed(parsed: unknown, limit: number): RequestBody {
  if (!(parsed instanceof Uint8Array)) return { kind: 'parsed', value: parsed };
  if (parsed.length > limit) throw bodyTooLarge(limit);
  return { kind: 'bytes', bytes: parsed };
}

/** Sends an answer. A client that went away meanwhile is nobody's fault. */
export function sendResponse(response: ServerResponse, { status, headers, body }: ScimResponse): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    ...headers,
    ...(body === null ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  });
  response.end(body ?? undefined);
}
