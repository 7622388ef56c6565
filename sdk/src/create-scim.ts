import { createActivityLog } from './activity/activity-log.ts';
import { createAuditor } from './connections/audit.ts';
import { createAuthenticator } from './connections/authenticate.ts';
import {
  type CheckSignInParameters,
  createSignInCheck,
  type SignInAllowed,
  type SignInError,
} from './connections/check-sign-in.ts';
import { createConfiguration, type ScimConfiguration } from './connections/configuration.ts';
import { createKeyHasher } from './connections/key-digest.ts';
import { createLeniencyLedger } from './connections/leniency-ledger.ts';
import { createManagement, type ScimManagement } from './connections/management.ts';
import type { ManagementOptions } from './connections/management-context.ts';
import { platformRandom, type RandomSource } from './connections/random-text.ts';
import type { ManagementResult } from './connections/result.ts';
import { createDispatcher } from './events/dispatcher.ts';
import { createEvents, type ScimDispatcher, type ScimEvents } from './events/events.ts';
import { createWebhookSender } from './events/post-webhook.ts';
import { wakeOnCommit } from './events/wake-on-commit.ts';
import { createWebhookConsumers } from './events/webhook-consumers.ts';
import { createAskServer } from './http/ask-server.ts';
import { createFetch, type FetchOptions } from './http/fetch.ts';
import { createServer, type Handler } from './http/handler.ts';
import {
  answerScimRequest,
  type ScimRequestParameters,
  type ScimRequestResult,
} from './http/scim-request.ts';
import {
  type CommitParameters,
  type CommitResult,
  commitChange,
  type LinkScimUserParameters,
  linkUser,
  type RejectResult,
  type RejectScimUserChangeParameters,
  rejectChange,
} from './http/staged-decisions.ts';
import { type ResolvedOptions, resolveOptions, type ScimOptions } from './options.ts';
import { isLoopback } from './protocol/loopback.ts';
import { DEFAULT_PROJECTION, type Projection } from './protocol/projection.ts';
import { findMembersAttribute, type ResourceType } from './protocol/schema/resource-type.ts';
import { admitAfterWrite } from './provisioning/admit-waiting.ts';
import type { HookDatabase } from './provisioning/hooks.ts';
import { createProvisioning } from './provisioning/provisioning.ts';
import { releaseHeld } from './provisioning/release-held.ts';
import { representAll } from './provisioning/represent.ts';
import { createResourceIds } from './provisioning/resource-id.ts';
import { createWalks } from './provisioning/walks.ts';
import { compileTypes } from './resource-types.ts';
import { createSetupApi, type SetupApi, type SetupApiOptions } from './setup/setup-api.ts';
import { openStore } from './store/open-store.ts';
import type { MigrateOptions } from './store/port.ts';
import { platformTimers, type Timers } from './timers.ts';
import { createWebhookSecrets } from './webhooks/webhook-secrets.ts';
import { createWebhooks, type ScimWebhooks } from './webhooks/webhooks.ts';

