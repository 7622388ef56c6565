import { type Request, Router } from 'express';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { ApiKeys } from './api-keys.ts';
import type { Sessions } from './session.ts';

const nameSchema = z.object({ name: z.string().trim().min(1).max(100) });

/** A person's own API keys. Made and removed by whoever is signed in, never by a key. */
export function createApiKeyRoutes({
  sessions,
  apiKeys,
}: {
  readonly sessions: Sessions;
  readonly apiKeys: ApiKeys;
}): Router {
  const router = Router();

  const requirePerson = async (request: Request) => {
    const signedIn = await sessions.findSignedIn(request);
    if (!signedIn) throw new ApiError(401, 'not_signed_in', 'Sign in to manage your API keys.');
    return signedIn.person;
  };

  router.get('/', async (request, response) => {
    response.json({ keys: await apiKeys.list(await requirePerson(request)) });
  });

  router.post('/', async (request, response) => {
    const person = await requirePerson(request);
    const body = nameSchema.safeParse(request.body);
    if (!body.success)
      throw new ApiError(422, 'invalid_fields', 'Give the key a name of up to 100 characters.');
    const apiKey = await apiKeys.create(person, body.data.name);
    if (!apiKey) throw new ApiError(409, 'too_many_keys', 'You have 20 API keys. Remove one first.');
    response.status(201).json({ apiKey });
  });

  router.delete('/:id', async (request, response) => {
    const person = await requirePerson(request);
    if (!(await apiKeys.remove(person, request.params.id)))
      throw new ApiError(404, 'no_such_key', 'You have no such API key.');
    response.json({ message: 'The API key is removed.' });
  });

  return router;
}
