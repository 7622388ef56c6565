export { Failure, ManagementError, type ManagementResult, Success } from '../result.ts';

/** One parameter that cannot be used. `message` is fit to be shown beside a form's field. */
export interface InvalidField {
  /** Where, such as `displayName` or `customMapping.userSchema.0.inputPath`. */
  readonly field: string;
  readonly code: FieldCode;
  readonly message: string;
}

/**
 * `required` left out; `wrongType`; `tooShort`; `tooLong`; `outOfRange`; `unknownValue` not one of a closed
 * list; `unknownField` a parameter that does not exist; `malformed` of the right type but not usable;
 * `notSeconds` a time in milliseconds or another unit; `inThePast`; `tooFarAhead`; `duplicate`.
 */
export type FieldCode =
  | 'required'
  | 'wrongType'
  | 'tooShort'
  | 'tooLong'
  | 'outOfRange'
  | 'unknownValue'
  | 'unknownField'
  | 'malformed'
  | 'notSeconds'
  | 'inThePast'
  | 'tooFarAhead'
  | 'duplicate';

export interface InvalidFieldsError {
  readonly type: 'InvalidFields';
  readonly fields: readonly InvalidField[];
}

/** No connection of this id or customer exists, or the id belongs to another customer than the one named. */
export interface ScimConnectionNotFoundError {
  readonly type: 'ScimConnectionNotFound';
}

/** The customer has several connections; select one by `scimConnectionId`. */
export interface AmbiguousConnectionError {
  readonly type: 'AmbiguousConnection';
}

export interface ScimConnectionExistsError {
  readonly type: 'ScimConnectionForCustomerIdAlreadyExists';
}

/** As many temporary keys as a connection may have at once are live; revoke one, or wait for one to end. */
export interface TooManyTemporaryKeysError {
  readonly type: 'TooManyTemporaryScimApiKeys';
  readonly limit: number;
}

/** The connection has no temporary key of this id: it has ended, or never was. */
export interface TemporaryKeyNotFoundError {
  readonly type: 'TemporaryScimApiKeyNotFound';
}

export interface DisplayNameInvalidError {
  readonly type: 'DisplayNameInvalid';
  readonly message: string;
}

export interface InvalidQueryFieldError {
  readonly type: 'InvalidQueryField';
  readonly field: string;
  readonly message: string;
}

/** The database could not serve. Nothing was changed; the cause is in the host's log. */
export interface UnexpectedManagementError {
  readonly type: 'UnexpectedError';
  readonly message: string;
}

export type SelectionError = ScimConnectionNotFoundError | AmbiguousConnectionError;
