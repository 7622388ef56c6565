import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createActivityLog } from '../../src/activity/activity-log.ts';
import { nodeHandler } from '../../src/adapters/node.ts';
import { createAuthenticator } from '../../src/connections/authenticate.ts';
import { createKeyHasher } from '../../src/connections/key-digest.ts';
import { createLeniencyLedger } from '../../src/connections/leniency-ledger.ts';
import { platformRandom } from '../../src/connections/random-text.ts';
import { createServer } from '../../src/http/handler.ts';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import type { AllowLeniency, Leniency } from '../../src/protocol/leniency/leniency.ts';
import { createProvisioning, type Provisioning } from '../../src/provisioning/provisioning.ts';
import { createResourceIds } from '../../src/provisioning/resource-id.ts';
import type { ConnectionScope, Member, ResourceWriter, Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { groupType, userType } from './connections.ts';
import { connect, openScim } from './scim.ts';
import { serve } from './serve.ts';

/** What the server does without. */
export interface SwitchedOff {
  /** No request is allowed it. */
  readonly leniency?: Leniency;
  /** A group is read before the transaction that writes it, and written back whole (T28). */
  readonly serialisation?: true;
}

/** Our own server, put together as `createScim` does it but for what is switched off, on a port of its own. */
export async function serveWithout({ leniency, serialisation }: SwitchedOff) {
  const pepper = 'a pepper for tests';
  const { scim, file } = openScim({ pepper });
  const { key } = await connect(scim);
  const types = [userType, groupType];
  const shared = { clock: Date.now, logger: { error() {}, warn() {}, info() {} } };
  const sound = openSqliteStore({ database: file, types });
  onTestFinished(() => sound.close());
  const store = serialisation ? withoutSerialisation(sound) : sound;
  const createId = createResourceIds();
  const { hookTimeoutMs } = DEFAULT_LIMITS;
  const provision = () => createProvisioning({ ...shared, store, hooks: {}, hookTimeoutMs, createId });
  const provisioning = serialisation ? withoutTurns(provision) : provision();
  const { handle } = createServer({
    ...shared,
    store,
    types,
    me: undefined,
    limits: { ...DEFAULT_LIMITS, rateLimit: false, failedAuthenticationsPerMinute: false },
    leniencies: createLeniencyLedger({ ...shared, store }),
    activity: createActivityLog({ ...shared, store, types, createId, keep: false }),
    authenticate: createAuthenticator({
      ...shared,
      store,
      hasher: createKeyHasher(pepper),
      random: platformRandom,
    }),
    provisioning: leniency === undefined ? provisioning : withoutLeniency(provisioning, leniency),
  });
  const { endpointUrl: _endpointUrl, ...rest } = scim;
  const port = await serve(nodeHandler({ ...rest, endpointUrl: undefined, handle }));
  return { url: `http://127.0.0.1:${port}/scim/v2`, key };
}

function withoutLeniency(provisioning: Provisioning, leniency: Leniency): Provisioning {
  const refuse = <Request extends { readonly allow: AllowLeniency }>(request: Request): Request => ({
    ...request,
    allow: (asked) => asked !== leniency && request.allow(asked),
  });
  return {
    create: (request) => provisioning.create(refuse(request)),
    replace: (request) => provisioning.replace(refuse(request)),
    patch: (request) => provisioning.patch(refuse(request)),
    delete: (request) => provisioning.delete(request),
  };
}

/** Changes of one resource do not wait for each other, as they would not in processes of their own. */
function withoutTurns(provision: () => Provisioning): Provisioning {
  return {
    create: (request) => provision().create(request),
    replace: (request) => provision().replace(request),
    patch: (request) => provision().patch(request),
    delete: (request) => provision().delete(request),
  };
}

/** As servers do that read a group, change it and write it back: what came in between is lost. */
function withoutSerialisation(store: Store): Store {
  return {
    ...store,
    async changeResources(scope, work) {
      const before = await readAllMembers(store, scope);
      await sleep(30);
      return store.changeResources(scope, (tx) => work(writingBack(tx, before)));
    },
  };
}

async function readAllMembers(
  store: Store,
  scope: ConnectionScope,
): Promise<ReadonlyMap<string, readonly Member[]>> {
  const reader = store.resources(scope);
  const { resources } = await reader.query(groupType, { offset: 0, limit: 100 });
  const ids = resources.map(({ id }) => id);
  return (await reader.membersOf(ids)) ?? new Map();
}

function writingBack(tx: ResourceWriter, before: ReadonlyMap<string, readonly Member[]>): ResourceWriter {
  return {
    ...tx,
    async addMembers(groupId, members) {
      const known = before.get(groupId) ?? [];
      await tx.keepMembers(
        groupId,
        known.map(({ value }) => value),
      );
      return tx.addMembers(groupId, members);
    },
  };
}
