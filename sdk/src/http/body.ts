import { letOthers } from '../in-turns.ts';
import { badRequest, ScimError } from '../protocol/errors.ts';
import type { Json } from '../protocol/json.ts';
import { type JsonLimits, parseJson, parseJsonInTurns } from '../protocol/parse-json.ts';
import type { BodyAllowance, RequestBody, ScimRequest } from './message.ts';

/** How much of a body is read, and how deep. */
export interface BodyLimits extends BodyAllowance {
  readonly json: JsonLimits;
}

/**
 * Reads and parses a JSON body. A parser that ran before us, such as `express.json()`, is honoured: what it
 * made passes the same bounds, but no longer tells `1.0` from `1` or a name given twice.
 *
 * @throws ScimError 400, 413, 415, 503.
 */
export async function readJsonBody(request: ScimRequest, limits: BodyLimits): Promise<Json> {
  requireMediaType(request);
  const body = await request.readBody(limits);
  const text = toText(body, limits.bytes);
  return text.length < LONG_TEXT
    ? parseJson(text, limits.json)
    : parseJsonInTurns(text, limits.json, letOthers);
}

/** Characters from which on a text is parsed in turns. */
const LONG_TEXT = 262_144;

/** SCIM or plain JSON, with parameters or without any type at all (T14). A compressed body is not inflated. */
function requireMediaType(request: ScimRequest): void {
  const encoding = request.header('content-encoding');
  if (encoding !== null && encoding.trim() !== '') {
    throw new ScimError(415, 'Send the body without Content-Encoding.');
  }
  const type = (request.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type !== '' && type !== 'application/scim+json' && type !== 'application/json') {
    throw new ScimError(415, 'Send the body as application/scim+json.');
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function toText(body: RequestBody, limit: number): string {
  if (body.kind === 'bytes') {
    try {
      return decoder.decode(body.bytes);
    } catch {
      throw badRequest('invalidSyntax', 'The body is not UTF-8.');
    }
  }
  if (typeof body.value === 'string') return withinBytes(body.value, limit);
  let text: string | undefined;
  try {
    text = JSON.stringify(body.value);
  } catch {
    throw badRequest('invalidSyntax', 'The body is nested too deeply.');
  }
  return withinBytes(text ?? '', limit);
}

function withinBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) > limit) throw bodyTooLarge(limit);
  return text;
}

/**
 * Collects a body, counting bytes as they come.
 *
 * @param announced the length the client gave, 0 when it gave none.
 * @throws ScimError 413 beyond the limit, 400 when the client goes away in the middle.
 */
export async function collectBytes(
  stream: AsyncIterable<Uint8Array>,
  announced: number,
  { bytes: limit, large }: BodyAllowance,
): Promise<RequestBody> {
  if (announced > limit) throw bodyTooLarge(limit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let isLarge = false;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > limit) break;
      chunks.push(chunk);
      if (isLarge || large === undefined || size <= large.above) continue;
      isLarge = true;
      await large.enter();
    }
  } catch (error) {
    throw error instanceof ScimError ? error : bodyIncomplete();
  }
  if (size > limit) throw bodyTooLarge(limit);
  return { kind: 'bytes', bytes: Buffer.concat(chunks) };
}

/** RFC 7644 §3.12: the limit is named, so that the client can be told. */
export function bodyTooLarge(limit: number): ScimError {
  return new ScimError(413, `The body is larger than ${limit} bytes.`);
}

/** The client went away, so nobody reads this; it is no fault of ours that should be logged. */
function bodyIncomplete(): ScimError {
  return badRequest('invalidSyntax', 'The request ended before its body was complete.');
}
