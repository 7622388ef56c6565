import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scim } from '../create-scim.ts';
import { readRequestBody, sendResponse } from './node-message.ts';

/** What is used of an Express request; Express 5 and 4 both have it. */
export interface ExpressRequest extends IncomingMessage {
  /** Where the handler is mounted. */
  readonly baseUrl: string;
  /** Respects the app's `trust proxy` setting, as do `host` and `ip`. */
  readonly protocol: string;
  readonly host?: string;
  readonly ip?: string | undefined;
  readonly body?: unknown;
}

/**
 * Serves SCIM from Express, at the path it is mounted at. Works before or after `express.json()` and
 * `express.raw()`. Behind a proxy set Express's own `trust proxy`, so that `meta.location` is right.
 *
 * @example app.use('/scim/v2', expressHandler(scim));
 */
export function expressHandler(scim: Scim) {
  return async (request: ExpressRequest, response: ServerResponse): Promise<void> => {
    const [path = '/', ...queryParts] = (request.url ?? '/').split('?');
    const host = request.host ?? request.headers.host ?? 'localhost';
    const answer = await scim.handle({
      method: request.method ?? 'GET',
      path,
      query: queryParts.join('?'),
      header: (name) => request.headersDistinct[name]?.join(', ') ?? null,
      baseUrl: scim.endpointUrl ?? `${request.protocol}://${host}${request.baseUrl}`,
      address: request.ip ?? request.socket.remoteAddress ?? null,
      readBody: (limit) => readRequestBody(request, limit, request.body),
    });
    sendResponse(response, answer);
  };
}
