import type { Request, RequestHandler } from 'express';
import { ApiError } from './api-error.ts';

/**
 * Protects cookie-authenticated routes against cross-site request forgery.
 *
 * A request that may change something must come from our own pages, as browsers tell by `Origin` or
 * `Sec-Fetch-Site`, and a body must be JSON, which no HTML form can send. No special header is needed, so a plain
 * `fetch` from the page works.
 *
 * @param publicUrl where the app is reached. Left out: this machine, on the port the request came in by.
 */
export function requireSameOrigin(publicUrl?: string): RequestHandler {
  return (request, _response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    if (!comesFromOurPages(request, publicUrl)) {
      throw new ApiError(403, 'cross_site_request', `This request did not come from Harbor's own pages.`);
    }
    if (hasBody(request) && mediaType(request) !== 'application/json') {
      throw new ApiError(415, 'unsupported_media_type', 'Send the body as application/json.');
    }
    next();
  };
}

function comesFromOurPages(request: Request, publicUrl: string | undefined): boolean {
  if (request.get('sec-fetch-site') === 'same-origin') return true;
  const origin = request.get('origin');
  return origin !== undefined && ownOrigins(request, publicUrl).includes(origin);
}

function ownOrigins(request: Request, publicUrl: string | undefined): string[] {
  if (publicUrl) return [new URL(publicUrl).origin];
  return ['localhost', '127.0.0.1'].map(
    (host) => new URL(`http://${host}:${request.socket.localPort}`).origin,
  );
}

/** A form always names its type, even when it is empty. */
function hasBody(request: Request): boolean {
  return (
    request.get('transfer-encoding') !== undefined ||
    Number(request.get('content-length') ?? 0) > 0 ||
    request.get('content-type') !== undefined
  );
}

function mediaType(request: Request): string | undefined {
  return request.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}
