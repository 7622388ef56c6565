import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { z } from 'zod';
import type { Json } from '../protocol/json.ts';
import { RecordingError } from './recording-error.ts';

const json = z.custom<Json>((value) => value !== undefined);

const requestSchema = z.object({
  method: z.string(),
  /** Below the base URL, with the query. */
  path: z.string(),
  /** By lower-case name. */
  headers: z.record(z.string(), z.string()),
  /** Which of the keys in the recording was sent, counted from 1; left out = none. */
  credential: z.int().positive().optional(),
  body: json.optional(),
  /** The length of a body that is no JSON; such bodies are not kept. */
  unreadableBytes: z.int().optional(),
});

const exchangeSchema = z.object({
  number: z.int().positive(),
  /** Milliseconds since the recording began. */
  startedMs: z.number(),
  durationMs: z.number(),
  request: requestSchema,
  /** null = no answer came from the server. */
  response: z
    .object({
      status: z.int(),
      headers: z.record(z.string(), z.string()),
      body: json.optional(),
      unreadableBytes: z.int().optional(),
    })
    .nullable(),
  problem: z.enum(['unreachable', 'timed out', 'request too large', 'answer too large']).optional(),
});

const headSchema = z.object({ kind: z.literal('scim recording'), version: z.literal(1) });

/** One request and its answer, redacted. `{{base}}` stands for the server's base URL. */
export type RecordedExchange = z.infer<typeof exchangeSchema>;

/** The exchanges in the order in which they were answered, so that none depends on a later one. */
export interface Recording {
  readonly exchanges: readonly RecordedExchange[];
}

/** Writes a recording while it grows. */
export interface RecordingWriter {
  /** @throws the file system's error; the file has then what it had before. */
  append(exchange: RecordedExchange): void;
  close(): void;
}

const HEAD = { kind: 'scim recording', version: 1 } as const;

/**
 * Begins a recording in a new file only its owner can read. After every exchange the file is whole, whatever
 * happens to the process: a `.json` file is one JSON value, any other holds one on each line.
 *
 * @throws RecordingError when the file is there already or cannot be made.
 */
export function createRecordingWriter(file: string): RecordingWriter {
  const descriptor = openNew(file);
  const isJson = file.toLowerCase().endsWith('.json');
  const head = isJson ? `${JSON.stringify(HEAD).slice(0, -1)},"exchanges":[\n` : `${JSON.stringify(HEAD)}\n`;
  const end = isJson ? '\n]}\n' : '';
  let length = writeSync(descriptor, head + end, 0) - end.length;
  let isFirst = true;
  return {
    append(exchange) {
      const separator = isJson && !isFirst ? ',\n' : '';
      const bytes = Buffer.from(`${separator}${JSON.stringify(exchange)}${isJson ? '' : '\n'}`);
      try {
        // One write over the end of the JSON value, so that there is no moment without one.
        writeAll(descriptor, Buffer.concat([bytes, Buffer.from(end)]), length);
      } catch (error) {
        // A full disk takes a part of it; what was whole before is whole again.
        ftruncateSync(descriptor, length);
        writeSync(descriptor, end, length);
        throw error;
      }
      length += bytes.length;
      isFirst = false;
    },
    close: () => closeSync(descriptor),
  };
}

/**
 * Reads a recording. A last line that was cut off is left out.
 *
 * @throws RecordingError for a file that is none.
 */
export function readRecording(file: string): Recording {
  const text = readText(file);
  const parsed = parseWhole(text) ?? parseLines(text, file);
  const [head, ...rest] = parsed;
  if (!headSchema.safeParse(head).success) throw notARecording(file);
  return {
    exchanges: rest.map((value, index) => {
      const read = exchangeSchema.safeParse(value);
      if (!read.success)
        throw new RecordingError(`${file}: exchange ${index + 1} is not one of a recording.`);
      return read.data;
    }),
  };
}

/** @returns undefined for more than one JSON value. */
function parseWhole(text: string): readonly unknown[] | undefined {
  try {
    const { exchanges, ...head } = JSON.parse(text) as { exchanges?: unknown };
    return [head, ...(Array.isArray(exchanges) ? exchanges : [])];
  } catch {
    return undefined;
  }
}

function parseLines(text: string, file: string): readonly unknown[] {
  const lines = text.split('\n');
  const last = lines.length - 1;
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      if (index === last && index > 0) return [];
      throw notARecording(file);
    }
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RecordingError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new RecordingError(
      isThere
        ? `${file} is there already. Name a new file; recordings are never written over.`
        : `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written);
  }
}

function notARecording(file: string): RecordingError {
  return new RecordingError(`${file} is no recording of scimkit record.`);
}
