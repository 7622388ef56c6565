import type { Authenticated } from '../connections/authenticate.ts';
import { toMapping } from '../connections/describe-connection.ts';
import { MisuseError } from '../connections/parameters.ts';
import type { RandomSource } from '../connections/random-text.ts';
import { Failure, type ManagementResult, Success } from '../connections/result.ts';
import { findSubject, type SignInStrategy } from '../connections/sign-in-strategy.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import { ActionRequired, createQuestion } from '../provisioning/app-decision.ts';
import { createProfileReader } from '../provisioning/profile.ts';
import type { Store } from '../store/port.ts';
import type { ScimServer } from './handler.ts';
import type { Limits } from './limits.ts';
import { type RequestBody, SCIM_MEDIA_TYPE, type ScimRequest, type ScimResponse } from './message.ts';
import {
  type AnswerToReturn,
  type ReadyResponse,
  toAnswer,
  toUnderlyingError,
  type UnderlyingError,
} from './request-error.ts';
import { createCommitId, formatCommitId, type StagedRequest, sealRequest } from './staged-request.ts';

/** A SCIM request as the app received it. */
export interface ScimRequestParameters {
  readonly method: string;
  /**
   * The path below the endpoint URL, or with the endpoint URL's own path before it, and the query. Where `createScim`
   * was given no `endpointUrl`, its path is taken to be `/scim/v2`.
   */
  readonly pathAndQueryParams: string;
  /** What was parsed of the body, its text or its bytes. */
  readonly body?: unknown;
  /** The key bare, or the whole `Authorization` header. Left out: none was sent. */
  readonly scimApiKey?: string | null | undefined;
  /**
   * Those that were sent. Read are `If-Match`, `If-None-Match`, `Content-Type` and `Content-Encoding` alone; without
   * any, the body is taken for JSON.
   */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>> | undefined;
  /**
   * What single sign-on is checked with, where the app signs people in by it: `ssoUserSubject` is then the `sub` that
   * will name the person.
   */
  readonly signInStrategy?: SignInStrategy | undefined;
  /** The client's network address, for the limit on failed authentications. */
  readonly address?: string | undefined;
}

/** The request was carried out: answer the identity provider with status and data. */
export interface CompletedScimRequest {
  readonly status: 'Completed';
  /** '' for discovery without a key, which is the same for everybody. */
  readonly connectionId: string;
  /** The body to send; left out = none. */
  readonly responseData?: Json;
  readonly responseHttpCode: number;
  readonly response: ReadyResponse;
  /**
   * The app's accounts the request was about, where there are any: the user written, also when nothing was left to
   * change, and members who came or went. Bring them up to date from `getScimUser`.
   */
  readonly affectedUserIds?: readonly string[];
}

interface Asked {
  readonly status: 'ActionRequired';
  readonly connectionId: string;
  /** Names the staged change, once and for a limited time. Nothing is changed before the app has decided. */
  readonly commitId: string;
  readonly primaryEmail: string | null;
  /** The user by the connection's mapping, as the change would leave it. */
  readonly parsedUserData: JsonObject;
}

/** The app has an account to find or make, then calls `linkScimUser`. */
export interface LinkUserRequired extends Asked {
  readonly action: 'LinkUser';
  readonly userName: string;
  readonly active: boolean;
  /** The `sub` of single sign-on that will name this person, by `signInStrategy`; null = none does. */
  readonly ssoUserSubject: string | null;
  /** The account of a user of this name who was deleted not long ago: who returns may be told from who is new. */
  readonly previousUserId: string | null;
}

/** The app has something to do to an account of its own, then calls `commitScimUserChange`. */
export interface UserActionRequired extends Asked {
  readonly action: 'DisableUser' | 'EnableUser' | 'DeleteUser';
  readonly userId: string;
}

/** What the app has to decide. */
export type ActionRequiredScimRequest = LinkUserRequired | UserActionRequired;

