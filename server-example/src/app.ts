import express, { type Express, json } from 'express';
import { createScim, type Scim, type ScimOptions } from 'scimkit';
import { expressHandler } from 'scimkit/express';
import { apiNotFound, createErrorHandler } from './api-error.ts';
import { createApiKeyRoutes } from './api-key-routes.ts';
import { createApiKeys } from './api-keys.ts';
import { type LentHandle, openDatabase } from './database.ts';
import { createDirectoryHooks } from './directory-hooks.ts';
import { createHealthCheck } from './health.ts';
import { createHeldRoutes } from './held-routes.ts';
import { type Listening, listen } from './listen.ts';
import { createMatchRoutes } from './match-routes.ts';
import { createPages } from './pages.ts';
import { createPhoneBook } from './phone-book.ts';
import { createPhoneBookRoutes } from './phone-book-routes.ts';
import { createPlay } from './play.ts';
import { createPlayRoutes } from './play-routes.ts';
import { createReconcileRoutes } from './reconcile-routes.ts';
import { requireSameOrigin } from './same-origin.ts';
import { noStore, securityHeaders } from './security-headers.ts';
import { createSessions } from './session.ts';
import { createSessionRoutes } from './session-routes.ts';
import { createSetupAuthorize } from './setup-authorize.ts';
import { createSetupRoutes } from './setup-routes.ts';
import { createTeamRoutes } from './team-routes.ts';

/** What Harbor needs to run. */
export interface AppOptions extends Pick<ScimOptions, 'pepper' | 'resourceTypes' | 'extensions' | 'logger'> {
  /** One database for Harbor's tables and scimkit's: `sqlite:FILE` or `postgres://…`. */
  readonly database: string;
  /** Signs the session cookie. */
  readonly sessionSecret: string;
  /** `off` lifts every rate limit, for benchmarks and bulk simulation. */
  readonly rateLimits: 'on' | 'off';
  /** Where the app is reached from outside. @default this machine, on the port a request came in by */
  readonly publicUrl?: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

/** Harbor, ready to listen. */
export interface App {
  readonly app: Express;
  readonly scim: Scim;
  /**
   * Brings the database up to date, then takes requests.
   *
   * @param port 0 takes a free one
   */
  listen(port: number): Promise<Listening>;
  /** Stops what is being played, finishes requests under way, then closes the database. */
  close(): Promise<void>;
}

/**
 * Puts Harbor together: the SCIM server, the setup routes behind the settings page, the app's own routes.
 *
 * @throws Error that says which database cannot be used, and why
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { now = Date.now, publicUrl, logger = console } = options;
  const nowSeconds = () => Math.floor(now() / 1000);
  const https = publicUrl?.startsWith('https:') ?? false;

  const database = await openDatabase({
    url: options.database,
    nowSeconds: nowSeconds(),
    warn: (message) => logger.warn(message),
  });
  const scim = createScim<LentHandle>({
    database: database.forScim,
    hooks: createDirectoryHooks(nowSeconds),
    // The highest first. Owners are made by Harbor's people alone.
    roles: [
      { id: 'admin', displayName: 'Administrator' },
      { id: 'member', displayName: 'Member' },
    ],
    clock: now,
    logger,
    // Run at home, Harbor may send webhooks to what runs at home as well.
    webhooks: { allowHttp: !https, allowPrivateAddresses: !https },
    ...(publicUrl && { endpointUrl: new URL('/scim/v2', publicUrl).href }),
    ...(options.pepper && { pepper: options.pepper }),
    ...(options.resourceTypes && { resourceTypes: options.resourceTypes }),
    ...(options.extensions && { extensions: options.extensions }),
    ...(options.rateLimits === 'off' && {
      limits: { rateLimit: false, maxConcurrentRequests: false, failedAuthenticationsPerMinute: false },
    }),
  });
  scim.events.subscribe({ name: 'phone-book', types: ['user.*'], handler: createPhoneBook(database) });
  const sessions = createSessions({ database, secret: options.sessionSecret, secure: https, nowSeconds });

  const apiKeys = createApiKeys({ database, nowSeconds });

  const closing = new AbortController();
  let listening: Listening | undefined;
  let stopReleases: (() => Promise<void>) | undefined;
  const play = createPlay({
    scim,
    endpointUrl: () => scim.endpointUrl ?? `${listening?.url}/scim/v2`,
    nowSeconds,
    log: logger,
  });

  const app = express();
  app.disable('x-powered-by');
  // Behind the proxy that ends TLS, Express must believe its X-Forwarded-Proto for the cookie to be sent.
  if (https) app.set('trust proxy', 1);
  app.use(securityHeaders(https));
  app.get('/healthz', createHealthCheck(database, scim));
  app.use('/scim/v2', expressHandler(scim));

  app.use('/api', noStore, requireSameOrigin(publicUrl), json({ limit: '16kb' }), sessions.middleware);
  app.use('/api', createSessionRoutes({ database, sessions, scim }));
  app.use('/api/setup/scim/held', createHeldRoutes({ scim, sessions }));
  app.use('/api/setup/scim', createSetupRoutes({ scim, database, sessions, play, nowSeconds }));
  app.use('/api/setup/scim', createReconcileRoutes({ scim, database, sessions }));
  // Everything else the page asks for: how far the setup is, users, groups, activity.
  app.use('/api/setup/scim', expressHandler(scim.setupApi({ authorize: createSetupAuthorize(sessions) })));
  app.use('/api/play', createPlayRoutes({ scim, play, sessions, nowSeconds, closing: closing.signal }));
  app.use('/api/setup/matches', createMatchRoutes({ scim, database, sessions, nowSeconds }));
  app.use('/api/keys', createApiKeyRoutes({ sessions, apiKeys }));
  app.use('/api/team', createTeamRoutes({ database, sessions, apiKeys }));
  app.use('/api/phone-book', createPhoneBookRoutes({ database, sessions }));
  app.use('/api', apiNotFound);

  app.use(createPages());
  app.use(createErrorHandler(logger));

  return {
    app,
    scim,
    async listen(port) {
      await scim.migrate();
      scim.dispatcher.start();
      stopReleases = repeatReleases(scim);
      listening = await listen(app, port);
      return listening;
    },
    async close() {
      // Runs take away over HTTP what they made, so they end before the server does.
      await play.close();
      await stopReleases?.();
      closing.abort();
      await listening?.drain();
      await scim.close();
      await database.close();
    },
  };
}

const releaseMilliseconds = 5_000;

/**
 * Carries out what `scimkit held release` lets go, and what another process did not come to the end of.
 *
 * @returns how to stop
 */
function repeatReleases(scim: Scim): () => Promise<void> {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= scim.management.resumeReleases().finally(() => {
      running = undefined;
    });
  }, releaseMilliseconds);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