/** scimkit in one app: connections and keys, and the SCIM 2.0 server. */
export interface Scim extends ScimConfiguration {
  /** Connections and keys, for the host's own backend. */
  readonly management: ScimManagement;
  /**
   * Says whether the directory lets somebody in who signs in by single sign-on: at each sign-in, and on each request
   * where an earlier sign-in is to end with the access. It costs two look-ups by index. Refusals are audited.
   *
   * `ScimConnectionNotFound`: the customer has no directory, or one in dry run; let the app's own rules decide. On
   * every other error, `UnexpectedError` too, let nobody in.
   *
   * @throws TypeError for parameters of another shape.
   * @example
   * const { sub, email } = verifiedIdToken;
   * const checked = await scim.checkSignIn({ customerId, strategy: 'OidcSubToScimExternalId', claims: { sub, email } });
   * if (!checked.ok && checked.error.type !== 'ScimConnectionNotFound') return refuseSignIn(checked.error);
   */
  checkSignIn(parameters: CheckSignInParameters): Promise<ManagementResult<SignInAllowed, SignInError>>;
  /** What happened, in order: to be read, or to be handed to handlers. */
  readonly events: ScimEvents;
  /** Hands events to handlers and webhooks, in this process and in others. */
  readonly dispatcher: ScimDispatcher;
  /** Addresses that events are sent to. */
  readonly webhooks: ScimWebhooks;
  /** The public base URL, when one was given. */
  readonly endpointUrl: string | undefined;
  /** The SCIM server as a function of a `Request`. Never rejects. */
  fetch(request: Request, options?: FetchOptions): Promise<Response>;
  /** The SCIM server for adapters. Never rejects. */
  readonly handle: Handler;
  /**
   * The same server for an app whose users live in another process or database: a change that makes a user, or lets
   * one in or out, is staged instead of committed and answered `ActionRequired`. Everything else is `Completed`.
   *
   * @throws TypeError for parameters no request can have made.
   * @example
   * const asked = await scim.scimRequest({ method, pathAndQueryParams, body, scimApiKey });
   */
  scimRequest(parameters: ScimRequestParameters): Promise<ScimRequestResult>;
  /** Links the app's account to the user of a staged `LinkUser`, and commits it. */
  linkScimUser(parameters: LinkScimUserParameters): Promise<CommitResult>;
  /** Commits a staged `DisableUser`, `EnableUser` or `DeleteUser`, once the app has carried it out. */
  commitScimUserChange(parameters: CommitParameters): Promise<CommitResult>;
  /** Refuses a staged change. Nothing was changed by it, and nothing will be. */
  rejectScimUserChange(parameters: RejectScimUserChangeParameters): Promise<RejectResult>;
  /**
   * The routes behind `ScimSetup`, for administrators whom `authorize` lets in.
   *
   * @throws TypeError for an option at fault.
   * @example app.use('/api/setup/scim', expressHandler(scim.setupApi({ authorize })));
   */
  setupApi<Original = Request>(options: SetupApiOptions<Original>): SetupApi;
  /** The user an account of the app is linked to, with its groups. */
  getScimUser: ScimManagement['getScimUser'];
  /**
   * Brings the database up to date now instead of at first use. Answers what was applied.
   *
   * @throws TypeError for row-level security on SQLite.
   */
  migrate(options?: MigrateOptions): Promise<readonly string[]>;
  /** Closes the handles scimkit opened. */
  close(): Promise<void>;
}

/**
 * Makes a SCIM 2.0 server and its connections inside the app's own backend and database.
 *
 * @throws TypeError for an option at fault; an Error that names the file for one that cannot be opened.
 * @example
 * const scim = createScim({ database: 'sqlite:app.db' });
 * app.use('/scim/v2', expressHandler(scim));
 */
export function createScim<Database = HookDatabase>(options: ScimOptions<Database>): Scim {
  // What hooks are lent is the driver's own handle, whatever they take it for.
  return assembleScim(resolveOptions(options as ScimOptions), {
    openStore,
    timers: platformTimers,
    random: platformRandom,
  });
}

/** What scimkit works with and no host chooses. */
export interface ScimParts {
  readonly openStore: typeof openStore;
  /** How time passes for the dispatcher. */
  readonly timers: Timers;
  /** For keys, and for ids of connections. */
  readonly random: RandomSource;
}

