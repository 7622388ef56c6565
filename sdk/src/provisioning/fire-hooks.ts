import { createObject, isObject, type Json, type JsonObject } from '../protocol/json.ts';
import type { Attribute, ResourceType } from '../protocol/schema/resource-type.ts';
import { parseValue } from '../protocol/value.ts';
import type { ResourceWriter, StoredResource } from '../store/port.ts';
import { activeChange, type Change, hasDelta, type MembersDelta } from './change.ts';
import { readEmail } from './email.ts';
import { prepareProfile, type ReadHookProfile, withProfile } from './hook-profile.ts';
import type {
  CreatedChange,
  DeletedChange,
  EmailChange,
  HookContext,
  HookMember,
  HookResource,
  LinkResult,
  MembersChange,
  ProvisionChange,
  ScimHooks,
  ShownOnce,
  UpdatedChange,
} from './hooks.ts';
import { representAttributes } from './represent.ts';
import { type HookRun, runHook } from './run-hook.ts';

/** What hooks answered. */
export interface HookOutcome {
  /** The app account a hook linked. */
  readonly userId?: string | undefined;
  /** Values for the answer to this request alone. */
  readonly shownOnce?: JsonObject | undefined;
  /** The user's profile, where a user was told of. */
  readonly profile?: ReadHookProfile | undefined;
}

/** Tells the app about a change, inside its transaction, in the order things happened. */
export async function fireHooks(
  hooks: ScimHooks,
  change: Change,
  run: HookRun & { readonly tx: ResourceWriter },
): Promise<HookOutcome> {
  const profile = await prepareProfile(hooks, change, run);
  const told = { hooks, profile };
  await fireAround(hooks.beforeProvision, { hooks, change, profile }, run);
  switch (change.kind) {
    case 'created':
      return { ...(await fireCreated(told, change, run)), profile };
    case 'updated':
      return { userId: await fireUpdated(told, change, run), profile };
    case 'deleted':
      await fireDeleted(told, change, run);
      return { profile };
  }
}

/** Tells the app that all hooks of a change are done, with the account that was linked. */
export function fireAfter(
  hooks: ScimHooks,
  { change, profile }: { readonly change: Change; readonly profile: ReadHookProfile | undefined },
  run: HookRun,
): Promise<void> {
  return fireAround(hooks.afterProvision, { hooks, change, profile }, run);
}

async function fireAround(
  hook: ScimHooks['beforeProvision'],
  { hooks, change, profile }: Told & { readonly change: Change },
  run: HookRun,
): Promise<void> {
  const user = change.kind === 'deleted' ? change.before : change.after;
  if (hook === undefined || profile === undefined) return;
  const kind = change.kind === 'updated' ? (activeChange(change) ?? 'updated') : change.kind;
  const told: ProvisionChange = { ...toHookResource(user), kind, ...profile() };
  await runHook(run, (context) => hook.call(hooks, told, context));
}

/** The hooks, and the user's profile where a user is told of. */
interface Told {
  readonly hooks: ScimHooks;
  readonly profile: ReadHookProfile | undefined;
}

type Run = HookRun & { readonly tx: ResourceWriter };
type Hook<C, R> = ((change: C, context: HookContext) => R | Promise<R>) | undefined;

/** The hook of a resource type by its name: `userCreated`, `groupDeleted`. Other types have `resourceChanged`. */
function findHook<C, R>(hooks: ScimHooks, name: string): Hook<C, R> {
  const hook: unknown = Reflect.get(hooks, name);
  return typeof hook === 'function' ? (hook.bind(hooks) as Hook<C, R>) : undefined;
}

const NAMED = new Set(['user', 'group']);

async function call<C extends HookResource, R>(
  hooks: ScimHooks,
  moment: {
    readonly type: StoredResource['type'];
    readonly name: string;
    readonly kind: 'created' | 'updated' | 'deleted';
  },
  { change, run }: { readonly change: C; readonly run: Run },
): Promise<R | undefined> {
  if (!NAMED.has(moment.type.eventName)) {
    const other = hooks.resourceChanged;
    if (other === undefined || moment.name === 'Deactivated' || moment.name === 'Reactivated')
      return undefined;
    // The caller knows which answer it asked for: R is ShownOnce where a custom type is concerned.
    return (await runHook(run, (context) => other.call(hooks, { ...change, kind: moment.kind }, context))) as
      | R
      | undefined;
  }
  const hook = findHook<C, R>(hooks, `${moment.type.eventName}${moment.name}`);
  return hook === undefined ? undefined : runHook(run, (context) => hook(change, context));
}

async function fireCreated(
  { hooks, profile }: Told,
  change: Change & { kind: 'created' },
  run: Run,
): Promise<HookOutcome> {
  const { after, previous } = change;
  const created: CreatedChange = withProfile(
    { ...toHookResource(after), ...(previous && { previous }) },
    profile,
  );
  const result = await call<CreatedChange, LinkResult | ShownOnce | void>(
    hooks,
    { type: after.type, name: 'Created', kind: 'created' },
    { change: created, run },
  );
  await fireMembers(hooks, { resource: after, members: change.members }, run);
  if (NAMED.has(after.type.eventName)) return { userId: readLink(result as LinkResult | undefined, after) };
  return { shownOnce: readShownOnce(result as ShownOnce | undefined, after.type) };
}

