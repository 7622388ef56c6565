import { z } from 'zod';
import type { JsonObject } from '../protocol/json.ts';
import { isSameJson } from '../protocol/json.ts';
import { type MappingField, mappingSchema, toUserMapping } from '../provisioning/mapping.ts';
import { parsePolicy, withChoices } from '../provisioning/policy.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import { createConnection, toStoredMapping } from './create-connection.ts';
import { findKeyEnd } from './key-life.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import { maxRequestSize, parseParameters, person, selectionFields } from './parameters.ts';
import { type InvalidField, ManagementError } from './result.ts';
import { selectToChange } from './selection.ts';
import { type AskServer, type Validation, validateConnection } from './validate-connection.ts';

/** SCIM paths of the fields most apps have. `emails.primary` is the primary address, else the first. */
export interface ProfileMapping {
  readonly subject?: string | undefined;
  readonly externalId?: string | undefined;
  readonly email?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly active?: string | undefined;
  readonly groups?: string | undefined;
  readonly roles?: string | undefined;
}

/** `draft`: being set up; `disabled`: switched off. Both answer no SCIM request. */
export type ConfigurationStatus = 'draft' | 'active' | 'disabled';

/** What is left out stays as it is. */
export interface ConfigureParameters {
  readonly connectionId?: string | undefined;
  /** Instead of the connection: that of the customer, which is made where there is none. */
  readonly customerId?: string | undefined;
  readonly status?: ConfigurationStatus | undefined;
  readonly security?:
    | { /** In bytes; null = the host's limit. */ readonly maxRequestSize?: number | null | undefined }
    | undefined;
  readonly profile?:
    | {
        readonly mapping?: ProfileMapping | undefined;
        /** Further fields of the app's user, and the SCIM path of each: below a schema's URN, say. */
        readonly extraFields?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
  /** Who asked for it, for the audit. @default null */
  readonly actor?: string | null | undefined;
}

export interface Configured {
  readonly connectionId: string;
  /** Each connection has one configuration, of the same id. */
  readonly configId: string;
  /** Path of the SCIM server for this connection alone. */
  readonly basePath: string;
  /** The SCIM API key, where this call made the connection and with it its first key; else null. */
  readonly token: string | null;
}

export interface Configuration {
  readonly connectionId: string;
  readonly configId: string;
  readonly customerId: string;
  readonly basePath: string;
  readonly status: ConfigurationStatus;
  readonly security: { readonly maxRequestSize: number };
  readonly profile: {
    readonly mapping: Readonly<Record<string, string>>;
    readonly extraFields: Readonly<Record<string, string>>;
  };
}

export interface ConfigurationState extends Omit<Validation, 'ok'> {
  /** Whether the connection has a key that works. */
  readonly configured: boolean;
  /** Whether an identity provider can begin. */
  readonly ready: boolean;
}

/**
 * A connection's configuration in the terms of those who know it so. What fails is thrown: `ManagementError`, whose
 * `error.type` is `InvalidFields`, `ScimConnectionNotFound` or `AmbiguousConnection`.
 */
export interface ScimConfiguration {
  /** Changes the configuration. Never makes a key for a connection there is, and rotates none. */
  configure(parameters: ConfigureParameters): Promise<Configured>;
  /** @throws ManagementError */
  get(connectionId: string): Promise<Configuration>;
  /** Whether the connection can be used, by real requests: see {@link ScimConfiguration.validate}. */
  status(connectionId: string): Promise<ConfigurationState>;
  /** Asks the SCIM server what it serves this connection, with a key for that purpose alone. Changes no resource. */
  validate(connectionId: string): Promise<Validation>;
}

/** What configurations are made from. */
export interface ConfigurationOptions {
  readonly management: ManagementOptions;
  /** The host's limit of a request body, in bytes. */
  readonly maxRequestSize: number;
  readonly endpointUrl: string | undefined;
  readonly ask: AskServer;
}

const path = z.string();
const FIELDS = [
  'subject',
  'externalId',
  'email',
  'firstName',
  'lastName',
  'name',
  'phone',
  'active',
  'groups',
  'roles',
] as const;

const configureSchema = z.strictObject({
  connectionId: z.string().optional(),
  customerId: selectionFields.customerId,
  status: z.enum(['draft', 'active', 'disabled']).optional(),
  security: z.strictObject({ maxRequestSize: maxRequestSize.optional() }).optional(),
  profile: z
    .strictObject({
      mapping: z.partialRecord(z.enum(FIELDS), path.optional()).optional(),
      extraFields: z.record(z.string(), path).optional(),
    })
    .optional(),
  actor: person.optional(),
});

/** Makes `scim.configure`, `get`, `status` and `validate`. */
export function createConfiguration(options: ConfigurationOptions): ScimConfiguration {
  const validate = async (connectionId: string) => {
    const connection = await find(options, connectionId);
    return validateConnection(options.management, connection, options.ask);
  };
  return {
    configure: (parameters) => configure(options, parameters),
    get: async (connectionId) => describe(options, await find(options, connectionId)),
    validate,
    async status(connectionId) {
      const { ok, ...rest } = await validate(connectionId);
      const now = readNow(options.management);
      const keys = await options.management.store.connections.keys(connectionId);
      return { configured: keys.some((key) => findKeyEnd(key, now) === undefined), ready: ok, ...rest };
    },
  };
}

async function configure(
  options: ConfigurationOptions,
  parameters: ConfigureParameters,
): Promise<Configured> {
  const { management } = options;
  const parsed = parseParameters(configureSchema, parameters);
  if (!parsed.ok) throw invalid(parsed.fields);
  const { connectionId: asked, customerId, status, security, profile, actor = null } = parsed.value;
  const most = options.maxRequestSize;
  if ((security?.maxRequestSize ?? 0) > most)
    throw invalid([
      {
        field: 'security.maxRequestSize',
        code: 'outOfRange',
        message: `This server takes ${most} bytes at most.`,
      },
    ]);
  const made =
    asked === undefined && customerId !== undefined
      ? await makeFirst(management, { customerId, actor })
      : null;
  const selector = { scimConnectionId: asked ?? made?.connectionId, customerId };
  const changed = await management.store.changeConnections(async (tx) => {
    const selected = await selectToChange(tx, selector);
    if (!selected.ok) throw new ManagementError(selected.error);
    const { connection } = selected;
    const { connectionId } = connection;
    const mapping = profile === undefined ? connection.mapping : mergeMapping(connection, profile);
    const policy = withChoices(connection.policy, {
      ...(security?.maxRequestSize === undefined ? {} : { maxRequestSize: security.maxRequestSize }),
      ...(status === undefined ? {} : { isDraft: status === 'draft' }),
    });
    const stage =
      status === undefined ? {} : ({ status: status === 'active' ? 'active' : 'paused' } as const);
    await tx.update(connectionId, { mapping, policy, ...stage });
    const isOther = !isSameJson(connection.mapping, mapping);
    if (isOther)
      await tx.addWalk(connectionId, { kind: 'mapping', before: connection.mapping, after: mapping });
    const names = Object.keys({
      ...(status && { status }),
      ...(security && { security }),
      ...(profile && { profile }),
    });
    const subject = { connection, now: readNow(management), random: management.random };
    await tx.appendAudit(
      createAuditRecord(subject, { action: 'connection.changed', actor, detail: { changed: names } }),
    );
    return { connection, isOther };
  });
  const { connection, isOther } = changed;
  if (isOther) management.appRoles?.walks.start(createScope(connection));
  const { connectionId } = connection;
  const token = made?.scimApiKey ?? null;
  return { connectionId, configId: connectionId, basePath: toBasePath(options, connectionId), token };
}

/** A customer's first connection with its first key; null = there is one already. */
async function makeFirst(
  management: ManagementOptions,
  { customerId, actor }: { readonly customerId: string; readonly actor: string | null },
) {
  const made = await createConnection(management, { customerId, createdBy: actor });
  if (made.ok) return made.data;
  if (made.error.type === 'ScimConnectionForCustomerIdAlreadyExists') return null;
  throw new ManagementError(made.error);
}

function describe(options: ConfigurationOptions, connection: ConnectionRecord): Configuration {
  const { connectionId, customerId } = connection;
  const policy = parsePolicy(connection.policy);
  const entries = toUserMapping(connection.mapping).userSchema.map(
    ({ outputField, inputPath }) => [outputField, inputPath] as const,
  );
  const isCommon = (name: string) => (FIELDS as readonly string[]).includes(name);
  return {
    connectionId,
    configId: connectionId,
    customerId,
    basePath: toBasePath(options, connectionId),
    status: toStatus(connection),
    security: {
      maxRequestSize: Math.min(policy.maxRequestSize ?? options.maxRequestSize, options.maxRequestSize),
    },
    profile: {
      mapping: Object.fromEntries(entries.filter(([name]) => isCommon(name))),
      extraFields: Object.fromEntries(entries.filter(([name]) => !isCommon(name))),
    },
  };
}

function toStatus({ status, policy }: ConnectionRecord): ConfigurationStatus {
  if (status === 'active') return 'active';
  return parsePolicy(policy).isDraft ? 'draft' : 'disabled';
}

async function find({ management }: ConfigurationOptions, connectionId: string): Promise<ConnectionRecord> {
  const connection = await management.store.connections.find(connectionId);
  if (connection === undefined) throw new ManagementError({ type: 'ScimConnectionNotFound' });
  return connection;
}

/** The path below which requests name this connection in their URL, so that a key of another one is refused. */
function toBasePath({ endpointUrl }: ConfigurationOptions, connectionId: string): string {
  const mount = endpointUrl === undefined ? '/scim/v2' : new URL(endpointUrl).pathname.replace(/\/+$/, '');
  return `${mount}/${connectionId}`;
}

const LISTS = new Set(['groups', 'roles']);

/** Adds fields to the mapping in force, in the place of those of the same name. */
function mergeMapping(
  connection: ConnectionRecord,
  { mapping = {}, extraFields = {} }: NonNullable<ConfigureParameters['profile']>,
): JsonObject | null {
  const wanted = Object.entries({ ...extraFields, ...mapping }).flatMap(([name, inputPath]) =>
    inputPath === undefined ? [] : [toField(name, inputPath)],
  );
  const names = new Set(wanted.map(({ outputField }) => outputField));
  const kept = toUserMapping(connection.mapping).userSchema.filter(
    ({ outputField }) => !names.has(outputField),
  );
  const merged = { userSchema: [...kept, ...wanted] };
  const parsed = parseParameters(mappingSchema, merged);
  if (parsed.ok) return toStoredMapping(parsed.value);
  throw invalid(
    parsed.fields.map(({ field, ...rest }) => {
      const name = merged.userSchema[Number(field.split('.')[1])]?.outputField ?? '';
      return { ...rest, field: name in mapping ? `profile.mapping.${name}` : `profile.extraFields.${name}` };
    }),
  );
}

function toField(outputField: string, inputPath: string): MappingField {
  const item = { dataType: 'String' } as const;
  return {
    outputField,
    inputPath,
    fallbackInputPaths: [],
    propertyType: LISTS.has(outputField)
      ? { dataType: 'List', itemType: item }
      : outputField === 'active'
        ? { dataType: 'Boolean' }
        : item,
    displayName: outputField,
    warnIfMissing: false,
  };
}

function invalid(fields: readonly InvalidField[]): ManagementError {
  return new ManagementError({ type: 'InvalidFields', fields });
}
