import { BULK_RESPONSE_URN, type BulkOperation, parseBulkRequest, toSecondWrite } from '../protocol/bulk.ts';
import { type BulkStep, orderOperations } from '../protocol/bulk-order.ts';
import { resolveReference, resolveReferences, toReferredBulkId } from '../protocol/bulk-reference.ts';
import { MembershipCircleError, ScimError, type ScimErrorBody } from '../protocol/errors.ts';
import { isObject, type Json } from '../protocol/json.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import { readJsonBody } from './body.ts';
import {
  type FitOperation,
  findCreated,
  type Labels,
  type PreparedOperation,
  prepareOperations,
  toDependencies,
  toRoute,
} from './bulk-operation.ts';
import { BULK_JSON_LIMITS } from './limits.ts';
import { jsonResponse, SCIM_MEDIA_TYPE, type ScimRequest, type ScimResponse } from './message.ts';
import { answerResources, type ResourceContext } from './resources.ts';

/** What answering a bulk request needs. */
export interface BulkContext extends ResourceContext {
  readonly types: readonly ResourceType[];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Charges the connection for requests beyond the one that was let in. */
  charge(requests: number): void;
  /** What the client is told of a failure. @throws ScimError 401 when the connection is gone. */
  explain(error: unknown): Promise<ScimError>;
}

/** One line of the answer, RFC 7644 §3.7.3. */
interface BulkResult extends Labels {
  readonly location?: string;
  readonly version?: string;
  readonly status: string;
  readonly response?: ScimErrorBody;
}

/** One request while it is carried out. */
interface Run {
  readonly request: ScimRequest;
  readonly context: BulkContext;
  /** Ids of what was created so far, by bulkId. */
  readonly ids: Map<string, string>;
  /** When no further operation is begun. */
  readonly endsAt: number;
}

/**
 * Answers `POST /Bulk`, RFC 7644 §3.7. Each operation is answered as the single request it stands for, in a
 * transaction of its own; one that fails leaves the others alone.
 *
 * @throws ScimError 400, 401, 413 for the request as a whole.
 */
export async function answerBulk(request: ScimRequest, context: BulkContext): Promise<ScimResponse> {
  const { limits, clock } = context;
  const body = await readBulkBody(request, limits.maxBodyBytes);
  const { operations, failOnErrors } = parseBulkRequest(body, {
    maxOperations: limits.maxBulkOperations,
    allow: context.profile.allow,
  });
  context.charge(operations.length - 1);
  // The rest of the time is for the operation that is being carried out when it comes.
  const endsAt = clock() + limits.requestTimeoutMs * 0.8;
  const run = { request, context, ids: new Map(), endsAt };
  const prepared = prepareOperations(context, operations);
  const results = await carryOutAll(run, prepared, failOnErrors);
  return jsonResponse(200, { schemas: [BULK_RESPONSE_URN], Operations: results });
}

/** RFC 7644 §3.7.4: the limit is named as /ServiceProviderConfig names it. */
async function readBulkBody(request: ScimRequest, maxPayloadSize: number): Promise<Json> {
  try {
    return await readJsonBody(request, { bytes: maxPayloadSize, json: BULK_JSON_LIMITS });
  } catch (error) {
    if (!(error instanceof ScimError) || error.status !== 413) throw error;
    throw new ScimError(413, `The request is larger than maxPayloadSize (${maxPayloadSize} bytes).`);
  }
}

/**
 * Results stand in the order of the request, whatever the order of the work. After `failOnErrors` errors
 * nothing more is begun; what had been begun in two parts is still brought to its end.
 */
async function carryOutAll(
  run: Run,
  prepared: readonly PreparedOperation[],
  failOnErrors: number,
): Promise<readonly BulkResult[]> {
  const results: (BulkResult | undefined)[] = prepared.map(() => undefined);
  let errors = 0;
  for (const { index, kind } of orderOperations(prepared.map(toDependencies))) {
    const operation = prepared[index];
    const begun = results[index];
    const isOver = errors >= failOnErrors || run.context.signal.aborted;
    if (operation === undefined || (kind === 'complete' ? begun?.location === undefined : isOver)) continue;
    const result = await carryOut(run, operation, { kind, location: begun?.location });
    results[index] = result;
    if (result.response !== undefined) errors += 1;
  }
  return results.filter((result) => result !== undefined);
}

