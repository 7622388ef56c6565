import { onTestFinished } from 'vitest';
import { nodeHandler } from '../../../src/adapters/node.ts';
import type { ScimOptions } from '../../../src/index.ts';
import { createFolder } from '../../support/connections.ts';
import { DEVICE_RESOURCE_TYPE } from '../../support/resource-types.ts';
import { connect, openScim } from '../../support/scim.ts';
import { type NodeAnswer, sendTo, serve } from '../../support/serve.ts';

/** One request, as it goes to the server on SQLite. */
export interface PairCall {
  readonly method?: string;
  /** Text goes as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Undefined takes a header away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Two servers that are asked the same. */
export interface Pair {
  /** Sends a request to both. Answers SQLite's answer; where PostgreSQL's is another, that is noted. */
  call(path: string, call?: PairCall): Promise<NodeAnswer>;
  readonly differences: readonly string[];
  /** How many requests were sent to each. */
  readonly count: () => number;
  /** How many answers there were of each status. */
  readonly statuses: ReadonlyMap<number, number>;
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const CURSOR = /(?<="nextCursor":")[^"]+/g;
/** Versions tell of the groups a user is in, by their ids. */
const VERSION = /(?<=W\/\\?"\d+-)[\w-]+/g;

/** Headers that tell the time or the socket. */
const UNEQUAL = new Set(['date', 'connection', 'keep-alive']);

/**
 * A server on SQLite and one on PostgreSQL, with the same time. Ids, cursors and keys are each server's own: what the
 * request takes from SQLite's answers is translated on its way to PostgreSQL, and its answer on the way back.
 *
 * @param way to PostgreSQL, where it is not the straight one
 */
export async function openPair(way: Partial<ScimOptions> = {}): Promise<Pair> {
  let now = Date.parse('2026-03-01T12:00:00Z');
  const clock = () => now;
  const options = { clock, resourceTypes: [DEVICE_RESOURCE_TYPE] };
  const sqlite = await start({
    ...options,
    database: `sqlite:${createFolder()}/same.db`,
    tablePrefix: 'scim_',
  });
  const postgres = await start({ ...options, ...way });
  const theirs = new Map([[sqlite.connectionId, postgres.connectionId]]);
  const ours = new Map([[postgres.connectionId, sqlite.connectionId]]);
  const differences: string[] = [];
  const statuses = new Map<number, number>();
  let count = 0;

  const learn = (a: string, b: string) => {
    for (const pattern of [UUID, CURSOR, VERSION]) {
      const [left, right] = [a.match(pattern) ?? [], b.match(pattern) ?? []];
      for (const [index, value] of left.entries()) {
        const other = right[index];
        if (other === undefined || theirs.has(value) || ours.has(other)) continue;
        theirs.set(value, other);
        ours.set(other, value);
      }
    }
  };

  return {
    differences,
    statuses,
    count: () => count,
    async call(path, { method, body, headers = {} } = {}) {
      now += 1_009;
      count += 1;
      const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const send = ({ port, key }: Started, toOwn: (text: string) => string) => {
        const wanted = {
          authorization: `Bearer ${key}`,
          ...(text === undefined ? {} : { 'content-type': 'application/scim+json' }),
          ...headers,
        };
        const given = Object.entries(wanted).filter(
          (entry): entry is [string, string] => entry[1] !== undefined,
        );
        return sendTo(port, {
          method: method ?? (text === undefined ? 'GET' : 'POST'),
          path: toOwn(`/scim/v2${path}`),
          headers: Object.fromEntries(given.map(([name, value]) => [name, toOwn(value)])),
          ...(text === undefined ? {} : { body: toOwn(text) }),
        });
      };
      const a = await send(sqlite, (value) => value);
      const b = await send(postgres, (value) => translate(value, theirs));
      statuses.set(a.status, (statuses.get(a.status) ?? 0) + 1);
      const [seenA, seenB] = [print(a), print(b)];
      learn(seenA, seenB);
      const translated = translate(seenB, ours);
      if (seenA !== translated)
        differences.push(`${method ?? ''} ${path} ${text ?? ''}
${contrast(seenA, translated)}`);
      return a;
    },
  };
}

interface Started {
  readonly port: number;
  readonly key: string;
  readonly connectionId: string;
}

async function start(options: Partial<ScimOptions>): Promise<Started> {
  const { scim, log } = openScim(options);
  const { key, connectionId } = await connect(scim);
  const port = await serve(nodeHandler(scim));
  onTestFinished(() => {
    const errors = log.filter(({ level }) => level === 'error');
    if (errors.length > 0) throw new Error(`The server logged ${JSON.stringify(errors)}.`);
  });
  return { port, key, connectionId };
}

/** Everything of an answer that is the same on every run. */
function print({ status, headers, text }: NodeAnswer): string {
  const lines = Object.entries(headers)
    .filter(([name]) => !UNEQUAL.has(name))
    .map(([name, value]) => `${name}: ${value}`);
  return [status, ...lines, '', text].join('\n');
}

const OWN = new RegExp(
  [
    UUID.source,
    CURSOR.source,
    VERSION.source,
    '\\b[0-9a-z]{20}\\b',
    '(?<=[?&]cursor=)[^&]+',
    '(?<="cursor":")[^"]+',
  ].join('|'),
  'g',
);

/** Where two texts part. */
function contrast(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const show = (text: string) => text.slice(Math.max(0, at - 150), at + 150);
  return `SQLite: …${show(a)}…\nPostgreSQL: …${show(b)}…`;
}

function translate(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(OWN, (value) => names.get(value) ?? value);
}
