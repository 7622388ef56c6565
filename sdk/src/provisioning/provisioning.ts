import { inTurns } from '../in-turns.ts';
import { createMutexByName } from '../mutex.ts';
import type { Preconditions } from '../protocol/entity-tag.ts';
import { badRequest, notFound, storeUnavailable } from '../protocol/errors.ts';
import { matchElement } from '../protocol/filter/match.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import type { AllowLeniency } from '../protocol/leniency/leniency.ts';
import { findLongMemberLists, parseMembersInTurns } from '../protocol/members.ts';
import type { MembersChange } from '../protocol/patch/members.ts';
import { memberTypesOf } from '../protocol/schema/member-types.ts';
import { findMemberOfAttribute, type ResourceType } from '../protocol/schema/resource-type.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { ConnectionScope, Member, ResourceWriter, Store, StoredResource } from '../store/port.ts';
import type { AppDecision } from './app-decision.ts';
import { activeChange, type Change, hasDelta, isActive, type MembersDelta, NO_MEMBERS } from './change.ts';
import { namesOfChanges, type Plan, planCreate, planPatch, planReplace, planReturn } from './plan.ts';
import { isInTurn, parsePolicy } from './policy.ts';
import type { CreateResourceId } from './resource-id.ts';
import {
  canReturn,
  findPrevious,
  findReturning,
  findSamePerson,
  isOnePerExternalId,
  keptSince,
  requireOnlyOne,
} from './return.ts';
import { type SettleOptions, settle } from './settle.ts';
import { findConcernedBefore } from './settle-roles.ts';
import { requirePreconditions, toVersion } from './version.ts';

/** What provisioning is made from. */
export interface ProvisioningOptions extends SettleOptions {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly createId: CreateResourceId;
  /** Called after a write that may have left a seat free: those who wait are told of. Never rejects. */
  readonly admitWaiting?: (telling: Pick<WriteRequest, 'scope' | 'connection'>) => Promise<void>;
}

/** One write of a SCIM client. */
export interface WriteRequest {
  readonly scope: ConnectionScope;
  /** As it was when the request was let in. */
  readonly connection: ConnectionRecord;
  readonly type: ResourceType;
  readonly body: Json;
  readonly allow: AllowLeniency;
  /** The key that was used, for the record of the change. @default null: the host itself */
  readonly keyId?: string | null;
  /** Checked against the state the change starts from, inside its transaction. */
  readonly preconditions?: Preconditions;
  /** Aborted once the client was told that the request took too long: nothing is committed after that. */
  readonly signal?: AbortSignal;
  /** What an app in another process has to say. @default undefined: hooks alone decide */
  readonly decision?: AppDecision | undefined;
}

/** A new resource, with what is shown in the answer to its POST and never again. */
export interface CreatedResource extends StoredResource {
  readonly shownOnce?: JsonObject | undefined;
  /** Whether it was there and active already (`idempotentCreate`): 200, not 201. */
  readonly wasThere?: boolean;
}

/**
 * Every SCIM write: read the state → plan (pure) → write the store → settle what it does in the app → commit. All of it is one transaction, so a refusal or a failure anywhere leaves nothing behind.
 */
export interface Provisioning {
  create(request: WriteRequest): Promise<CreatedResource>;
  /** @throws ScimError 404, 412. */
  replace(request: WriteRequest & { readonly id: string }): Promise<StoredResource>;
  /** @throws ScimError 404, 412. */
  patch(request: WriteRequest & { readonly id: string }): Promise<StoredResource>;
  /** @throws ScimError 404, 412. */
  delete(request: Omit<WriteRequest, 'body' | 'allow'> & { readonly id: string }): Promise<void>;
}

export function createProvisioning(options: ProvisioningOptions): Provisioning {
  // They would wait for each other in the database; there each takes a connection of the pool to wait with, so
  // that one busy group had all of them.
  const mutex = createMutexByName();
  const changeOne: ChangeOne = (request, work) =>
    mutex.run(`${request.scope.connectionId} ${request.id}`, () => changeInTime(options, request, work));
  return {
    create: async (request) => {
      await parseAhead(request);
      const plan = planCreate(request.type, request.body, request.allow);
      if (isOnePerExternalId(parsePolicy(request.connection.policy), request.type))
        return changeInTime(options, request, (tx) => createOrUpdate(options, tx, { ...request, plan }));
      try {
        return await changeInTime(options, request, (tx) => create(options, tx, { ...request, plan }));
      } catch (refusal) {
        return await revive({ ...options, changeOne }, { ...request, plan }, refusal);
      }
    },
    replace: (request) => update({ ...options, changeOne }, request, planReplace),
    patch: (request) => update({ ...options, changeOne }, request, planPatch),
    delete: (request) =>
      changeOne(request, async (tx) => {
        const { scope, connection, type, id, keyId = null, decision } = request;
        const before = await findBefore(tx, request);
        const memberships = (await tx.membershipsOf([id])).get(id) ?? [];
        const direct = memberships.filter((membership) => membership.isDirect);
        const groupIds = direct.map((membership) => membership.groupId);
        const occurredAt = toInstant(options.clock());
        const concerned = await findConcernedBefore(options.appRoles, tx, { connection, resource: before });
        await decision?.noteMembers(tx, before);
        // The groups first: who removes the members of one holds it before it comes to this one's row among them.
        await tx.touchAll(groupIds, occurredAt);
        const memberCount = await tx.delete(type, id);
        const gone = { ...before, version: before.version + 1 };
        await tx.tombstones.purge(keptSince(options.clock()));
        if (parsePolicy(connection.policy).deprovision === 'soft')
          await tx.tombstones.keep({ ...gone, deletedAt: occurredAt, memberOf: groupIds });
        const change = { kind: 'deleted', before: gone, memberOf: groupIds, memberCount } as const;
        const settling = { scope, connection, change, occurredAt, keyId, concerned, decision };
        await settle(options, tx, settling);
      }),
  };
}

