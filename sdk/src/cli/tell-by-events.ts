import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import { type ConnectionOptions, readSelector } from './one-connection.ts';
import { unwrap, type Workspace } from './workspace.ts';

/** Options of a command that may tell the app something. */
export interface TellingOptions extends ConnectionOptions {
  readonly apply?: boolean;
  readonly eventsOnly?: boolean;
}

/** Adds the options that have the app told. */
export function withTelling(command: Command, what: string): Command {
  return command
    .option('--apply', what)
    .option('--events-only', 'with --apply: the app has no hooks, and reads events or webhooks alone');
}

/**
 * The command has no hooks of the app and does not know its roles: what it tells is told by events alone.
 *
 * @param call what tells an app with hooks
 * @throws CliError where that would not be the whole of it.
 */
export async function requireEventsOnly(
  { management }: Pick<Workspace, 'management'>,
  options: TellingOptions,
  call: string,
): Promise<void> {
  if (options.apply !== true) return;
  if (options.eventsOnly !== true)
    throw new CliError(
      `This command has no hooks of your app. Call scim.management.${call} in the app, or add --events-only where it reads events or webhooks alone.`,
      2,
    );
  const { policy } = unwrap(await management.fetchScimConnection(readSelector(options)));
  if (policy.roles === 'map')
    throw new CliError(
      `This connection gives roles of your app, which the command does not know. Call scim.management.${call} in the app.`,
    );
}

/** Runs work that Ctrl-C ends between two steps. */
export async function untilInterrupted<T>(
  { onInterrupt }: { onInterrupt(listener: () => void): () => void },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const stopListening = onInterrupt(() => ending.abort());
  try {
    return await work(ending.signal);
  } finally {
    stopListening();
  }
}
