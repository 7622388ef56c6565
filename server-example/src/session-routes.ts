import { Router } from 'express';
import type { Scim } from 'scimkit';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Reader } from './database.ts';
import { listCandidates } from './demo-sign-in.ts';
import { requireDirectoryAccess } from './directory-sign-in.ts';
import { canManageDirectory, findPerson, listAdministrators, type Person } from './people.ts';
import type { Sessions } from './session.ts';

/** Signing in and out, and who is signed in. */
export function createSessionRoutes(options: {
  readonly database: Reader;
  readonly sessions: Sessions;
  readonly scim: Scim;
}): Router {
  const { database, sessions, scim } = options;
  const router = Router();

  router.get('/session', async (request, response) => {
    const signedIn = await sessions.findSignedIn(request);
    response.json({ session: signedIn && (await describe(database, signedIn.person)) });
  });

  // This is a demo: the visitor picks who to be, and there are no passwords. In your app this is your own sign-in.
  router.get('/sign-in', async (_request, response) => {
    response.json({ customers: await listCandidates(database) });
  });

  router.post('/sign-in', async (request, response) => {
    const body = signInSchema.safeParse(request.body);
    if (!body.success) throw new ApiError(422, 'invalid_fields', 'Choose who to sign in as.');
    const person = await findPerson(database, body.data.userId);
    if (!person?.active) {
      throw new ApiError(403, 'account_not_active', 'This account does not exist or was deactivated.');
    }
    await requireDirectoryAccess(scim, person);
    sessions.start(request, person);
    response.json({ message: `Signed in as ${person.name}.` });
  });

  router.post('/sign-out', (request, response) => {
    sessions.end(request);
    response.json({ message: 'Signed out.' });
  });

  // One click renews the sign-in here. In your app this asks for the password or a passkey again.
  router.post('/session/confirm', async (request, response) => {
    const signedIn = await sessions.findSignedIn(request);
    if (!signedIn) throw new ApiError(401, 'not_signed_in', 'You are not signed in.');
    sessions.confirm(request);
    response.json({ message: 'Confirmed.' });
  });

  return router;
}

/** What the pages show of a session. The server decides on each request what the person may do. */
async function describe(database: Reader, person: Person) {
  const { id, name, email, role, customerId, customerName } = person;
  return {
    person: { id, name, email, role },
    customer: { id: customerId, name: customerName },
    canManageDirectory: canManageDirectory(person),
    administrators: await listAdministrators(database, customerId),
  };
}

const signInSchema = z.object({ userId: z.string() });
