import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SQLITE_MIGRATIONS } from '../../src/store/sql/migrations.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const MIGRATIONS = 'sdk/src/store/sql/migrations.ts';

/** The scimkit that came before the newest migration, from the history of this repository. */
export interface EarlierVersion {
  /** Its `src` folder, as a URL. */
  readonly source: string;
  /** Names of the migrations it does not know. */
  readonly unknown: readonly string[];
  remove(): void;
}

/** Answers undefined where the history does not go back that far, or is not there. */
export function findEarlierVersion(): EarlierVersion | undefined {
  const newest = SQLITE_MIGRATIONS.at(-1)?.name ?? '';
  const before = git('rev-list', 'HEAD', '--', MIGRATIONS)
    ?.split('\n')
    .find((commit) => commit !== '' && isEarlier(readMigrations(commit), newest));
  const known = before && readMigrations(before);
  if (!known) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-earlier-'));
  const archive = join(folder, 'sdk.tar');
  execFileSync('git', ['archive', '--output', archive, before, 'sdk'], { cwd: root });
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['commander', 'zod', 'pg', 'standardwebhooks'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  return {
    source: new URL(`file://${join(folder, 'sdk/src')}`).href,
    unknown: SQLITE_MIGRATIONS.map(({ name }) => name).filter((name) => !known.includes(name)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Without the newest migration, and with none that has another name now: such a version was never published. */
function isEarlier(migrations: string | undefined, newest: string): boolean {
  const names = [...(migrations ?? '').matchAll(/^ {4}name: '([^']+)'/gm)].map(([, name = '']) => name);
  const present: readonly string[] = SQLITE_MIGRATIONS.map(({ name }) => name);
  return names.length > 0 && !names.includes(newest) && names.every((name) => present.includes(name));
}

function readMigrations(commit: string): string | undefined {
  return git('show', `${commit}:${MIGRATIONS}`);
}

function git(...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
