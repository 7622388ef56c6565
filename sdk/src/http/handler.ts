import { randomUUID } from 'node:crypto';
import type { Authenticate, Authenticated, AuthenticationFailure } from '../connections/authenticate.ts';
import type { LeniencyLedger } from '../connections/leniency-ledger.ts';
import type { Logger } from '../logger.ts';
import { ScimError, storeUnavailable } from '../protocol/errors.ts';
import { createProfile } from '../protocol/leniency/profile.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
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
import type { Limits } from './limits.ts';
import { answerMe, type FindMe } from './me.ts';
import { jsonResponse, type ScimRequest, type ScimResponse } from './message.ts';
import { readQuery, refuseKeyInUrl } from './parameters.ts';
import { answerResources } from './resources.ts';
import { findRoute, parsePath } from './route.ts';

/** What the SCIM server is made from. */
export interface HandlerOptions {
  readonly store: Store;
  readonly authenticate: Authenticate;
  readonly provisioning: Provisioning;
  readonly leniencies: LeniencyLedger;
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

/**
 * Makes the SCIM server: bounds → authenticate → rate limit → route → answer. Everything thrown on the way ends
 * in one place: a {@link ScimError} is told to the client, anything else is an opaque 500 here and whole in the
 * host's log.
 */
export function createHandler(options: HandlerOptions): Handler {
  const { limits, clock, logger } = options;
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
    throw unauthorised(outcome.failure);
  };

  const answer = async (request: ScimRequest, signal: AbortSignal): Promise<ScimResponse> => {
    requireBounds(request, limits);
    const query = new URLSearchParams(request.query);
    refuseKeyInUrl(query);
    if (isPublicDiscovery(request))
      return answerDiscovery({ kind: 'serviceProviderConfig' }, request, {
        ...options,
        profile: createProfile('compat'),
      });
    const { connectionId, segments } = parsePath(options.types, request.path);
    const { scope, connection, keyId } = await admit(request, connectionId);
    const profile = createProfile(connection.profile);
    const admitted = await admission.admit(scope);
    const serve = async (): Promise<ScimResponse> => {
      const parameters = readQuery(query);
      const route = findRoute({ ...options, profile }, { method: request.method, segments });
      const prefix = connectionId === undefined ? '' : `/${connectionId}`;
      const located: ScimRequest = {
        ...request,
        baseUrl: request.baseUrl + prefix,
        async readBody(allowance) {
          const body = await request.readBody(allowance);
          await admitted.begin();
          return body;
        },
      };
      if (!hasBody(request)) await admitted.begin();
      if (route.kind === 'notImplemented')
        throw new ScimError(501, 'This endpoint is not supported by this server.');
      if (
        route.kind === 'serviceProviderConfig' ||
        route.kind === 'resourceTypes' ||
        route.kind === 'schemas'
      ) {
        return answerDiscovery(route, located, { ...options, profile });
      }
      const context = {
        ...options,
        scope,
        connection,
        keyId,
        profile,
        parameters,
        typesByName,
        cursors,
        largeBodies,
        signal,
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
    try {
      const response = await serve();
      leaveOnceSent(admitted, request, response);
      return response;
    } catch (error) {
      admitted.leave();
      // A connection deleted while its request waited for the database leaves it without ground: 401, not 500.
      if (!isExpected(error)) await admit(request, connectionId);
      throw error;
    } finally {
      options.leniencies.note(scope.connectionId, profile.used);
    }
  };

  return async (request) => {
    try {
      return await withinTime(limits.requestTimeoutMs, (signal) => answer(request, signal));
    } catch (error) {
      const told = toScimError(error, logger);
      return jsonResponse(told.status, told.toBody(), told.headers);
    }
  };
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
function unauthorised(failure: AuthenticationFailure): ScimError {
  const isMissing = failure === 'missing';
  const challenge = isMissing ? 'Bearer realm="scim"' : 'Bearer realm="scim", error="invalid_token"';
  const detail = isMissing
    ? 'Send the SCIM API key as "Authorization: Bearer <key>".'
    : 'The SCIM API key is not valid. Generate a new one on the setup page and paste it into the identity provider.';
  return new ScimError(401, detail, { headers: { 'WWW-Authenticate': challenge } });
}

function isExpected(error: unknown): boolean {
  return error instanceof ScimError || error instanceof StoreUnavailableError;
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
