import { z } from 'zod';
import { PROFILE_NAMES } from '../protocol/leniency/profile.ts';
import { mappingSchema } from '../provisioning/mapping.ts';
import { maxRequestSize, policySchema } from '../provisioning/policy.ts';
import type { FieldCode, InvalidField } from './result.ts';

/** The longest life of a key that ends at all. */
const TEN_YEARS = 10 * 366 * 86_400;
/** UNIX seconds reach this number in the year 5138; milliseconds passed it in 1973. */
const FIRST_MILLISECONDS = 100_000_000_000;
/** 30 days. */
export const MAX_OVERLAP_SECONDS = 30 * 86_400;
/** 15 minutes. */
const DEFAULT_TEMPORARY_SECONDS = 900;
export const MAX_PAGE_SIZE = 200;
const DEFAULT_PAGE_SIZE = 100;

/** The parameters in use, or everything that is wrong with those given. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fields: readonly InvalidField[] };

/** A mistake in the calling code, as opposed to a value that a person gave. */
export class MisuseError extends TypeError {}

/**
 * Checks parameters against a schema.
 *
 * @throws MisuseError when the argument is no object at all.
 */
export function parseParameters<T>(schema: z.ZodType<T>, parameters: unknown): Parsed<T> {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    throw new MisuseError('scim.management: pass the parameters as one object.');
  }
  const result = schema.safeParse(parameters, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, fields: result.error.issues.flatMap(toFields) };
}

/**
 * Checks parameters that only the calling code decides.
 *
 * @throws MisuseError naming the parameters at fault.
 */
export function requireParameters<T>(schema: z.ZodType<T>, parameters: unknown): T {
  const parsed = parseParameters(schema, parameters);
  if (parsed.ok) return parsed.value;
  const problems = parsed.fields.map(({ field, message }) => `${field}: ${message}`);
  throw new MisuseError(`scim.management: ${problems.join(' ')}`);
}

/** Text that every store keeps as it is: no control characters, no halves of surrogate pairs. */
export function text(maxLength: number) {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .refine((value) => value.isWellFormed() && !hasControlCharacter(value), {
      error: 'Control characters and broken Unicode are not accepted.',
    });
}

const customerId = text(255);
const displayName = text(200)
  .refine((value) => value.trim() !== '', { error: 'A name needs at least one visible character.' })
  .nullable();
const provider = z
  .string()
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, {
    error: 'Use a short lower-case name such as okta, entra or generic_scim.',
  })
  .nullable();
const guard = z.enum(['hold', 'notify', 'off']);
const profile = z.enum(PROFILE_NAMES);

export { maxRequestSize };

export const person = text(255).nullable();
/** Who asked for something. */
export const actorField = person.optional();
const overlapSeconds = z.number().int().min(0).max(MAX_OVERLAP_SECONDS);

/** Any text may be asked for; what does not exist is not found. */
export const selectionFields = {
  customerId: z.string().optional(),
  scimConnectionId: z.string().optional(),
};

const key = (now: number) => ({
  scimApiKeyExpiration: expiration(now).optional(),
  createdBy: person.optional(),
});

const settings = {
  displayName: displayName.optional(),
  provider: provider.optional(),
  guard: guard.optional(),
  profile: profile.optional(),
  customMapping: mappingSchema.nullable().optional(),
  policy: policySchema.optional(),
};

/** @param now UNIX seconds */
export function createSchema(now: number) {
  return z.strictObject({ customerId, allowMultiple: z.boolean().optional(), ...settings, ...key(now) });
}

/** @param now UNIX seconds */
export function patchSchema(now: number) {
  const { scimApiKeyExpiration } = key(now);
  return z.strictObject({ ...selectionFields, ...settings, scimApiKeyExpiration, actor: person.optional() });
}

/** @param now UNIX seconds */
export function replaceKeySchema(now: number) {
  return z.strictObject({ ...selectionFields, ...key(now), overlapSeconds: overlapSeconds.optional() });
}

export const temporaryKeySchema = z.strictObject({
  ...selectionFields,
  validForSeconds: z.number().int().min(60).max(3600).default(DEFAULT_TEMPORARY_SECONDS),
  purpose: person.optional(),
  createdBy: person.optional(),
});

export const revokeKeySchema = z.strictObject({
  ...selectionFields,
  keyId: z.string(),
  actor: person.optional(),
});

export const actSchema = z.strictObject({ ...selectionFields, actor: person.optional() });

export const selectionSchema = z.strictObject(selectionFields);

