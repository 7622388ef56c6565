import { type Command, InvalidArgumentError } from 'commander';
import { type RecordedExchange, type Recorder, RecordingError, record } from '../recorder/record.ts';
import { CliError } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

interface RecordCommandOptions {
  readonly target: string;
  readonly listen: string;
  readonly output?: string;
  readonly max?: number;
  readonly json?: boolean;
}

/** Adds `scimkit record`. Exit code 1 when the recording could not go on, 2 when it could not begin. */
export function addRecordCommand(program: Command, terminal: Terminal): void {
  program
    .command('record')
    .description('Stand in front of a SCIM server and write what an identity provider sends, redacted.')
    .requiredOption('--target <url>', 'the base URL of the SCIM server, such as https://app.example/scim/v2')
    .option('--listen <address>', 'where to listen; port 0 is any that is free', '127.0.0.1:0')
    .option('--output <file>', 'a new file, .jsonl or .json (default: scim-TIME.jsonl)')
    .option('--max <count>', 'end after this many exchanges', parseCount)
    .option('--json', 'print JSON, a line when it begins and one when it ends')
    .action((options: RecordCommandOptions) => runRecorder(terminal, options));
}

async function runRecorder(terminal: Terminal, options: RecordCommandOptions): Promise<void> {
  const { target, listen, max, json = false } = options;
  const output = options.output ?? nameFile(terminal.clock());
  const recorder = await begin(() =>
    record({
      target,
      listen,
      output,
      ...(max === undefined ? {} : { max }),
      onExchange: (exchange) => {
        if (!json) terminal.print(formatExchange(exchange));
      },
      onNotice: (text) => terminal.printError(text),
    }),
  );
  if (json) terminal.print(JSON.stringify({ url: recorder.url, output }));
  else terminal.print(`Give the identity provider ${recorder.url}\nWriting ${output}. Ctrl-C ends it.`);
  const summary = await untilEnd(recorder);
  if (json) terminal.print(JSON.stringify(summary));
  else
    terminal.print(`${summary.exchanges} exchanges, ${summary.unanswered} not answered, are in ${output}.`);
}

async function begin(start: () => Promise<Recorder>): Promise<Recorder> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof RecordingError) throw new CliError(error.message, 2);
    throw error;
  }
}

/** Ctrl-C and SIGTERM end a recording well; a second one ends the process. */
async function untilEnd(recorder: Recorder) {
  const stop = () => void recorder.close();
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await recorder.done;
  } catch (error) {
    if (error instanceof RecordingError) throw new CliError(error.message);
    throw error;
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, stop);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** One exchange a line, as it is in the file: nothing is shown that is not written. */
function formatExchange({ number, request, response, problem, durationMs }: RecordedExchange): string {
  const outcome = response?.status ?? problem ?? 'no answer';
  return `${String(number).padStart(4)}  ${request.method} ${request.path} → ${outcome}  (${durationMs} ms)`;
}

function nameFile(now: number): string {
  return `scim-${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}.jsonl`;
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new InvalidArgumentError('It must be a whole number greater than 0.');
  }
  return value;
}