async function carryOut(
  run: Run,
  prepared: PreparedOperation,
  step: { readonly kind: BulkStep['kind']; readonly location: string | undefined },
): Promise<BulkResult> {
  const { labels } = prepared;
  try {
    if (prepared.kind === 'faulty') throw prepared.error;
    if (step.kind === 'refuse') throw circular('The operation refers to one that refers back to it.');
    if (step.location !== undefined) {
      const version = await complete(run, prepared, step.location);
      return { location: step.location, ...labels, ...version, status: '201' };
    }
    requireTime(run);
    return { ...labels, ...(await begin(run, prepared, step.kind)) };
  } catch (error) {
    const refusal = await run.context.explain(
      error instanceof MembershipCircleError ? circular(error.message) : error,
    );
    const status = String(refusal.status);
    return { ...findLocation(run, prepared), ...labels, status, response: refusal.toBody() };
  }
}

/** The whole of an operation, or what creates its resource. */
async function begin(run: Run, prepared: FitOperation, kind: BulkStep['kind']) {
  const { first, operation } = prepared;
  const answer = await send(run, {
    ...operation,
    path: toPath(run, prepared),
    data: resolveReferences(kind === 'begin' ? { ...operation, data: first } : operation, run.ids),
  });
  const { Location: location } = answer.headers;
  const bulkId = findCreated(prepared);
  if (bulkId !== undefined && location !== undefined) run.ids.set(bulkId, toId(location));
  const place = location === undefined ? findLocation(run, prepared) : { location };
  return { ...place, ...toVersion(answer), status: String(answer.status) };
}

/**
 * The second write of a resource that was created without a part of its data (RFC 7644 §3.7.1). When it fails
 * the resource goes again, so that the operation applies wholly or not at all; should a hook refuse even that, its
 * refusal is what the client is told.
 */
async function complete(run: Run, prepared: FitOperation, location: string) {
  const path = `${prepared.route.type.endpoint}/${toId(location)}`;
  try {
    const later = resolveReferences({ ...prepared.operation, data: prepared.later }, run.ids);
    const data = toSecondWrite(isObject(later) ? later : {});
    return toVersion(await send(run, { method: 'PATCH', path, data }));
  } catch (error) {
    // Also when the request was given up on: nobody would take it back later.
    const context = { ...run.context, signal: new AbortController().signal };
    await send({ ...run, context }, { method: 'DELETE', path });
    const bulkId = findCreated(prepared);
    if (bulkId !== undefined) run.ids.delete(bulkId);
    throw error;
  }
}

type SingleRequest = Pick<BulkOperation, 'method' | 'path'> &
  Partial<Pick<BulkOperation, 'version' | 'data'>>;

/** Answered by the code that answers single requests; nothing of the resource is to be shown but its id. */
function send({ request, context }: Run, single: SingleRequest): Promise<ScimResponse> {
  const { method, path, version, data } = single;
  const own = new Map<string, string | null>([
    ['if-match', version ?? null],
    ['if-none-match', null],
    ['content-type', SCIM_MEDIA_TYPE],
    ['content-encoding', null],
  ]);
  const sent: ScimRequest = {
    ...request,
    method,
    path,
    query: '',
    header: (name) => (own.has(name) ? (own.get(name) ?? null) : request.header(name)),
    readBody: async () => ({ kind: 'parsed', value: data }),
  };
  const route = toRoute(context, { method, path });
  return answerResources(route, sent, { ...context, parameters: { attributes: 'id' } });
}

function toPath({ ids }: Run, { route }: FitOperation): string {
  const { endpoint } = route.type;
  if (route.kind === 'collection') return endpoint;
  return `${endpoint}/${encodeURIComponent(resolveReference(route.id, ids))}`;
}

/** RFC 7644 §3.7: the location of every resource but one that could not be created. */
function findLocation({ request, ids }: Run, prepared: PreparedOperation): Pick<BulkResult, 'location'> {
  if (prepared.kind === 'faulty' || prepared.route.kind === 'collection') return {};
  const { type, id } = prepared.route;
  const known = ids.get(toReferredBulkId(id) ?? '') ?? id;
  return { location: `${request.baseUrl}${type.endpoint}/${encodeURIComponent(known)}` };
}

function toId(location: string): string {
  return location.slice(location.lastIndexOf('/') + 1);
}

function toVersion({ headers }: ScimResponse): Pick<BulkResult, 'version'> {
  return headers.ETag === undefined ? {} : { version: headers.ETag };
}

/**
 * Of members, and of what is required: neither can be written after its own need of it. One status for all circles,
 * whether the request alone has them or what is stored already makes one of it.
 */
function circular(detail: string): ScimError {
  return new ScimError(409, detail, { scimType: 'invalidValue' });
}

/** Told apart from what was carried out, so that a client knows what to send again. */
function requireTime({ context, endsAt }: Run): void {
  if (context.clock() < endsAt) return;
  throw new ScimError(
    503,
    'There was no time left for this operation. Nothing of it was changed; try again.',
  );
}
