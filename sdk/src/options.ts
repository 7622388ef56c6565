import { z } from 'zod';
import { ACTIVITY_DEFAULTS, type ActivityOptions } from './activity/activity-options.ts';
import type { PepperOption } from './connections/key-digest.ts';
import { assertKeyPrefix, DEFAULT_KEY_PREFIX } from './connections/key-format.ts';
import { DISPATCH_DEFAULTS, type DispatchOptions } from './events/dispatcher.ts';
import { DEFAULT_LIMITS, type Limits, type RateLimit } from './http/limits.ts';
import type { FindMe } from './http/me.ts';
import type { Logger } from './logger.ts';
import type { ResourceTypeDefinition, SchemaDefinition } from './protocol/schema/definition.ts';
import type { HookDatabase, ScimHooks } from './provisioning/hooks.ts';
import type { RoleDefinition } from './provisioning/role-rules.ts';
import type { StoreLocation } from './store/open-store.ts';
import {
  DEFAULT_IDLE_TIMEOUT_MS,
  type PostgresOptions,
  type PostgresPool,
} from './store/sql/postgres-database.ts';
import type { SqliteHandle } from './store/sql/sqlite-database.ts';
import type { WebhookRules } from './webhooks/webhook-url.ts';

/** What {@link createScim} takes. Copied and checked once, at the start. `Database` is what hooks are lent. */
export interface ScimOptions<Database = HookDatabase> {
  /**
   * Where scimkit keeps its tables: `sqlite:FILE`, `postgres://…`, a SQLite handle of the app's own
   * (`node:sqlite`, `better-sqlite3`), or a pool of the app's own (`pg`). A file is opened with handles of scimkit's
   * own, so the app can go on using its own handle to the same file; on a handle of the app's, the app's statements
   * share scimkit's transactions. A pool stays the app's to close.
   */
  readonly database: string | SqliteHandle | PostgresPool;
  /** How a PostgreSQL database is used. */
  readonly postgres?: PostgresOptions;
  /** The public base URL, such as `https://app.example/scim/v2`. @default derived from each request */
  readonly endpointUrl?: string;
  /** A secret apart from the database that key hashes depend on, and by which secrets of webhooks are sealed. Without one, keys are hashed by SHA-256 and those secrets kept as they are. */
  readonly pepper?: PepperOption | undefined;
  /** Start of every key, so that secret scanners can tell whose it is. @default 'scimk' */
  readonly keyPrefix?: string;
  /** Life of a key whose end is left out, in seconds; null = such keys never end. @default 31536000 (365 days) */
  readonly keyLifeSeconds?: number | null;
  /** Resource types beside User and Group. */
  readonly resourceTypes?: readonly ResourceTypeDefinition[];
  /** Extensions of User, Group and the types above. */
  readonly extensions?: readonly ExtensionOption[];
  /** Awaited inside the transaction of each change. */
  readonly hooks?: ScimHooks<Database>;
  /**
   * Says which user `/Me` stands for (RFC 7644 §3.11); a key names a connection and no person, so only the host can.
   * GET, PUT, PATCH and DELETE are then answered as by the user's own URL; nobody is created by POST.
   *
   * @default undefined: `/Me` is answered 501
   * @example me: ({ connectionId, header }) => sessions.findScimId(connectionId, header('x-session')),
   */
  readonly me?: FindMe;
  /**
   * The app's roles that a connection's rules may give, the highest first. None is ever `owner`: no directory makes
   * anybody an owner.
   *
   * @default none: roles are left alone
   * @example roles: [{ id: 'admin', displayName: 'Administrator' }, { id: 'member' }],
   */
  readonly roles?: readonly RoleDefinition[];
  readonly limits?: LimitOptions;
  /**
   * How long requests of identity providers are kept for administrators, without anything secret; false = not at all.
   *
   * @default { retentionDays: 30, maxRequests: 100000 }
   */
  readonly activity?: Partial<ActivityOptions> | false;
  /** How events are handed to handlers and webhooks. */
  readonly dispatch?: Partial<DispatchOptions>;
  /** Which addresses webhooks may have. */
  readonly webhooks?: Partial<WebhookRules>;
  /** Milliseconds since the epoch. @default Date.now */
  readonly clock?: () => number;
  /** @default console, for warnings and errors */
  readonly logger?: Logger;
  /** Put before every table's name. @default 'scim_' */
  readonly tablePrefix?: string;
}

