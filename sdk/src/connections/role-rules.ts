import { letOthers } from '../in-turns.ts';
import { withChoices } from '../provisioning/policy.ts';
import { resolveRolesOf } from '../provisioning/resolve-roles.ts';
import {
  createRoleMatcher,
  isWithoutRoles,
  parseRoleRules,
  type RoleDefinition,
  type RoleMatcher,
  type RoleRule,
  type RoleRules,
} from '../provisioning/role-rules.ts';
import type { SettleRolesOptions } from '../provisioning/settle-roles.ts';
import { toFacts } from '../provisioning/tell-roles.ts';
import type { WalkOutcome } from '../provisioning/walks.ts';
import type { ConnectionRecord } from '../store/connections.ts';
import type { ResourceReader } from '../store/port.ts';
import { createScope } from '../store/scope.ts';
import { createAuditRecord } from './audit.ts';
import type { ConnectionActParameters } from './change-connection.ts';
import type { PageParameters } from './list-resources.ts';
import { type ManagementOptions, readNow } from './management-context.ts';
import {
  MisuseError,
  type Parsed,
  parseParameters,
  requireParameters,
  selectionSchema,
} from './parameters.ts';
import {
  Failure,
  type InvalidField,
  type InvalidFieldsError,
  type ManagementResult,
  type SelectionError,
  Success,
} from './result.ts';
import { pickRules, previewRoleRulesSchema, roleRulesSchema } from './role-parameters.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';
import { walkResources } from './walk-resources.ts';

/** Role rules as they are given. */
export interface RoleRulesParameters {
  /** At most 500, in any order: the order of roles is that of `createScim({ roles })`. */
  readonly rules: readonly RoleRule[];
  /** Whoever no rule names has it. @default null: no role */
  readonly defaultRoleId?: string | null | undefined;
}

export type SetRoleRulesParameters = ConnectionActParameters & RoleRulesParameters;

export type PreviewRoleRulesParameters = ConnectionSelector & PageParameters & RoleRulesParameters;

/** A rule as an administrator may see it. */
export type ScimRoleRule = RoleRule & {
  /** Of a rule about a group: its name now; null = it has none, or the group is gone and the rule names nobody. */
  readonly groupDisplayName?: string | null;
};

export interface ScimRoleRules {
  readonly connectionId: string;
  /** The roles rules may give, the highest first. */
  readonly roles: readonly RoleDefinition[];
  readonly rules: readonly ScimRoleRule[];
  readonly defaultRoleId: string | null;
}

/** What saving rules did. */
export interface RoleRulesSaved extends WalkOutcome {
  readonly connectionId: string;
}

/** A user whose roles other rules would change. */
export interface RolePreview {
  /** The SCIM id. */
  readonly id: string;
  readonly userName: string | null;
  /** The app's own account, once a hook has linked one. */
  readonly userId: string | null;
  /** The highest role now; null = none. */
  readonly before: string | null;
  /** The highest role by the rules looked at. */
  readonly after: string | null;
  readonly rolesBefore: readonly string[];
  readonly rolesAfter: readonly string[];
  /** `same`: the highest role stays, and lower ones come or go. */
  readonly effect: 'gains' | 'loses' | 'same';
}

export interface RoleRulesPreview {
  readonly connectionId: string;
  /** Users that were looked at. */
  readonly checked: number;
  /** How many would have a higher role than now. */
  readonly gains: number;
  /** How many would have a lower one, or none. */
  readonly loses: number;
  /** Those whose roles would change, in a stable order. */
  readonly users: readonly RolePreview[];
  readonly pageNumber: number;
  readonly pageSize: number;
  readonly totalResults: number;
}

/** Reads the rules of a connection. */
export async function getRoleRules(
  options: ManagementOptions,
  parameters: ConnectionSelector,
): Promise<ManagementResult<ScimRoleRules, SelectionError>> {
  const { roles } = requireAppRoles(options);
  const selector = requireParameters(selectionSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connectionId } = selected.connection;
  const reader = options.store.resources(createScope(selected.connection));
  const { rules, defaultRoleId } = parseRoleRules(await reader.roles.rules());
  const names = await readGroupNames(options, reader, rules);
  const named = rules.map((rule) =>
    rule.kind === 'group' ? { ...rule, groupDisplayName: names.get(rule.groupId) ?? null } : rule,
  );
  return new Success({ connectionId, roles, rules: named, defaultRoleId });
}

/** Saves rules, then resolves all users by them, in parts. */
export async function setRoleRules(
  options: ManagementOptions,
  parameters: SetRoleRulesParameters,
): Promise<ManagementResult<RoleRulesSaved, InvalidFieldsError | SelectionError>> {
  const { roles, walks } = requireAppRoles(options);
  const parsed = parseParameters(roleRulesSchema(roles), parameters);
  if (!parsed.ok) return new Failure({ type: 'InvalidFields', fields: parsed.fields });
  assertSelector(parsed.value);
  const found = await findConnection(options, parsed);
  if (!found.ok) return new Failure(found.error);
  const { connection } = found;
  const { connectionId } = connection;
  const wanted = pickRules(parsed.value);
  const { actor = null } = parsed.value;
  const isSaved = await options.store.changeConnections(async (tx) => {
    await tx.lock(connectionId);
    const current = await tx.find(connectionId);
    if (current === undefined) return false;
    const isOff = isWithoutRoles(wanted);
    await tx.update(connectionId, {
      policy: withChoices(current.policy, { roles: isOff ? 'ignore' : 'map' }),
    });
    await tx.setRoleRules(connectionId, isOff ? undefined : JSON.stringify(wanted));
    await tx.addWalk(connectionId, { kind: 'roles' });
    const detail = { rules: wanted.rules.length, hasDefault: wanted.defaultRoleId !== null };
    const subject = { connection: current, now: readNow(options), random: options.random };
    const act = { action: 'connection.roleRulesChanged', actor, detail } as const;
    await tx.appendAudit(createAuditRecord(subject, act));
    return true;
  });
  if (!isSaved) return new Failure({ type: 'ScimConnectionNotFound' });
  const outcome = await walks.finish(createScope(connection));
  return new Success({ connectionId, ...outcome });
}