const commit = { connectionId: z.string(), commitId: z.string() };

export const commitSchema = z.strictObject(commit);

export const linkSchema = z.strictObject({ ...commit, userId: text(255) });

export const rejectSchema = z.strictObject({
  ...commit,
  status: z.union([z.literal(400), z.literal(403), z.literal(409)]),
  detail: text(1000),
});

export const getUserSchema = z
  .strictObject({ ...selectionFields, userId: z.string().optional(), scimUserId: z.string().optional() })
  .refine(({ userId, scimUserId }) => (userId === undefined) !== (scimUserId === undefined), {
    error: 'Name the user by either userId or scimUserId.',
  });

export const listSchema = z.strictObject({
  after: z.string().max(255).optional(),
  limit: z.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
});

export const pageFields = {
  pageNumber: z.number().int().min(0).max(1_000_000).default(0),
  pageSize: z.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
};

export const previewMappingSchema = z.strictObject({
  ...selectionFields,
  customMapping: mappingSchema.nullable(),
});

export const pageSchema = z.strictObject(pageFields);

/** Blank is the same as none. */
const search = z
  .string()
  .max(200)
  .transform((value) => value.trim() || undefined)
  .optional();

export const groupsSchema = z.strictObject({ ...selectionFields, ...pageFields, search });

export const getGroupSchema = z.strictObject({
  ...selectionFields,
  ...pageFields,
  groupId: z.string().max(255),
  search,
});

const literal = z.string().min(1).max(1024);

export const usersSchema = z
  .strictObject({
    ...selectionFields,
    ...pageFields,
    search,
    filter: z
      .strictObject({
        userName: literal.optional(),
        externalId: literal.optional(),
        primaryEmail: literal.optional(),
        userId: literal.optional(),
        hasWarnings: z.literal(true).optional(),
      })
      .refine((filter) => Object.values(filter).filter((value) => value !== undefined).length === 1, {
        error: 'Filter by exactly one of userName, externalId, primaryEmail, userId and hasWarnings.',
      })
      .optional(),
  })
  .refine(({ filter, search }) => filter === undefined || search === undefined, {
    error: 'Give either filter or search.',
    path: ['search'],
  });

/** When a key ends: UNIX seconds within ten years from now; null = never. */
function expiration(now: number) {
  return z
    .number()
    .check((context) => {
      const problem = findExpirationProblem(context.value, now);
      if (problem !== undefined) context.issues.push({ ...problem, code: 'custom', input: context.value });
    })
    .nullable();
}

function findExpirationProblem(value: number, now: number) {
  if (!Number.isInteger(value))
    return { message: 'Give whole UNIX seconds.', params: { code: 'notSeconds' } };
  if (value >= FIRST_MILLISECONDS) {
    const message = 'This looks like milliseconds. Give UNIX seconds: Math.floor(date.getTime() / 1000).';
    return { message, params: { code: 'notSeconds' } };
  }
  if (value <= now) return { message: 'This time has passed already.', params: { code: 'inThePast' } };
  if (value > now + TEN_YEARS) {
    return { message: 'A key lives ten years at most; use null for never.', params: { code: 'tooFarAhead' } };
  }
  return undefined;
}

function toFields(issue: z.core.$ZodIssue): readonly InvalidField[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({
      field: toFieldName([...issue.path, name]),
      code: 'unknownField',
      message: 'There is no such parameter.',
    }));
  }
  return [{ field: toFieldName(issue.path), code: toCode(issue), message: toMessage(issue) }];
}

function toFieldName(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

const FIELD_CODES: Readonly<Record<string, FieldCode>> = {
  invalid_type: 'wrongType',
  invalid_union: 'unknownValue',
  invalid_value: 'unknownValue',
  invalid_format: 'malformed',
};

function toCode(issue: z.core.$ZodIssue): FieldCode {
  if (issue.code === 'custom') return (issue.params?.code as FieldCode | undefined) ?? 'malformed';
  if (issue.code === 'too_small') return issue.origin === 'string' ? 'tooShort' : 'outOfRange';
  if (issue.code === 'too_big') return issue.origin === 'string' ? 'tooLong' : 'outOfRange';
  if (isLeftOut(issue)) return 'required';
  return FIELD_CODES[issue.code] ?? 'malformed';
}

function toMessage(issue: z.core.$ZodIssue): string {
  return isLeftOut(issue) ? 'This is required.' : issue.message;
}

function isLeftOut(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' && issue.input === undefined;
}

function hasControlCharacter(value: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f]/.test(value);
}
