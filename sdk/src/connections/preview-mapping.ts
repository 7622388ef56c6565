import { letOthers } from '../in-turns.ts';
import type { Json, JsonObject } from '../protocol/json.ts';
import { type ScimUserMapping, toUserMapping } from '../provisioning/mapping.ts';
import { parsePolicy } from '../provisioning/policy.ts';
import { compareProfiles, type ProfileDifference } from '../provisioning/tell-profiles.ts';
import type { WalkOutcome } from '../provisioning/walks.ts';
import { createScope } from '../store/scope.ts';
import { toStoredMapping } from './create-connection.ts';
import type { ManagementOptions } from './management-context.ts';
import {
  MisuseError,
  parseParameters,
  previewMappingSchema,
  requireParameters,
  selectionSchema,
} from './parameters.ts';
import {
  Failure,
  type InvalidFieldsError,
  type ManagementResult,
  type SelectionError,
  Success,
} from './result.ts';
import { assertSelector, type ConnectionSelector, selectConnection } from './selection.ts';
import { walkResources } from './walk-resources.ts';

export type PreviewMappingParameters = ConnectionSelector & {
  /** null = scimkit's default mapping. */
  readonly customMapping: ScimUserMapping | null;
};

/** A field of a user before and after. */
export interface MappingExample {
  /** The SCIM id. */
  readonly id: string;
  readonly userName: string | null;
  /** null = the field has no value. */
  readonly before: Json;
  readonly after: Json;
}

/** What another mapping does to one field. */
export interface MappingFieldPreview {
  readonly outputField: string;
  /** Users whose value would be another one. */
  readonly changed: number;
  /** The first three of them. */
  readonly examples: readonly MappingExample[];
  /** Users of whom it would be warned that there is no value. */
  readonly missing: number;
  /** Users of whom it would be warned that a value is not of the field's type. */
  readonly unsuitable: number;
}

export interface MappingPreview {
  readonly connectionId: string;
  /** Users that were looked at. */
  readonly checked: number;
  /** Users of whom any field would change: as many events `user.profile_changed`. */
  readonly changed: number;
  /** Users with a warning by the mapping looked at. */
  readonly withWarnings: number;
  /** The fields of either mapping. */
  readonly fields: readonly MappingFieldPreview[];
}

/** What was done of what a new mapping or new role rules had left to do. */
export interface UsersResolved extends WalkOutcome {
  readonly connectionId: string;
}

/** Finds out what another mapping would do to the users there are. Changes nothing. */
export async function previewMapping(
  options: ManagementOptions,
  parameters: PreviewMappingParameters,
): Promise<ManagementResult<MappingPreview, InvalidFieldsError | SelectionError>> {
  const parsed = parseParameters(previewMappingSchema, parameters);
  if (!parsed.ok) return new Failure({ type: 'InvalidFields', fields: parsed.fields });
  assertSelector(parsed.value);
  const selected = await selectConnection(options.store.connections, parsed.value);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const mappings = { before: connection.mapping, after: toStoredMapping(parsed.value.customMapping) };
  const reader = options.store.resources(createScope(connection));
  const tally = createTally(mappings);
  for await (const users of walkResources(reader, options.userType)) {
    for (const difference of await compareProfiles(reader, users, mappings)) tally.note(difference);
    await letOthers();
  }
  return new Success({ connectionId: connection.connectionId, ...tally.read() });
}

/** Does at once what a new mapping or new role rules have left to do, and resolves all roles anew. */
export async function resolveUsers(
  options: ManagementOptions,
  parameters: ConnectionSelector,
): Promise<ManagementResult<UsersResolved, SelectionError>> {
  const { appRoles } = options;
  if (appRoles === undefined) throw new MisuseError('scim.management: hooks are not at hand here.');
  const selector = requireParameters(selectionSchema, parameters);
  assertSelector(selector);
  const selected = await selectConnection(options.store.connections, selector);
  if (!selected.ok) return new Failure(selected.error);
  const { connection } = selected;
  const { connectionId } = connection;
  if (parsePolicy(connection.policy).roles === 'map') {
    await options.store.changeConnections(async (tx) => {
      await tx.lock(connectionId);
      await tx.addWalk(connectionId, { kind: 'roles' });
    });
  }
  return new Success({ connectionId, ...(await appRoles.walks.finish(createScope(connection))) });
}

const MOST_EXAMPLES = 3;

interface FieldTally {
  changed: number;
  missing: number;
  unsuitable: number;
  readonly examples: MappingExample[];
}

function createTally({ before, after }: { before: JsonObject | null; after: JsonObject | null }) {
  const schemas = [...toUserMapping(before).userSchema, ...toUserMapping(after).userSchema];
  const fields = new Map<string, FieldTally>(
    schemas.map(({ outputField }) => [outputField, { changed: 0, missing: 0, unsuitable: 0, examples: [] }]),
  );
  const totals = { checked: 0, changed: 0, withWarnings: 0 };
  return {
    note(difference: ProfileDifference) {
      totals.checked += 1;
      if (difference.changed.length > 0) totals.changed += 1;
      if (difference.after.warnings.length > 0) totals.withWarnings += 1;
      for (const name of difference.changed) {
        const field = fields.get(name);
        if (field === undefined) continue;
        field.changed += 1;
        if (field.examples.length < MOST_EXAMPLES) field.examples.push(toExample(difference, name));
      }
      for (const { field: name, code } of difference.after.warnings) {
        const field = fields.get(name);
        if (field !== undefined) field[code] += 1;
      }
    },
    read: () => ({
      ...totals,
      fields: [...fields].map(([outputField, field]) => ({ outputField, ...field })),
    }),
  };
}

function toExample({ user, before, after }: ProfileDifference, name: string): MappingExample {
  const { userName } = user.attributes;
  return {
    id: user.id,
    userName: typeof userName === 'string' ? userName : null,
    before: before.parsedUserData[name] ?? null,
    after: after.parsedUserData[name] ?? null,
  };
}
