import type { Command } from 'commander';
import { findKeyEnd } from '../connections/key-life.ts';
import type { ConnectionReader, ConnectionRecord } from '../store/connections.ts';
import { createScope } from '../store/scope.ts';
import { findPeople, type PersonReport } from './person.ts';
import { formatTable, formatTime, printJson, type Terminal } from './terminal.ts';
import { type DatabaseOptions, useWorkspace, type Workspace } from './workspace.ts';

type WhyOptions = DatabaseOptions & { readonly customer?: string };

/** How a connection is doing, which may be why a person is missing. */
interface ConnectionHealth {
  readonly connectionId: string;
  readonly customerId: string;
  readonly sentence: string;
}

interface WhyReport {
  readonly query: string;
  readonly people: readonly PersonReport[];
  readonly connections: readonly ConnectionHealth[];
  readonly note: string;
}

const NOTE =
  'Changes that were accepted are recorded; requests that were refused are not, so they leave no trace here.';

/** Adds `scimkit why <user>`. Exit code 1 when nobody is found. */
export function addWhyCommand(
  program: Command,
  terminal: Terminal,
  withDatabase: (command: Command) => Command,
): void {
  withDatabase(program.command('why'))
    .description(
      'What is known of a person: when they arrived, what changed, their groups, across customers.',
    )
    .argument('<user>', 'a userName, e-mail address, externalId, SCIM id or app user id')
    .option('--customer <id>', "only this customer's connections")
    .action(async (user: string, options: WhyOptions) => {
      const report = await useWorkspace({ terminal, options, mode: 'open' }, (workspace) =>
        explain(workspace, { user, customer: options.customer, now: Math.floor(terminal.clock() / 1000) }),
      );
      if (options.json) printJson(terminal, report);
      else terminal.print(formatReport(report));
      if (report.people.length === 0) process.exitCode = 1;
    });
}

interface Question {
  readonly user: string;
  readonly customer: string | undefined;
  /** UNIX seconds. */
  readonly now: number;
}

async function explain(
  { store, userType }: Workspace,
  { user, customer, now }: Question,
): Promise<WhyReport> {
  const connections =
    customer === undefined
      ? await readConnections(store.connections)
      : await store.connections.findByCustomer(customer);
  const people: PersonReport[] = [];
  const health: ConnectionHealth[] = [];
  for (const connection of connections) {
    const scope = createScope(connection);
    const [reader, history] = [store.resources(scope), store.history(scope)];
    people.push(...(await findPeople({ reader, history, connection, userType, text: user })));
    health.push(await describeHealth(store.connections, connection, now));
  }
  return { query: user, people, connections: health, note: NOTE };
}

async function readConnections(reader: ConnectionReader): Promise<readonly ConnectionRecord[]> {
  const all: ConnectionRecord[] = [];
  let page: readonly ConnectionRecord[];
  do {
    page = await reader.list({ after: all.at(-1)?.connectionId ?? '', limit: PAGE });
    all.push(...page);
  } while (page.length === PAGE);
  return all;
}

const PAGE = 200;

async function describeHealth(
  reader: ConnectionReader,
  connection: ConnectionRecord,
  now: number,
): Promise<ConnectionHealth> {
  const { connectionId, customerId, status } = connection;
  const keys = await reader.keys(connectionId);
  const { lastUsedAt } = await reader.counts(connectionId);
  const facts = [
    status === 'paused' ? 'The connection is paused: every request is refused.' : undefined,
    keys.some((key) => findKeyEnd(key, now) === undefined)
      ? undefined
      : 'No SCIM API key is valid: every request is refused.',
    lastUsedAt === null
      ? 'The identity provider has never sent a request with a valid key.'
      : `The identity provider last sent a request at ${formatTime(lastUsedAt)}.`,
  ];
  return { connectionId, customerId, sentence: facts.filter((fact) => fact !== undefined).join(' ') };
}

function formatReport({ query, people, connections, note }: WhyReport): string {
  const found =
    people.length === 0
      ? [`Nobody is or was known as ${query}; connections searched: ${connections.length}.`]
      : people.map(formatPerson);
  const health = connections.map(
    ({ connectionId, customerId, sentence }) => `Connection ${connectionId} of ${customerId}: ${sentence}`,
  );
  return [...found, [...health, note].join('\n')].join('\n\n');
}

function formatPerson(person: PersonReport): string {
  const rows = [
    ['Customer', person.customerId],
    ['Connection', person.connectionId],
    ['SCIM id', person.scimId],
    ['External id', person.externalId ?? '-'],
    ['E-mail', person.emails.join(', ') || '-'],
    ['App user', person.userId ?? '-'],
    ['Arrived', person.arrivedAt ?? '-'],
    ['Last change', person.lastChangeAt ?? '-'],
    ['Groups', person.groups.map(({ groupId, displayName }) => displayName ?? groupId).join(', ') || '-'],
  ];
  const history = person.history.map(({ at, sentence }) => `${at}  ${sentence}`);
  const heading = `${person.userName ?? person.scimId} is ${person.state}.`;
  return [heading, formatTable(rows), ...(history.length > 0 ? ['History:', ...history] : [])].join('\n');
}
