import { Router } from 'express';
import { ApiError } from './api-error.ts';
import type { Reader } from './database.ts';
import { listPhoneBook } from './phone-book.ts';
import type { Sessions } from './session.ts';

/** The phone book of the signed-in customer. */
export function createPhoneBookRoutes(options: {
  readonly database: Reader;
  readonly sessions: Sessions;
}): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    const person = await options.sessions.authorize(request);
    if (!person) throw new ApiError(401, 'not_signed_in', 'Sign in to see the phone book.');
    response.json({ entries: await listPhoneBook(options.database, person.customerId) });
  });

  return router;
}