/** The request was not carried out: answer the identity provider with what is to be returned. */
export interface ScimRequestError extends AnswerToReturn {
  /** That of `underlyingError`. */
  readonly type: UnderlyingError['type'];
  readonly underlyingError: UnderlyingError;
}

export type ScimRequestResult = ManagementResult<
  CompletedScimRequest | ActionRequiredScimRequest,
  ScimRequestError
>;

/** What requests that the app decides about are answered with. */
export interface DecidingOptions {
  readonly server: ScimServer;
  readonly store: Store;
  readonly types: readonly ResourceType[];
  readonly userType: ResourceType;
  readonly limits: Pick<Limits, 'stagedChangeTimeoutSeconds'>;
  readonly endpointUrl: string | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: RandomSource;
}

/**
 * Answers a request whose changes the app decides about: those that make a user, or let one in or out, are tried,
 * undone and staged, so that the identity provider has its refusal at once and the app its question.
 *
 * @throws TypeError for parameters no request can have made.
 */
export async function answerScimRequest(
  options: DecidingOptions,
  parameters: ScimRequestParameters,
): Promise<ScimRequestResult> {
  const { server, types } = options;
  const request = toScimRequest(options, parameters);
  const decision = createQuestion();
  let sender: Authenticated | undefined;
  const onAdmitted = (admitted: Authenticated) => {
    sender = admitted;
  };
  try {
    try {
      const response = await server.answer(request, { decision, onAdmitted });
      const connectionId = sender?.scope.connectionId ?? '';
      return new Success(await toCompleted(response, { connectionId, decision }));
    } catch (error) {
      if (!(error instanceof ActionRequired) || sender === undefined) throw error;
      return new Success(await stage(options, { request, parameters, sender, required: error }));
    }
  } catch (error) {
    const told = server.explain(error);
    const underlyingError = toUnderlyingError(told, request, types);
    return new Failure({ ...toAnswer(told), type: underlyingError.type, underlyingError });
  }
}

/** What was carried out, as data. */
export async function toCompleted(
  response: ScimResponse,
  {
    connectionId,
    decision,
  }: {
    readonly connectionId: string;
    readonly decision: { affectedUserIds(): readonly string[] };
  },
): Promise<CompletedScimRequest> {
  const text = await readText(response);
  const affectedUserIds = decision.affectedUserIds().toSorted();
  return {
    status: 'Completed',
    connectionId,
    ...(text === null ? {} : { responseData: JSON.parse(text) as Json }),
    responseHttpCode: response.status,
    response: { status: response.status, headers: response.headers, body: text },
    ...(affectedUserIds.length === 0 ? {} : { affectedUserIds }),
  };
}

