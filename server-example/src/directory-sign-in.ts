import type { Scim } from 'scimkit';
import { ApiError } from './api-error.ts';
import type { Person } from './people.ts';

/**
 * Asks the customer's directory whether somebody may come in whose account it made. Those that Harbor made itself
 * have their sign-in here, and do not depend on the directory: an administrator can always repair it.
 *
 * In this demo the account is the one that was chosen. In your app the claims are those of the customer's own
 * identity provider, and the answer says which account is meant.
 *
 * @throws ApiError 403, and 503 while nobody can be asked
 */
export async function requireDirectoryAccess(scim: Scim, person: Person): Promise<void> {
  const { customerId, managedBy, userName } = person;
  if (managedBy !== 'directory' || userName === null) return;
  const checked = await scim.checkSignIn({
    customerId,
    strategy: 'OidcSubToScimUsername',
    claims: { sub: userName },
  });
  // The directory was disconnected, and the people it brought are Harbor's to decide on.
  if (checked.ok || checked.error.type === 'ScimConnectionNotFound') return;
  if (checked.error.type === 'UnexpectedError')
    throw new ApiError(503, 'directory_unavailable', 'Sign-in is not possible right now. Try again.');
  throw new ApiError(
    403,
    'refused_by_directory',
    'Your organization’s directory does not give this account access. Ask your IT administrator.',
  );
}
