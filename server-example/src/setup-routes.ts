import { type Request, Router } from 'express';
import type { Scim } from 'scimkit';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Database } from './database.ts';
import { detachDirectory } from './directory-hooks.ts';
import { unwrap } from './management-answer.ts';
import { findPerson } from './people.ts';
import type { Play } from './play.ts';
import { requireManager, requireRecentSignIn, type Sessions } from './session.ts';

const tenYearsSeconds = 3653 * 24 * 60 * 60;
const thirtyDaysSeconds = 30 * 24 * 60 * 60;

/**
 * The routes behind `ScimSetup`, for administrators and for the customer of their session only.
 * Everything that makes or ends a key also needs a recent sign-in. A key's text is in the answer that creates it,
 * and in no other.
 */
export function createSetupRoutes(options: {
  readonly scim: Scim;
  readonly database: Database;
  readonly sessions: Sessions;
  readonly play: Pick<Play, 'lastRequestAt'>;
  readonly nowSeconds: () => number;
}): Router {
  const { scim, database, sessions, play, nowSeconds } = options;
  const router = Router();

  const manager = async (request: Request) => requireManager(await sessions.authorize(request));
  const recentManager = async (request: Request) => {
    const actor = await manager(request);
    requireRecentSignIn(actor, nowSeconds());
    return actor;
  };

  router.get('/', async (request, response) => {
    const { customerId, actorId } = await manager(request);
    const customerName = (await findPerson(database, actorId))?.customerName ?? customerId;
    const found = await scim.management.fetchScimConnection({ customerId });
    if (!found.ok && found.error.type === 'ScimConnectionNotFound') {
      response.json({ hasApiKey: false, customerName });
      return;
    }
    const connection = unwrap(found);
    // Temporary keys are Harbor's own, for the player.
    const { standard: keys = [], temporary = [] } = Object.groupBy(connection.keys, ({ kind }) => kind);
    // In the demo the player stands in for the identity provider, so its requests count as a use of the one key.
    const uses = [play.lastRequestAt(customerId), ...temporary.map(({ lastUsedAt }) => lastUsedAt)];
    const playedAt = keys.length === 1 ? Math.max(...uses.map((use) => use ?? 0)) : 0;
    const withPlayed = (lastUsedAt: number | null, since: number) =>
      playedAt < since ? lastUsedAt : Math.max(playedAt, lastUsedAt ?? 0);
    const names = await readNames(database, new Set(keys.map(({ createdBy }) => createdBy)));
    response.json({
      hasApiKey: true,
      expiresAt: connection.scimApiKeyValidUntil,
      status: connection.status,
      provider: connection.provider,
      customerName,
      keys: keys.map(({ keyId, createdBy, ...key }) => ({
        id: keyId,
        lastFour: key.lastFour,
        createdAt: key.createdAt,
        createdBy: createdBy && (names.get(createdBy) ?? createdBy),
        expiresAt: key.expiresAt,
        lastUsedAt: withPlayed(key.lastUsedAt, key.createdAt),
        retiresAt: key.retiresAt,
      })),
      users: connection.users,
      groups: connection.groups,
      lastUsedAt: withPlayed(connection.lastUsedAt, connection.createdAt),
      lastChangeAt: connection.lastChangeAt,
    });
  });

  router.post('/', async (request, response) => {
    const { customerId, actorId } = await recentManager(request);
    const { expiresAt } = parseBody(expirySchema(nowSeconds()), request.body);
    const created = await scim.management.createScimConnection({
      customerId,
      createdBy: actorId,
      scimApiKeyExpiration: expiresAt,
    });
    response.status(201).json({ scimApiKey: unwrap(created).scimApiKey });
  });

  const reset = async (request: Request, response: JsonResponse) => {
    const { customerId, actorId } = await recentManager(request);
    const { expiresAt } = parseBody(expirySchema(nowSeconds()), request.body);
    const renewed = await scim.management.resetScimApiKey({
      customerId,
      createdBy: actorId,
      scimApiKeyExpiration: expiresAt,
    });
    response.json({ scimApiKey: unwrap(renewed).scimApiKey });
  };
  router.put('/', reset);
  router.patch('/', reset);

  router.delete('/', async (request, response) => {
    const { customerId, actorId } = await recentManager(request);
    const { connectionId } = unwrap(await scim.management.fetchScimConnection({ customerId }));
    const selected = { scimConnectionId: connectionId, actor: actorId };
    unwrap(await scim.management.deleteScimConnection(selected));
    await detachDirectory(database, connectionId);
    response.json({ message: 'Directory sync is disconnected. Nobody was removed from Harbor.' });
  });

  router.post('/rotate', async (request, response) => {
    const { customerId, actorId } = await recentManager(request);
    const { expiresAt, overlapSeconds } = parseBody(rotationSchema(nowSeconds()), request.body);
    const rotated = await scim.management.rotateScimApiKey({
      customerId,
      createdBy: actorId,
      scimApiKeyExpiration: expiresAt,
      overlapSeconds,
    });
    response.json({ scimApiKey: unwrap(rotated).scimApiKey });
  });

  router.post('/pause', async (request, response) => {
    const { customerId, actorId } = await manager(request);
    unwrap(await scim.management.pauseScimConnection({ customerId, actor: actorId }));
    response.json({ message: 'Directory sync is paused.' });
  });

  router.post('/resume', async (request, response) => {
    const { customerId, actorId } = await manager(request);
    unwrap(await scim.management.resumeScimConnection({ customerId, actor: actorId }));
    response.json({ message: 'Directory sync is running again.' });
  });

  router.put('/provider', async (request, response) => {
    const { customerId, actorId } = await manager(request);
    const { provider } = parseBody(providerSchema, request.body);
    unwrap(await scim.management.patchScimConnection({ customerId, provider, actor: actorId }));
    response.json({ message: 'The identity provider is saved.' });
  });

  return router;
}

/** Names of accounts by their ids. */
async function readNames(
  database: Database,
  ids: ReadonlySet<string | null>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const id of ids) {
    const person = id === null ? undefined : await findPerson(database, id);
    if (person) names.set(person.id, person.name);
  }
  return names;
}

interface JsonResponse {
  json(body: object): unknown;
}

/** Left out: the default life. `null`: never. Else UNIX seconds ahead of now; milliseconds are caught by the limit. */
function expirySchema(nowSeconds: number) {
  return z.object({
    expiresAt: z
      .int('expiresAt must be a whole number of UNIX seconds, or null for a key that never expires.')
      .gt(nowSeconds, 'expiresAt must lie in the future.')
      .lte(
        nowSeconds + tenYearsSeconds,
        'expiresAt must lie within 10 years. It is counted in UNIX seconds, not milliseconds.',
      )
      .nullable()
      .optional(),
  });
}

function rotationSchema(nowSeconds: number) {
  return expirySchema(nowSeconds).extend({
    overlapSeconds: z
      .int('overlapSeconds must be a whole number.')
      .min(0, 'overlapSeconds must not be negative.')
      .max(thirtyDaysSeconds, 'Two keys can work side by side for 30 days at most.')
      .optional(),
  });
}

const providerSchema = z.object({
  provider: z
    .string('provider must be a name such as "okta".')
    .regex(/^[a-z0-9_-]{1,64}$/, 'provider must be a name such as "okta".'),
});

/** Reads a body; none at all counts as `{}`. */
function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new ApiError(422, 'invalid_fields', parsed.error.issues.map(({ message }) => message).join(' '));
}