/** Long lists are not parsed at one go: least of all inside a transaction, which others wait for. */
async function parseAhead({ type, body, allow }: WriteRequest): Promise<void> {
  const lists = findLongMemberLists(type, body);
  if (lists.length > 0) await parseMembersInTurns(type, lists, { allow, inTurns });
}

/** One transaction about one resource, whose changes come one after the other. */
type ChangeOne = <T>(
  request: InTime & { readonly id: string },
  work: (tx: ResourceWriter) => Promise<T>,
) => Promise<T>;

type InTime = Pick<WriteRequest, 'scope' | 'connection' | 'signal' | 'decision'>;

/** One transaction that is not begun, and not committed, for a request that was given up on. */
async function changeInTime<T>(
  { store, hooks, admitWaiting }: ProvisioningOptions,
  { scope, connection, signal, decision }: InTime,
  work: (tx: ResourceWriter) => Promise<T>,
): Promise<T> {
  const policy = parsePolicy(connection.policy);
  const isAlone = isInTurn(policy) || hooks.seatLimit !== undefined;
  const result = await store.changeResources(
    scope,
    async (tx) => {
      requireTime(signal);
      if (isAlone) await tx.lockConnection();
      await decision?.begin(tx);
      const result = await work(tx);
      decision?.end();
      requireTime(signal);
      return result;
    },
    signal,
  );
  if (policy.seats.onFull === 'waitlist') await admitWaiting?.({ scope, connection });
  return result;
}

/** The state a change starts from. @throws ScimError 404, 412. */
async function findBefore(
  tx: ResourceWriter,
  {
    type,
    id,
    connection,
    preconditions,
  }: Pick<WriteRequest, 'type' | 'connection' | 'preconditions'> & { readonly id: string },
): Promise<StoredResource> {
  const before = await tx.find(type, id);
  if (before === undefined) throw notFound();
  if (preconditions !== undefined) {
    const isShown = before.isMember && findMemberOfAttribute(type) !== undefined;
    const memberships = isShown ? (await tx.membershipsOf([id])).get(id) : undefined;
    requirePreconditions(preconditions, toVersion(before, memberships ?? [], connection.epoch));
  }
  return before;
}

function requireTime(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw storeUnavailable();
}

async function create(
  options: ProvisioningOptions,
  tx: ResourceWriter,
  { scope, connection, type, plan, keyId = null, decision }: WriteRequest & { readonly plan: Plan },
): Promise<CreatedResource> {
  const now = options.clock();
  const occurredAt = toInstant(now);
  const resource: StoredResource = {
    id: options.createId(now),
    type,
    attributes: plan.attributes,
    version: 1,
    created: occurredAt,
    lastModified: occurredAt,
    userId: null,
    isMember: false,
  };
  const previous = await findPrevious(tx, await tx.insert(resource), now);
  const members = await changeMembers(tx, resource, plan.members);
  const change = { kind: 'created', after: resource, members, previous } as const;
  const settled = await settle(options, tx, { scope, connection, change, occurredAt, keyId, decision });
  return { ...settled.resource, shownOnce: settled.shownOnce };
}

async function update(
  options: ProvisioningOptions & { readonly changeOne: ChangeOne },
  request: WriteRequest & { readonly id: string },
  makePlan: (before: StoredResource, body: Json, allow: AllowLeniency) => Plan,
): Promise<StoredResource> {
  const { body, allow } = request;
  await parseAhead(request);
  return options.changeOne(request, async (tx) => {
    const before = await findBefore(tx, request);
    return carryOut(options, tx, { ...request, before, plan: makePlan(before, body, allow) });
  });
}

/** P20: makes one person of each `externalId`, or changes who is there; nobody else writes meanwhile. */
async function createOrUpdate(
  options: ProvisioningOptions,
  tx: ResourceWriter,
  request: WriteRequest & { readonly plan: Plan },
): Promise<CreatedResource> {
  const { type, body, allow, plan } = request;
  const before = await findSamePerson(tx, { type, attributes: plan.attributes });
  if (before === undefined) return create(options, tx, request);
  const wasThere = isActive(before);
  const makePlan = wasThere ? planReplace : planReturn;
  const resource = await carryOut(options, tx, { ...request, before, plan: makePlan(before, body, allow) });
  return { ...resource, wasThere };
}

