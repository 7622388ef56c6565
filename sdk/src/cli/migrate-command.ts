import type { Command } from 'commander';
import { printMigrations } from '../store/sql/migrate.ts';
import { SQLITE_MIGRATIONS } from '../store/sql/migrations.ts';
import { POSTGRES_MIGRATIONS } from '../store/sql/postgres-migrations.ts';
import { rowSecurityStatements } from '../store/sql/postgres-row-security.ts';
import { CliError } from './cli-error.ts';
import { isPostgresUrl } from './database-url.ts';
import { printJson, type Terminal } from './terminal.ts';
import { type DatabaseOptions, useWorkspace } from './workspace.ts';

type MigrateOptions = DatabaseOptions & { readonly print?: boolean; readonly rowLevelSecurity?: boolean };

/** Adds `scimkit migrate`. */
export function addMigrateCommand(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  withDatabase(program.command('migrate'))
    .description("Bring scimkit's tables up to date. Apps do this by themselves at their first request.")
    .option('--print', 'print the statements for an empty database of that kind instead of running any')
    .option('--row-level-security', "let PostgreSQL itself keep each connection's rows from the others'")
    .action((options: MigrateOptions) => migrate(terminal, options));
}

const ON_POSTGRES_ONLY =
  '--row-level-security is there on PostgreSQL only. Name one with --database postgres://….';

async function migrate(terminal: Terminal, options: MigrateOptions): Promise<void> {
  const isPostgres = isPostgresUrl(options.database ?? terminal.env.DATABASE_URL);
  if (options.rowLevelSecurity && !isPostgres) throw new CliError(ON_POSTGRES_ONLY, 2);
  if (options.print) {
    const migrations = isPostgres ? POSTGRES_MIGRATIONS : SQLITE_MIGRATIONS;
    const { tablePrefix, rowLevelSecurity = false } = options;
    const policies = rowLevelSecurity ? rowSecurityStatements(migrations, tablePrefix) : [];
    const sql = printMigrations(migrations, tablePrefix, policies);
    if (options.json) printJson(terminal, { sql });
    else terminal.print(sql.trimEnd());
    return;
  }
  const result = await useWorkspace({ terminal, options, mode: 'create' }, async ({ store, migrated }) => {
    const more = options.rowLevelSecurity ? await store.migrate({ rowLevelSecurity: true }) : [];
    return { applied: [...migrated, ...more], later: await store.laterMigrations() };
  });
  if (options.json) printJson(terminal, result);
  else terminal.print(toSentence(result));
}

interface Migrated {
  readonly applied: readonly string[];
  readonly later: readonly string[];
}

function toSentence({ applied, later }: Migrated): string {
  if (applied.length > 0) return `Applied ${applied.join(', ')}.`;
  if (later.length === 0) return 'The database is up to date.';
  return `The database is that of a later scimkit, which has applied ${later.join(', ')}. This one works with it too; update it when you can.`;
}