/** Any of the {@link Limits}; what is left out keeps its default. */
export type LimitOptions = Partial<Omit<Limits, 'rateLimit'>> & {
  readonly rateLimit?: Partial<RateLimit> | false;
};

/** Adds a schema to a resource type. */
export interface ExtensionOption {
  /** Name of the resource type, such as `User`. */
  readonly resourceType: string;
  readonly schema: SchemaDefinition;
  /** @default false */
  readonly required?: boolean;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly database: StoreLocation;
  readonly endpointUrl: string | undefined;
  readonly pepper: PepperOption | undefined;
  readonly keyPrefix: string;
  readonly keyLifeSeconds: number | null;
  readonly resourceTypes: readonly ResourceTypeDefinition[];
  readonly extensions: readonly ExtensionOption[];
  readonly hooks: ScimHooks;
  readonly me: FindMe | undefined;
  readonly roles: readonly RoleDefinition[];
  readonly limits: Limits;
  readonly activity: ActivityOptions | false;
  readonly dispatch: DispatchOptions;
  readonly webhooks: WebhookRules;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly tablePrefix: string;
}

const positive = z.number().int().positive();
const rateLimitSchema = z.strictObject({
  requestsPerSecond: z.number().positive().optional(),
  burst: positive.optional(),
  concurrent: positive.optional(),
  shared: z.boolean().optional(),
});

const limitsSchema = z.strictObject({
  maxUrlLength: positive.optional(),
  maxHeaderBytes: positive.optional(),
  maxBodyBytes: positive.optional(),
  maxGroupBodyBytes: positive.optional(),
  maxLargeBodies: positive.optional(),
  maxBulkOperations: z.number().int().nonnegative().optional(),
  maxPageSize: positive.optional(),
  defaultPageSize: positive.optional(),
  cursorTimeoutSeconds: positive.optional(),
  stagedChangeTimeoutSeconds: positive.optional(),
  requestTimeoutMs: positive.optional(),
  hookTimeoutMs: positive.optional(),
  maxConcurrentRequests: z.union([z.literal(false), positive]).optional(),
  maxWaitingRequests: positive.optional(),
  rateLimit: z.union([z.literal(false), rateLimitSchema]).optional(),
  failedAuthenticationsPerMinute: z.union([z.literal(false), positive]).optional(),
});

const rolesSchema = z
  .array(
    z.strictObject({
      id: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/, 'must be letters, digits and "_.:-", at most 100')
        .refine((id) => id.toLowerCase() !== 'owner', 'owner is never given by a directory; leave it out'),
      displayName: z.string().min(1).max(200).optional(),
    }),
  )
  .max(100)
  .refine((roles) => new Set(roles.map(({ id }) => id)).size === roles.length, 'name each role once');

/** What a database is given as. */
const DATABASE_FORMS = 'must be "sqlite:FILE", "postgres://…", a SQLite handle or a pool of pg';

/** A letter by itself before the colon is a drive of Windows, and `file:` SQLite's own. */
const OTHER_DATABASE = /^(?!sqlite:|file:)[a-z][a-z0-9+.-]+:/i;

const isFunction = (value: unknown) => typeof value === 'function';
const isObject = (value: unknown) => typeof value === 'object' && value !== null;

const hasMethod = (value: unknown, name: string) =>
  isObject(value) && isFunction(Reflect.get(value as object, name));

/** RFC 7644 §1.3: a base URI contains no query string. */
function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '' && !/[?#]/.test(text);
}

