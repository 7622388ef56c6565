import { randomUUID } from 'node:crypto';
import type { ActivityLog } from '../activity/activity-log.ts';
import type { Authenticate, Authenticated, NotAuthenticated } from '../connections/authenticate.ts';
import type { LeniencyLedger } from '../connections/leniency-ledger.ts';
import type { Logger } from '../logger.ts';
import { ScimError, storeUnavailable } from '../protocol/errors.ts';
import { createProfile, type Profile } from '../protocol/leniency/profile.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import { ActionRequired, type AppDecision } from '../provisioning/app-decision.ts';
import type { Provisioning } from '../provisioning/provisioning.ts';
import { withinTime } from '../provisioning/within-time.ts';
import type { Store } from '../store/port.ts';
import { StoreUnavailableError } from '../store/sql/database.ts';
import { type Admitted, createAdmission, createLargeBodies } from './admission.ts';
import { answerBulk } from './bulk.ts';
import { createCursors } from './cursor.ts';
import { answerDiscovery } from './discovery.ts';
import { createEndedKeyNotice } from './ended-key-notice.ts';
import { createFailureLimiter } from './failure-limiter.ts';
import { KeyRefusedError } from './key-refused-error.ts';
import { type Limits, limitsOf } from './limits.ts';
import { answerMe, type FindMe } from './me.ts';
import { type ScimRequest, type ScimResponse, toErrorResponse } from './message.ts';
import { readQuery, refuseKeyInUrl } from './parameters.ts';
import { createRequestNote } from './request-note.ts';
import { answerResources } from './resources.ts';
import { findRoute, parsePath } from './route.ts';

