import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExtensionOption, findPepper, type ResourceTypeDefinition } from 'scimkit';
import { z } from 'zod';
import type { AppOptions } from './app.ts';

const defaultDatabase = fileURLToPath(new URL('../data/harbor.db', import.meta.url));

const environmentSchema = z.object({
  PORT: z.coerce.number('PORT must be a number.').int().min(0).max(65535).default(3000),
  DATABASE_URL: z.string().default(`sqlite:${defaultDatabase}`),
  RATE_LIMITS: z.enum(['on', 'off'], 'RATE_LIMITS must be on or off.').default('on'),
  RESOURCE_TYPES: z.string().optional(),
  SESSION_SECRET: z.string().min(16, 'SESSION_SECRET must have 16 characters or more.').optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'PUBLIC_URL must be an http(s) URL.' }).optional(),
});

// createScim checks every declaration itself, and names the place of what is wrong.
const resourceTypesFileSchema = z.strictObject({
  resourceTypes: z.array(z.custom<ResourceTypeDefinition>()).default([]),
  extensions: z.array(z.custom<ExtensionOption>()).default([]),
});

/** What the environment asks for. Throws an `Error` that says what to change. */
export function readEnvironment(environment: NodeJS.ProcessEnv): AppOptions & { readonly port: number } {
  const parsed = environmentSchema.safeParse(withoutEmpty(environment));
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => issue.message).join('\n'));
  const { PORT, DATABASE_URL, RATE_LIMITS, RESOURCE_TYPES, PUBLIC_URL } = parsed.data;
  const isPostgres = /^postgres(ql)?:/i.test(DATABASE_URL);
  const databaseFile = isPostgres ? undefined : readDatabaseFile(DATABASE_URL);
  // SCIMKIT_PEPPER, else a file beside the database: where the `scimkit` command finds it too. On PostgreSQL, where
  // nothing lies beside the database, the variable or none.
  const pepper = findPepper({ env: environment, databaseFile });
  return {
    port: PORT,
    database: databaseFile === undefined ? readPostgresUrl(DATABASE_URL) : `sqlite:${databaseFile}`,
    rateLimits: RATE_LIMITS,
    // Without SESSION_SECRET each start has a secret of its own, and a restart signs everybody out.
    sessionSecret: parsed.data.SESSION_SECRET ?? randomBytes(32).toString('base64url'),
    ...(PUBLIC_URL && { publicUrl: PUBLIC_URL }),
    ...(pepper && { pepper }),
    ...(RESOURCE_TYPES && readResourceTypes(RESOURCE_TYPES)),
  };
}

/** `PORT=` in a shell or a compose file means "not set". */
function withoutEmpty(environment: NodeJS.ProcessEnv) {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/** The file, whose folder is made where it is missing. */
function readDatabaseFile(url: string): string {
  const path = /^sqlite:(?<path>.+)$/.exec(url)?.groups?.path;
  if (!path) throw new Error('DATABASE_URL must be sqlite:FILE, such as sqlite:harbor.db, or postgres://….');
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

/** A sign of the password that is not written by its code would be read as another part, and be told in errors. */
function readPostgresUrl(url: string): string {
  const isReadable = /^postgres(ql)?:\/\/([^@/?#]*@)?[^@#]*$/i.test(url);
  if (isReadable && URL.canParse(url.replace('@/', '@host/'))) return url;
  throw new Error(
    'DATABASE_URL must be postgres://user:password@host:5432/database. In user and password, write signs such as @ : / # and % by their codes (%40 for @).',
  );
}

/** The file holds a list of resource types, or an object with `resourceTypes` and `extensions`. */
function readResourceTypes(file: string): Pick<AppOptions, 'resourceTypes' | 'extensions'> {
  const declared = readJson(file);
  const parsed = resourceTypesFileSchema.safeParse(
    Array.isArray(declared) ? { resourceTypes: declared } : declared,
  );
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `RESOURCE_TYPES=${file} must hold a list of resource types, or resourceTypes and extensions: ${issue?.path.join('.')} ${issue?.message}.`,
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new Error(`RESOURCE_TYPES=${file} cannot be read: ${reason}`, { cause });
  }
}