const optionsSchema = z.strictObject({
  database: z.custom<string | SqliteHandle | PostgresPool>(
    (value) =>
      typeof value === 'string' ? value !== '' : hasMethod(value, 'prepare') || hasMethod(value, 'connect'),
    DATABASE_FORMS,
  ),
  postgres: z
    .strictObject({
      namedStatements: z.boolean().optional(),
      rowLevelSecurity: z.boolean().optional(),
      lockTimeoutMs: positive.optional(),
      statementTimeoutMs: positive.optional(),
      idleTimeoutMs: positive.optional(),
      poolSize: positive.optional(),
      connectTimeoutMs: positive.optional(),
    })
    .optional(),
  endpointUrl: z
    .url({ protocol: /^https?$/ })
    .refine(isBaseUrl, 'must have no query, fragment or credentials: paths are put behind it')
    .optional(),
  pepper: z.union([z.string(), z.custom<PepperOption>(isObject)]).optional(),
  keyPrefix: z.string().optional(),
  keyLifeSeconds: positive
    .max(10 * 366 * 86_400)
    .nullable()
    .optional(),
  resourceTypes: z.array(z.custom<ResourceTypeDefinition>(isObject)).optional(),
  extensions: z.array(z.custom<ExtensionOption>(isObject)).optional(),
  hooks: z.custom<ScimHooks>(isObject, 'must be an object of functions').optional(),
  me: z.custom<FindMe>(isFunction, 'must be a function that answers the id of a user, or null').optional(),
  roles: rolesSchema.optional(),
  limits: limitsSchema.optional(),
  activity: z
    .union([
      z.literal(false),
      z.strictObject({ retentionDays: positive.max(3660).optional(), maxRequests: positive.optional() }),
    ])
    .optional(),
  dispatch: z
    .strictObject({
      leaseSeconds: z.number().min(0.5).max(3600).optional(),
      pollMs: z.number().min(5).max(60_000).optional(),
      maxConnections: positive.optional(),
    })
    .optional(),
  webhooks: z
    .strictObject({ allowHttp: z.boolean().optional(), allowPrivateAddresses: z.boolean().optional() })
    .optional(),
  clock: z.custom<() => number>(isFunction, 'must be a function that answers milliseconds').optional(),
  logger: z.custom<Logger>(isObject, 'must have error, warn and info').optional(),
  tablePrefix: z.string().optional(),
});

/**
 * Checks the options and fills the defaults in.
 *
 * @throws TypeError naming the option at fault.
 */
export function resolveOptions(options: ScimOptions): ResolvedOptions {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.join('.') ?? '';
    if (issue?.code === 'unrecognized_keys') {
      const names = issue.keys.map((key) => (path === '' ? key : `${path}.${key}`));
      throw new TypeError(`createScim: ${names.join(', ')}: there is no such option.`);
    }
    throw new TypeError(`createScim: ${path || 'options'}: ${issue?.message ?? 'is not valid'}.`);
  }
  const keyPrefix = options.keyPrefix ?? DEFAULT_KEY_PREFIX;
  assertKeyPrefix(keyPrefix);
  requireHooks(options.hooks ?? {});
  const database = toDatabase(options);
  const limits = resolveLimits(options.limits ?? {});
  requireTimeForHooks(database, limits);
  return Object.freeze({
    database,
    endpointUrl: options.endpointUrl?.replace(/\/+$/, ''),
    pepper: options.pepper,
    keyPrefix,
    keyLifeSeconds: options.keyLifeSeconds === undefined ? 365 * 86_400 : options.keyLifeSeconds,
    resourceTypes: [...(options.resourceTypes ?? [])],
    extensions: [...(options.extensions ?? [])],
    hooks: options.hooks ?? {},
    me: options.me,
    roles: Object.freeze((options.roles ?? []).map((role) => Object.freeze({ ...role }))),
    limits,
    activity:
      options.activity === false ? false : Object.freeze({ ...ACTIVITY_DEFAULTS, ...options.activity }),
    dispatch: Object.freeze({ ...DISPATCH_DEFAULTS, ...options.dispatch }),
    webhooks: Object.freeze({ allowHttp: false, allowPrivateAddresses: false, ...options.webhooks }),
    clock: options.clock ?? Date.now,
    logger: options.logger ?? CONSOLE,
    tablePrefix: options.tablePrefix ?? 'scim_',
  });
}

