import { isObject } from '../protocol/json.ts';
import type { ResourceWriter, StoredResource } from '../store/port.ts';
import type { Change } from './change.ts';
import type { HookProfile, HookResource, ScimHooks } from './hooks.ts';
import { toUserMapping } from './mapping.ts';
import { createProfileReader, type Profile } from './profile.ts';
import { representAttributes } from './represent.ts';
import { type HookRun, runHook } from './run-hook.ts';
import { readUserFacts } from './user-facts.ts';

/** Reads a user by the connection's mapping, when it is asked for the first time. */
export type ReadHookProfile = () => HookProfile;

/**
 * Prepares what hooks are told of a user by the mapping; undefined = it is about no user. Where the app adjusts
 * profiles, it does so here, before any hook of the change.
 *
 * @throws ScimError what a refusal says. TypeError for an answer that is no profile.
 */
export async function prepareProfile(
  hooks: ScimHooks,
  change: Change,
  run: HookRun & { readonly tx: ResourceWriter },
): Promise<ReadHookProfile | undefined> {
  const user = change.kind === 'deleted' ? change.before : change.after;
  if (user.type.eventName !== 'user') return undefined;
  const read = await prepareReading(user, run);
  const isNew = change.kind === 'created' || (change.kind === 'updated' && change.changed.length > 0);
  if (hooks.profileResolved === undefined || !isNew) return read;
  const adjusted = await adjustProfile(hooks, { user, profile: read() }, run);
  return () => adjusted;
}

/** Has the app look at a profile before it is told of it. */
export async function adjustProfile(
  hooks: ScimHooks,
  { user, profile }: { readonly user: StoredResource; readonly profile: Profile },
  run: HookRun,
): Promise<HookProfile> {
  const { parsedUserData, primaryEmail } = profile;
  const hook = hooks.profileResolved;
  if (hook === undefined) return { parsedUserData, primaryEmail };
  const { id, userId } = user;
  const given = { ...profile, id, userId, resource: representAttributes(user) };
  const answer = (await runHook(run, (context) => hook.call(hooks, given, context))) ?? {};
  const adjusted = { parsedUserData, primaryEmail, ...answer };
  const isEmail = adjusted.primaryEmail === null || typeof adjusted.primaryEmail === 'string';
  if (!isObject(adjusted.parsedUserData) || !isEmail)
    throw new TypeError('hooks: profileResolved returns { parsedUserData, primaryEmail }, or nothing.');
  return { parsedUserData: adjusted.parsedUserData, primaryEmail: adjusted.primaryEmail };
}

/** A change with the user's profile, which is read when a hook looks at it. */
export function withProfile<C extends HookResource>(
  change: C,
  read: ReadHookProfile | undefined,
): C & Partial<HookProfile> {
  if (read === undefined) return change;
  return Object.defineProperties(
    { ...change },
    {
      parsedUserData: { enumerable: true, get: () => read().parsedUserData },
      primaryEmail: { enumerable: true, get: () => read().primaryEmail },
    },
  );
}

async function prepareReading(
  user: StoredResource,
  { mapping: chosen = null, tx }: HookRun & { readonly tx: ResourceWriter },
): Promise<() => Profile> {
  const mapping = toUserMapping(chosen);
  const facts = (await readUserFacts(tx, [user], mapping)).get(user.id) ?? user.attributes;
  let known: Profile | undefined;
  return () => {
    known ??= createProfileReader(user.type, mapping)(facts);
    return known;
  };
}
