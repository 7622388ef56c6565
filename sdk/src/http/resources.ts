import type { Logger } from '../logger.ts';
import { isTagged, parseTagCondition } from '../protocol/entity-tag.ts';
import { notFound, ScimError, storeUnavailable } from '../protocol/errors.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { DEFAULT_PROJECTION } from '../protocol/projection.ts';
import { findMembersAttribute, type ResourceType } from '../protocol/schema/resource-type.ts';
import { findWritten } from '../protocol/written.ts';
import type { AppDecision } from '../provisioning/app-decision.ts';
import type { CreatedResource, Provisioning } from '../provisioning/provisioning.ts';
import { type RepresentOptions, representInParts } from '../provisioning/represent.ts';
import { toVersion } from '../provisioning/version.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { ResourceReader, Store } from '../store/port.ts';
import { readJsonBody } from './body.ts';
import { isPieces, readWhole, writeList } from './large-answer.ts';
import { GROUP_JSON_LIMITS, JSON_LIMITS } from './limits.ts';
import { toListEnvelope, toListResponse } from './list-response.ts';
import {
  emptyResponse,
  jsonResponse,
  piecesResponse,
  type ScimRequest,
  type ScimResponse,
} from './message.ts';
import { type Page, type PageContext, readPage } from './page.ts';
import { readSearchRequest, toProjection } from './parameters.ts';
import type { Route } from './route.ts';
import type { Turns } from './turns.ts';

/** What answering a request about resources needs. */
export interface ResourceContext extends PageContext {
  readonly store: Store;
  readonly provisioning: Provisioning;
  readonly connection: ConnectionRecord;
  readonly typesByName: ReadonlyMap<string, ResourceType>;
  readonly largeBodies: Turns;
  readonly keyId: string;
  readonly logger: Logger;
  /** Aborted when the request took too long. */
  readonly signal: AbortSignal;
  /** undefined: no app in another process has a say. */
  readonly decision: AppDecision | undefined;
}

type ResourceRoute = Extract<Route, { kind: 'collection' | 'resource' | 'search' | 'root' | 'rootSearch' }>;

/** Answers collections, single resources, `.search` and the root. */
export function answerResources(
  route: ResourceRoute,
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  if (route.kind === 'root') return list(route.types, request, context);
  if (route.kind === 'rootSearch') return search(route.types, request, context);
  if (route.kind === 'search') return search([route.type], request, context);
  if (route.kind === 'collection') {
    return request.method === 'GET'
      ? list([route.type], request, context)
      : create(route.type, request, context);
  }
  switch (request.method) {
    case 'GET':
      return read(route, request, context);
    case 'PUT':
      return replace(route, request, context);
    case 'PATCH':
      return patch(route, request, context);
    default:
      return remove(route, request, context);
  }
}

async function list(
  types: readonly ResourceType[],
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  const shows = types.map((type) => ({ type, options: toRepresentOptions(type, request, context) }));
  const reader = context.store.resources(context.scope);
  const page = await readPage(reader, types, context);
  const bodies = new Map<string, JsonObject>();
  const large = new Map<string, RepresentOptions>();
  for (const { type, options } of shows) {
    const own = page.resources.filter((resource) => resource.type === type);
    const shown = await representInParts(reader, own, options);
    for (const { body, apart } of shown) {
      bodies.set(String(body.id), body);
      if (apart !== undefined) large.set(String(body.id), options);
    }
  }
  const resources = page.resources.map(({ id }) => bodies.get(id)).filter((body) => body !== undefined);
  if (large.size === 0) return jsonResponse(200, toListResponse({ ...page, resources }));
  const pieces = writeList(toListEnvelope(page, resources.length), readEach(reader, page, { bodies, large }));
  return piecesResponse(200, { length: undefined, pieces: reportFailure(pieces, context.logger) });
}

