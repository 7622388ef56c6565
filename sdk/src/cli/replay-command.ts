import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { RecordingError, type ReplayReport, replay } from '../recorder/replay.ts';
import { formatReplayJunit } from '../recorder/replay-junit.ts';
import { CliError } from './cli-error.ts';
import { formatReplay } from './replay-report.ts';
import { printJson, type Terminal } from './terminal.ts';

interface ReplayCommandOptions {
  readonly url: string;
  readonly key?: string;
  readonly freshNames: boolean;
  readonly cleanUp: boolean;
  readonly json?: boolean;
  readonly junit?: string;
}

/** Adds `scimkit replay`. Exit code 1 when an answer differs, 2 when nothing could be played. */
export function addReplayCommand(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .description(
      'Play a recording against a SCIM server and compare its answers. What is made is deleted again.',
    )
    .argument('<file>', 'what scimkit record wrote')
    .requiredOption('--url <url>', 'the endpoint URL, such as http://localhost:3000/scim/v2')
    .option(
      '--key <key>',
      'the SCIM API key (default: $SCIMKIT_KEY, which other users of the machine cannot see)',
    )
    .option('--no-fresh-names', "send the recording's names as they are, without a suffix of this run's own")
    .option('--no-clean-up', 'leave what was made, for a look at it')
    .option('--json', 'print JSON')
    .option('--junit <file>', 'write the report as JUnit XML too')
    .action(async (file: string, options: ReplayCommandOptions) => {
      const report = await runReplay(terminal, file, options);
      if (options.junit !== undefined) writeJunit(options.junit, formatReplayJunit(report, file));
      if (options.json) printJson(terminal, report);
      else terminal.print(formatReplay(report));
      if (!report.ok) process.exitCode = 1;
    });
}

async function runReplay(
  terminal: Terminal,
  file: string,
  options: ReplayCommandOptions,
): Promise<ReplayReport> {
  const { url, key = terminal.env.SCIMKIT_KEY, freshNames, cleanUp } = options;
  if (key === undefined || key === '') throw new CliError('Give --key or set SCIMKIT_KEY.', 2);
  const abort = new AbortController();
  const stopListening = terminal.onInterrupt(() => abort.abort());
  try {
    return await replay({
      file,
      url,
      key,
      freshNames,
      keep: !cleanUp,
      signal: abort.signal,
      onProgress: ({ done, total, request }) => terminal.showProgress(`${done}/${total} ${request}`),
    });
  } catch (error) {
    if (error instanceof RecordingError) throw new CliError(error.message, 2);
    throw error;
  } finally {
    stopListening();
    terminal.showProgress('');
  }
}

function writeJunit(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CliError(`--junit: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
}
