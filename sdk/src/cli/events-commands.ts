import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ScimEvent } from '../events/event.ts';
import { type EventPage, type ListEventsParameters, listEvents } from '../events/list-events.ts';
import type { Store } from '../store/port.ts';
import { CliError } from './cli-error.ts';
import { readNumber } from './read-number.ts';
import { formatTable, printJson, type Terminal } from './terminal.ts';
import { type DatabaseOptions, useWorkspace } from './workspace.ts';

interface SelectionOptions extends DatabaseOptions {
  readonly customer?: string;
  readonly connection?: string;
  readonly after?: string;
}

type ListOptions = SelectionOptions & { readonly limit: string };
type TailOptions = SelectionOptions & { readonly interval: string };

/** Adds `scimkit events  */
export function addEventsCommands(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  const events = program.command('events').description('What happened to users and groups, in order.');
  const withSelection = (command: Command) =>
    withDatabase(command)
      .option('--customer <id>', "only this customer's")
      .option('--connection <id>', 'only of this connection')
      .option('--after <cursor>', 'go on behind an event, or "now"');

  withSelection(events.command('list'))
    .description('One page of events, the oldest first.')
    .option('--limit <count>', 'events of the page, at most 1000', '100')
    .action(async (options: ListOptions) => {
      const limit = readNumber('--limit', options.limit, 1000);
      const page = await useWorkspace({ terminal, options, mode: 'open' }, ({ store }) =>
        read(store, { ...toSelection(options), limit }),
      );
      if (options.json) printJson(terminal, page);
      else terminal.print(formatPage(page));
    });

  withSelection(events.command('tail'))
    .description('Events as they happen, one in a line, until it is ended.')
    .option('--interval <ms>', 'pause between two looks', '1000')
    .action(async (options: TailOptions) => {
      const interval = readNumber('--interval', options.interval, 60_000);
      const ending = new AbortController();
      const stopListening = terminal.onInterrupt(() => ending.abort());
      await useWorkspace({ terminal, options, mode: 'open' }, ({ store }) =>
        follow(store, {
          selection: toSelection(options),
          interval,
          signal: ending.signal,
          show: (event) => terminal.print(options.json ? JSON.stringify(event) : formatLine(event)),
        }),
      );
      stopListening();
    });
}

function toSelection({ customer, connection, after }: SelectionOptions): ListEventsParameters {
  return { customerId: customer, connectionId: connection, after };
}

const ADVICE: Readonly<Record<string, string>> = {
  ScimConnectionNotFound: 'There is no such connection. "scimkit connection list" shows those there are.',
  AmbiguousConnection: 'This customer has several connections. Name one with --connection.',
};

async function read(store: Store, parameters: ListEventsParameters): Promise<EventPage> {
  const result = await listEvents(store, parameters);
  if (result.ok) return result.data;
  const { error } = result;
  throw new CliError(ADVICE[error.type] ?? ('message' in error ? error.message : error.type));
}

interface Following {
  readonly selection: ListEventsParameters;
  readonly interval: number;
  readonly signal: AbortSignal;
  readonly show: (event: ScimEvent) => void;
}

async function follow(store: Store, { selection, interval, signal, show }: Following): Promise<void> {
  let after = selection.after ?? 'now';
  while (!signal.aborted) {
    const page = await read(store, { ...selection, after, limit: 100 });
    for (const event of page.events) show(event);
    after = page.next;
    if (!page.hasMore) await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
}

function formatPage({ events, next, hasMore }: EventPage): string {
  if (events.length === 0) return `No events. Go on with --after ${next}`;
  const rows = events.map(({ occurredAt, customerId, type, resourceId }) => [
    occurredAt,
    customerId,
    type,
    resourceId,
  ]);
  return [
    formatTable(rows),
    hasMore ? `More: --after ${next}` : `These were all. Go on with --after ${next}`,
  ].join('\n');
}

function formatLine({ occurredAt, customerId, type, resourceId, resourceVersion }: ScimEvent): string {
  return `${occurredAt}  ${customerId}  ${type}  ${resourceId}  version ${resourceVersion}`;
}
