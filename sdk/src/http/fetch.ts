import { ScimError } from '../protocol/errors.ts';
import { collectBytes } from './body.ts';
import type { Handler } from './handler.ts';
import {
  type BodyAllowance,
  jsonResponse,
  type RequestBody,
  type ScimRequest,
  type ScimResponse,
} from './message.ts';

/** How a `Request` reaches the SCIM server. */
export interface FetchOptions {
  /** The path the server is mounted at. @default '/scim/v2' */
  readonly mountPath?: string;
  /** The client's network address, for the limit on failed authentications. */
  readonly address?: string;
}

export interface FetchSettings {
  readonly handler: Handler;
  /** The public base URL; undefined = the request's own origin and mount path. */
  readonly endpointUrl: string | undefined;
  /** @default '/scim/v2' */
  readonly mountPath?: string;
}

/** Makes `(Request) => Promise<Response>`. Never rejects. */
export function createFetch({ handler, endpointUrl, mountPath: usual = '/scim/v2' }: FetchSettings) {
  return async (request: Request, options: FetchOptions = {}): Promise<Response> => {
    const url = new URL(request.url);
    const mountPath = trimSlash(options.mountPath ?? usual);
    const path = stripMount(url.pathname, mountPath);
    if (path === undefined) return toResponse(outsideMount());
    const scimRequest: ScimRequest = {
      method: request.method,
      path,
      query: url.search.slice(1),
      header: (name) => request.headers.get(name),
      headerBytes: countHeaderBytes(request.headers),
      baseUrl: endpointUrl ?? url.origin + mountPath,
      address: options.address ?? null,
      readBody: (allowance) => readBody(request, allowance),
      original: request,
    };
    return toResponse(await handler(scimRequest));
  };
}

/** The path below a mount, or undefined when it is not below it. */
export function stripMount(path: string, mountPath: string): string | undefined {
  if (mountPath === '') return path;
  if (path === mountPath) return '/';
  return path.startsWith(`${mountPath}/`) ? path.slice(mountPath.length) : undefined;
}

export function trimSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

/** The answer to a path that is not below the mount. */
export function outsideMount(): ScimResponse {
  const error = new ScimError(
    404,
    'This is not a path of the SCIM endpoint. Check the base URL in the identity provider.',
  );
  return jsonResponse(error.status, error.toBody());
}

function countHeaderBytes(headers: Headers): number {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length;
  return bytes;
}

async function readBody(request: Request, allowance: BodyAllowance): Promise<RequestBody> {
  if (request.bodyUsed) throw new TypeError('scim.fetch: the body of the request was read already.');
  // `Request.body` is typed without iteration by some libraries; Node's streams have it.
  const stream = request.body as AsyncIterable<Uint8Array> | null;
  if (stream === null) return { kind: 'bytes', bytes: new Uint8Array() };
  return collectBytes(stream, Number(request.headers.get('content-length') ?? 0), allowance);
}

function toResponse({ status, headers, body }: ScimResponse): Response {
  if (body === null || typeof body === 'string') return new Response(body, { status, headers });
  const { length, pieces } = body;
  const sized = length === undefined ? headers : { ...headers, 'Content-Length': String(length) };
  return new Response(toStream(pieces), { status, headers: sized });
}

/** Whoever reads the stream decides when the next piece is made. */
function toStream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
