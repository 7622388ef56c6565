/** A failure with a text for the administrator. Answered as `{ error: { code, message } }`. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly status: number;
  /** A stable word for the cause. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** An expected failure of `scim.management`. */
interface ManagementFailure {
  readonly type: string;
  readonly message?: string;
  readonly fields?: readonly { readonly field: string; readonly message: string }[];
}

/** What a failure of `scim.management` says to the administrator. */
export function toSetupError(error: ManagementFailure): SetupError {
  const known = KNOWN[error.type];
  if (known !== undefined) return new SetupError(...known);
  if (error.type === 'InvalidFields') {
    const messages = (error.fields ?? []).map(({ message }) => message);
    return new SetupError(422, 'invalid_fields', messages.join(' '));
  }
  if (error.type === 'InvalidQueryField' || error.type === 'DisplayNameInvalid')
    return new SetupError(422, 'invalid_fields', error.message ?? 'This value cannot be used.');
  return new SetupError(
    503,
    'unavailable',
    'The directory is temporarily unavailable. Nothing was changed; try again in a moment.',
  );
}

const KNOWN: Readonly<Record<string, readonly [status: number, code: string, message: string]>> = {
  ScimConnectionNotFound: [404, 'not_configured', 'Directory sync is not set up yet.'],
  ScimConnectionForCustomerIdAlreadyExists: [
    409,
    'exists_already',
    'Directory sync is set up already. Reset the key if it was lost.',
  ],
  AmbiguousConnection: [
    409,
    'several_connections',
    'There are several directory connections, and this page shows one.',
  ],
  UserNotFound: [404, 'user_not_found', 'This user is gone.'],
  GroupNotFound: [404, 'group_not_found', 'This group is gone.'],
  ScimApiKeyNotFound: [404, 'key_not_found', 'This key has ended already.'],
  LastScimApiKey: [409, 'last_key', 'This is the only key. Rotate it first, or pause directory sync.'],
};