/**
 * P20: a POST that was refused for its name may be about the same person, switched off: that record is revived.
 *
 * @throws the refusal, where it is not. Of two that revive one record at once, one finds it active again.
 */
async function revive(
  options: ProvisioningOptions & { readonly changeOne: ChangeOne },
  request: WriteRequest & { readonly plan: Plan },
  refusal: unknown,
): Promise<CreatedResource> {
  const { scope, type, body, allow, plan } = request;
  const wanted = { type, attributes: plan.attributes };
  const held = await findReturning(options.store.resources(scope), wanted, refusal);
  if (held === undefined) throw refusal;
  return options.changeOne({ ...request, id: held.id }, async (tx) => {
    const before = await tx.find(type, held.id);
    if (before === undefined || !(await canReturn(tx, before, wanted))) throw refusal;
    return carryOut(options, tx, { ...request, before, plan: planReturn(before, body, allow) });
  });
}

/** Brings a resource from the state before to that of a plan. */
async function carryOut(
  options: ProvisioningOptions,
  tx: ResourceWriter,
  {
    scope,
    connection,
    keyId = null,
    decision,
    before,
    plan,
  }: WriteRequest & { readonly before: StoredResource; readonly plan: Plan },
): Promise<StoredResource> {
  const members = await changeMembers(tx, before, plan.members);
  const isSame = plan.attributes === before.attributes;
  // Nothing changed: no new version, no event (RFC 7644 §3.5.2.1).
  if (isSame && !hasDelta(members)) {
    await decision?.noteSame(tx, before, plan.members);
    return before;
  }
  const occurredAt = laterOf(before.lastModified, toInstant(options.clock()));
  const resource: StoredResource = {
    ...before,
    attributes: plan.attributes,
    version: before.version + 1,
    lastModified: occurredAt,
  };
  if (isOnePerExternalId(parsePolicy(connection.policy), before.type))
    await requireOnlyOne(tx, before, resource);
  if (isSame) await tx.touch(resource);
  else await tx.replace(resource, before);
  const change: Change & { kind: 'updated' } = {
    kind: 'updated',
    before,
    after: resource,
    changed: isSame ? [] : namesOfChanges(before.attributes, resource.attributes),
    members,
  };
  const told = { ...change, memberOf: await findLeaversGroups(tx, change) };
  const settled = await settle(options, tx, { scope, connection, change: told, occurredAt, keyId, decision });
  return settled.resource;
}

/** P18: who is switched off leaves the app in one step, so his groups are told with it. */
async function findLeaversGroups(
  tx: ResourceWriter,
  change: Change & { kind: 'updated' },
): Promise<readonly string[] | undefined> {
  if (activeChange(change) !== 'deactivated') return undefined;
  const { id, isMember } = change.before;
  const memberships = isMember ? ((await tx.membershipsOf([id])).get(id) ?? []) : [];
  return memberships.filter(({ isDirect }) => isDirect).map(({ groupId }) => groupId);
}

/** Carries out member changes in order and answers what came and went in the end. */
async function changeMembers(
  tx: ResourceWriter,
  group: Pick<StoredResource, 'id' | 'type'>,
  changes: readonly MembersChange[],
): Promise<MembersDelta> {
  if (changes.length === 0) return NO_MEMBERS;
  const added = new Map<string, Member>();
  const removed = new Map<string, Member>();
  const note = (members: readonly Member[], into: Map<string, Member>, outOf: Map<string, Member>) => {
    for (const member of members) if (!outOf.delete(member.value)) into.set(member.value, member);
  };
  for (const change of changes) {
    if (change.kind === 'replace') {
      const ids = change.members.map((member) => member.value);
      note(await tx.keepMembers(group.id, ids), removed, added);
    }
    if (change.kind === 'add' || change.kind === 'replace') {
      const fresh = await tx.addMembers(group.id, change.members);
      requireMemberTypes(group.type, fresh);
      note(fresh, added, removed);
      continue;
    }
    const ids = change.kind === 'remove' ? change.ids : await findMatching(tx, group.id, change);
    note(await tx.removeMembers(group.id, ids), removed, added);
  }
  return { added: [...added.values()], removed: [...removed.values()] };
}

/** RFC 7643 §4.2: a member is a resource of one of the types `members.$ref` refers to. */
function requireMemberTypes(type: ResourceType, members: readonly Member[]): void {
  const known = memberTypesOf(type);
  if (known === undefined || members.every((member) => known.includes(member.type))) return;
  throw badRequest('invalidValue', `Members are of the types ${known.join(', ')}.`, 'members');
}

async function findMatching(
  tx: ResourceWriter,
  groupId: string,
  { filter }: MembersChange & { kind: 'removeMatching' },
): Promise<readonly string[]> {
  const members = await tx.members(groupId);
  return members.filter((member) => matchElement(filter, { ...member })).map((member) => member.value);
}

function toInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** `lastModified` never goes back, even when the clock does. */
function laterOf(before: string, now: string): string {
  return before > now ? before : now;
}
