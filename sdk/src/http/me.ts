import { notFound, ScimError, withHeaders } from '../protocol/errors.ts';
import { withinTime } from '../provisioning/within-time.ts';
import type { ScimRequest, ScimResponse } from './message.ts';
import { answerResources, type ResourceContext } from './resources.ts';
import type { Route } from './route.ts';

/** What is known of a request to `/Me`, whose key names a connection and no person. */
export interface MeRequest {
  readonly connectionId: string;
  readonly customerId: string;
  readonly keyId: string;
  /** A header of the request, by name in any case. `Authorization`, which holds the key, is null. */
  header(name: string): string | null;
  /** Aborted when the answer takes longer than `limits.hookTimeoutMs`; the client then gets a 503. */
  readonly signal: AbortSignal;
}

/**
 * Says who "me" is (RFC 7644 §3.11): the SCIM id of a user of this connection, or null for nobody, which is a 404.
 * What it throws is a 500, told to the host's log alone.
 */
export type FindMe = (request: MeRequest) => string | null | Promise<string | null>;

type MeRoute = Extract<Route, { kind: 'me' }>;

/**
 * Answers `/Me` as the user's own URL would. RFC 7644 §3.11: any response has the permanent URL in `Location`, so
 * a refusal has it too.
 *
 * @throws ScimError 404 when nobody is meant, or no user of this connection; 503 when the host takes too long.
 */
export async function answerMe(
  { type, find }: MeRoute,
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  const id = await findMe(find, request, context);
  const reader = context.store.resources(context.scope);
  if (id === null || (await reader.find(type, id)) === undefined) throw notFound();
  const location = { Location: `${request.baseUrl}${type.endpoint}/${id}` };
  try {
    const answer = await answerResources({ kind: 'resource', type, id }, request, context);
    return { ...answer, headers: { ...answer.headers, ...location } };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    throw withHeaders(error, location);
  }
}

async function findMe(
  find: FindMe,
  request: ScimRequest,
  { scope, keyId, limits }: ResourceContext,
): Promise<string | null> {
  const { connectionId, customerId } = scope;
  const header = (name: string) =>
    name.toLowerCase() === 'authorization' ? null : request.header(name.toLowerCase());
  const id: unknown = await withinTime(limits.hookTimeoutMs, (signal) =>
    find(Object.freeze({ connectionId, customerId, keyId, header, signal })),
  );
  if (id === null || (typeof id === 'string' && id !== '')) return id;
  throw new TypeError('createScim: me must answer the SCIM id of a user, or null.');
}
