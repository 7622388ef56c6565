import { findKeyEnd } from '../connections/key-life.ts';
import { commitSchema, linkSchema, parseParameters, rejectSchema } from '../connections/parameters.ts';
import { Failure, type InvalidField, type ManagementResult, Success } from '../connections/result.ts';
import { badRequest, ScimError, type ScimErrorBody } from '../protocol/errors.ts';
import {
  createGivenDecision,
  ScimIdAsUserId,
  StagedChangeGone,
  StagedChangeOutdated,
} from '../provisioning/app-decision.ts';
import { AccountTakenError } from '../store/account-taken.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { ConnectionScope } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { SCIM_MEDIA_TYPE, type ScimRequest } from './message.ts';
import {
  type AnswerToReturn,
  type ReadyResponse,
  toAnswer,
  toUnderlyingError,
  type UnderlyingError,
} from './request-error.ts';
import { type CompletedScimRequest, type DecidingOptions, toCompleted } from './scim-request.ts';
import { openRequest, parseCommitId, type StagedRequest } from './staged-request.ts';

/** Which staged change is meant. */
export interface CommitParameters {
  readonly connectionId: string;
  readonly commitId: string;
}

export interface LinkScimUserParameters extends CommitParameters {
  /** The app's own account: never the id, externalId or name of the SCIM user. */
  readonly userId: string;
}

export interface RejectScimUserChangeParameters extends CommitParameters {
  readonly status: 400 | 403 | 409;
  /** Shown to the customer's IT administrator by the identity provider, so say what to do. */
  readonly detail: string;
}

/** The change was refused by the app: answer the identity provider with status and data. */
export interface RejectedScimRequest {
  readonly status: 'Rejected';
  readonly connectionId: string;
  readonly responseData: ScimErrorBody;
  readonly responseHttpCode: number;
  readonly response: ReadyResponse;
}

/**
 * `StagedChangeNotFound`: its time is over, it was committed or refused before, or its key or connection no longer
 * is good. `StagedChangeOutdated`: the user was changed meanwhile, and the request now needs another action, or
 * none; send the request again. `UserAlreadyLinked`: the account is another user of the connection. `WrongAction`:
 * a user to link is linked, any other change committed. The rest is what a request may fail for by itself.
 */
export type DecisionError = AnswerToReturn &
  (
    | UnderlyingError
    | {
        readonly type:
          | 'ScimConnectionNotFound'
          | 'StagedChangeNotFound'
          | 'StagedChangeOutdated'
          | 'UserAlreadyLinked'
          | 'WrongAction';
      }
    | { readonly type: 'InvalidFields'; readonly fields: readonly InvalidField[] }
  );

export type CommitResult = ManagementResult<CompletedScimRequest, DecisionError>;
export type RejectResult = ManagementResult<RejectedScimRequest, DecisionError>;

/** Links the app's account to the user of a staged change, and commits it. */
export async function linkUser(
  options: DecidingOptions,
  parameters: LinkScimUserParameters,
): Promise<CommitResult> {
  const parsed = parseParameters(linkSchema, parameters);
  if (!parsed.ok) return invalidFields(parsed.fields);
  const found = await find(options, parsed.value);
  if (!found.ok) return found.failure;
  if (found.request.action !== 'LinkUser') return fail('WrongAction', unexpected());
  return commit(options, { ...found, userId: parsed.value.userId });
}

/** Commits a staged change that the app has carried out. */
export async function commitChange(
  options: DecidingOptions,
  parameters: CommitParameters,
): Promise<CommitResult> {
  const parsed = parseParameters(commitSchema, parameters);
  if (!parsed.ok) return invalidFields(parsed.fields);
  const found = await find(options, parsed.value);
  if (!found.ok) return found.failure;
  const { action, userId } = found.request;
  return action === 'LinkUser' || userId === null
    ? fail('WrongAction', unexpected())
    : commit(options, { ...found, userId });
}

/** Refuses a staged change. */
export async function rejectChange(
  options: DecidingOptions,
  parameters: RejectScimUserChangeParameters,
): Promise<RejectResult> {
  const parsed = parseParameters(rejectSchema, parameters);
  if (!parsed.ok) return invalidFields(parsed.fields);
  const found = await find(options, parsed.value);
  if (!found.ok) return found.failure;
  const { scope, stagedId } = found;
  try {
    const isTaken = await options.store.changeResources(scope, (tx) => tx.takeStaged(stagedId));
    if (!isTaken) return fail('StagedChangeNotFound', tryAgain());
  } catch (error) {
    return fail('UnexpectedError', options.server.explain(error));
  }
  const { status, detail } = parsed.value;
  const refusal = status === 400 ? badRequest('invalidValue', detail) : new ScimError(status, detail);
  return new Success({
    status: 'Rejected',
    connectionId: scope.connectionId,
    responseData: refusal.toBody(),
    responseHttpCode: status,
    response: toAnswer(refusal).response,
  });
}

