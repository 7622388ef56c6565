import { type Command, Option } from 'commander';
import type { ScimConnectionDetails } from '../connections/describe-connection.ts';
import type { ConnectionSelector } from '../connections/selection.ts';
import { PROFILE_NAMES, type ProfileName } from '../protocol/leniency/profile.ts';
import type { GuardMode } from '../store/connections.ts';
import { CliError } from './cli-error.ts';
import { parseExpires } from './expires.ts';
import { formatTable, formatTime, printJson, type Terminal } from './terminal.ts';
import { type DatabaseOptions, unwrap, useWorkspace, type Workspace } from './workspace.ts';

interface SelectionOptions extends DatabaseOptions {
  readonly customer?: string;
  readonly connection?: string;
}

interface KeyOptions {
  readonly expires?: string;
  readonly endpointUrl: string;
}

interface CreateOptions extends DatabaseOptions, KeyOptions {
  readonly customer: string;
  readonly name?: string;
  readonly provider?: string;
  readonly guard?: GuardMode;
  readonly profile?: ProfileName;
  readonly allowMultiple?: boolean;
}

const DEFAULT_ENDPOINT_URL = 'http://localhost:3000/scim/v2';
const ACTOR = 'scimkit command';

/** Adds `scimkit connection …`. `command` makes a subcommand that already has the options of a database. */
export function addConnectionCommands(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  const connection = program
    .command('connection')
    .description('Connections of identity providers to customers.');

  withDatabase(connection.command('create'))
    .description('Make a connection for a customer, and its SCIM API key.')
    .requiredOption('--customer <id>', "the app's id of the customer; any text")
    .option('--name <name>', 'a name to show')
    .option('--provider <provider>', 'the identity provider, such as okta, entra or google_workspace')
    .addOption(expiresOption())
    .addOption(
      new Option('--guard <mode>', 'what happens to a mass deprovisioning').choices([
        'off',
        'notify',
        'hold',
      ]),
    )
    .addOption(
      new Option(
        '--profile <name>',
        'how requests are read: compat with vendor tolerances, strict by the RFCs, interop by the SCIM interoperability profile',
      ).choices(PROFILE_NAMES),
    )
    .option('--allow-multiple', 'even if the customer has a connection already')
    .addOption(endpointOption())
    .action((options: CreateOptions) => createConnection(terminal, options));

  withDatabase(connection.command('list'))
    .description('List all connections with their keys and counts.')
    .action((options: DatabaseOptions) => listConnections(terminal, options));

  withSelection(withDatabase(connection.command('reset')))
    .description("Make a new SCIM API key; the connection's other keys stop at once.")
    .addOption(expiresOption())
    .addOption(endpointOption())
    .action((options: SelectionOptions & KeyOptions) => resetKey(terminal, options));

  withSelection(withDatabase(connection.command('delete')))
    .description('Delete a connection with all users and groups received through it.')
    .option('--yes', 'without asking')
    .action((options: SelectionOptions & { readonly yes?: boolean }) => deleteConnection(terminal, options));
}

function withSelection(command: Command): Command {
  return command
    .option('--customer <id>', 'the customer whose connection is meant')
    .option('--connection <id>', 'the connection meant');
}

function expiresOption(): Option {
  return new Option('--expires <when>', 'end of the key: 90d, 2027-01-31 or never (default: in a year)');
}

function endpointOption(): Option {
  return new Option('--endpoint-url <url>', 'where the app serves SCIM').default(DEFAULT_ENDPOINT_URL);
}

async function createConnection(terminal: Terminal, options: CreateOptions): Promise<void> {
  const { customer: customerId, name, provider, guard, profile, allowMultiple } = options;
  const end = readExpires(terminal, options);
  const issued = await useWorkspace({ terminal, options, mode: 'create' }, async ({ management }) =>
    unwrap(
      await management.createScimConnection({
        customerId,
        createdBy: ACTOR,
        displayName: name,
        provider,
        guard,
        profile,
        allowMultiple,
        ...end,
      }),
    ),
  );
  printKey(terminal, options, { customerId, ...issued });
}

async function listConnections(terminal: Terminal, options: DatabaseOptions): Promise<void> {
  const connections = await useWorkspace({ terminal, options, mode: 'open' }, readAllConnections);
  if (options.json) {
    printJson(terminal, { connections });
    return;
  }
  if (connections.length === 0) {
    terminal.print('There are no connections yet. "scimkit connection create --customer ID" makes one.');
    return;
  }
  const heading = [
    'CONNECTION',
    'CUSTOMER',
    'NAME',
    'PROVIDER',
    'STATUS',
    'USERS',
    'GROUPS',
    'KEY ENDS',
    'LAST USED',
  ];
  terminal.print(formatTable([heading, ...connections.map(toRow)]));
}