function toDatabase({ database, postgres = {} }: ScimOptions): StoreLocation {
  if (typeof database !== 'string') {
    return 'prepare' in database
      ? { kind: 'sqlite', database }
      : { kind: 'postgres', database, postgres: { ...postgres } };
  }
  if (/^postgres(ql)?:/i.test(database)) return { kind: 'postgres', database, postgres: { ...postgres } };
  if (OTHER_DATABASE.test(database)) throw new TypeError(`createScim: database: ${DATABASE_FORMS}.`);
  const file = database.replace(/^sqlite:(\/\/(?=\/))?/i, '');
  if (file === '') throw new TypeError('createScim: database: name a file, such as "sqlite:app.db".');
  return { kind: 'sqlite', database: file };
}

/** PostgreSQL ends a transaction in which nothing is said, and so the change of a hook that may take longer. */
function requireTimeForHooks(database: StoreLocation, { hookTimeoutMs }: Limits): void {
  if (database.kind !== 'postgres') return;
  const { idleTimeoutMs = DEFAULT_IDLE_TIMEOUT_MS } = database.postgres ?? {};
  if (hookTimeoutMs < idleTimeoutMs) return;
  throw new TypeError(
    `createScim: limits.hookTimeoutMs (${hookTimeoutMs}) must be below postgres.idleTimeoutMs (${idleTimeoutMs}), ` +
      'after which PostgreSQL ends the transaction that a hook is in. Lower the first or raise the second.',
  );
}

function resolveLimits(limits: LimitOptions): Limits {
  const { rateLimit, ...rest } = limits;
  const defaults = DEFAULT_LIMITS.rateLimit;
  const resolved: Limits = {
    ...DEFAULT_LIMITS,
    ...rest,
    rateLimit: rateLimit === false || defaults === false ? false : { ...defaults, ...rateLimit },
  };
  return Object.freeze({
    ...resolved,
    defaultPageSize: Math.min(resolved.defaultPageSize, resolved.maxPageSize),
  });
}

const HOOK_NAMES = new Set<keyof ScimHooks>([
  'userCreated',
  'userUpdated',
  'userDeactivated',
  'userReactivated',
  'userDeleted',
  'userRoleChanged',
  'userProfileChanged',
  'profileResolved',
  'beforeProvision',
  'afterProvision',
  'groupCreated',
  'groupUpdated',
  'groupDeleted',
  'membersChanged',
  'resourceChanged',
  'seatLimit',
  'linkCandidate',
  'allowLink',
  'userLinked',
]);

/** A misspelt hook would never be called, which nobody notices until a leaver keeps access. */
function requireHooks(hooks: ScimHooks): void {
  for (const [name, hook] of Object.entries(hooks)) {
    if (!(HOOK_NAMES as ReadonlySet<string>).has(name)) {
      throw new TypeError(`createScim: hooks.${name} is no hook. Hooks are ${[...HOOK_NAMES].join(', ')}.`);
    }
    if (hook !== undefined && typeof hook !== 'function')
      throw new TypeError(`createScim: hooks.${name} must be a function.`);
  }
  if ((hooks.linkCandidate === undefined) !== (hooks.allowLink === undefined)) {
    throw new TypeError(
      'createScim: hooks.linkCandidate and hooks.allowLink go together: one names an account, the other decides.',
    );
  }
}

const CONSOLE: Logger = Object.freeze({
  error: (message: string, details?: object) => console.error(message, details ?? ''),
  warn: (message: string, details?: object) => console.warn(message, details ?? ''),
  info: () => {},
});
