import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scim } from '../create-scim.ts';
import { outsideMount, stripMount, trimSlash } from '../http/fetch.ts';
import { readRequestBody, sendResponse } from './node-message.ts';

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
 * Serves SCIM from `node:http`.
 *
 * @example http.createServer(nodeHandler(scim)).listen(3000)
 */
export function nodeHandler(scim: Scim, options: NodeHandlerOptions = {}) {
  const mountPath = trimSlash(options.mountPath ?? '/scim/v2');
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [rawPath = '/', ...queryParts] = toOriginForm(request.url ?? '/').split('?');
    const path = stripMount(rawPath, mountPath);
    if (path === undefined) {
      sendResponse(response, outsideMount());
      return;
    }
    const answer = await scim.handle({
      method: request.method ?? 'GET',
      path,
      query: queryParts.join('?'),
      header: (name) => request.headersDistinct[name]?.join(', ') ?? null,
      baseUrl: scim.endpointUrl ?? `${readOrigin(request, options.trustProxy ?? false)}${mountPath}`,
      address: request.socket.remoteAddress ?? null,
      readBody: (limit) => readRequestBody(request, limit),
    });
    sendResponse(response, answer);
  };
}

/** A request target may be a whole URL (RFC 9112 §3.2.2); only its path and query count. */
function toOriginForm(url: string): string {
  return url.startsWith('/') ? url : url.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*/, '');
}

function readOrigin(request: IncomingMessage, trustProxy: boolean): string {
  const forwardedProtocol = trustProxy ? readFirst(request.headers['x-forwarded-proto']) : undefined;
  const forwardedHost = trustProxy ? readFirst(request.headers['x-forwarded-host']) : undefined;
  const isEncrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
  const protocol = forwardedProtocol === 'https' || isEncrypted ? 'https' : 'http';
  return `${protocol}://${toHost(forwardedHost ?? request.headers.host)}`;
}

/** A host from the network ends up in `meta.location`, so it must look like one. */
function toHost(host: string | undefined): string {
  return host !== undefined && /^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host) ? host : 'localhost';
}

function readFirst(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  return text?.split(',', 1)[0]?.trim();
}
