import { createHash, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Pepper, PepperOption } from './key-digest.ts';

export interface FindPepperOptions {
  /** Where `SCIMKIT_PEPPER` is looked up: `process.env` of the program. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The SQLite database's file; undefined for a database in memory or on a server. */
  readonly databaseFile: string | undefined;
}

/**
 * Finds the pepper that every program on one database shares: the text of `SCIMKIT_PEPPER`, else the file
 * `<database>.pepper`, which is made with mode 0600 on first use. Keys made with the file's pepper go on
 * working after `SCIMKIT_PEPPER` is set, as long as the file is there.
 *
 * @returns undefined where there is neither.
 * @throws Error saying what to do when the file cannot be read or made.
 */
export function findPepper({ env, databaseFile }: FindPepperOptions): PepperOption | undefined {
  const secret = env.SCIMKIT_PEPPER;
  const file = databaseFile === undefined ? undefined : `${toRealPath(databaseFile)}.pepper`;
  if (secret === undefined || secret.trim() === '')
    return file === undefined ? undefined : openPepperFile(file);
  const stored = file === undefined ? undefined : readPepperFile(file);
  return { id: 'default', secret, previous: stored === undefined ? [] : [stored] };
}

/** Two names of one database, a link and its target, have one pepper. The database may not exist yet. */
function toRealPath(file: string): string {
  const path = resolve(file);
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function openPepperFile(file: string): Pepper {
  const existing = readPepperFile(file);
  if (existing !== undefined) return existing;
  createPepperFile(file);
  const created = readPepperFile(file);
  if (created === undefined) throw unusable(file, 'it disappeared');
  return created;
}

function readPepperFile(file: string): Pepper | undefined {
  const secret = readText(file);
  if (secret === undefined) return undefined;
  if (!SECRET.test(secret)) throw unusable(file, 'it is damaged');
  // The id follows the secret, so that a file exchanged for another is noticed and named in the log.
  const id = createHash('sha256').update(`scimkit pepper id:${secret}`).digest('hex').slice(0, 8);
  return { id: `file-${id}`, secret };
}

/** 32 random bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw unusable(file, 'it cannot be read', error);
  }
}

/**
 * Written aside, then linked into place: the link fails when the file exists, so of two processes at once one
 * makes the pepper, both read it, and neither sees half of it.
 */
function createPepperFile(file: string): void {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(draft, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw unusable(file, 'it cannot be made', error);
  } finally {
    rmSync(draft, { force: true });
  }
}

function unusable(file: string, reason: string, cause?: unknown): Error {
  const message = `The pepper file ${file} cannot be used: ${reason}. Restore it or its rights, or set SCIMKIT_PEPPER.`;
  return new Error(message, { cause });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