/** Resources of a page, one after the other: those with very many members are not in memory together. */
async function* readEach(
  reader: ResourceReader,
  page: Page,
  {
    bodies,
    large,
  }: { bodies: ReadonlyMap<string, JsonObject>; large: ReadonlyMap<string, RepresentOptions> },
) {
  for (const resource of page.resources) {
    const options = large.get(resource.id);
    const body =
      options === undefined ? bodies.get(resource.id) : (await readWhole(reader, resource, { options })).body;
    if (body !== undefined) yield body;
  }
}

/** The client was told 200 already; the host is told what came of it. */
async function* reportFailure(pieces: AsyncIterable<Uint8Array>, logger: Logger): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } catch (error) {
    logger.error('A long list could not be sent to its end; the connection was cut.', { cause: error });
    throw error;
  }
}

async function search(
  types: readonly ResourceType[],
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  const body = await readJsonBody(request, { bytes: context.limits.maxBodyBytes, json: JSON_LIMITS });
  return list(types, request, { ...context, parameters: readSearchRequest(body) });
}

type OneRoute = Extract<Route, { kind: 'resource' }>;

async function read(
  { type, id }: OneRoute,
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  const options = toRepresentOptions(type, request, context);
  const resource = await context.store.resources(context.scope).find(type, id);
  if (resource === undefined) throw notFound();
  const answer = await answerOne(200, resource, { context, options });
  const known = parseTagCondition(request.header('if-none-match'));
  const { ETag } = answer.headers;
  const isKnown = known !== undefined && ETag !== undefined && isTagged(known, ETag);
  return isKnown ? notModified(answer) : answer;
}

/** RFC 9110 §15.4.5: all headers of the 200 but those of its body. */
function notModified({ headers: { 'Content-Type': _type, ...headers } }: ScimResponse): ScimResponse {
  return emptyResponse(304, headers);
}

async function create(
  type: ResourceType,
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  return write(type, request, context, {
    act: (body) => context.provisioning.create({ ...toWrite(request, context), type, body }),
    answer: (resource, options) => answerOne(resource.wasThere ? 200 : 201, resource, { context, options }),
  });
}

async function replace(
  { type, id }: OneRoute,
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  return write(type, request, context, {
    act: (body) => context.provisioning.replace({ ...toWrite(request, context), type, id, body }),
    answer: (resource, options) => answerOne(200, resource, { context, options }),
  });
}

async function patch(
  { type, id }: OneRoute,
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  const { attributes, excludedAttributes } = context.parameters;
  const isAsked = attributes !== undefined || excludedAttributes !== undefined;
  // A large group need not be sent back after every change of a member (RFC 7644 §3.5.2 allows both).
  const isBrief = findMembersAttribute(type) !== undefined && !isAsked;
  return write(type, request, context, {
    act: (body) => context.provisioning.patch({ ...toWrite(request, context), type, id, body }),
    answer: async (resource, options) =>
      isBrief
        ? emptyResponse(204, toTagHeader(toVersion(resource, [], context.connection.epoch), context))
        : answerOne(200, resource, { context, options }),
  });
}

async function remove(
  { type, id }: OneRoute,
  request: ScimRequest,
  context: ResourceContext,
): Promise<ScimResponse> {
  await context.provisioning.delete({ ...toChange(request, context), type, id });
  return emptyResponse(204);
}

interface Write {
  readonly act: (body: Json) => Promise<CreatedResource>;
  readonly answer: (resource: CreatedResource, options: RepresentOptions) => Promise<ScimResponse>;
}

/** What cannot be answered is found out before anything is written. */
async function write(
  type: ResourceType,
  request: ScimRequest,
  context: ResourceContext,
  { act, answer }: Write,
): Promise<ScimResponse> {
  const options = toRepresentOptions(type, request, context);
  const { projection = DEFAULT_PROJECTION } = options;
  return withBody(type, request, context, async (body) => {
    const resource = await act(body);
    const written = findWritten(type, body, request.method);
    return answer(resource, { ...options, projection: { ...projection, written } });
  });
}

