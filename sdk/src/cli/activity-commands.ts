import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type {
  GetScimActivityParameters,
  ScimActivity,
  ScimActivityPage,
} from '../connections/get-activity.ts';
import type { ScimManagement } from '../connections/management.ts';
import { type ConnectionOptions, readSelector, withConnection } from './one-connection.ts';
import { readNumber } from './read-number.ts';
import { formatTable, printJson, type Terminal, toPlain } from './terminal.ts';
import { unwrap, useWorkspace } from './workspace.ts';

interface SelectionOptions extends ConnectionOptions {
  readonly failed?: boolean;
  readonly resource?: string;
  readonly search?: string;
}

type ListOptions = SelectionOptions & { readonly limit: string; readonly after?: string };
type TailOptions = SelectionOptions & { readonly interval: string };

/** Adds `scimkit activity …`. `withDatabase` gives a subcommand the options of a database. */
export function addActivityCommands(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  const activity = program
    .command('activity')
    .description('What the identity provider of a connection asked, and what came of it.');
  const withSelection = (command: Command) =>
    withConnection(withDatabase(command))
      .option('--failed', 'only requests that failed')
      .option('--resource <id>', 'only those about one user or group, by its SCIM id')
      .option('--search <text>', 'only those with this text in a new name, an id, a filter or an error');

  withSelection(activity.command('list'))
    .description('One page of requests, the newest first. --json shows bodies too, without anything secret.')
    .option('--limit <count>', 'requests of the page, at most 200', '50')
    .option('--after <id>', 'go on behind a page')
    .action(async (options: ListOptions) => {
      const limit = readNumber('--limit', options.limit, 200);
      const parameters = { ...readSelection(options), limit, after: options.after };
      const page = await useWorkspace({ terminal, options, mode: 'open' }, async ({ management }) =>
        unwrap(await management.getScimActivity(parameters)),
      );
      if (options.json) printJson(terminal, page);
      else terminal.print(formatPage(page));
    });

  withSelection(activity.command('tail'))
    .description('Requests as they come, one in a line, until it is ended.')
    .option('--interval <ms>', 'pause between two looks', '1000')
    .action(async (options: TailOptions) => {
      const interval = readNumber('--interval', options.interval, 60_000);
      const selection = readSelection(options);
      const ending = new AbortController();
      const stopListening = terminal.onInterrupt(() => ending.abort());
      const show = (one: ScimActivity) =>
        terminal.print(options.json ? JSON.stringify(one) : toRow(one).join('  '));
      await useWorkspace({ terminal, options, mode: 'open' }, ({ management }) =>
        follow(management, { selection, interval, signal: ending.signal, show }),
      );
      stopListening();
    });
}

function readSelection({
  failed,
  resource,
  search,
  ...options
}: SelectionOptions): GetScimActivityParameters {
  const more = { ...(failed && { outcome: 'failed' as const }), resourceId: resource, search };
  return { ...readSelector(options), ...more };
}

interface Following {
  readonly selection: GetScimActivityParameters;
  readonly interval: number;
  readonly signal: AbortSignal;
  readonly show: (one: ScimActivity) => void;
}

/** Pages looked through for what came since the last look. */
const MOST_PAGES = 25;

/** Shows what was not there at the look before. Processes write with a delay, so a request may come late, but once. */
async function follow(
  management: ScimManagement,
  { selection, interval, signal, show }: Following,
): Promise<void> {
  let shown: Set<string> | undefined;
  while (!signal.aborted) {
    const seen: ScimActivity[] = [];
    let after: string | null = null;
    for (let page = 0; page < (shown === undefined ? 1 : MOST_PAGES); page += 1) {
      const more = after === null ? {} : { after };
      const found: ScimActivityPage = unwrap(
        await management.getScimActivity({ ...selection, ...more, limit: 200 }),
      );
      seen.push(...found.activity);
      after = found.next;
      if (after === null || found.activity.some(({ activityId }) => shown?.has(activityId))) break;
    }
    const known = shown;
    if (known !== undefined) for (const one of seen.toReversed()) if (!known.has(one.activityId)) show(one);
    shown = new Set(seen.map(({ activityId }) => activityId));
    await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
}

function formatPage({ activity, next }: ScimActivityPage): string {
  if (activity.length === 0) return 'No requests.';
  const lines = [formatTable([['TIME', 'STATUS', 'WHAT', 'WHY'], ...activity.map(toRow)])];
  if (next !== null) lines.push(`More: --after ${next}`);
  return lines.join('\n');
}

function toRow({ occurredAt, status, sentence, detail }: ScimActivity): string[] {
  return [occurredAt, String(status), sentence, detail ?? ''].map(toPlain);
}
