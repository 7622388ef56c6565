import type { Command } from 'commander';
import type { ConnectionSelector } from '../connections/selection.ts';
import { CliError } from './cli-error.ts';
import type { DatabaseOptions } from './workspace.ts';

/** Options of a command about one connection. */
export interface ConnectionOptions extends DatabaseOptions {
  readonly customer?: string;
  readonly connection?: string;
}

/** Who did it, in the audit. */
export const ACTOR = 'scimkit command';

/** Adds the options that name one connection. */
export function withConnection(command: Command): Command {
  return command
    .option('--customer <id>', 'the customer whose connection is meant')
    .option('--connection <id>', 'the connection meant');
}

/** @throws CliError where no connection is named. */
export function readSelector({ customer, connection }: ConnectionOptions): ConnectionSelector {
  if (connection !== undefined) return { scimConnectionId: connection, customerId: customer };
  if (customer !== undefined) return { customerId: customer };
  throw new CliError('Name the connection: --customer ID or --connection ID.', 2);
}
