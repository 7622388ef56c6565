import type { IncomingMessage, ServerResponse } from 'node:http';
import { outsideMount, stripMount, trimSlash } from '../http/fetch.ts';
import { onceSent, readHead, readRequestBody, sendResponse, toHost } from './node-message.ts';
import type { Served } from './served.ts';

export { serverOptions } from './server-options.ts';

export interface NodeHandlerOptions {
  /** The path the server is mounted at. @default '/scim/v2' */
  readonly mountPath?: string;
  /**
   * True when every request comes through a reverse proxy of yours that sets `X-Forwarded-Proto` and
   * `X-Forwarded-Host`; anybody could set them otherwise. Not needed with `endpointUrl`. @default false
   */
  readonly trustProxy?: boolean;
}

/**
 * Serves SCIM, or the routes behind the setup page, from `node:http`.
 *
 * @example http.createServer(nodeHandler(scim)).listen(3000)
 */
export function nodeHandler(served: Served, options: NodeHandlerOptions = {}) {
  const mountPath = trimSlash(options.mountPath ?? '/scim/v2');
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const head = readHead(request);
    const path = stripMount(head.path, mountPath);
    if (path === undefined) {
      sendResponse(request, response, outsideMount());
      return;
    }
    const answer = await served.handle({
      ...head,
      path,
      baseUrl: served.endpointUrl ?? `${readOrigin(request, options.trustProxy ?? false)}${mountPath}`,
      address: request.socket.remoteAddress ?? null,
      readBody: (allowance) => readRequestBody(request, allowance),
      onSent: (listener) => onceSent(response, listener),
      original: request,
    });
    sendResponse(request, response, answer);
  };
}

function readOrigin(request: IncomingMessage, trustProxy: boolean): string {
  const forwardedProtocol = trustProxy ? readFirst(request.headers['x-forwarded-proto']) : undefined;
  const forwardedHost = trustProxy ? readFirst(request.headers['x-forwarded-host']) : undefined;
  const isEncrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
  const protocol = forwardedProtocol === 'https' || isEncrypted ? 'https' : 'http';
  return `${protocol}://${toHost(forwardedHost ?? request.headers.host)}`;
}

function readFirst(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',', 1)[0]?.trim();
}
