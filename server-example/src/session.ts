import cookieSession from 'cookie-session';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Reader } from './database.ts';
import { canManageDirectory, findPerson, type Person } from './people.ts';

/** A session ends this long after sign-in, however often it is used. */
const sessionLifeSeconds = 12 * 60 * 60;

/** Work on keys asks for a sign-in, or its confirmation, within this time. */
const recentSignInSeconds = 30 * 60;

const sessionSchema = z.object({
  userId: z.string(),
  signedInAt: z.number(),
  confirmedAt: z.number(),
  endedSignIns: z.number(),
});

/** Who is asking, and for whom. `customerId` comes from here only: never from a path, a query or a body. */
export interface Actor {
  readonly customerId: string;
  readonly actorId: string;
  /** Whether the actor may manage the customer's directory sync. */
  readonly canManage: boolean;
  /** UNIX seconds of the last sign-in or confirmation. */
  readonly recentAuthAt: number;
}

/** Sign-in sessions: a signed cookie that names the account, checked against the `users` table on each request. */
export interface Sessions {
  /** Makes `request.session` available. */
  readonly middleware: RequestHandler;
  /** The signed-in account, or null. An account that was deactivated or removed is signed out at once. */
  findSignedIn(request: Request): Promise<SignedIn | null>;
  /** Who is asking; null when nobody is signed in. */
  authorize(request: Request): Promise<Actor | null>;
  start(request: Request, person: Person): void;
  confirm(request: Request): void;
  end(request: Request): void;
}

export interface SignedIn {
  readonly person: Person;
  /** UNIX seconds. */
  readonly recentAuthAt: number;
}

/** @param options.secure whether the cookie travels over https only */
export function createSessions(options: {
  readonly database: Reader;
  readonly secret: string;
  readonly secure: boolean;
  readonly nowSeconds: () => number;
}): Sessions {
  const { database, nowSeconds } = options;

  async function findSignedIn(request: Request): Promise<SignedIn | null> {
    const session = sessionSchema.safeParse(request.session);
    if (!session.success) return null;
    const { userId, signedInAt, confirmedAt, endedSignIns } = session.data;
    const person = await findPerson(database, userId);
    // Ended sign-ins stay ended, also when the account is active again.
    const isOver = person?.endedSignIns !== endedSignIns || nowSeconds() - signedInAt > sessionLifeSeconds;
    if (!person?.active || isOver) {
      request.session = null;
      return null;
    }
    return { person, recentAuthAt: confirmedAt };
  }

  return {
    middleware: cookieSession({
      name: 'harbor_session',
      keys: [options.secret],
      httpOnly: true,
      sameSite: 'lax',
      secure: options.secure,
    }),
    findSignedIn,
    async authorize(request) {
      const signedIn = await findSignedIn(request);
      if (!signedIn) return null;
      const { person, recentAuthAt } = signedIn;
      return {
        customerId: person.customerId,
        actorId: person.id,
        canManage: canManageDirectory(person),
        recentAuthAt,
      };
    },
    start(request, person) {
      const { id: userId, endedSignIns } = person;
      request.session = { userId, signedInAt: nowSeconds(), confirmedAt: nowSeconds(), endedSignIns };
    },
    confirm(request) {
      if (request.session) request.session.confirmedAt = nowSeconds();
    },
    end(request) {
      request.session = null;
    },
  };
}

/** Lets administrators of the customer pass: 401 for nobody, 403 for everybody else. */
export function requireManager(actor: Actor | null): Actor {
  if (!actor) throw new ApiError(401, 'not_signed_in', 'Sign in to manage directory sync.');
  if (!actor.canManage) {
    throw new ApiError(
      403,
      'not_an_administrator',
      'Only administrators of your organization can manage directory sync.',
    );
  }
  return actor;
}

/** Refuses work on keys when the sign-in is too old. `POST /api/session/confirm` renews it. */
export function requireRecentSignIn(actor: Actor, nowSeconds: number): void {
  if (nowSeconds - actor.recentAuthAt <= recentSignInSeconds) return;
  throw new ApiError(
    403,
    'reauthentication_required',
    'Confirm that it is you, then try again: your sign-in is more than 30 minutes old.',
  );
}
