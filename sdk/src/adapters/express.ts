import type { IncomingMessage, ServerResponse } from 'node:http';
import { trimSlash } from '../http/fetch.ts';
import { onceSent, readHead, readRequestBody, sendResponse, toHost } from './node-message.ts';
import type { Served } from './served.ts';

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
 * Serves SCIM, or the routes behind the setup page, from Express, at the path it is mounted at. Works before or after
 * `express.json()` and `express.raw()`. Behind a proxy set Express's own `trust proxy`, so that `meta.location` is
 * right.
 *
 * @example
 * app.use('/scim/v2', expressHandler(scim));
 * app.use('/api/setup/scim', expressHandler(scim.setupApi({ authorize })));
 */
export function expressHandler(served: Served) {
  return async (request: ExpressRequest, response: ServerResponse): Promise<void> => {
    const answer = await served.handle({
      ...readHead(request),
      baseUrl: served.endpointUrl ?? readOrigin(request) + trimSlash(request.baseUrl),
      address: request.ip ?? request.socket.remoteAddress ?? null,
      readBody: (allowance) => readRequestBody(request, allowance, request.body),
      onSent: (listener) => onceSent(response, listener),
      original: request,
    });
    sendResponse(request, response, answer);
  };
}

/** Express hands both on as they came from the network. */
function readOrigin(request: ExpressRequest): string {
  const protocol = request.protocol === 'https' ? 'https' : 'http';
  return `${protocol}://${toHost(request.host ?? request.headers.host)}`;
}
