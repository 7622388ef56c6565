import { type Request, Router } from 'express';
import type { Scim } from 'scimkit';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { unwrap } from './management-answer.ts';
import { listPlayable, type Play } from './play.ts';
import { requireManager, requireRecentSignIn, type Sessions } from './session.ts';

/** Many steps within this time are told at once. */
const gatherMilliseconds = 150;
const connectionCheckMilliseconds = 2_000;

const choiceSchema = z.object({
  persona: z.string(),
  scenario: z.string().optional(),
  keep: z.boolean().default(false),
  pace: z.enum(['watch', 'full']).default('watch'),
});

/**
 * The routes behind "Play the identity provider", for administrators and for the customer of their session only.
 * Starting makes a key, and so asks for a recent sign-in as every other work on keys does.
 *
 * @param options.closing ends the streams when the app stops
 */
export function createPlayRoutes(options: {
  readonly scim: Scim;
  readonly play: Play;
  readonly sessions: Sessions;
  readonly nowSeconds: () => number;
  readonly closing: AbortSignal;
}): Router {
  const { scim, play, sessions, nowSeconds, closing } = options;
  const router = Router();
  const manager = async (request: Request) => requireManager(await sessions.authorize(request));

  const describeConnection = async (customerId: string) => {
    const found = await scim.management.fetchScimConnection({ customerId });
    if (!found.ok && found.error.type === 'ScimConnectionNotFound') {
      return { connection: 'missing', provider: null };
    }
    const { status, provider } = unwrap(found);
    return { connection: status, provider };
  };

  router.get('/', async (request, response) => {
    const { customerId } = await manager(request);
    response.json({
      personas: listPlayable(),
      ...(await describeConnection(customerId)),
      run: play.find(customerId),
    });
  });

  router.post('/', async (request, response) => {
    const { customerId, actorId, ...actor } = await manager(request);
    requireRecentSignIn({ customerId, actorId, ...actor }, nowSeconds());
    const choice = choiceSchema.safeParse(request.body ?? {});
    if (!choice.success) throw new ApiError(422, 'invalid_fields', 'Choose what to play.');
    response.status(202).json({ run: await play.start({ ...choice.data, customerId, actorId }) });
  });

  router.delete('/', async (request, response) => {
    const { customerId } = await manager(request);
    play.stop(customerId);
    response.status(202).json({ run: play.find(customerId) });
  });

  // Each message is the whole state, so whoever missed some, or connects anew, has missed nothing.
  router.get('/events', async (request, response) => {
    const { customerId } = await manager(request);
    let connection = await describeConnection(customerId);
    let told = '';
    let gathering: NodeJS.Timeout | undefined;

    const tell = async () => {
      gathering = undefined;
      // The sign-in may have ended, or the role changed, since the stream began.
      const actor = await sessions.authorize(request).catch(() => null);
      if (response.writableEnded) return;
      if (!actor?.canManage) return end();
      const state = JSON.stringify({ ...connection, run: play.find(customerId) });
      // A comment shows a proxy that the stream is alive, and the server that nobody listens any more.
      response.write(state === told ? ':\n\n' : `data: ${state}\n\n`);
      told = state;
    };
    const checkConnection = async () => {
      // A store that cannot be read now is asked again at the next check.
      connection = await describeConnection(customerId).catch(() => connection);
      if (!response.writableEnded) await tell();
    };
    const end = () => {
      stopWatching();
      clearInterval(checking);
      clearTimeout(gathering);
      closing.removeEventListener('abort', end);
      response.end();
    };

    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    const stopWatching = play.watch(customerId, () => {
      gathering ??= setTimeout(() => void tell(), gatherMilliseconds);
    });
    const checking = setInterval(() => void checkConnection(), connectionCheckMilliseconds);
    response.on('close', end);
    closing.addEventListener('abort', end);
    if (closing.aborted) end();
    else await tell();
  });

  return router;
}
