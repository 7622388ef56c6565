import { Router } from 'express';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Reader } from './database.ts';
import { listPeople, listTeams } from './people.ts';
import type { Sessions } from './session.ts';

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
});

/** The people and the teams of the signed-in customer, a page at a time. */
export function createTeamRoutes(options: {
  readonly database: Reader;
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
}): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    const actor = (await options.sessions.authorize(request)) ?? (await options.apiKeys.authorize(request));
    if (!actor) throw new ApiError(401, 'not_signed_in', 'Sign in to see your team, or send an API key.');
    const page = pageSchema.safeParse(request.query);
    if (!page.success) {
      throw new ApiError(422, 'invalid_fields', 'limit must be 1 to 200, and offset 0 or more.');
    }
    const people = await listPeople(options.database, actor.customerId, page.data);
    const teams = await listTeams(options.database, actor.customerId, { limit: 100, offset: 0 });
    response.json({
      people: people.items.map(
        ({ customerId: _, customerName: __, userName: ___, endedSignIns: ____, ...person }) => person,
      ),
      totalPeople: people.total,
      teams: teams.items,
      totalTeams: teams.total,
    });
  });

  return router;
}
