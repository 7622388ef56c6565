import type { Command } from 'commander';
import { printMigrations } from '../store/sql/migrate.ts';
import { SQLITE_MIGRATIONS } from '../store/sql/migrations.ts';
import { POSTGRES_MIGRATIONS } from '../store/sql/postgres-migrations.ts';
import { isPostgresUrl } from './database-url.ts';
import { printJson, type Terminal } from './terminal.ts';
import { type DatabaseOptions, useWorkspace } from './workspace.ts';

type MigrateOptions = DatabaseOptions & { readonly print?: boolean };

/** Adds `scimkit migrate`. */
export function addMigrateCommand(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  withDatabase(program.command('migrate'))
    .description("Bring scimkit's tables up to date. Apps do this by themselves at their first request.")
    .option('--print', 'print the statements for an empty database of that kind instead of running any')
    .action((options: MigrateOptions) => migrate(terminal, options));
}

async function migrate(terminal: Terminal, options: MigrateOptions): Promise<void> {
  if (options.print) {
    const isPostgres = isPostgresUrl(options.database ?? terminal.env.DATABASE_URL);
    const migrations = isPostgres ? POSTGRES_MIGRATIONS : SQLITE_MIGRATIONS;
    const sql = printMigrations(migrations, options.tablePrefix);
    if (options.json) printJson(terminal, { sql });
    else terminal.print(sql.trimEnd());
    return;
  }
  const applied = await useWorkspace({ terminal, options, mode: 'create' }, async ({ migrated }) => migrated);
  if (options.json) printJson(terminal, { applied });
  else
    terminal.print(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`);
}
