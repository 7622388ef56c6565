import { z } from 'zod';
import { ScimError } from '../protocol/errors.ts';
import { parsePathSyntax } from '../protocol/filter/parse.ts';
import { isSameJson, type JsonObject } from '../protocol/json.ts';
import { toPropertyValue } from './profile.ts';

/** The type a mapped value is turned into. `Date` is `YYYY-MM-DD`, `DateTime` ISO 8601. */
export type PropertyType =
  | { readonly dataType: 'String' | 'Integer' | 'Float' | 'Boolean' | 'Date' | 'DateTime' }
  | { readonly dataType: 'Enum'; readonly options: readonly string[] }
  | { readonly dataType: 'List'; readonly itemType: PropertyType };

/** One field of the app's user, and where in the SCIM user its value comes from. */
export interface MappingField {
  /** The name in `parsedUserData`. Unique in the mapping. */
  readonly outputField: string;
  /**
   * A SCIM path: `userName`, `name.givenName`, `emails.primary` (the primary element's value, else the
   * first's), `emails[type eq "work"].value`, or a path below a schema's URN.
   */
  readonly inputPath: string;
  /** Tried in order where the path before gives no value. @default [] */
  readonly fallbackInputPaths: readonly string[];
  readonly propertyType: PropertyType;
  /** The field's name for people. */
  readonly displayName: string;
  readonly description?: string | undefined;
  /** Whether a user without a value, default aside, is worth a warning. @default false */
  readonly warnIfMissing: boolean;
  /** Used where no path gives a value. */
  readonly defaultValue?: MappedValue | undefined;
}

export type MappedValue = string | number | boolean | readonly MappedValue[];

/** How a connection's SCIM users become the app's user data. */
export interface ScimUserMapping {
  readonly userSchema: readonly MappingField[];
}

const MAX_FIELDS = 200;
const MAX_PATHS = 20;
const MAX_OPTIONS = 500;
const OUTPUT_FIELD = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

const name = z.string().min(1).max(200);

const inputPath = z.string().min(1).max(500).refine(isInputPath, {
  error: 'This is not a SCIM path such as name.givenName or emails[type eq "work"].value.',
});

const propertyType: z.ZodType<PropertyType> = z.lazy(() =>
  z.discriminatedUnion('dataType', [
    z.strictObject({ dataType: z.enum(['String', 'Integer', 'Float', 'Boolean', 'Date', 'DateTime']) }),
    z.strictObject({ dataType: z.literal('Enum'), options: z.array(name).min(1).max(MAX_OPTIONS) }),
    z.strictObject({ dataType: z.literal('List'), itemType: scalarType }),
  ]),
);

const scalarType = z.discriminatedUnion('dataType', [
  z.strictObject({ dataType: z.enum(['String', 'Integer', 'Float', 'Boolean', 'Date', 'DateTime']) }),
  z.strictObject({ dataType: z.literal('Enum'), options: z.array(name).min(1).max(MAX_OPTIONS) }),
]);

const mappedScalar = z.union([z.string().max(1024), z.number(), z.boolean()]);

const mappingField: z.ZodType<MappingField> = z
  .strictObject({
    outputField: z.string().max(100).regex(OUTPUT_FIELD, {
      error: 'A field name starts with a letter or "_" and has letters, digits, "_", "." and "-".',
    }),
    inputPath,
    fallbackInputPaths: z.array(inputPath).max(MAX_PATHS).default([]),
    propertyType,
    displayName: name,
    description: z.string().max(1000).optional(),
    warnIfMissing: z.boolean().default(false),
    defaultValue: z.union([mappedScalar, z.array(mappedScalar).max(MAX_OPTIONS)]).optional(),
  })
  .refine(hasFittingDefault, {
    path: ['defaultValue'],
    error: 'The default value is not of the type of the field.',
  });

/** Parses `customMapping`. Paths are checked for their form; names are looked up when a user is read. */
export const mappingSchema: z.ZodType<ScimUserMapping> = z
  .strictObject({ userSchema: z.array(mappingField).max(MAX_FIELDS) })
  .check((context) => {
    const seen = new Set<string>();
    for (const [index, { outputField }] of context.value.userSchema.entries()) {
      if (seen.has(outputField)) {
        context.issues.push({
          code: 'custom',
          input: outputField,
          path: ['userSchema', index, 'outputField'],
          message: 'Two fields have this name.',
          params: { code: 'duplicate' },
        });
      }
      seen.add(outputField);
    }
  });

/** What users without a value are given is a value such as others have. */
function hasFittingDefault({ propertyType: type, defaultValue }: MappingField): boolean {
  if (defaultValue === undefined) return true;
  const isList = Array.isArray(defaultValue);
  if (isList && defaultValue.length === 0) return type.dataType === 'List';
  return isSameJson(toPropertyValue(type, isList ? defaultValue : [defaultValue]), defaultValue);
}

function isInputPath(text: string): boolean {
  try {
    parsePathSyntax(text);
    return true;
  } catch (error) {
    if (error instanceof ScimError) return false;
    throw error;
  }
}

/** The mapping in force, of what a connection keeps. It was parsed before it was kept. */
export function toUserMapping(mapping: JsonObject | null): ScimUserMapping {
  return mapping === null ? DEFAULT_MAPPING : (mapping as unknown as ScimUserMapping);
}

/** Whether a mapping looks at the groups of a user, which are no attribute of it. */
export function readsGroups({ userSchema }: ScimUserMapping): boolean {
  return userSchema.some(({ inputPath: path, fallbackInputPaths }) =>
    [path, ...fallbackInputPaths].some((text) => /(?:^|:)groups(?:[.[]|$)/i.test(text)),
  );
}

const STRING: PropertyType = { dataType: 'String' };

/** What is mapped where a connection has no mapping of its own. */
export const DEFAULT_MAPPING: ScimUserMapping = {
  userSchema: [
    {
      outputField: 'email',
      inputPath: 'emails.primary',
      fallbackInputPaths: [],
      propertyType: STRING,
      displayName: 'E-mail address',
      warnIfMissing: true,
    },
    {
      outputField: 'firstName',
      inputPath: 'name.givenName',
      fallbackInputPaths: [],
      propertyType: STRING,
      displayName: 'First name',
      warnIfMissing: true,
    },
    {
      outputField: 'lastName',
      inputPath: 'name.familyName',
      fallbackInputPaths: [],
      propertyType: STRING,
      displayName: 'Last name',
      warnIfMissing: true,
    },
    {
      outputField: 'displayName',
      inputPath: 'displayName',
      fallbackInputPaths: ['name.formatted'],
      propertyType: STRING,
      displayName: 'Display name',
      warnIfMissing: false,
    },
    {
      outputField: 'title',
      inputPath: 'title',
      fallbackInputPaths: [],
      propertyType: STRING,
      displayName: 'Job title',
      warnIfMissing: false,
    },
    {
      outputField: 'department',
      inputPath: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
      fallbackInputPaths: [],
      propertyType: STRING,
      displayName: 'Department',
      warnIfMissing: false,
    },
  ],
};
