import type { ScimError, ScimErrorBody } from '../protocol/errors.ts';
import type { ResourceType } from '../protocol/schema/resource-type.ts';
import { toErrorResponse } from './message.ts';
import { parsePath } from './route.ts';

/** Why a request was not carried out, for the app's own code. */
export type UnderlyingError =
  | { readonly type: Exclude<UnderlyingErrorType, FieldErrorType | 'InvalidQueryField'> }
  /** `field` is '' where no single attribute is at fault. */
  | { readonly type: FieldErrorType; readonly field: string }
  | { readonly type: 'InvalidQueryField'; readonly field: string; readonly message: string };

/** Names of {@link UnderlyingError}. */
export type UnderlyingErrorType =
  | FieldErrorType
  | 'InvalidApiKey'
  | 'InvalidPath'
  | 'UserNotFound'
  | 'GroupNotFound'
  | 'InvalidBody'
  | 'InvalidQueryField'
  | 'InvalidPatchPath'
  | 'InvalidPatchOperation'
  | 'InvalidSchema'
  | 'UnexpectedError';

type FieldErrorType =
  | 'MissingRequiredField'
  | 'CantRemoveRequiredField'
  | 'ScimUserIdAlreadyTaken'
  | 'InvalidPatchValue';

/** What to answer the identity provider, ready to be sent. */
export interface ReadyResponse {
  readonly status: number;
  /** Its media type among them, and `Retry-After`, `ETag` or `Location` where they belong to it. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text; null = none. */
  readonly body: string | null;
}

/** What the app answers the identity provider, whatever went wrong. */
export interface AnswerToReturn {
  readonly statusToReturn: number;
  readonly bodyToReturn: ScimErrorBody;
  readonly response: ReadyResponse;
}

/** An error as the answer to send. */
export function toAnswer(error: ScimError): AnswerToReturn {
  const { status, headers, body } = toErrorResponse(error);
  const response = { status, headers, body: typeof body === 'string' ? body : null };
  return { statusToReturn: error.status, bodyToReturn: error.toBody(), response };
}

/** The request an error is about. */
export interface AskedRequest {
  readonly method: string;
  /** Below the endpoint URL, without the query. */
  readonly path: string;
}

/** Names an error for the app's code, from its status, keyword and field: never from its text. */
export function toUnderlyingError(
  error: ScimError,
  request: AskedRequest,
  types: readonly ResourceType[],
): UnderlyingError {
  const { status, scimType, field = '' } = error;
  if (status === 401) return { type: 'InvalidApiKey' };
  if (status === 404) return { type: toNotFound(request, types) };
  if (status === 405 || status === 414 || status === 501) return { type: 'InvalidPath' };
  if (status === 409 && scimType === 'uniqueness') return { type: 'ScimUserIdAlreadyTaken', field };
  if (status === 413 || status === 415) return { type: 'InvalidBody' };
  return status === 400 ? toBadRequest(error, request) : { type: 'UnexpectedError' };
}

function toNotFound({ path }: AskedRequest, types: readonly ResourceType[]): NotFound {
  const { segments = [] } = parsePath(types, path);
  const [first] = segments;
  if (first === 'Me' && segments.length === 1) return 'UserNotFound';
  const type = segments.length === 2 ? types.find(({ endpoint }) => endpoint === `/${first}`) : undefined;
  if (type?.name === 'User') return 'UserNotFound';
  return type?.name === 'Group' ? 'GroupNotFound' : 'InvalidPath';
}

type NotFound = 'UserNotFound' | 'GroupNotFound' | 'InvalidPath';

/** Parameters of the query, by the keyword their errors have. */
const QUERY_FIELDS: Readonly<Record<string, string>> = {
  invalidFilter: 'filter',
  invalidCursor: 'cursor',
  expiredCursor: 'cursor',
  invalidCount: 'count',
};

function toBadRequest(error: ScimError, { method, path }: AskedRequest): UnderlyingError {
  const { scimType = '', reason, message } = error;
  const { field = '' } = error;
  if (reason === 'missing') return { type: 'MissingRequiredField', field };
  if (reason === 'unremovable') return { type: 'CantRemoveRequiredField', field };
  const isQuery = method === 'GET' || path.endsWith('/.search');
  const parameter = QUERY_FIELDS[scimType] ?? (isQuery && scimType !== 'invalidSyntax' ? field : undefined);
  if (parameter !== undefined) return { type: 'InvalidQueryField', field: parameter, message };
  if (field === 'schemas') return { type: 'InvalidSchema' };
  if (method !== 'PATCH') return { type: 'InvalidBody' };
  switch (scimType) {
    case 'invalidPath':
    case 'noTarget':
      return { type: 'InvalidPatchPath' };
    case 'mutability':
      return { type: 'InvalidPatchOperation' };
    case 'invalidValue':
      return { type: 'InvalidPatchValue', field };
    default:
      return { type: field === 'op' || field === 'Operations' ? 'InvalidPatchOperation' : 'InvalidBody' };
  }
}
