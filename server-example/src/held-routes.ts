import { type Request, Router } from 'express';
import type { Scim } from 'scimkit';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { unwrap } from './management-answer.ts';
import { requireManager, type Sessions } from './session.ts';

/**
 * What the guard against mass deprovisioning keeps from Harbor, for administrators to look at and decide on: nobody
 * has lost access by it yet.
 */
export function createHeldRoutes({
  scim,
  sessions,
}: {
  readonly scim: Scim;
  readonly sessions: Sessions;
}): Router {
  const router = Router();
  const manager = async (request: Request) => requireManager(await sessions.authorize(request));

  router.get('/', async (request, response) => {
    const { customerId } = await manager(request);
    const { page } = parse(pageSchema, request.query);
    const found = await scim.management.getHeldChanges({ customerId, pageNumber: page, pageSize });
    const isThere = found.ok || found.error.type !== 'ScimConnectionNotFound';
    response.json({ ...(isThere ? unwrap(found) : NOTHING_HELD), pageSize });
  });

  router.post('/release', async (request, response) => {
    const { customerId, actorId } = await manager(request);
    const which = parse(whichSchema, request.body);
    response.json(unwrap(await scim.management.releaseHeldChanges({ ...which, customerId, actor: actorId })));
  });

  router.post('/reject', async (request, response) => {
    const { customerId, actorId } = await manager(request);
    const which = parse(whichSchema, request.body);
    response.json(unwrap(await scim.management.rejectHeldChanges({ ...which, customerId, actor: actorId })));
  });

  return router;
}

/** Where no directory is connected. */
const NOTHING_HELD = { changes: [], waiting: 0, releasing: 0, rejected: 0, oldestAt: null };

/** Few enough that a storm of thousands does not push the rest of the settings away. */
const pageSize = 10;

const pageSchema = z.object({ page: z.coerce.number().int().min(0).max(100_000).default(0) });

const whichSchema = z.union(
  [
    z.strictObject({ ids: z.array(z.string().min(1).max(200)).min(1).max(200) }),
    z.strictObject({ all: z.literal(true) }),
  ],
  'Say which: { "ids": […] }, 200 at most, or { "all": true }.',
);

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw new ApiError(422, 'invalid_fields', parsed.error.issues.map(({ message }) => message).join(' '));
}
