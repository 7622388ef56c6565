import type { DatabaseSync } from 'node:sqlite';
import { Router } from 'express';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { listCandidates } from './demo-sign-in.ts';
import { canManageDirectory, findPerson, listAdministrators, type Person } from './people.ts';
import type { Sessions } from './session.ts';

/** Signing in and out, and who is signed in. */
export function createSessionRoutes(options: {
  readonly database: DatabaseSync;
  readonly sessions: Sessions;
}): Router {
  const { database, sessions } = options;
  const router = Router();

  router.get('/session', (request, response) => {
    const person = sessions.findSignedIn(request)?.person;
    response.json({ session: person ? describe(database, person) : null });
  });

  // This is a demo: the visitor picks who to be, and there are no passwords. In your app this is your own sign-in.
  router.get('/sign-in', (_request, response) => {
    response.json({ customers: listCandidates(database) });
  });

  router.post('/sign-in', (request, response) => {
    const body = signInSchema.safeParse(request.body);
    if (!body.success) throw new ApiError(422, 'invalid_fields', 'Choose who to sign in as.');
    const person = findPerson(database, body.data.userId);
    if (!person?.active) {
      throw new ApiError(403, 'account_not_active', 'This account does not exist or was deactivated.');
    }
    sessions.start(request, person);
    response.json({ message: `Signed in as ${person.name}.` });
  });

  router.post('/sign-out', (request, response) => {
    sessions.end(request);
    response.json({ message: 'Signed out.' });
  });

  // One click renews the sign-in here. In your app this asks for the password or a passkey again.
  router.post('/session/confirm', (request, response) => {
    if (!sessions.findSignedIn(request)) throw new ApiError(401, 'not_signed_in', 'You are not signed in.');
    sessions.confirm(request);
    response.json({ message: 'Confirmed.' });
  });

  return router;
}

/** What the pages show of a session. The server decides on each request what the person may do. */
function describe(database: DatabaseSync, person: Person) {
  const { id, name, email, role, customerId, customerName } = person;
  return {
    person: { id, name, email, role },
    customer: { id: customerId, name: customerName },
    canManageDirectory: canManageDirectory(person),
    administrators: listAdministrators(database, customerId),
  };
}

const signInSchema = z.object({ userId: z.string() });
