import { fold } from '../protocol/fold.ts';
import { isArray, isObject, type Json, type JsonObject } from '../protocol/json.ts';

/** A role of the app, as its host declares it. */
export interface RoleDefinition {
  /** The app's own name for it. Never `owner`: no directory makes anybody an owner. */
  readonly id: string;
  /** Its name for people. @default the id */
  readonly displayName?: string | undefined;
}

/** Who has a role. Groups are meant by their SCIM id: whoever may rename a group must not hand out roles. */
export type RoleRule =
  | { readonly kind: 'group'; readonly groupId: string; readonly roleId: string }
  | {
      readonly kind: 'attribute';
      readonly attribute: 'roles' | 'entitlements';
      /** Compared with the `value` of each element, without regard to case (RFC 7643 §8.7.1). */
      readonly value: string;
      readonly roleId: string;
    };

/** How a connection's users come by roles of the app. */
export interface RoleRules {
  readonly rules: readonly RoleRule[];
  /** Whoever no rule names has it; null = no role. */
  readonly defaultRoleId: string | null;
}

/** Rules made ready for any number of users. */
export interface RoleMatcher {
  /** Ids of the groups that any rule names. */
  readonly groupIds: readonly string[];
  readonly readsAttributes: boolean;
  /** All roles a user has, the highest first; the default one where no rule names the user. */
  match(user: RoleFacts): readonly string[];
  /** Whether a role is higher than another. Above null, which is no role, is every role. */
  isHigher(one: string | null, other: string | null): boolean;
}

/** What rules look at. */
export interface RoleFacts {
  /** The groups named by rules that hold the user, directly or through other groups. */
  readonly groupIds: readonly string[];
  /** Left out where no rule looks at them. */
  readonly attributes?: JsonObject | undefined;
}

export const NO_RULES: RoleRules = Object.freeze({ rules: [], defaultRoleId: null });

/** Rules as a connection keeps them. They were checked before they were kept. */
export function parseRoleRules(text: string | undefined): RoleRules {
  return text === undefined ? NO_RULES : (JSON.parse(text) as RoleRules);
}

/** True when nobody would have a role. */
export function isWithoutRoles({ rules, defaultRoleId }: RoleRules): boolean {
  return rules.length === 0 && defaultRoleId === null;
}

/**
 * Prepares rules.
 *
 * @param order the host's roles, the highest first. A role that is no longer among them is given to nobody.
 */
export function createRoleMatcher(
  { rules, defaultRoleId }: RoleRules,
  order: readonly RoleDefinition[],
): RoleMatcher {
  const ranks = new Map(order.map(({ id }, rank) => [id, rank]));
  const known = rules.filter(({ roleId }) => ranks.has(roleId));
  const rolesByGroup = new Map<string, string[]>();
  const rolesByValue = new Map<string, string[]>();
  for (const rule of known) {
    if (rule.kind === 'group') append(rolesByGroup, rule.groupId, rule.roleId);
    else append(rolesByValue, toKey(rule.attribute, rule.value), rule.roleId);
  }
  const fallback = defaultRoleId !== null && ranks.has(defaultRoleId) ? [defaultRoleId] : [];
  const rankOf = (roleId: string | null) =>
    roleId === null ? order.length : (ranks.get(roleId) ?? order.length);
  return {
    groupIds: [...rolesByGroup.keys()],
    readsAttributes: rolesByValue.size > 0,
    match({ groupIds, attributes }) {
      const found = new Set(groupIds.flatMap((groupId) => rolesByGroup.get(groupId) ?? []));
      if (attributes !== undefined)
        for (const key of readKeys(attributes))
          for (const role of rolesByValue.get(key) ?? []) found.add(role);
      if (found.size === 0) return fallback;
      return [...found].sort((one, other) => rankOf(one) - rankOf(other));
    },
    isHigher: (one, other) => rankOf(one) < rankOf(other),
  };
}

/** Attributes that rules may look at. */
export const ROLE_ATTRIBUTES = ['roles', 'entitlements'] as const;

function readKeys(attributes: JsonObject): readonly string[] {
  return ROLE_ATTRIBUTES.flatMap((attribute) =>
    readTexts(attributes[attribute]).map((text) => toKey(attribute, text)),
  );
}

function readTexts(list: Json | undefined): readonly string[] {
  if (!isArray(list)) return [];
  return list
    .map((element) => (isObject(element) ? element.value : element))
    .filter((value) => typeof value === 'string');
}

function toKey(attribute: string, value: string): string {
  return `${attribute} ${fold(value)}`;
}

function append(lists: Map<string, string[]>, key: string, item: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
