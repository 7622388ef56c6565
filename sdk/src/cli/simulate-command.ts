import { type Command, InvalidArgumentError } from 'commander';
import {
  listPersonas,
  type PersonaId,
  SimulationError,
  type SimulationProgress,
  type SimulationReport,
  simulate,
} from '../simulator/simulate.ts';
import { CliError } from './cli-error.ts';
import { formatBar, formatOutcome, formatPersonas, formatStep } from './simulate-report.ts';
import { printJson, type Terminal } from './terminal.ts';

interface SimulateCommandOptions {
  readonly url?: string;
  readonly key?: string;
  readonly url2?: string;
  readonly key2?: string;
  readonly scenario?: string;
  readonly users?: number;
  readonly groups?: number;
  readonly members?: number;
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
  readonly keep?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** Adds `scimkit simulate`. */
export function addSimulateCommand(program: Command, terminal: Terminal): void {
  program
    .command('simulate')
    .description('Play an identity provider against a SCIM server. What is made is deleted again.')
    .argument('[idp]', 'the identity provider, such as okta or entra; --list has all')
    .option('--url <url>', 'the endpoint URL, such as http://localhost:3000/scim/v2')
    .option(
      '--key <key>',
      'the SCIM API key (default: $SCIMKIT_KEY, which other users of the machine cannot see)',
    )
    .option('--scenario <name>', 'what to play, by name or sequence (default: life)')
    .option('--users <count>', 'how many users', parseCount)
    .option('--groups <count>', 'how many groups', parseCount)
    .option('--members <count>', 'how many members in each group', parseCount)
    .option('--concurrency <count>', 'how many requests at once where many are sent (default: 8)', parseCount)
    .option('--requests-per-second <count>', 'the rate of the scenario throttle', parseCount)
    .option('--url2 <url>', 'the endpoint URL of the second connection (default: the same)')
    .option('--key2 <key>', 'the key of a second connection (default: $SCIMKIT_KEY2)')
    .option('--keep', 'leave what was made, for a look at it')
    .option('--list', 'list the identity providers and their scenarios')
    .option('--json', 'print JSON')
    .action(async (idp: string | undefined, options: SimulateCommandOptions) => {
      if (options.list) {
        list(terminal, options);
        return;
      }
      const report = await run(terminal, idp, options);
      if (!report.ok) process.exitCode = 1;
    });
}

function list(terminal: Terminal, { json }: SimulateCommandOptions): void {
  const personas = listPersonas();
  if (json) printJson(terminal, { personas });
  else terminal.print(formatPersonas(personas));
}

async function run(
  terminal: Terminal,
  idp: string | undefined,
  options: SimulateCommandOptions,
): Promise<SimulationReport> {
  if (idp === undefined)
    throw new CliError('Name the identity provider: scimkit simulate okta …; --list has all.', 2);
  const {
    url,
    key = terminal.env.SCIMKIT_KEY,
    key2 = terminal.env.SCIMKIT_KEY2,
    json,
    keep,
    list: _list,
    ...rest
  } = options;
  if (url === undefined) throw new CliError('Name the endpoint URL: --url http://localhost:3000/scim/v2.', 2);
  if (key === undefined || key === '')
    throw new CliError('Give the SCIM API key: SCIMKIT_KEY in the environment, or --key.', 2);
  const name = listPersonas().find(({ id }) => id === idp)?.name ?? idp;
  const interruption = new AbortController();
  const stopListening = terminal.onInterrupt(() => interruption.abort());
  try {
    const report = await simulate(idp as PersonaId, {
      ...rest,
      url,
      key,
      ...(key2 === undefined || key2 === '' ? {} : { key2 }),
      keep: keep ?? false,
      signal: interruption.signal,
      onProgress: createProgressPrinter(terminal, { name, json: json ?? false }),
    });
    if (json) printJson(terminal, report);
    else terminal.print(`\n${formatOutcome(report)}`);
    return report;
  } catch (error) {
    if (error instanceof SimulationError) throw new CliError(error.message, 2);
    throw error;
  } finally {
    terminal.showProgress('');
    stopListening();
  }
}

/** Steps as they are done; many requests as a bar, or as counts where nobody looks. */
function createProgressPrinter(
  terminal: Terminal,
  { name, json }: { readonly name: string; readonly json: boolean },
): (progress: SimulationProgress) => void {
  return (progress) => {
    if (progress.kind === 'step') {
      terminal.showProgress('');
      if (!json) terminal.print(formatStep(progress.step, name));
      return;
    }
    const { title, done, total } = progress;
    if (terminal.isInteractive) terminal.showProgress(formatBar(progress));
    // Ten counts in a log are enough.
    else if (total >= 100 && done % Math.ceil(total / 10) === 0)
      terminal.printError(`${title}: ${done} of ${total}`);
  };
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new InvalidArgumentError('It must be a whole number greater than 0.');
  }
  return value;
}
