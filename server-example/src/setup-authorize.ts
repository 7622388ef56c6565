import type { Request } from 'express';
import type { SetupAuthorize } from 'scimkit';
import type { Sessions } from './session.ts';

/** Lets administrators of the customer of their session read what the setup page shows; keys have routes of their own. */
export function createSetupAuthorize(sessions: Sessions): SetupAuthorize<Request> {
  return async (request, act) => {
    const actor = await sessions.authorize(request);
    if (actor === null) return null;
    if (!actor.canManage) return { refused: 'forbidden' };
    return act === 'key' ? { refused: 'reauthenticate' } : actor;
  };
}
