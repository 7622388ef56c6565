import type { Command } from 'commander';
import { printJson, type Terminal } from './terminal.ts';
import { type DatabaseOptions, unwrap, useWorkspace } from './workspace.ts';

/** Adds `scimkit restored`, to be run once an older backup was restored. */
export function addRestoredCommand(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  withDatabase(program.command('restored'))
    .description('After a backup was restored: refuses the versions and event cursors of before.')
    .action(async (options: DatabaseOptions) => {
      const noted = await useWorkspace({ terminal, options, mode: 'open' }, async ({ management }) =>
        unwrap(await management.noteRestore({ actor: 'scimkit restored' })),
      );
      if (options.json) printJson(terminal, noted);
      else
        terminal.print(
          `Noted for ${noted.connections} connections. Compare your app with them now: scim.management.reconcile.`,
        );
    });
}
