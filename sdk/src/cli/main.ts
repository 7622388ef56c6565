import { Command, CommanderError } from 'commander';
import { addActivityCommands } from './activity-commands.ts';
import { CliError } from './cli-error.ts';
import { addConnectionCommands } from './connection-commands.ts';
import { addDryRunCommands } from './dry-run-commands.ts';
import { addEventsCommands } from './events-commands.ts';
import { addHeldCommands } from './held-commands.ts';
import { addMigrateCommand } from './migrate-command.ts';
import { addReconcileCommand } from './reconcile-command.ts';
import { addRecordCommand } from './record-command.ts';
import { addReplayCommand } from './replay-command.ts';
import { addRestoredCommand } from './restored-command.ts';
import { addSimulateCommand } from './simulate-command.ts';
import { createTerminal } from './terminal.ts';
import { addVerifyCommand } from './verify-command.ts';
import { addWhyCommand } from './why-command.ts';

/**
 * Runs the `scimkit` command.
 *
 * @param argv as `process.argv`
 * @returns the exit code: 0 done, 1 could not be done, 2 asked for wrongly.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const terminal = createTerminal();
  const program = new Command('scimkit')
    .description(
      'SCIM directory sync: connections, keys, what is known of a user, and identity providers to test with.',
    )
    .exitOverride()
    .showHelpAfterError('Add --help for the options.');
  addConnectionCommands(program, terminal, withDatabase);
  addHeldCommands(program, terminal, withDatabase);
  addDryRunCommands(program, terminal, withDatabase);
  addReconcileCommand(program, terminal, withDatabase);
  addMigrateCommand(program, terminal, withDatabase);
  addRestoredCommand(program, terminal, withDatabase);
  addEventsCommands(program, terminal, withDatabase);
  addActivityCommands(program, terminal, withDatabase);
  addWhyCommand(program, terminal, withDatabase);
  addSimulateCommand(program, terminal);
  addVerifyCommand(program, terminal);
  addRecordCommand(program, terminal);
  addReplayCommand(program, terminal);
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CliError)) throw error;
    terminal.printError(argv.includes('--json') ? toJson(error) : `scimkit: ${error.message}`);
    return error.exitCode;
  }
}

/** The options of every command that works on a database. */
function withDatabase(command: Command): Command {
  return command
    .option('--database <url>', 'sqlite:FILE, a path, or postgres://user@host/name (default: $DATABASE_URL)')
    .option('--table-prefix <prefix>', "what the names of scimkit's tables start with", 'scim_')
    .option('--json', 'print JSON');
}

function toJson({ message }: CliError): string {
  return JSON.stringify({ error: { message } });
}