async function readAllConnections({ management }: Workspace): Promise<readonly ScimConnectionDetails[]> {
  const all: ScimConnectionDetails[] = [];
  let after: string | null = '';
  while (after !== null) {
    const page: { connections: readonly ScimConnectionDetails[]; next: string | null } = unwrap(
      await management.listScimConnections({ after }),
    );
    all.push(...page.connections);
    after = page.next;
  }
  return all;
}

function toRow(connection: ScimConnectionDetails): readonly string[] {
  const { connectionId, customerId, displayName, provider, status, users, groups } = connection;
  const { scimApiKeyValidUntil, lastUsedAt } = connection;
  return [
    connectionId,
    customerId,
    displayName ?? '-',
    provider ?? '-',
    status,
    String(users),
    String(groups),
    scimApiKeyValidUntil === null ? 'never' : formatTime(scimApiKeyValidUntil),
    lastUsedAt === null ? 'never' : formatTime(lastUsedAt),
  ];
}

async function resetKey(terminal: Terminal, options: SelectionOptions & KeyOptions): Promise<void> {
  const selector = readSelector(options);
  const end = readExpires(terminal, options);
  const issued = await useWorkspace({ terminal, options, mode: 'open' }, async ({ management }) => {
    const { customerId } = unwrap(await management.fetchScimConnection(selector));
    return {
      customerId,
      ...unwrap(await management.resetScimApiKey({ ...selector, ...end, createdBy: ACTOR })),
    };
  });
  printKey(terminal, options, issued);
}

async function deleteConnection(
  terminal: Terminal,
  options: SelectionOptions & { readonly yes?: boolean },
): Promise<void> {
  const selector = readSelector(options);
  const deleted = await useWorkspace({ terminal, options, mode: 'open' }, async ({ management }) => {
    const connection = unwrap(await management.fetchScimConnection(selector));
    if (!options.yes) await confirmDeletion(terminal, connection);
    const { connectionId, customerId } = connection;
    unwrap(await management.deleteScimConnection({ scimConnectionId: connectionId, actor: ACTOR }));
    return { connectionId, customerId };
  });
  if (options.json) printJson(terminal, deleted);
  else terminal.print(`Deleted connection ${deleted.connectionId} of ${deleted.customerId}.`);
}

async function confirmDeletion(terminal: Terminal, connection: ScimConnectionDetails): Promise<void> {
  const { connectionId, customerId, users, groups } = connection;
  if (!terminal.isInteractive) throw new CliError('Nobody can be asked here. Add --yes to delete.', 2);
  const contents = `${users} users and ${groups} groups`;
  const question = `Delete connection ${connectionId} of ${customerId} with ${contents}? Type "yes": `;
  const answer = await terminal.ask(question);
  if (answer.trim().toLowerCase() !== 'yes') throw new CliError('Nothing was deleted.');
}

function readSelector({ customer, connection }: SelectionOptions): ConnectionSelector {
  if (connection !== undefined) return { scimConnectionId: connection, customerId: customer };
  if (customer !== undefined) return { customerId: customer };
  throw new CliError('Name the connection: --customer ID or --connection ID.', 2);
}

function readExpires(
  terminal: Terminal,
  { expires }: KeyOptions,
): { readonly scimApiKeyExpiration?: number | null } {
  if (expires === undefined) return {};
  return { scimApiKeyExpiration: parseExpires(expires, Math.floor(terminal.clock() / 1000)) };
}

interface PrintedKey {
  readonly connectionId: string;
  readonly customerId: string;
  readonly scimApiKey: string;
}

function printKey(
  terminal: Terminal,
  { endpointUrl, json }: KeyOptions & DatabaseOptions,
  { connectionId, customerId, scimApiKey }: PrintedKey,
): void {
  if (json) {
    printJson(terminal, { connectionId, customerId, scimApiKey, endpointUrl });
    return;
  }
  const rows = [
    ['Connection', connectionId],
    ['Customer', customerId],
    ['Endpoint URL', endpointUrl],
    ['SCIM API key', scimApiKey],
  ];
  terminal.print(
    `${formatTable(rows)}\n\nThe key is shown this once. Paste both into the identity provider.`,
  );
}
