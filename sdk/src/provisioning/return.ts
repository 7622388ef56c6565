import { ScimError, uniquenessConflict } from '../protocol/errors.ts';
import { bindFilter } from '../protocol/filter/bind.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Attribute, ResourceType } from '../protocol/schema/resource-type.ts';
import { toSearchKey } from '../protocol/search-key.ts';
import type { ResourceReader, ResourceWriter, StoredResource } from '../store/port.ts';
import { hasActive, isActive, type PreviousResource } from './change.ts';
import type { ConnectionPolicy } from './policy.ts';

/** How long a deleted resource is kept. */
const KEPT_MILLISECONDS = 30 * 86_400_000;

/** More than share one `externalId` in any directory. */
const MOST_ALIKE = 100;

/** What a POST asks for: a resource as it would be made. */
export interface Wanted {
  readonly type: ResourceType;
  readonly attributes: JsonObject;
}

/**
 * The record that stands in the way of a POST and is the same person come back (P20): it has the name asked for, the
 * same `externalId`, and is switched off. That is what an identity provider sends that assigns somebody again.
 *
 * @param refusal what the POST was refused with.
 */
export async function findReturning(
  reader: ResourceReader,
  wanted: Wanted,
  refusal: unknown,
): Promise<StoredResource | undefined> {
  const { type, attributes } = wanted;
  const isTaken = refusal instanceof ScimError && refusal.scimType === 'uniqueness';
  if (!isTaken || !hasActive(type) || typeof attributes.externalId !== 'string') return undefined;
  const name = findNameAttribute(type);
  const value = name && attributes[name.name];
  if (name === undefined || typeof value !== 'string') return undefined;
  const filter = bindFilter(type, { kind: 'compare', path: name.name, operator: 'eq', value });
  const { resources } = await reader.query(type, { filter, offset: 0, limit: 2 });
  return resources.find((held) => isReturning(held, wanted));
}

/**
 * Whether a record, as it is in this transaction, can be revived for a POST. Not where the person is there already
 * under another name, as Okta renames people (T22): he would be there twice.
 */
export async function canReturn(tx: ResourceWriter, held: StoredResource, wanted: Wanted): Promise<boolean> {
  if (!isReturning(held, wanted)) return false;
  return !(await findAlike(tx, wanted)).some(isActive);
}

/** Whether a POST asks for a record that was switched off. */
function isReturning(held: StoredResource, { type, attributes }: Wanted): boolean {
  if (isActive(held) || held.attributes.externalId !== attributes.externalId) return false;
  const name = findNameAttribute(type);
  if (name === undefined) return false;
  const [old, wanted] = [held.attributes, attributes].map((all) => toSearchKey(name, all[name.name]));
  return old === wanted;
}

/**
 * Where one user has each `externalId` (`idempotentCreate`): the record a POST is answered with, in a transaction that
 * nobody else writes beside. One that is active, else the same person come back.
 */
export async function findSamePerson(
  tx: ResourceWriter,
  wanted: Wanted,
): Promise<StoredResource | undefined> {
  const alike = await findAlike(tx, wanted);
  return alike.find(isActive) ?? alike.find((held) => isReturning(held, wanted));
}

/**
 * Where one user has each `externalId`: refuses a change that would make a second active one.
 *
 * @throws ScimError 409 `uniqueness`.
 */
export async function requireOnlyOne(
  tx: ResourceWriter,
  before: StoredResource,
  after: StoredResource,
): Promise<void> {
  const isSame = before.attributes.externalId === after.attributes.externalId;
  if (!isActive(after) || (isSame && isActive(before))) return;
  const alike = await findAlike(tx, after);
  if (alike.some((other) => other.id !== after.id && isActive(other))) throw uniquenessConflict('externalId');
}

/** Whether a connection's writes of a type keep one user for each `externalId`. */
export function isOnePerExternalId(policy: ConnectionPolicy, type: ResourceType): boolean {
  return policy.idempotentCreate === 'externalId' && hasActive(type);
}

/** What is still kept of a deleted resource, by the id it had. */
export async function findPrevious(
  tx: ResourceWriter,
  id: string | undefined,
  now: number,
): Promise<PreviousResource | undefined> {
  const kept = id === undefined ? undefined : await tx.tombstones.find(id);
  if (kept === undefined || kept.deletedAt < keptSince(now)) return undefined;
  return { id: kept.id, userId: kept.userId };
}

/** Resources deleted before are kept no longer. @param now milliseconds since the epoch */
export function keptSince(now: number): string {
  return new Date(now - KEPT_MILLISECONDS).toISOString();
}

/** Resources of the same `externalId`. */
async function findAlike(
  tx: ResourceWriter,
  { type, attributes }: Wanted,
): Promise<readonly StoredResource[]> {
  const { externalId } = attributes;
  if (typeof externalId !== 'string') return [];
  const filter = bindFilter(type, { kind: 'compare', path: 'externalId', operator: 'eq', value: externalId });
  const { resources } = await tx.query(type, { filter, offset: 0, limit: MOST_ALIKE });
  return resources;
}

/** The attribute that no two resources of the type have the same value of: `userName`. */
function findNameAttribute(type: ResourceType): Attribute | undefined {
  return [...type.schema.attributes.values()].find(
    ({ uniqueness, multiValued, type: kind }) => uniqueness !== 'none' && !multiValued && kind === 'string',
  );
}
