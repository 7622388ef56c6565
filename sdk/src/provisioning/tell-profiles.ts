import { isSameJson, type JsonObject } from '../protocol/json.ts';
import type { ResourceReader, ResourceWriter, StoredResource } from '../store/port.ts';
import { toHookResource } from './fire-hooks.ts';
import { adjustProfile } from './hook-profile.ts';
import type { ScimHooks, UserProfileChange } from './hooks.ts';
import { toUserMapping } from './mapping.ts';
import { createProfileReader, type Profile } from './profile.ts';
import { type Occasion, recordUserEvent } from './record-events.ts';
import { type HookRun, runHook } from './run-hook.ts';
import { readUserFacts } from './user-facts.ts';

/** Two mappings, as connections keep them; null = scimkit's own. */
export interface MappingChange {
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
}

/** One user by two mappings. */
export interface ProfileDifference {
  readonly user: StoredResource;
  readonly before: Profile;
  readonly after: Profile;
  /** Names of the fields that differ. */
  readonly changed: readonly string[];
}

/** Reads users by two mappings. Writes nothing. */
export async function compareProfiles(
  reader: Pick<ResourceReader, 'membershipsOf'>,
  users: readonly StoredResource[],
  mappings: MappingChange,
): Promise<readonly ProfileDifference[]> {
  const [first] = users;
  if (first === undefined) return [];
  const [before, after] = [toUserMapping(mappings.before), toUserMapping(mappings.after)];
  const facts = await readUserFacts(reader, users, {
    userSchema: [...before.userSchema, ...after.userSchema],
  });
  const readBefore = createProfileReader(first.type, before);
  const readAfter = createProfileReader(first.type, after);
  return users.map((user) => {
    const attributes = facts.get(user.id) ?? user.attributes;
    const [was, is] = [readBefore(attributes), readAfter(attributes)];
    return { user, before: was, after: is, changed: namesOfDifferences(was, is) };
  });
}

/** Tells the app of users whom another mapping makes others: hook `userProfileChanged`, event `user.profile_changed`. */
export async function tellProfiles(
  hooks: ScimHooks,
  differences: readonly ProfileDifference[],
  { tx, run, occasion }: { readonly tx: ResourceWriter; readonly run: HookRun; readonly occasion: Occasion },
): Promise<void> {
  const told: { readonly user: StoredResource; readonly facts: JsonObject }[] = [];
  for (const { user, before, after, changed } of differences) {
    const profile = await adjustProfile(hooks, { user, profile: after }, run);
    const facts = { ...profile, before: before.parsedUserData, changed };
    const change: UserProfileChange = { ...toHookResource(user), ...facts };
    const hook = hooks.userProfileChanged;
    if (hook !== undefined) await runHook(run, (context) => hook.call(hooks, change, context));
    told.push({ user, facts });
  }
  // Last: they lock the connection.
  for (const { user, facts } of told)
    await recordUserEvent(tx, { user, verb: 'profile_changed', facts }, occasion);
}

function namesOfDifferences(before: Profile, after: Profile): readonly string[] {
  const names = new Set([...Object.keys(before.parsedUserData), ...Object.keys(after.parsedUserData)]);
  return [...names].filter((name) => !isSameJson(before.parsedUserData[name], after.parsedUserData[name]));
}
