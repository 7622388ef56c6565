import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { formatJunit } from '../verifier/junit.ts';
import type { VerificationReport } from '../verifier/report.ts';
import { VerificationError, type VerifyProgress, verify } from '../verifier/verify.ts';
import { CliError } from './cli-error.ts';
import { printJson, type Terminal } from './terminal.ts';
import { formatReport } from './verify-report.ts';

interface VerifyCommandOptions {
  readonly url: string;
  readonly key?: string;
  readonly only?: string;
  readonly seed?: string;
  readonly json?: boolean;
  readonly junit?: string;
}

/** Adds `scimkit verify`. Exit code 1 when a MUST fails, 2 when the server cannot be verified at all. */
export function addVerifyCommand(program: Command, terminal: Terminal): void {
  program
    .command('verify')
    .description('Check any SCIM 2.0 server from outside, requirement by requirement.')
    .requiredOption('--url <url>', 'the base URL, such as https://app.example/scim/v2')
    .option('--key <key>', 'the SCIM API key (default: $SCIMKIT_KEY)')
    .option('--only <list>', 'ids such as rfc-79, or sections such as 3.3, divided by commas')
    .option('--seed <number>', 'make the random requests of an earlier run again')
    .option('--json', 'print JSON')
    .option('--junit <file>', 'write the report as JUnit XML too')
    .action(async (options: VerifyCommandOptions) => {
      const report = await runVerifier(terminal, options);
      if (options.junit !== undefined) writeJunit(options.junit, report);
      if (options.json) printJson(terminal, report);
      else terminal.print(formatReport(report));
      if (!report.ok) process.exitCode = 1;
    });
}

async function runVerifier(terminal: Terminal, options: VerifyCommandOptions): Promise<VerificationReport> {
  const key = options.key ?? terminal.env.SCIMKIT_KEY;
  if (key === undefined || key === '') throw new CliError('Give --key or set SCIMKIT_KEY.', 2);
  const seed = options.seed === undefined ? undefined : Number(options.seed);
  if (seed !== undefined && !Number.isInteger(seed)) throw new CliError('--seed takes a whole number.', 2);
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop);
  try {
    return await verify({
      url: options.url,
      key,
      signal: abort.signal,
      onProgress: (progress) => terminal.showProgress(formatProgress(progress)),
      ...(seed === undefined ? {} : { seed }),
      ...(options.only === undefined ? {} : { only: options.only.split(',').map((term) => term.trim()) }),
    });
  } catch (error) {
    if (error instanceof VerificationError) throw new CliError(error.message, 2);
    if (abort.signal.aborted) throw new CliError('Stopped. What was created for the checks was deleted.');
    throw error;
  } finally {
    process.removeListener('SIGINT', stop);
    terminal.showProgress('');
  }
}

function formatProgress({ done, total, requirement }: VerifyProgress): string {
  return `${done}/${total} ${requirement.id} ${requirement.title}`;
}

function writeJunit(file: string, report: VerificationReport): void {
  try {
    writeFileSync(file, formatJunit(report));
  } catch (error) {
    throw new CliError(`--junit: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
}
