import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { AppAccount } from '../connections/app-accounts.ts';
import type { AccountDifference, ReconcileReport } from '../connections/reconcile.ts';
import type { AppGroup, GroupDifference } from '../connections/reconcile-groups.ts';
import { CliError } from './cli-error.ts';
import { ACTOR, readSelector, withConnection } from './one-connection.ts';
import { requireEventsOnly, type TellingOptions, untilInterrupted, withTelling } from './tell-by-events.ts';
import { formatTable, printJson, type Terminal } from './terminal.ts';
import { unwrap, useWorkspace } from './workspace.ts';

interface ReconcileOptions extends TellingOptions {
  readonly accounts?: string;
  readonly groups?: string;
  readonly limit: string;
  readonly reapplyUndone?: boolean;
}

/** Adds `scimkit reconcile`. Exit code 1 where something could not be told, or not everything was compared. */
export function addReconcileCommand(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  withTelling(
    withConnection(withDatabase(program.command('reconcile'))),
    'tell the app what it has otherwise',
  )
    .description("What the app has otherwise than the directory, by the app's own list of accounts.")
    .option(
      '--accounts <file>',
      'the accounts: a JSON array, or one JSON object in a line; - = standard input',
    )
    .option('--groups <file>', 'the groups, likewise; left out, they are not compared')
    .option('--limit <count>', 'differences to list, at most 10000', '100')
    .option('--reapply-undone', 'with --apply: also where an administrator has undone what the directory did')
    .action((options: ReconcileOptions) => reconcile(terminal, options));
}

async function reconcile(terminal: Terminal, options: ReconcileOptions): Promise<void> {
  const { apply = false, reapplyUndone = false } = options;
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 0 || limit > 10_000)
    throw new CliError('--limit: give a whole number from 0 to 10000.', 2);
  if (options.accounts === undefined)
    throw new CliError('Give the accounts the app has of this connection: --accounts FILE.', 2);
  if (options.accounts === '-' && options.groups === '-')
    throw new CliError('Standard input is one file: give accounts or groups by it, not both.', 2);
  const selector = readSelector(options);
  const accounts = readItems<AppAccount>('--accounts', options.accounts);
  const groups = options.groups === undefined ? undefined : readItems<AppGroup>('--groups', options.groups);
  const report = await useWorkspace({ terminal, options, mode: 'open' }, async (workspace) => {
    await requireEventsOnly(workspace, options, 'reconcile({ accounts, apply: true })');
    return untilInterrupted(terminal, (signal) =>
      asAskedWrongly(async () =>
        unwrap(
          await workspace.management.reconcile({
            ...selector,
            accounts,
            ...(groups && { groups }),
            apply,
            reapplyUndone,
            limit,
            actor: ACTOR,
            signal,
            onProgress: ({ compared, differing }) =>
              terminal.showProgress(`compared ${compared}, ${differing} differ`),
          }),
        ),
      ),
    );
  });
  terminal.showProgress('');
  if (options.json) printJson(terminal, report);
  else terminal.print(formatReport(report, options));
  const isWhole = report.complete && report.failed === 0 && (report.groups?.failed ?? 0) === 0;
  if (!isWhole) process.exitCode = 1;
}

/** Each is checked where it is used. */
function readItems<T>(option: string, file: string): readonly T[] {
  try {
    const text = readFileSync(file === '-' ? 0 : file, 'utf8').trim();
    if (text.startsWith('[')) return JSON.parse(text);
    return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
  } catch (error) {
    const { message } = error as Error;
    throw new CliError(`${option}: ${message}. Give a JSON array, or one JSON object in each line.`, 2);
  }
}

/** What is wrong with a list of accounts is the mistake of whoever gave it. */
async function asAskedWrongly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new CliError(error.message.replace(/^scim\.management: (\w+)/, '--$1'), 2);
  }
}

function formatReport(report: ReconcileReport, { apply = false }: ReconcileOptions): string {
  const { complete, accounts, counts, differences, hasMore, groups } = report;
  const differing = counts.missing + counts.unlinked + counts.extra + counts.differs;
  const found = groups?.differences ?? [];
  const inGroups = groups === null ? 0 : groups.counts.missing + groups.counts.extra + groups.counts.differs;
  const compared =
    groups === null ? `${accounts} accounts` : `${accounts} accounts and ${groups.given} groups`;
  const rows = [...differences.map(toRow), ...found.map(toGroupRow)];
  const told = report.applied + (groups?.applied ?? 0);
  const left = report.left + (groups?.left ?? 0);
  const failures = [...report.failures, ...(groups?.failures ?? [])];
  return [
    `${compared} compared: ${differing + inGroups === 0 ? 'nothing differs' : `${differing + inGroups} differ`}.`,
    ...(rows.length === 0
      ? []
      : [formatTable([['WHAT', 'NAME', 'ACCOUNT OR GROUP', 'FIELDS', 'OUTCOME'], ...rows])]),
    ...(hasMore ? ['There are more: raise --limit, or print --json.'] : []),
    ...(apply ? [`${told} told, ${left} left as they are, ${failures.length} failed.`] : []),
    ...failures.map(({ resourceId, message }) => `${resourceId}: ${message}`),
    ...(complete ? [] : ['It was interrupted: not everything was compared.']),
  ].join('\n');
}

function toRow({ kind, userId, scimId, userName, fields, waitsFor, outcome }: AccountDifference): string[] {
  const names = fields.map(({ field }) => field).join(', ') || '-';
  const how = waitsFor === null ? outcome : `${outcome} (waits for ${waitsFor})`;
  return [kind, userName ?? '-', userId ?? scimId ?? '-', names, how];
}

function toGroupRow({ kind, groupId, displayName, outcome }: GroupDifference): string[] {
  const field = kind === 'differs' ? 'displayName' : '-';
  return [`group ${kind}`, displayName ?? '-', groupId, field, outcome];
}
