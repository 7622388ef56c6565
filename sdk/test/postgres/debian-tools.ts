import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** PostgreSQL's programs from Debian's package, newest version; undefined = there are none with all that is needed. */
export const POSTGRES_BIN = findPostgres();

function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) => isProgram(join(bin, 'pg_basebackup')));
}

/** The whole path of a program in `PATH` or where servers are kept; undefined = it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Who PostgreSQL and PgBouncer run as: both refuse to be root. */
export const SERVER_USER = findServerUser();

interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

function findServerUser(): ServerUser | undefined {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) return { name: username, uid, gid };
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    return { name: 'postgres', uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

/** A folder of that user's, gone with the test. */
export function createServerFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-servers-'));
  if (SERVER_USER !== undefined) chownSync(folder, SERVER_USER.uid, SERVER_USER.gid);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const as = () => (SERVER_USER === undefined ? {} : { uid: SERVER_USER.uid, gid: SERVER_USER.gid });

/** Runs a program to its end. */
export function run(program: string, args: readonly string[]): void {
  execFileSync(program, args, { ...as(), stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir() });
}

/** Starts a program that stays. Killed with the test. */
export function start(
  program: string,
  args: readonly string[],
): ChildProcess & { readonly said: () => string } {
  const child = spawn(program, args, { ...as(), stdio: ['ignore', 'pipe', 'pipe'], cwd: tmpdir() });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)));
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await gone;
  });
  return Object.assign(child, { said: () => text });
}