async function fireUpdated(
  { hooks, profile }: Told,
  change: Change & { kind: 'updated' },
  run: Run,
): Promise<string | undefined> {
  const { after, before } = change;
  const active = activeChange(change);
  const updated: UpdatedChange = withProfile(
    {
      ...toHookResource(after),
      before: representAttributes(before),
      changed: change.changed,
      ...findEmailChange(change),
      ...(change.memberOf && { memberOf: change.memberOf }),
    },
    profile,
  );
  const link =
    active === undefined
      ? undefined
      : await call<UpdatedChange, LinkResult | void>(
          hooks,
          {
            type: after.type,
            name: active === 'deactivated' ? 'Deactivated' : 'Reactivated',
            kind: 'updated',
          },
          { change: updated, run },
        );
  const isOnlyActive = active !== undefined && change.changed.length === 1;
  const isNamed = NAMED.has(after.type.eventName);
  if (change.changed.length > 0 && !(isOnlyActive && isNamed)) {
    await call(hooks, { type: after.type, name: 'Updated', kind: 'updated' }, { change: updated, run });
  }
  await fireMembers(hooks, { resource: after, members: change.members }, run);
  return readLink(link, after);
}

async function fireDeleted(
  { hooks, profile }: Told,
  change: Change & { kind: 'deleted' },
  run: Run,
): Promise<void> {
  const { before, memberOf } = change;
  const deleted: DeletedChange = withProfile({ ...toHookResource(before), memberOf }, profile);
  await call(hooks, { type: before.type, name: 'Deleted', kind: 'deleted' }, { change: deleted, run });
}

async function fireMembers(
  hooks: ScimHooks,
  { resource, members }: { readonly resource: StoredResource; readonly members: MembersDelta },
  run: Run,
): Promise<void> {
  const hook = hooks.membersChanged;
  if (hook === undefined || !hasDelta(members)) return;
  const ids = [...members.added, ...members.removed].map((member) => member.value);
  const userIds = await run.tx.userIdsOf(ids);
  const toHookMember = (member: { value: string; type: string }): HookMember => ({
    value: member.value,
    resourceType: member.type,
    userId: userIds.get(member.value) ?? null,
  });
  const change: MembersChange = {
    ...toHookResource(resource),
    added: members.added.map(toHookMember),
    removed: members.removed.map(toHookMember),
  };
  await runHook(run, (context) => hook.call(hooks, change, context));
}

/** P40: an address that changed, with the one it was. */
export function findEmailChange({ before, after, changed }: Change & { kind: 'updated' }): {
  readonly emailChange?: EmailChange;
} {
  if (!changed.includes('emails')) return {};
  const [from, to] = [readEmail(before.attributes), readEmail(after.attributes)];
  return from === to ? {} : { emailChange: { from, to, emailVerified: false } };
}

/** What every hook is told of a resource. */
export function toHookResource(resource: StoredResource): HookResource {
  return {
    id: resource.id,
    resourceType: resource.type.name,
    resource: representAttributes(resource),
    userId: resource.userId,
    ...(resource.link && { link: resource.link }),
  };
}

/** A value that clients see once is one the schema says they never see, nor set. */
function readShownOnce(result: ShownOnce | undefined, type: ResourceType): JsonObject | undefined {
  if (result === undefined || result === null) return undefined;
  if (!isObject(result.shownOnce))
    throw new TypeError('hooks: resourceChanged returns { shownOnce } with an object, or nothing.');
  const shown = createObject();
  for (const [name, value] of Object.entries(result.shownOnce)) {
    const attribute = type.schema.attributes.get(name.toLowerCase());
    if (attribute?.mutability !== 'readOnly' || attribute.returned !== 'never')
      throw new TypeError(`hooks: shownOnce.${name} is no attribute that is readOnly and returned "never".`);
    const parsed = parseHostValue(attribute, value);
    if (parsed !== undefined) shown[attribute.name] = parsed;
  }
  return shown;
}

/** What is wrong with a value of the host's own is the host's to read, not the client's. */
function parseHostValue(attribute: Attribute, value: Json): Json | undefined {
  try {
    return parseValue(attribute, value, () => false);
  } catch (cause) {
    throw new TypeError(`hooks: shownOnce.${attribute.name} is not a valid ${attribute.type}.`, { cause });
  }
}

/** The app's account and the SCIM resource are different things; one id for both invites taking one for the other. */
function readLink(link: LinkResult | void | undefined, resource: StoredResource): string | undefined {
  if (link === undefined || link === null) return undefined;
  const { userId } = link;
  if (typeof userId !== 'string' || userId === '') {
    throw new TypeError('hooks: a hook that links an account returns { userId } with a non-empty string.');
  }
  if (userId === resource.id) {
    throw new TypeError('hooks: the userId returned is the SCIM id. Return the id of your own account.');
  }
  return userId;
}
