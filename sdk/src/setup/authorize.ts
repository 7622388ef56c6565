import { SetupError } from './setup-error.ts';

/**
 * What somebody is about to do: `read` looks, `change` changes settings, `key` makes or ends a key, or deletes the
 * connection. Hosts that ask for a recent sign-in ask for it at `key`.
 */
export type SetupAct = 'read' | 'change' | 'key';

/** Who is asking, as the host's session says. Never taken from a path, a query or a body. */
export interface SetupActor {
  /** The customer whose connection it is. */
  readonly customerId: string;
  /** Which of the customer's connections, where there are several. @default the only one */
  readonly scimConnectionId?: string | undefined;
  /** The host's id of the person, for the audit. */
  readonly actorId?: string | undefined;
  /** Asked for before the connection is deleted. */
  readonly customerName?: string | undefined;
}

/** Why somebody may not. `reauthenticate`: the sign-in is too old for work on keys. */
export interface SetupRefusal {
  readonly refused: 'signedOut' | 'forbidden' | 'reauthenticate';
}

/** Says who is asking, by the host's own session. Awaited for every request, before anything is read. */
export type SetupAuthorize<Original> = (
  request: Original,
  act: SetupAct,
) => SetupActor | SetupRefusal | null | Promise<SetupActor | SetupRefusal | null>;

/**
 * Who is asking.
 *
 * @throws SetupError 401 for nobody, 403 for everybody who may not.
 * @throws TypeError where the host names no customer: an empty id must not stand for somebody.
 */
export async function requireActor<Original>(
  authorize: SetupAuthorize<Original>,
  request: Original,
  act: SetupAct,
): Promise<SetupActor> {
  const answer = await authorize(request, act);
  if (answer === null || answer === undefined) throw REFUSALS.signedOut();
  if ('refused' in answer) throw (REFUSALS[answer.refused] ?? REFUSALS.forbidden)();
  if (typeof answer.customerId === 'string' && answer.customerId !== '') return answer;
  throw new TypeError('setupApi: authorize must answer { customerId }, { refused } or null.');
}

const REFUSALS: Readonly<Record<SetupRefusal['refused'], () => SetupError>> = {
  signedOut: () => new SetupError(401, 'not_signed_in', 'Sign in to manage directory sync.'),
  forbidden: () =>
    new SetupError(
      403,
      'not_an_administrator',
      'Only administrators of your organization can manage directory sync.',
    ),
  reauthenticate: () =>
    new SetupError(
      403,
      'reauthentication_required',
      'Confirm that it is you, then try again: your last sign-in is too long ago.',
    ),
};
