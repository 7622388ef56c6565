import { ApiError } from './api-error.ts';

/** What scimkit's management answers. */
export type ManagementResult<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly error: ManagementError };

interface ManagementError {
  readonly type: string;
  /** Of `InvalidFields`; the messages are fit to be shown. */
  readonly fields?: readonly { readonly message: string }[];
}

/** The data of a result; its failure becomes an answer for people. */
export function unwrap<T>(result: ManagementResult<T>): T {
  if (result.ok) return result.data;
  throw toApiError(result.error);
}

function toApiError(error: ManagementError): Error {
  switch (error.type) {
    case 'ScimConnectionForCustomerIdAlreadyExists':
      return new ApiError(
        409,
        'exists_already',
        'Directory sync is set up already. Reset the key if it was lost.',
      );
    case 'ScimConnectionNotFound':
      return new ApiError(404, 'not_configured', 'Directory sync is not set up yet.');
    case 'AmbiguousConnection':
      return new ApiError(
        409,
        'several_connections',
        'Your organization has several directory connections, which this page does not handle.',
      );
    case 'InvalidFields':
      return new ApiError(
        422,
        'invalid_fields',
        (error.fields ?? []).map(({ message }) => message).join(' '),
      );
    default:
      return new Error(`scimkit could not answer: ${error.type}`, { cause: error });
  }
}
