import { createKeyHasher } from '../connections/key-digest.ts';
import { DEFAULT_KEY_PREFIX } from '../connections/key-format.ts';
import { createLeniencyLedger } from '../connections/leniency-ledger.ts';
import { createManagement, type ScimManagement } from '../connections/management.ts';
import { findPepper } from '../connections/pepper.ts';
import { platformRandom } from '../connections/random-text.ts';
import type { ManagementResult } from '../connections/result.ts';
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../protocol/schema/core.ts';
import { compileResourceType, type ResourceType } from '../protocol/schema/resource-type.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import type { SqlStoreOptions } from '../store/sql/store.ts';
import { CliError } from './cli-error.ts';
import { toDatabaseFault } from './database-fault.ts';
import {
  type DatabaseLocation,
  parseDatabaseUrl,
  requireDatabaseFile,
  requireFolder,
} from './database-url.ts';
import type { Terminal } from './terminal.ts';

/** Options every command on a database has. */
export interface DatabaseOptions {
  readonly database?: string;
  readonly tablePrefix: string;
  readonly json?: boolean;
}

/** A database opened for a command. */
export interface Workspace {
  readonly store: Store;
  readonly management: ScimManagement;
  readonly userType: ResourceType;
  /** Names of the migrations that were applied now. */
  readonly migrated: readonly string[];
}

export interface WorkspaceOptions {
  readonly terminal: Terminal;
  readonly options: DatabaseOptions;
  /** `open`: the database must be there, with scimkit's tables; `create`: they are made where they are not. */
  readonly mode: 'open' | 'create';
}

/** A year. */
const KEY_LIFE_SECONDS = 365 * 86_400;

/**
 * Opens the database, brings its tables up to date, runs the command's work and closes it again.
 *
 * @throws CliError naming the database's fault.
 */
export async function useWorkspace<T>(
  { terminal, options, mode }: WorkspaceOptions,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const location = parseDatabaseUrl(options.database ?? terminal.env.DATABASE_URL);
  const databaseFile = location.kind === 'sqlite' ? location.database : undefined;
  if (databaseFile !== undefined) {
    if (mode === 'open') requireDatabaseFile(databaseFile);
    else requireFolder(databaseFile);
  }
  const userType = compileResourceType(USER_RESOURCE_TYPE);
  const groupType = compileResourceType(GROUP_RESOURCE_TYPE);
  const store = open(location, { prefix: options.tablePrefix, types: [userType, groupType] });
  const keeper = createCauseKeeper();
  try {
    if (mode === 'open') await requireTables(store, options.tablePrefix);
    const migrated = await store.migrate();
    const management = createManagement({
      store,
      // On a server there is no place for a pepper file: as in the app, SCIMKIT_PEPPER or none.
      hasher: createKeyHasher(findPepper({ env: terminal.env, databaseFile })),
      keyPrefix: DEFAULT_KEY_PREFIX,
      keyLifeSeconds: KEY_LIFE_SECONDS,
      clock: terminal.clock,
      random: platformRandom,
      logger: keeper.logger,
      leniencies: createLeniencyLedger({ store, clock: terminal.clock, logger: keeper.logger }),
      userType,
      groupType,
      // The command has no app: what calls hooks there is told by events alone.
      telling: {
        store,
        app: { hooks: {}, hookTimeoutMs: 0, clock: terminal.clock },
        types: new Map([userType, groupType].map((type) => [type.name, type])),
        clock: terminal.clock,
      },
      represent: async (_scope, resources) => resources.map(({ attributes }) => attributes),
    });
    return await work({ store, management, userType, migrated });
  } catch (error) {
    throw toDatabaseFault(keeper.causes[0] ?? error, location);
  } finally {
    await store.close();
  }
}

function open(location: DatabaseLocation, options: SqlStoreOptions): Store {
  try {
    // Says whose rows it is about in any case: the command finds its way in guarded tables and others.
    return openStore({ ...location, postgres: { rowLevelSecurity: true } }, options);
  } catch (error) {
    throw toDatabaseFault(error, location);
  }
}

/** A mistyped prefix would otherwise put a second set of empty tables beside the app's. */
async function requireTables(store: Store, prefix: string): Promise<void> {
  if (await store.hasTables()) return;
  throw new CliError(
    `The database has no tables of scimkit that start with "${prefix}". Give the app's tablePrefix as --table-prefix, or make them with "scimkit migrate".`,
  );
}

/** Keeps the cause of a failed call: at a terminal, it is what the person needs to see. */
function createCauseKeeper() {
  const causes: unknown[] = [];
  const ignore = (): void => {};
  const error = (_message: string, details?: { readonly cause?: unknown }): void => {
    causes.push(details?.cause);
  };
  return { causes, logger: { error, warn: ignore, info: ignore } };
}

const ADVICE: Readonly<Record<string, string>> = {
  ScimConnectionForCustomerIdAlreadyExists:
    'This customer has a connection already. Use "scimkit connection reset" for a new key, or --allow-multiple for a second connection.',
  ScimConnectionNotFound: 'There is no such connection. "scimkit connection list" shows those there are.',
  NoDryRun: 'This connection is not on a dry run.',
  DryRunInProgress: 'This connection is on a dry run. End it first: "scimkit dry-run end".',
  AmbiguousConnection:
    'This customer has several connections. Name one with --connection; "scimkit connection list" shows them.',
};

/** @throws CliError saying what to do about the failure. */
export function unwrap<T, E extends { readonly type: string }>(result: ManagementResult<T, E>): T {
  if (result.ok) return result.data;
  const { error } = result;
  if (error.type === 'InvalidFields' && 'fields' in error) {
    const fields = error.fields as readonly { readonly field: string; readonly message: string }[];
    throw new CliError(
      fields.map(({ field, message }) => `${OPTION_NAMES[field] ?? field}: ${message}`).join('\n'),
      2,
    );
  }
  throw new CliError(ADVICE[error.type] ?? error.type);
}

/** What a parameter is called on the command line. */
const OPTION_NAMES: Readonly<Record<string, string>> = {
  customerId: '--customer',
  displayName: '--name',
  provider: '--provider',
  guard: '--guard',
  profile: '--profile',
  scimApiKeyExpiration: '--expires',
  overlapSeconds: '--overlap-days',
};
