import type { ScimRequest } from '../http/message.ts';
import { ScimError } from '../protocol/errors.ts';
import { SetupError } from './setup-error.ts';

/** A mapping or rules of the largest kind are far below it. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a body that is a JSON object; none at all counts as `{}`. Only JSON is read: no form of another site can
 * send that.
 *
 * @throws SetupError 400, 413, 415, 422
 */
export async function readBody(request: ScimRequest): Promise<Readonly<Record<string, unknown>>> {
  const body = await request.readBody({ bytes: MAX_BYTES }).catch((error: unknown) => {
    if (!(error instanceof ScimError)) throw error;
    throw new SetupError(error.status, 'invalid_body', error.message);
  });
  const isEmpty = body.kind === 'bytes' ? body.bytes.length === 0 : body.value === undefined;
  const mediaType = request.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (isEmpty && mediaType === undefined) return {};
  if (mediaType !== 'application/json')
    throw new SetupError(415, 'unsupported_media_type', 'Send the body as application/json.');
  const value = isEmpty ? {} : body.kind === 'parsed' ? body.value : parse(body.bytes);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new SetupError(422, 'invalid_fields', 'Send a JSON object.');
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new SetupError(400, 'invalid_body', 'The request body is not valid JSON.');
  }
}
