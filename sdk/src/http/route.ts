import { notFound, ScimError } from '../protocol/errors.ts';
import type { Profile } from '../protocol/leniency/profile.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import type { Limits } from './limits.ts';
import type { FindMe } from './me.ts';

/** What a path names. */
export type Route =
  | { readonly kind: 'collection'; readonly type: ResourceType }
  | { readonly kind: 'resource'; readonly type: ResourceType; readonly id: string }
  | { readonly kind: 'search'; readonly type: ResourceType }
  | { readonly kind: 'serviceProviderConfig' }
  | { readonly kind: 'resourceTypes'; readonly id: string | undefined }
  | { readonly kind: 'schemas'; readonly id: string | undefined }
  | { readonly kind: 'bulk' }
  /** The user the host says is meant, RFC 7644 §3.11. */
  | { readonly kind: 'me'; readonly type: ResourceType; readonly find: FindMe }
  | { readonly kind: 'notImplemented' }
  /** All resource types at once, RFC 7644 §3.4.2.1. */
  | { readonly kind: 'root'; readonly types: readonly ResourceType[] }
  | { readonly kind: 'rootSearch'; readonly types: readonly ResourceType[] };

/** The methods of each kind of route, RFC 7644 §3.2; the table routing and the security tests both read. */
export const METHODS: Readonly<Record<Route['kind'], readonly string[]>> = Object.freeze({
  collection: ['GET', 'POST'],
  resource: ['GET', 'PUT', 'PATCH', 'DELETE'],
  search: ['POST'],
  serviceProviderConfig: ['GET'],
  resourceTypes: ['GET'],
  schemas: ['GET'],
  bulk: ['POST'],
  notImplemented: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  root: ['GET'],
  rootSearch: ['POST'],
  me: ['GET', 'PUT', 'PATCH', 'DELETE'],
});

/** Connection ids as `management` makes them. */
const CONNECTION_ID = /^[0-9a-z]{16,}$/;

/** A path taken apart: decoded once, empty segments left out. */
export interface ParsedPath {
  /** The connection the URL names, when it names one. */
  readonly connectionId: string | undefined;
  /** undefined = the path is not well-formed. */
  readonly segments: readonly string[] | undefined;
}

/**
 * Decodes a path, once, before anything is decided on it: a router that saw another spelling than the
 * authentication would let requests through. Repeated and trailing slashes are tolerated (T15).
 */
export function parsePath(types: readonly ResourceType[], path: string): ParsedPath {
  const segments: string[] = [];
  for (const part of path.split('/')) {
    if (part === '') continue;
    const segment = decodeSegment(part);
    if (segment === undefined) return { connectionId: undefined, segments: undefined };
    segments.push(segment);
  }
  const [first] = segments;
  const isEndpoint = types.some((type) => type.endpoint === `/${first}`);
  if (first === undefined || isEndpoint || !CONNECTION_ID.test(first))
    return { connectionId: undefined, segments };
  return { connectionId: first, segments: segments.slice(1) };
}

function decodeSegment(part: string): string | undefined {
  let segment: string;
  try {
    segment = decodeURIComponent(part);
  } catch {
    return undefined;
  }
  const isUnsafe = segment === '.' || segment === '..' || /[/\\\u0000-\u001f]/.test(segment);
  return isUnsafe ? undefined : segment;
}

/** What routing depends on. */
export interface RouteContext {
  readonly types: readonly ResourceType[];
  readonly profile: Pick<Profile, 'allow'>;
  /** undefined = the host does not say who "me" is. */
  readonly me?: FindMe | undefined;
  readonly limits: Pick<Limits, 'maxBulkOperations'>;
}

/**
 * Finds what a path names.
 *
 * @throws ScimError 404, or 405 with `Allow`.
 */
export function findRoute(
  context: RouteContext,
  request: { readonly method: string; readonly segments: readonly string[] | undefined },
): Route {
  const route = request.segments === undefined ? undefined : matchSegments(context, request.segments);
  if (route === undefined) throw notFound();
  const methods = METHODS[route.kind].filter((method) => method !== 'PUT' || context.profile.allow('put'));
  if (!methods.includes(request.method)) {
    throw new ScimError(405, `This endpoint answers ${methods.join(', ')}.`, {
      headers: { Allow: methods.join(', ') },
    });
  }
  return route;
}

function matchSegments(context: RouteContext, segments: readonly string[]): Route | undefined {
  const { types } = context;
  const [first, second, ...rest] = segments;
  if (rest.length > 0) return undefined;
  if (first === undefined) return { kind: 'root', types };
  const type = types.find((candidate) => candidate.endpoint === `/${first}`);
  if (type !== undefined) {
    if (second === undefined) return { kind: 'collection', type };
    return second === '.search' ? { kind: 'search', type } : { kind: 'resource', type, id: second };
  }
  switch (first) {
    case 'ServiceProviderConfig':
      return second === undefined ? { kind: 'serviceProviderConfig' } : undefined;
    case 'ResourceTypes':
      return { kind: 'resourceTypes', id: second };
    case 'Schemas':
      return { kind: 'schemas', id: second };
    case '.search':
      return second === undefined ? { kind: 'rootSearch', types } : undefined;
    case 'Bulk':
      return second === undefined ? toBulk(context) : undefined;
    case 'Me':
      return second === undefined ? toMe(context) : undefined;
    default:
      return undefined;
  }
}

/** RFC 7644 §3.7: bulk is optional. */
function toBulk({ limits }: RouteContext): Route {
  return { kind: limits.maxBulkOperations > 0 ? 'bulk' : 'notImplemented' };
}

function toMe({ types, me }: RouteContext): Route {
  const type = types.find(({ name }) => name === 'User');
  return type === undefined || me === undefined ? { kind: 'notImplemented' } : { kind: 'me', type, find: me };
}