function toWrite(request: ScimRequest, context: ResourceContext) {
  return { ...toChange(request, context), allow: context.profile.allow };
}

function toChange(request: ScimRequest, { scope, connection, keyId, signal, decision }: ResourceContext) {
  const change = { scope, connection, keyId, signal, decision };
  const ifMatch = parseTagCondition(request.header('if-match'));
  const ifNoneMatch = parseTagCondition(request.header('if-none-match'));
  if (ifMatch === undefined && ifNoneMatch === undefined) return change;
  const preconditions = {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  };
  return { ...change, preconditions };
}

/** Reads the body of a write, types with members having more room, and few large bodies at the same time. */
async function withBody(
  type: ResourceType,
  request: ScimRequest,
  context: ResourceContext,
  work: (body: Json) => Promise<ScimResponse>,
): Promise<ScimResponse> {
  const { limits, signal } = context;
  const isGroup = findMembersAttribute(type) !== undefined;
  if (!isGroup) return work(await readJsonBody(request, { bytes: limits.maxBodyBytes, json: JSON_LIMITS }));
  const place = createPlace(context);
  const large = { above: limits.maxBodyBytes, enter: place.enter };
  const body = { bytes: limits.maxGroupBodyBytes, json: GROUP_JSON_LIMITS, large };
  try {
    return await work(await untilAborted(readJsonBody(request, body), signal));
  } finally {
    place.leave();
  }
}

/** A request's place among the large bodies: taken once it proves to be one, given back in any case. */
function createPlace({ largeBodies, scope, signal }: ResourceContext) {
  let place: (() => void) | undefined;
  const leave = () => {
    place?.();
    place = undefined;
  };
  return {
    leave,
    async enter() {
      const entry = await largeBodies.enter(scope.connectionId);
      if (!('leave' in entry)) {
        throw new ScimError(503, 'Several large groups are being written. Try again.', {
          headers: { 'Retry-After': '2' },
        });
      }
      place = entry.leave;
      if (signal.aborted) leave();
    },
  };
}

/** A body that never ends must not hold its place after its request was given up on. */
function untilAborted<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(storeUnavailable());
    signal.addEventListener('abort', abort, { once: true });
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

interface Answer {
  readonly context: ResourceContext;
  readonly options: RepresentOptions;
}

async function answerOne(
  status: number,
  resource: CreatedResource,
  { context, options }: Answer,
): Promise<ScimResponse> {
  const more = resource.shownOnce;
  const { body, version } = await readWhole(context.store.resources(context.scope), resource, {
    options,
    more,
  });
  const location = `${options.baseUrl}${resource.type.endpoint}/${resource.id}`;
  const place = status === 201 ? { Location: location } : { 'Content-Location': location };
  const headers = { ...place, ...toTagHeader(version, context) };
  if (!isPieces(body)) return jsonResponse(status, body, headers);
  const length = body.reduce((bytes, piece) => bytes + piece.length, 0);
  return piecesResponse(status, { length, pieces: takeOff(body.toReversed()) }, headers);
}

/** @param left the pieces, the last one first; one that has been sent is not held any longer. */
async function* takeOff(left: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (let piece = left.pop(); piece !== undefined; piece = left.pop()) yield piece;
}

function toTagHeader(version: string, { profile }: ResourceContext): Readonly<Record<string, string>> {
  return profile.allow('entity-tags') ? { ETag: version } : {};
}

function toRepresentOptions(
  type: ResourceType,
  request: ScimRequest,
  context: ResourceContext,
): RepresentOptions {
  return {
    baseUrl: request.baseUrl,
    types: context.typesByName,
    epoch: context.connection.epoch,
    projection: toProjection(type, context.parameters),
    isVersioned: context.profile.allow('entity-tags'),
  };
}
