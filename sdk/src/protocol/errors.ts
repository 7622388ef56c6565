/** Error keywords of RFC 7644 §3.12 and, for cursors, RFC 9865 §2.1. */
export const SCIM_TYPES = [
  'invalidFilter',
  'tooMany',
  'uniqueness',
  'mutability',
  'invalidSyntax',
  'invalidPath',
  'noTarget',
  'invalidValue',
  'invalidVers',
  'sensitive',
  'invalidCursor',
  'expiredCursor',
  'invalidCount',
] as const;

/** One of {@link SCIM_TYPES}. */
export type ScimType = (typeof SCIM_TYPES)[number];

/** What a SCIM client is told: RFC 7644 §3.12. `detail` never repeats values of the request. */
export interface ScimErrorBody {
  readonly schemas: readonly [string];
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

/** `missing`: a required attribute has no value. `unremovable`: it would be left without one. */
export type ScimErrorReason = 'missing' | 'unremovable';

/** The message URN of {@link ScimErrorBody}. */
export const ERROR_URN = 'urn:ietf:params:scim:api:messages:2.0:Error';

/**
 * A failure a SCIM client is told about. Everything else that is thrown becomes an opaque 500.
 *
 * `detail` may name attributes of the schema and operations, never values, ids or SQL (RFC 7644 §7.5.2).
 */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly status: number;
  readonly scimType: ScimType | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the fault lies, for typed results: the attribute's path, when one is known. */
  readonly field: string | undefined;
  /** For typed results, where status and keyword do not say it. */
  readonly reason: ScimErrorReason | undefined;

  constructor(
    status: number,
    detail: string,
    options: {
      scimType?: ScimType;
      headers?: Readonly<Record<string, string>>;
      field?: string;
      reason?: ScimErrorReason;
    } = {},
  ) {
    super(detail);
    this.status = status;
    this.scimType = options.scimType;
    this.headers = Object.freeze({ ...options.headers });
    this.field = options.field;
    this.reason = options.reason;
  }

  toBody(): ScimErrorBody {
    const scimType = this.scimType === undefined ? {} : { scimType: this.scimType };
    return { schemas: [ERROR_URN], status: String(this.status), ...scimType, detail: this.message };
  }
}

/** The same error with further headers. */
export function withHeaders(error: ScimError, headers: Readonly<Record<string, string>>): ScimError {
  const { status, message, scimType, field, reason } = error;
  return new ScimError(status, message, {
    headers: { ...error.headers, ...headers },
    ...(scimType === undefined ? {} : { scimType }),
    ...(field === undefined ? {} : { field }),
    ...(reason === undefined ? {} : { reason }),
  });
}

/** A request that breaks the protocol: 400 with an error keyword. */
export function badRequest(scimType: ScimType, detail: string, field?: string): ScimError {
  return new ScimError(400, detail, field === undefined ? { scimType } : { scimType, field });
}

/** RFC 7643 §2.2: a required attribute that is not sent. */
export function missingValue(attribute: string): ScimError {
  const options = { scimType: 'invalidValue', field: attribute, reason: 'missing' } as const;
  return new ScimError(400, `${attribute} is required.`, options);
}

/** RFC 7643 §2.2: a required attribute that is to be removed. */
export function unremovableValue(attribute: string): ScimError {
  const options = { scimType: 'mutability', field: attribute, reason: 'unremovable' } as const;
  return new ScimError(400, `${attribute} is required and cannot be removed.`, options);
}

/** RFC 7644 §3.12: the same answer whether the resource never existed, is gone, or is another customer's. */
export function notFound(): ScimError {
  return new ScimError(404, 'No resource with this id exists in this connection.');
}

/** RFC 7644 §3.3: the value of a unique attribute is taken within the connection. */
export function uniquenessConflict(attribute: string): ScimError {
  return new ScimError(409, `Another resource of this connection already has this ${attribute}.`, {
    scimType: 'uniqueness',
    field: attribute,
  });
}

/**
 * Row D8: the change would make a group its own member. The RFCs are silent; a request by itself is told that its
 * value cannot be.
 */
export class MembershipCircleError extends ScimError {
  constructor() {
    super(400, 'A group cannot be a member of itself, directly or through other groups.', {
      scimType: 'invalidValue',
      field: 'members',
    });
  }
}

/**
 * The database cannot serve right now. Whether the write was carried out is not said: where the answer to its COMMIT
 * was lost nobody knows, and sent again it is answered 2xx, 404 or 409. `retryAfter` is in whole seconds.
 */
export function storeUnavailable(retryAfter = 5): ScimError {
  return new ScimError(503, 'The directory is temporarily unavailable. Try again.', {
    headers: { 'Retry-After': String(retryAfter) },
  });
}