/** What the SCIM server is made from. */
export interface HandlerOptions {
  readonly store: Store;
  readonly authenticate: Authenticate;
  readonly provisioning: Provisioning;
  readonly leniencies: LeniencyLedger;
  readonly activity: ActivityLog;
  readonly types: readonly ResourceType[];
  readonly limits: Limits;
  /** undefined = `/Me` is not supported. */
  readonly me: FindMe | undefined;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

/** Answers one SCIM request. Never rejects. */
export type Handler = (request: ScimRequest) => Promise<ScimResponse>;

/** The SCIM server, and the same for an app that decides about its users in another process or database. */
export interface ScimServer {
  readonly handle: Handler;
  /**
   * Answers a request whose changes the app decides. Bulk requests are not supported: one answer cannot ask twice.
   *
   * @throws ScimError, ActionRequired, or what went wrong.
   */
  answer(request: ScimRequest, part: AppPart): Promise<ScimResponse>;
  /** Answers a request that was let in before. @throws as `answer`. */
  resume(request: ScimRequest, part: AppPart & { readonly sender: Authenticated }): Promise<ScimResponse>;
  /** What the client is told of what was thrown; what is no fault of its goes to the host's log. */
  explain(error: unknown): ScimError;
}

/** The part of such an app in one request. */
export interface AppPart {
  readonly decision: AppDecision;
  /** Called once it is known who sent the request. */
  readonly onAdmitted?: (sender: Authenticated) => void;
}

/**
 * Makes the SCIM server: bounds → authenticate → rate limit → route → answer. Everything thrown on the way ends
 * in one place: a {@link ScimError} is told to the client, anything else is an opaque 500 here and whole in the
 * host's log.
 */
export function createServer(options: HandlerOptions): ScimServer {
  const { limits, clock, logger } = options;
  const withoutBulk = { ...options, limits: { ...limits, maxBulkOperations: 0 } };
  const admission = createAdmission(options);
  const failures = createFailureLimiter(limits.failedAuthenticationsPerMinute, clock);
  const endedKeys = createEndedKeyNotice(logger, clock);
  const cursors = createCursors({ store: options.store, clock, lifeSeconds: limits.cursorTimeoutSeconds });
  const largeBodies = createLargeBodies(limits.maxLargeBodies);
  const typesByName = new Map(options.types.map((type) => [type.name, type]));

  const admit = async (request: ScimRequest, connectionId: string | undefined): Promise<Authenticated> => {
    const authorization = request.header('authorization');
    const outcome = await admission.identify(authorization, () =>
      options.authenticate(authorization, connectionId),
    );
    if ('scope' in outcome) return outcome;
    endedKeys.note(outcome);
    failures.noteFailure(request.address);
    throw unauthorised(outcome);
  };

  /** Answers a request whose sender is known. */
  const serve = async (
    request: ScimRequest,
    { sender, begin, signal, part }: Service,
  ): Promise<ScimResponse> => {
    const { scope, connection, keyId, profile } = sender;
    const server = part === undefined ? options : withoutBulk;
    const served = { ...server, limits: limitsOf(server.limits, connection) };
    const { connectionId, segments } = parsePath(options.types, request.path);
    const parameters = readQuery(new URLSearchParams(request.query));
    const route = findRoute({ ...served, profile }, { method: request.method, segments });
    const prefix = connectionId === undefined ? '' : `/${connectionId}`;
    const located: ScimRequest = {
      ...request,
      baseUrl: request.baseUrl + prefix,
      async readBody(allowance) {
        const body = await request.readBody(allowance);
        await begin();
        return body;
      },
    };
    if (!hasBody(request)) await begin();
    if (route.kind === 'notImplemented')
      throw new ScimError(501, 'This endpoint is not supported by this server.');
    if (
      route.kind === 'serviceProviderConfig' ||
      route.kind === 'resourceTypes' ||
      route.kind === 'schemas'
    ) {
      return answerDiscovery(route, located, { ...served, profile });
    }
    const context = {
      ...served,
      scope,
      connection,
      keyId,
      profile,
      parameters,
      typesByName,
      cursors,
      largeBodies,
      signal,
      decision: part?.decision,
    };
    if (route.kind === 'me') return await answerMe(route, located, context);
    if (route.kind !== 'bulk') return await answerResources(route, located, context);
    return await answerBulk(located, {
      ...context,
      charge: (requests) => admission.charge(scope, requests),
      async explain(error) {
        if (!isExpected(error)) await admit(request, connectionId);
        return toScimError(error, logger);
      },
    });
  };

  const answer = async (request: ScimRequest, signal: AbortSignal, part?: AppPart): Promise<ScimResponse> => {
    requireBounds(request, limits);
    refuseKeyInUrl(new URLSearchParams(request.query));
    if (isPublicDiscovery(request))
      return answerDiscovery({ kind: 'serviceProviderConfig' }, request, {
        ...(part === undefined ? options : withoutBulk),
        profile: createProfile('compat'),
      });
    const { connectionId, segments } = parsePath(options.types, request.path);
    const note = createRequestNote(options, { request, segments });
    const authenticated = await admit(request, connectionId).catch((error) => {
      note.refused(error);
      throw error;
    });
    part?.onAdmitted?.(authenticated);
    const { scope } = authenticated;
    const profile = createProfile(authenticated.connection.profile);
    const sender = { ...authenticated, profile };
    const admitted = await admission.admit(scope).catch((error) => {
      note.failed(sender, error);
      throw error;
    });
    try {
      const service = { sender, begin: () => admitted.begin(), signal, part };
      const response = await serve(note.listen(request), service);
      leaveOnceSent(admitted, request, response);
      note.answered(sender, response);
      return response;
    } catch (error) {
      admitted.leave();
      // A connection deleted while its request waited for the database leaves it without ground: 401, not 500.
      if (!isExpected(error)) await admit(request, connectionId);
      note.failed(sender, error);
      throw error;
    } finally {
      options.leniencies.note(scope.connectionId, profile.used);
    }
  };

  const resume = async (
    request: ScimRequest,
    {
      part,
      signal,
    }: { readonly part: AppPart & { readonly sender: Authenticated }; readonly signal: AbortSignal },
  ): Promise<ScimResponse> => {
    const sender = { ...part.sender, profile: createProfile(part.sender.connection.profile) };
    const note = createRequestNote(options, {
      request,
      segments: parsePath(options.types, request.path).segments,
    });
    try {
      const service = { sender, begin: async () => {}, signal, part };
      const response = await serve(note.listen(request), service);
      note.answered(sender, response);
      return response;
    } catch (error) {
      note.failed(sender, error);
      throw error;
    }
  };

  return {
    async handle(request) {
      try {
        return await withinTime(limits.requestTimeoutMs, (signal) => answer(request, signal));
      } catch (error) {
        return toErrorResponse(toScimError(error, logger));
      }
    },
    answer: (request, part) => withinTime(limits.requestTimeoutMs, (signal) => answer(request, signal, part)),
    resume: (request, part) =>
      withinTime(limits.requestTimeoutMs, (signal) => resume(request, { part, signal })),
    explain: (error) => toScimError(error, logger),
  };
}

interface Service {
  /** Who sent the request, and how it is read. */
  readonly sender: Authenticated & { readonly profile: Profile };
  /** Waits for the request's turn to be worked on. */
  readonly begin: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly part: AppPart | undefined;
}

/** Those of other methods are not read. */
function hasBody({ method }: ScimRequest): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

/** An answer of more than this does not fit into the buffers of a connection. */
const LARGE_ANSWER = 65_536;

/** A large answer stays in memory until its reader has taken it, and keeps the place of its connection so long. */
function leaveOnceSent(admitted: Admitted, request: ScimRequest, { body }: ScimResponse): void {
  const isSmall = body === null || (typeof body === 'string' && body.length <= LARGE_ANSWER);
  if (isSmall || request.onSent === undefined) {
    admitted.leave();
    return;
  }
  admitted.finish();
  request.onSent(admitted.leave);
}

function requireBounds(request: ScimRequest, limits: Limits): void {
  if (request.path.length + request.query.length > limits.maxUrlLength) {
    throw new ScimError(414, `The URL is longer than ${limits.maxUrlLength} characters.`);
  }
  if (request.headerBytes > limits.maxHeaderBytes) {
    throw new ScimError(431, `The request headers are larger than ${limits.maxHeaderBytes} bytes.`);
  }
}

/**
 * RFC 7644 §4: clients may look the authentication schemes up before they authenticate. One spelling only, so
 * that no other path can pass for it.
 */
function isPublicDiscovery(request: ScimRequest): boolean {
  return (
    request.path === '/ServiceProviderConfig' &&
    request.method === 'GET' &&
    request.header('authorization') === null
  );
}

/** One answer for all failures; which one it was is for the host's log and the administrator's page. */
function unauthorised(outcome: NotAuthenticated): KeyRefusedError {
  const isMissing = outcome.failure === 'missing';
  const challenge = isMissing ? 'Bearer realm="scim"' : 'Bearer realm="scim", error="invalid_token"';
  const detail = isMissing
    ? 'Send the SCIM API key as "Authorization: Bearer <key>".'
    : 'The SCIM API key is not valid. Generate a new one on the setup page and paste it into the identity provider.';
  return new KeyRefusedError(outcome, detail, { headers: { 'WWW-Authenticate': challenge } });
}

function isExpected(error: unknown): boolean {
  return (
    error instanceof ScimError || error instanceof StoreUnavailableError || error instanceof ActionRequired
  );
}

function toScimError(error: unknown, logger: Logger): ScimError {
  if (error instanceof ScimError) return error;
  if (error instanceof StoreUnavailableError) {
    logger.error('The database cannot serve a SCIM request; answered 503.', { cause: error });
    return storeUnavailable();
  }
  const reference = randomUUID();
  logger.error('A SCIM request failed unexpectedly; answered 500.', { reference, cause: error });
  return new ScimError(500, `Something went wrong on our side. Reference: ${reference}`);
}
