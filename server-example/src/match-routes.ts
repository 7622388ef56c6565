import { type Request, Router } from 'express';
import type { MatchReport, Scim } from 'scimkit';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Reader } from './database.ts';
import { unwrap } from './management-answer.ts';
import { listOwnAccounts } from './people.ts';
import { requireManager, requireRecentSignIn, type Sessions } from './session.ts';

/** Who of a directory that is connected for the first time is in Harbor already, for administrators to confirm. */
export function createMatchRoutes({
  scim,
  database,
  sessions,
  nowSeconds,
}: {
  readonly scim: Scim;
  readonly database: Reader;
  readonly sessions: Sessions;
  readonly nowSeconds: () => number;
}): Router {
  const router = Router();
  const manager = async (request: Request) => requireManager(await sessions.authorize(request));
  const match = async (customerId: string): Promise<Pick<MatchReport, 'matches'>> => {
    const accounts = await listOwnAccounts(database, customerId);
    const report = await scim.management.matchExistingUsers({ customerId, accounts });
    // Where no directory is connected, nobody is in one.
    const isThere = report.ok || report.error.type !== 'ScimConnectionNotFound';
    return isThere ? unwrap(report) : { matches: [] };
  };

  router.get('/', async (request, response) => {
    const { customerId } = await manager(request);
    const { matches } = await match(customerId);
    const worthShowing = matches.filter(({ outcome }) => outcome !== 'linked' && outcome !== 'nobody');
    response.json({ matches: worthShowing.slice(0, mostShown) });
  });

  // Only what is proposed now: neither a person nor an account can be chosen freely, least of all of others.
  router.post('/confirm', async (request, response) => {
    const actor = await manager(request);
    requireRecentSignIn(actor, nowSeconds());
    const body = confirmSchema.safeParse(request.body);
    if (!body.success) throw new ApiError(422, 'invalid_fields', 'Say which: { "scimUserIds": […] }.');
    const { customerId, actorId } = actor;
    const wanted = new Set(body.data.scimUserIds);
    const { matches } = await match(customerId);
    const links = matches.flatMap(({ scimUserId, proposedUserId: userId }) =>
      userId !== null && wanted.has(scimUserId) ? [{ scimUserId, userId }] : [],
    );
    const { linked } = unwrap(await scim.management.confirmLinks({ customerId, links, actor: actorId }));
    response.json({ linked: linked.length, asked: wanted.size });
  });

  return router;
}

const mostShown = 200;

const confirmSchema = z.object({ scimUserIds: z.array(z.string().min(1).max(200)).min(1).max(mostShown) });
