import { z } from 'zod';
import { isSameJson, type Json, type JsonObject } from '../protocol/json.ts';
import type { ScimUserMapping } from '../provisioning/mapping.ts';
import { parsePolicy } from '../provisioning/policy.ts';
import { createProfileReader } from '../provisioning/profile.ts';
import type { Membership, StoredResource } from '../store/port.ts';
import { toMapping } from './describe-connection.ts';
import type { ManagementOptions } from './management-context.ts';
import { MisuseError } from './parameters.ts';

/**
 * An account of the app's that a connection made, as the app has it: its id, whether it is active, and whatever else
 * is to be compared, by the names of the mapping's fields or as `userName`, `externalId` and `primaryEmail`. What is
 * left out is not compared; null and '' stand for no value.
 */
export interface AppAccount {
  readonly userId: string;
  readonly active: boolean;
  /** The SCIM user it is of, for an app that links no accounts, such as one that reads events. */
  readonly scimId?: string | undefined;
  /** SCIM ids of the groups the app has it in. */
  readonly groupIds?: readonly string[] | undefined;
  readonly [field: string]: Json | undefined;
}

/** The accounts of one connection, all of them: a list, what yields them one by one, or a function that reads them. */
export type AppAccounts =
  | Iterable<AppAccount>
  | AsyncIterable<AppAccount>
  | (() => Iterable<AppAccount> | AsyncIterable<AppAccount>);

/** Something the app has otherwise than the directory. */
export interface AccountField {
  /** `active`, `groupIds`, or the name of a field. */
  readonly field: string;
  readonly app: Json;
  readonly directory: Json;
}

const accountSchema = z
  .object({
    userId: z.string().min(1),
    active: z.boolean(),
    scimId: z.string().min(1).optional(),
    groupIds: z.array(z.string()).readonly().optional(),
  })
  .loose();

/** Reads accounts in parts, each checked. @throws MisuseError for one that is none. */
export async function* readAccounts(
  accounts: AppAccounts,
  size: number,
): AsyncGenerator<readonly AppAccount[]> {
  let part: AppAccount[] = [];
  for await (const account of typeof accounts === 'function' ? accounts() : accounts) {
    const parsed = accountSchema.safeParse(account);
    if (!parsed.success)
      throw new MisuseError('scim.management: accounts: give each as { userId, active } and its fields.');
    part.push(account);
    if (part.length < size) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

/** Compares an account with its user. */
export type CompareAccount = (
  account: AppAccount,
  user: StoredResource,
  memberships: readonly Membership[],
) => readonly AccountField[];

/** How accounts are compared on one connection. */
export interface AccountComparison {
  readonly compare: CompareAccount;
  /** Names of the attributes, or URNs of the extensions, that fields are made of. */
  readonly toAttributes: (fields: readonly string[]) => readonly string[];
}

/** Prepares the comparison by a connection's mapping. @throws MisuseError for a field that nothing is mapped to. */
export function createComparison(
  { userType }: ManagementOptions,
  connection: Parameters<typeof toMapping>[0],
): AccountComparison {
  const mapping = toMapping(connection);
  const readProfile = createProfileReader(userType, mapping);
  const attributesByField = toAttributesByField(mapping);
  const hasGroups = parsePolicy(connection.policy).groups === 'sync';
  return {
    compare(account, user, memberships) {
      const { parsedUserData, primaryEmail } = readProfile(user.attributes);
      const { userName = null, externalId = null } = user.attributes;
      const directory: JsonObject = { ...parsedUserData, userName, externalId, primaryEmail };
      const differing: AccountField[] = [];
      const note = (field: string, app: Json, stored: Json) => {
        if (!isSameJson(app, stored)) differing.push({ field, app, directory: stored });
      };
      note('active', account.active, user.attributes.active !== false);
      for (const [field, value] of Object.entries(account)) {
        if (NOT_COMPARED.has(field) || value === undefined) continue;
        if (!attributesByField.has(field))
          throw new MisuseError(`scim.management: accounts: the mapping has no field ${field}.`);
        note(field, orNull(value), orNull(directory[field]));
      }
      if (account.groupIds !== undefined && hasGroups) {
        const direct = memberships.filter(({ isDirect }) => isDirect).map(({ groupId }) => groupId);
        note('groupIds', [...new Set(account.groupIds)].sort(), direct.sort());
      }
      return differing;
    },
    toAttributes: (fields) => [...new Set(fields.flatMap((field) => attributesByField.get(field) ?? []))],
  };
}

const NOT_COMPARED = new Set(['userId', 'scimId', 'active', 'groupIds']);

/** Which attributes, or extensions by their URN, a field is made of. */
function toAttributesByField({ userSchema }: ScimUserMapping): ReadonlyMap<string, readonly string[]> {
  const own: [string, readonly string[]][] = [
    ['userName', ['userName']],
    ['externalId', ['externalId']],
    ['primaryEmail', ['emails']],
  ];
  const mapped = userSchema.map(({ outputField, inputPath, fallbackInputPaths }): [string, string[]] => [
    outputField,
    [inputPath, ...fallbackInputPaths].map(toAttribute),
  ]);
  return new Map([...own, ...mapped]);
}

/** `name.givenName` → `name`, `emails[type eq "work"].value` → `emails`, a path below a URN → the URN. */
function toAttribute(path: string): string {
  const urn = /^(?<urn>urn:.+):(?<path>[^:]+)$/i.exec(path)?.groups;
  if (urn?.urn !== undefined && !/core:2\.0:User$/i.test(urn.urn)) return urn.urn;
  return (urn?.path ?? path).split(/[.[]/, 1)[0] ?? path;
}

function orNull(value: Json | undefined): Json {
  return value === undefined || value === '' ? null : value;
}
