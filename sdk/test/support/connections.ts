import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createAuthenticator } from '../../src/connections/authenticate.ts';
import { createKeyHasher, type PepperOption } from '../../src/connections/key-digest.ts';
import { createLeniencyLedger } from '../../src/connections/leniency-ledger.ts';
import { createManagement } from '../../src/connections/management.ts';
import { platformRandom } from '../../src/connections/random-text.ts';
import { GROUP_RESOURCE_TYPE, USER_RESOURCE_TYPE } from '../../src/protocol/schema/core.ts';
import { compileResourceType } from '../../src/protocol/schema/resource-type.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

/** 2026-01-01T00:00:00Z in UNIX seconds: when tests begin. */
export const START = 1_767_225_600;

export const userType = compileResourceType(USER_RESOURCE_TYPE);
export const groupType = compileResourceType(GROUP_RESOURCE_TYPE);

/** A folder that goes with the test. */
export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface ConnectionsOptions {
  /** @default a new file */
  readonly database?: string;
  readonly pepper?: PepperOption;
}

/** Connections on a real database, as one process has them, with a clock that stands still until told. */
export function openConnections(options: ConnectionsOptions = {}) {
  const database = options.database ?? join(createFolder(), 'test.db');
  const store = openSqliteStore({ database, types: [userType, groupType] });
  // A test may have closed it already.
  onTestFinished(() => store.close().catch(() => undefined));
  const time = { now: START };
  const log: { message: string; details: object | undefined }[] = [];
  const record = (message: string, details?: object) => void log.push({ message, details });
  const shared = {
    store,
    hasher: createKeyHasher(options.pepper ?? 'a pepper for tests'),
    clock: () => time.now * 1000,
    random: platformRandom,
    logger: { error: record, warn: record, info: record },
  };
  const management = createManagement({
    ...shared,
    leniencies: createLeniencyLedger(shared),
    keyPrefix: 'scimk',
    keyLifeSeconds: 365 * 86_400,
    userType,
    groupType,
    telling: {
      store,
      app: { hooks: {}, hookTimeoutMs: 2000, clock: shared.clock },
      types: new Map(),
      clock: shared.clock,
    },
    represent: async (_scope, resources) => resources.map(({ id, attributes }) => ({ ...attributes, id })),
  });
  const authenticate = createAuthenticator(shared);
  return { database, store, time, log, management, authenticate };
}

/** A customer's connection with its first key. */
export async function createConnection(
  { management }: Pick<ReturnType<typeof openConnections>, 'management'>,
  customerId = 'acme',
) {
  return (await management.createScimConnection({ customerId })).getOrThrow();
}
