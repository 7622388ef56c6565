import { createInterface } from 'node:readline/promises';

/** What the command needs of the program it runs in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  print(text: string): void;
  printError(text: string): void;
  /** Shows one line that the next takes the place of; '' takes it away. Only where a person is looking on. */
  showProgress(text: string): void;
  /** Whether a person can be asked. */
  readonly isInteractive: boolean;
  ask(question: string): Promise<string>;
  /** Hears Ctrl-C once; a second one ends the process. @returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
}

/** The terminal of this process. */
export function createTerminal(): Terminal {
  return {
    env: process.env,
    clock: Date.now,
    print: (text) => void process.stdout.write(`${text}\n`),
    printError: (text) => void process.stderr.write(`${text}\n`),
    showProgress(text) {
      if (process.stderr.isTTY !== true) return;
      process.stderr.write(`\r\u001b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
    },
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    async ask(question) {
      const reader = createInterface({ input: process.stdin, output: process.stdout });
      try {
        return await reader.question(question);
      } finally {
        reader.close();
      }
    },
    onInterrupt(listener) {
      process.once('SIGINT', listener);
      return () => void process.off('SIGINT', listener);
    },
  };
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.print(JSON.stringify(value, null, 2));
}

/** A time as `2026-01-31 09:30 UTC`. @param seconds UNIX seconds */
export function formatTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Names come from directories: what a terminal would obey is shown as `�`, not sent to it. */
export function toPlain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�');
}

/** Lines of cells in columns, the first line as heading. */
export function formatTable(table: readonly (readonly string[])[]): string {
  const rows = table.map((row) => row.map(toPlain));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
