import type { Command } from 'commander';
import type { HeldScimChange, HeldScimChangePage } from '../connections/held-changes.ts';
import { CliError } from './cli-error.ts';
import { ACTOR, type ConnectionOptions, readSelector, withConnection } from './one-connection.ts';
import { formatTable, formatTime, printJson, type Terminal } from './terminal.ts';
import { unwrap, useWorkspace } from './workspace.ts';

interface ReviewOptions extends ConnectionOptions {
  readonly id?: readonly string[];
  readonly all?: boolean;
}

const PAGE_SIZE = 200;

/** Adds `scimkit held …`. `command` makes a subcommand that already has the options of a database. */
export function addHeldCommands(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  const held = program
    .command('held')
    .description('What the guard against mass deprovisioning keeps from the app until a person decides.');

  withConnection(withDatabase(held.command('list')))
    .description('List the held changes of a connection, those that have waited longest first.')
    .action((options: ConnectionOptions) => listHeld(terminal, options));

  withReview(withConnection(withDatabase(held.command('release'))))
    .description('Let held changes go. The app, which has the hooks, carries them out within seconds.')
    .action((options: ReviewOptions) => releaseHeld(terminal, options));

  withReview(withConnection(withDatabase(held.command('reject'))))
    .description('Have the app keep what it has.')
    .action((options: ReviewOptions) => rejectHeld(terminal, options));
}

function withReview(command: Command): Command {
  return command
    .option('--id <id...>', 'the SCIM ids of the resources meant')
    .option('--all', 'all that wait');
}

async function listHeld(terminal: Terminal, options: ConnectionOptions): Promise<void> {
  const selector = readSelector(options);
  const { changes, ...counts } = await useWorkspace(
    { terminal, options, mode: 'open' },
    async ({ management }) => {
      const all: HeldScimChange[] = [];
      for (let pageNumber = 0; ; pageNumber++) {
        const query = { ...selector, pageNumber, pageSize: PAGE_SIZE };
        const page: HeldScimChangePage = unwrap(await management.getHeldChanges(query));
        all.push(...page.changes);
        if (page.changes.length < PAGE_SIZE) return { ...page, changes: all };
      }
    },
  );
  if (options.json) {
    printJson(terminal, { ...counts, changes });
    return;
  }
  if (changes.length === 0) {
    terminal.print('Nothing is held.');
    return;
  }
  const heading = ['ID', 'TYPE', 'NAME', 'WHAT', 'STATE', 'SINCE'];
  terminal.print(formatTable([heading, ...changes.map(toRow)]));
}

function toRow({ id, resourceType, name, kind, members, state, heldAt, failure }: HeldScimChange): string[] {
  const what = kind === 'membersRemoved' ? `${members} members removed` : kind;
  return [
    id,
    resourceType,
    name ?? '-',
    what,
    failure === null ? state : `${state} (${failure})`,
    formatTime(heldAt),
  ];
}

async function releaseHeld(terminal: Terminal, options: ReviewOptions): Promise<void> {
  const review = readReview(options);
  const { asked, waiting } = await useWorkspace({ terminal, options, mode: 'open' }, async ({ management }) =>
    unwrap(await management.releaseHeldChanges(review)),
  );
  requireAny(review, asked);
  if (options.json) printJson(terminal, { asked, waiting });
  else
    terminal.print(
      `${asked} let go; the app carries them out. ${waiting} still wait.${sayRest(review, asked)}`,
    );
}

async function rejectHeld(terminal: Terminal, options: ReviewOptions): Promise<void> {
  const review = readReview(options);
  const result = await useWorkspace({ terminal, options, mode: 'open' }, async ({ management }) =>
    unwrap(await management.rejectHeldChanges(review)),
  );
  requireAny(review, result.rejected);
  if (options.json) printJson(terminal, { ...result });
  else
    terminal.print(
      `${result.rejected} rejected: the app keeps what it has. ${result.waiting} still wait.${sayRest(review, result.rejected)}`,
    );
}

type Review = ReturnType<typeof readReview>;

/** Nobody should take a mistyped id for a decision. */
function requireAny({ ids }: Review, done: number): void {
  if (ids === undefined || done > 0) return;
  throw new CliError(
    'Nothing was changed: none of these ids is waiting. "scimkit held list" shows what is held.',
  );
}

function sayRest({ ids = [] }: Review, done: number): string {
  const rest = ids.length - done;
  return rest > 0 ? ` Of the other ids (${rest}) nothing was waiting.` : '';
}

function readReview(options: ReviewOptions) {
  const { id: ids, all = false } = options;
  if ((ids !== undefined) === all) throw new CliError('Say which: --id ID… or --all.', 2);
  const which = ids === undefined ? { all } : { ids: [...new Set(ids)] };
  return { ...readSelector(options), actor: ACTOR, ...which };
}