async function readText({ body }: ScimResponse): Promise<string | null> {
  if (body === null || typeof body === 'string') return body;
  const pieces: Uint8Array[] = [];
  for await (const piece of body.pieces) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function toScimRequest(
  { endpointUrl }: DecidingOptions,
  { method, pathAndQueryParams, body, scimApiKey, headers = {}, address }: ScimRequestParameters,
): ScimRequest {
  if (typeof method !== 'string' || typeof pathAndQueryParams !== 'string') {
    throw new MisuseError('scimRequest: method and pathAndQueryParams must be texts.');
  }
  const [path = '', ...query] = pathAndQueryParams.split('?');
  const sent = new Map([['content-type', SCIM_MEDIA_TYPE]]);
  for (const name of [...CONDITIONS, ...FORMS]) {
    const [, value] = Object.entries(headers).find(([given]) => given.toLowerCase() === name) ?? [];
    if (value !== undefined) sent.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  if (typeof scimApiKey === 'string') sent.set('authorization', toAuthorization(scimApiKey));
  return {
    method,
    path: belowEndpoint(path, endpointUrl),
    query: query.join('?'),
    header: (name) => sent.get(name) ?? null,
    headerBytes: [...sent.values()].reduce((bytes, value) => bytes + Buffer.byteLength(value), 0),
    baseUrl: endpointUrl ?? '',
    address: address ?? null,
    readBody: async () => toBody(body),
  };
}

/** Headers a write depends on. */
const CONDITIONS = ['if-match', 'if-none-match'] as const;

/** Headers that say what a body is. */
const FORMS = ['content-type', 'content-encoding'] as const;

function toAuthorization(scimApiKey: string): string {
  return /^bearer\b/i.test(scimApiKey.trimStart()) ? scimApiKey : `Bearer ${scimApiKey}`;
}

/** Where the adapters serve SCIM, too, unless they are told otherwise. */
const DEFAULT_MOUNT = '/scim/v2';

function belowEndpoint(path: string, endpointUrl: string | undefined): string {
  const base = endpointUrl === undefined ? DEFAULT_MOUNT : new URL(endpointUrl).pathname.replace(/\/+$/, '');
  if (base === '' || !(path === base || path.startsWith(`${base}/`))) return path;
  return path.slice(base.length) || '/';
}

function toBody(body: unknown): RequestBody {
  if (body instanceof Uint8Array) return { kind: 'bytes', bytes: body };
  return { kind: 'parsed', value: body === undefined ? '' : body };
}

async function stage(
  options: DecidingOptions,
  asking: {
    readonly request: ScimRequest;
    readonly parameters: ScimRequestParameters;
    readonly sender: Authenticated;
    readonly required: ActionRequired;
  },
): Promise<ActionRequiredScimRequest> {
  const { store, clock, random, limits } = options;
  const { sender, required } = asking;
  const { scope } = sender;
  const { connectionId } = scope;
  const commitId = createCommitId(random);
  const sealed = sealRequest(toStaged(asking), { connectionId, commitId, random });
  const now = Math.floor(clock() / 1000);
  const record = {
    stagedId: commitId.stagedId,
    sealed,
    expiresAt: now + limits.stagedChangeTimeoutSeconds,
  };
  await store.changeResources(scope, (tx) => tx.stage(record, now));
  const { signInStrategy } = asking.parameters;
  return describe(options, { sender, required, signInStrategy, commitId: formatCommitId(commitId) });
}

function toStaged({
  request,
  parameters: { body },
  sender,
  required,
}: Parameters<typeof stage>[1]): StagedRequest {
  const { action, resource } = required;
  const { endpoint } = resource.type;
  const headers = CONDITIONS.flatMap((name) => {
    const value = request.header(name);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    action,
    userId: resource.userId,
    keyId: sender.keyId,
    method: request.method,
    // By its id also where the request said `/Me`: who that is, is settled.
    path: request.method === 'POST' ? request.path : `${endpoint}/${resource.id}`,
    query: request.query,
    headers: Object.fromEntries(headers),
    body: toText(body),
    baseUrl: request.baseUrl,
  };
}

function toText(body: unknown): string | null {
  if (body === undefined) return null;
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString() : JSON.stringify(body);
}

function describe(
  { userType }: DecidingOptions,
  {
    sender: { connection },
    required: { action, resource, previousUserId },
    signInStrategy,
    commitId,
  }: {
    readonly sender: Authenticated;
    readonly required: ActionRequired;
    readonly signInStrategy: SignInStrategy | undefined;
    readonly commitId: string;
  },
): ActionRequiredScimRequest {
  const { attributes, userId } = resource;
  const { parsedUserData, primaryEmail } = createProfileReader(userType, toMapping(connection))(attributes);
  const { connectionId } = connection;
  const asked = { status: 'ActionRequired', connectionId, commitId, primaryEmail, parsedUserData } as const;
  if (action !== 'LinkUser') return { ...asked, action, userId: userId ?? '' };
  return {
    ...asked,
    action,
    userName: String(attributes.userName),
    active: attributes.active !== false,
    ssoUserSubject: signInStrategy === undefined ? null : findSubject(signInStrategy, attributes),
    previousUserId,
  };
}