/** Finds out what saving rules would do. Changes nothing. */
export async function previewRoleRules(
  options: ManagementOptions,
  parameters: PreviewRoleRulesParameters,
): Promise<ManagementResult<RoleRulesPreview, InvalidFieldsError | SelectionError>> {
  const { roles } = requireAppRoles(options);
  const parsed = parseParameters(previewRoleRulesSchema(roles), parameters);
  if (!parsed.ok) return new Failure({ type: 'InvalidFields', fields: parsed.fields });
  assertSelector(parsed.value);
  const found = await findConnection(options, parsed);
  if (!found.ok) return new Failure(found.error);
  const { pageNumber, pageSize } = parsed.value;
  const reader = options.store.resources(createScope(found.connection));
  const matcher = createRoleMatcher(pickRules(parsed.value), roles);
  const users: RolePreview[] = [];
  let checked = 0;
  const totals = { gains: 0, loses: 0, same: 0 };
  for await (const part of previewInParts(options, reader, matcher)) {
    checked += part.checked;
    for (const preview of part.users) {
      const at = totals.gains + totals.loses + totals.same;
      totals[preview.effect] += 1;
      if (at >= pageNumber * pageSize && users.length < pageSize) users.push(preview);
    }
  }
  const { gains, loses, same } = totals;
  const { connectionId } = found.connection;
  const totalResults = gains + loses + same;
  return new Success({ connectionId, checked, gains, loses, users, pageNumber, pageSize, totalResults });
}

async function* previewInParts(
  { userType }: ManagementOptions,
  reader: ResourceReader,
  matcher: RoleMatcher,
): AsyncGenerator<{ readonly checked: number; readonly users: readonly RolePreview[] }> {
  for await (const part of walkResources(reader, userType)) {
    const changes = await resolveRolesOf(reader, part, { matcher, userType });
    yield {
      checked: part.length,
      users: changes.map((change) => {
        const { id, userId, attributes } = change.user;
        const facts = toFacts(change);
        const userName = typeof attributes.userName === 'string' ? attributes.userName : null;
        return { id, userName, userId, ...facts, effect: toEffect(facts, matcher) };
      }),
    };
    await letOthers();
  }
}

function toEffect(
  { before, after }: Pick<RolePreview, 'before' | 'after'>,
  { isHigher }: RoleMatcher,
): RolePreview['effect'] {
  if (isHigher(after, before)) return 'gains';
  return isHigher(before, after) ? 'loses' : 'same';
}

type Found =
  | { readonly ok: true; readonly connection: ConnectionRecord }
  | { readonly ok: false; readonly error: SelectionError | InvalidFieldsError };

/** The connection meant, which has the groups that the rules name. */
async function findConnection(
  options: ManagementOptions,
  { value }: Extract<Parsed<RoleRules & { scimConnectionId?: string | undefined }>, { ok: true }>,
): Promise<Found> {
  const selected = await selectConnection(options.store.connections, value);
  if (!selected.ok) return selected;
  const reader = options.store.resources(createScope(selected.connection));
  const names = await readGroupNames(options, reader, value.rules);
  const fields = value.rules.flatMap((rule, at): InvalidField[] => {
    if (rule.kind !== 'group' || names.has(rule.groupId)) return [];
    const message = 'This connection has no group of this id.';
    return [{ field: `rules.${at}.groupId`, code: 'unknownValue', message }];
  });
  return fields.length > 0 ? { ok: false, error: { type: 'InvalidFields', fields } } : selected;
}

/** The names of groups that there are, by id. */
async function readGroupNames(
  { groupType }: ManagementOptions,
  reader: ResourceReader,
  rules: readonly RoleRule[],
): Promise<ReadonlyMap<string, string | null>> {
  const ids = rules.flatMap((rule) => (rule.kind === 'group' ? [rule.groupId] : []));
  if (ids.length === 0) return new Map();
  const groups = await reader.findEach(groupType, [...new Set(ids)]);
  return new Map(
    groups.map(({ id, attributes }) => [
      id,
      typeof attributes.displayName === 'string' ? attributes.displayName : null,
    ]),
  );
}

/** @throws MisuseError where the host has no roles to give. */
function requireAppRoles({ appRoles }: ManagementOptions): SettleRolesOptions {
  if (appRoles === undefined || appRoles.roles.length === 0)
    throw new MisuseError('scim.management: name the roles of your app in createScim({ roles }).');
  return appRoles;
}