interface Found {
  readonly ok: true;
  readonly scope: ConnectionScope;
  readonly connection: ConnectionRecord;
  readonly stagedId: string;
  readonly request: StagedRequest;
}

type Missing = { readonly ok: false; readonly failure: Failure<DecisionError> };

async function find(
  options: DecidingOptions,
  { connectionId, commitId: text }: CommitParameters,
): Promise<Found | Missing> {
  const { store, server, clock } = options;
  const missing = (failure: Failure<DecisionError>): Missing => ({ ok: false, failure });
  try {
    const connection = await store.connections.find(connectionId);
    if (connection === undefined) return missing(fail('ScimConnectionNotFound', keyEnded()));
    const commitId = parseCommitId(text);
    if (commitId === undefined) return missing(fail('StagedChangeNotFound', tryAgain()));
    const { stagedId } = commitId;
    const scope = createScope(connection);
    const record = await store.resources(scope).stagedChange(stagedId);
    const now = Math.floor(clock() / 1000);
    const request =
      record === undefined || record.expiresAt <= now
        ? undefined
        : openRequest(record.sealed, { connectionId, commitId });
    if (request === undefined) return missing(fail('StagedChangeNotFound', tryAgain()));
    const used = await store.connections.findKey(request.keyId);
    const isGood =
      used?.connection.status === 'active' &&
      used.connection.connectionId === connectionId &&
      findKeyEnd(used.key, now) === undefined;
    if (!isGood) return missing(fail('StagedChangeNotFound', keyEnded()));
    return { ok: true, scope, connection, stagedId, request };
  } catch (error) {
    return missing(fail('UnexpectedError', server.explain(error)));
  }
}

/** The request is carried out again from the state that is there now, with what the app has decided. */
async function commit(
  options: DecidingOptions,
  { scope, connection, stagedId, request, userId }: Found & { readonly userId: string },
): Promise<CommitResult> {
  const { action, keyId } = request;
  const decision = createGivenDecision({ stagedId, action, userId });
  const sender = { scope, connection, keyId };
  try {
    const response = await options.server.resume(toScimRequest(request), { decision, sender });
    return new Success(await toCompleted(response, { connectionId: scope.connectionId, decision }));
  } catch (error) {
    return toFailure(options, request, error);
  }
}

function toScimRequest({ method, path, query, headers, body, baseUrl }: StagedRequest): ScimRequest {
  const sent = new Map([['content-type', SCIM_MEDIA_TYPE], ...Object.entries(headers)]);
  return {
    method,
    path,
    query,
    header: (name) => sent.get(name) ?? null,
    headerBytes: 0,
    baseUrl,
    address: null,
    readBody: async () => ({ kind: 'parsed', value: body ?? '' }),
  };
}

function toFailure(
  { server, types }: DecidingOptions,
  request: StagedRequest,
  error: unknown,
): Failure<DecisionError> {
  if (error instanceof StagedChangeGone) return fail('StagedChangeNotFound', tryAgain());
  if (error instanceof StagedChangeOutdated) return fail('StagedChangeOutdated', tryAgain());
  if (error instanceof AccountTakenError) return fail('UserAlreadyLinked', taken());
  if (error instanceof ScimIdAsUserId) {
    const message = 'This is the id of a SCIM user. Give the id of your own account.';
    return invalidFields([{ field: 'userId', code: 'malformed', message }]);
  }
  const told = server.explain(error);
  return new Failure({ ...toAnswer(told), ...toUnderlyingError(told, request, types) });
}

type Plain = 'ScimConnectionNotFound' | 'StagedChangeNotFound' | 'StagedChangeOutdated' | 'UserAlreadyLinked';

function fail(type: Plain | 'WrongAction' | 'UnexpectedError', told: ScimError): Failure<DecisionError> {
  return new Failure({ ...toAnswer(told), type });
}

/** The app's mistake: the identity provider can only wait for it to be mended. */
function invalidFields(fields: readonly InvalidField[]): Failure<DecisionError> {
  return new Failure({ ...toAnswer(unexpected()), type: 'InvalidFields', fields });
}

function unexpected(): ScimError {
  return new ScimError(500, 'Something went wrong on our side. Nothing was changed.');
}

function tryAgain(): ScimError {
  const headers = { 'Retry-After': '1' };
  return new ScimError(503, 'The change was not made. Send it again.', { headers });
}

function keyEnded(): ScimError {
  const headers = { 'WWW-Authenticate': 'Bearer realm="scim", error="invalid_token"' };
  return new ScimError(401, 'The SCIM API key is no longer valid. Nothing was changed.', { headers });
}

function taken(): ScimError {
  return new ScimError(409, 'This account of the app is another user of the directory already.');
}
