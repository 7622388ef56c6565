import type { Command } from 'commander';
import type { DryRunEnded, DryRunReport } from '../connections/dry-run.ts';
import { CliError } from './cli-error.ts';
import { ACTOR, type ConnectionOptions, readSelector, withConnection } from './one-connection.ts';
import { requireEventsOnly, type TellingOptions, untilInterrupted, withTelling } from './tell-by-events.ts';
import { formatTable, printJson, type Terminal } from './terminal.ts';
import { unwrap, useWorkspace } from './workspace.ts';

type ShowOptions = ConnectionOptions & { readonly limit: string; readonly after?: string };
type EndOptions = TellingOptions & { readonly discard?: boolean };

/** Adds `scimkit dry-run …`. `withDatabase` adds the options of a database. */
export function addDryRunCommands(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  const dryRun = program
    .command('dry-run')
    .description('Try a connection: requests are stored, and what they would do in the app is shown.');
  const add = (name: string) => withConnection(withDatabase(dryRun.command(name)));

  add('start')
    .description('From now on the app is told nothing of this connection.')
    .action((options: ConnectionOptions) => start(terminal, options));

  add('show')
    .description('What would have happened in the app: how often, and one page of it, the oldest first.')
    .option('--limit <count>', 'effects of the page, at most 200', '20')
    .option('--after <cursor>', 'go on behind the page before')
    .action((options: ShowOptions) => show(terminal, options));

  withTelling(add('end'), 'tell the app the net change of everything')
    .option('--discard', 'tell the app nothing; "scimkit reconcile" shows what differs')
    .description('End the dry run. Called again, it goes on where it was interrupted.')
    .action((options: EndOptions) => end(terminal, options));
}

async function start(terminal: Terminal, options: ConnectionOptions): Promise<void> {
  const selector = readSelector(options);
  const { connectionId } = await useWorkspace({ terminal, options, mode: 'open' }, async ({ management }) => {
    const policy = { effects: 'dryRun' } as const;
    unwrap(await management.patchScimConnection({ ...selector, policy, actor: ACTOR }));
    return unwrap(await management.fetchScimConnection(selector));
  });
  if (options.json) printJson(terminal, { connectionId, effects: 'dryRun' });
  else terminal.print(`${connectionId} is on a dry run. See it with "scimkit dry-run show".`);
}

async function show(terminal: Terminal, options: ShowOptions): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200)
    throw new CliError('--limit: give a whole number from 1 to 200.', 2);
  const { after } = options;
  if (after !== undefined && !/^\d{1,15}$/.test(after))
    throw new CliError('--after: give the cursor that the page before has shown.', 2);
  const page = { limit, ...(after !== undefined && { after }) };
  const selector = readSelector(options);
  const report = await useWorkspace({ terminal, options, mode: 'open' }, async ({ management }) =>
    unwrap(await management.getDryRunEffects({ ...selector, ...page })),
  );
  if (options.json) printJson(terminal, report);
  else terminal.print(formatReport(report));
}

const STATES: Readonly<Record<DryRunReport['effects'], string>> = {
  apply: 'This connection is not on a dry run.',
  dryRun: 'On a dry run. The app would have been told:',
  catchingUp: 'The dry run is ending: "scimkit dry-run end" goes on. The app would have been told:',
};

function formatReport({ effects, summary, untold, entries, next }: DryRunReport): string {
  const counts = Object.entries(summary).map(([type, count]) => [String(count), type]);
  if (effects === 'apply' && counts.length === 0) return STATES.apply;
  const rows = entries.map(({ occurredAt, type, name, resourceId, changed }) => [
    occurredAt,
    type,
    name ?? resourceId,
    changed.join(', ') || '-',
  ]);
  return [
    STATES[effects],
    counts.length === 0 ? 'nothing yet.' : formatTable([['TIMES', 'EVENT'], ...counts]),
    `Told at the end: the net change of ${untold}.`,
    ...(rows.length === 0 ? [] : ['', formatTable([['WHEN', 'EVENT', 'NAME', 'CHANGED'], ...rows])]),
    ...(next === null ? [] : [`More: --after ${next}`]),
  ].join('\n');
}

async function end(terminal: Terminal, options: EndOptions): Promise<void> {
  const { apply = false, discard = false } = options;
  if (apply === discard) throw new CliError('Say how: --apply or --discard.', 2);
  const selector = readSelector(options);
  const ended = await useWorkspace({ terminal, options, mode: 'open' }, async (workspace) => {
    await requireEventsOnly(workspace, options, 'endDryRun({ apply: true })');
    return untilInterrupted(terminal, async (signal) =>
      unwrap(
        await workspace.management.endDryRun({
          ...selector,
          apply,
          actor: ACTOR,
          signal,
          onProgress: ({ told, total }) => terminal.showProgress(`told ${told} of ${total}`),
        }),
      ),
    );
  });
  terminal.showProgress('');
  if (options.json) printJson(terminal, ended);
  else terminal.print(formatEnd(ended, options));
  if (!ended.complete) process.exitCode = 1;
}

function formatEnd({ complete, told, left, failures }: DryRunEnded, { apply }: EndOptions): string {
  if (complete)
    return apply ? `The dry run is over; ${told} told.` : 'The dry run is over; nothing was told.';
  return [
    `${told} told, ${left} left. Call again to go on.`,
    ...failures.map(({ resourceType, resourceId, message }) => `${resourceType} ${resourceId}: ${message}`),
  ].join('\n');
}