/** Makes {@link createScim}'s object on parts of the caller's. @throws TypeError as that does. */
export function assembleScim(resolved: ResolvedOptions, parts: ScimParts): Scim {
  const { clock, logger, hooks, limits } = resolved;
  const types = compileTypes(resolved.resourceTypes, resolved.extensions);
  const hasher = createKeyHasher(resolved.pepper);
  const opened = parts.openStore(resolved.database, {
    prefix: resolved.tablePrefix,
    types,
    warn: (message, details) => logger.warn(message, details),
  });
  if (resolved.pepper === undefined) {
    logger.info(
      'scimkit: no pepper is set; keys are hashed by SHA-256 alone, and secrets of webhooks are kept as they are.',
    );
  }
  warnOfPlainHttp(resolved);
  const typesByName = new Map(types.map((type) => [type.name, type]));
  const { random } = parts;
  const toAuditRecord = createAuditor({ clock, random });
  const secrets = createWebhookSecrets({ pepper: resolved.pepper, random });
  const sender = createWebhookSender(resolved.webhooks);
  const runner = createDispatcher({
    ...resolved.dispatch,
    store: opened,
    clock,
    timers: parts.timers,
    logger,
    findConsumers: createWebhookConsumers({
      store: opened,
      readSecrets: secrets.read,
      sender,
      clock,
      logger,
    }),
  });
  const store = wakeOnCommit(opened, runner.wake);
  const subjects = types.map(({ eventName }) => eventName);
  const { events, dispatcher } = createEvents({
    store,
    clock,
    logger,
    dispatcher: runner,
    toAuditRecord,
    subjects,
  });
  const leniencies = createLeniencyLedger({ store, clock, logger });
  const activity = createActivityLog({
    store,
    types,
    keep: resolved.activity,
    createId: createResourceIds(),
    clock,
    logger,
  });
  const userType = requireType(typesByName, 'User');
  const walks = createWalks({
    store,
    hooks,
    hookTimeoutMs: limits.hookTimeoutMs,
    clock,
    logger,
    userType,
    roles: resolved.roles,
  });
  const appRoles = { roles: resolved.roles, userType, walks };
  const app = { hooks, clock, hookTimeoutMs: limits.hookTimeoutMs, appRoles };
  const telling = { store, app, types: typesByName, clock };
  const server = createServer({
    store,
    types,
    limits,
    me: resolved.me,
    clock,
    logger,
    leniencies,
    activity,
    authenticate: createAuthenticator({ store, hasher, clock, random, logger }),
    provisioning: createProvisioning({
      ...app,
      store,
      clock,
      createId: createResourceIds(),
      admitWaiting: (seats) => admitAfterWrite({ telling, logger }, seats),
    }),
  });
  const findType = (name: string) => typesByName.get(name);
  const release = { ...app, store, logger, findType };
  const { handle } = server;
  const { endpointUrl } = resolved;
  const deciding = { server, store, types, userType, limits, endpointUrl, clock, random };
  const managementOptions: ManagementOptions = {
    store,
    hasher,
    clock,
    random,
    leniencies,
    activity,
    logger,
    releaseHeld: (releasing) => releaseHeld(release, releasing),
    keyPrefix: resolved.keyPrefix,
    keyLifeSeconds: resolved.keyLifeSeconds,
    appRoles,
    userType,
    groupType: requireType(typesByName, 'Group'),
    telling,
    represent: async (scope, resources) => {
      const { epoch } = (await store.connections.find(scope.connectionId)) ?? { epoch: '' };
      const projection = withoutMembers(resources[0]?.type);
      const options = { baseUrl: resolved.endpointUrl ?? '', types: typesByName, projection, epoch };
      const shown = await representAll(store.resources(scope), resources, options);
      return shown.map(({ body }) => body);
    },
  };
  const management = createManagement(managementOptions);
  const configuration = createConfiguration({
    management: managementOptions,
    maxRequestSize: limits.maxBodyBytes,
    endpointUrl,
    ask: createAskServer(handle),
  });
  return Object.freeze({
    handle,
    endpointUrl,
    fetch: createFetch({ handler: handle, endpointUrl }),
    scimRequest: (parameters: ScimRequestParameters) => answerScimRequest(deciding, parameters),
    linkScimUser: (parameters: LinkScimUserParameters) => linkUser(deciding, parameters),
    commitScimUserChange: (parameters: CommitParameters) => commitChange(deciding, parameters),
    rejectScimUserChange: (parameters: RejectScimUserChangeParameters) => rejectChange(deciding, parameters),
    setupApi: <Original>(wanted: SetupApiOptions<Original>) =>
      createSetupApi({ management, logger, hasRoles: resolved.roles.length > 0 }, wanted),
    getScimUser: management.getScimUser,
    management,
    checkSignIn: createSignInCheck({ store, clock, random, logger, userType, telling }),
    ...configuration,
    events,
    dispatcher,
    webhooks: createWebhooks({
      store,
      subjects,
      rules: resolved.webhooks,
      deadLetters: events.deadLetters,
      secrets,
      toAuditRecord,
      clock,
      random,
      logger,
    }),
    migrate: (wanted?: MigrateOptions) => store.migrate(wanted),
    async close() {
      await walks.close();
      await dispatcher.stop();
      sender.close();
      await leniencies.flush();
      await activity.close();
      await store.close();
    },
  });
}

/** RFC 7644 §7.1 asks for TLS. A warning, not a refusal: TLS may end in front of a network that is the host's own. */
function warnOfPlainHttp({ endpointUrl, logger }: ResolvedOptions): void {
  if (endpointUrl === undefined) return;
  const { protocol, hostname } = new URL(endpointUrl);
  if (protocol === 'https:' || isLoopback(hostname)) return;
  logger.warn('scimkit: endpointUrl is http, so SCIM API keys travel in the clear. Give the https URL.', {
    endpointUrl,
  });
}

/** A group of 100,000 is shown beside others for its name; its members are read page by page. */
function withoutMembers(type: ResourceType | undefined): Projection {
  const members = type && findMembersAttribute(type);
  return { ...DEFAULT_PROJECTION, excluded: new Map(members === undefined ? [] : [[members.name, 'all']]) };
}

function requireType(types: ReadonlyMap<string, ResourceType>, name: string): ResourceType {
  const type = types.get(name);
  if (type === undefined) throw new Error(`The resource type ${name} is missing.`);
  return type;
}
