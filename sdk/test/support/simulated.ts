import type { IncomingMessage, ServerResponse } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import type { SimulationReport } from '../../src/simulator/simulate.ts';
import { connect, group, type OpenOptions, openScim, send, user } from './scim.ts';
import { serve } from './serve.ts';

/** A server on a port of its own, with two customers' connections, and a look into its database. */
export async function serveScim(options: OpenOptions = {}) {
  const { scim, file } = openScim(options);
  const [first, second] = [await connect(scim, 'first'), await connect(scim, 'second')];
  const port = await serve(nodeHandler(scim));
  const database = new DatabaseSync(file, { readOnly: true });
  onTestFinished(() => database.close());
  const url = `http://127.0.0.1:${port}/scim/v2`;
  return { scim, url, key: first.key, key2: second.key, database };
}

/** Everything that is stored, and how many events there are: what a second cycle must not change. */
export function readState(database: DatabaseSync) {
  const rows = (table: string) => JSON.stringify(database.prepare(`SELECT * FROM scim_${table}`).all());
  return {
    resources: rows('resources'),
    members: rows('members'),
    events: database.prepare('SELECT count(*) AS count FROM scim_events').get()?.count,
  };
}

/** Users and a group that are no run's business. */
export async function addForeignData({ scim, key }: Awaited<ReturnType<typeof serveScim>>): Promise<void> {
  const ids: string[] = [];
  for (let index = 0; index < 12; index += 1) {
    const { body } = await send(scim, '/Users', { key, body: user(`person-${index}@elsewhere.example`) });
    ids.push(body.id);
  }
  await send(scim, '/Groups', { key, body: group('Everybody', ids) });
}

/** A request as it came to a server with a fault. */
export interface Asked {
  readonly method: string;
  /** Below the mount, without the query. */
  readonly path: string;
  /** As it stands, with the question mark. */
  readonly query: string;
  // biome-ignore lint/suspicious/noExplicitAny: faults reach into bodies of many shapes
  readonly body: any;
}

/** What a server with a fault answers. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: faults reach into bodies of many shapes
  readonly body: any;
}

/** Sends a request on to the sound server. */
export type Forward = (asked: Asked) => Promise<Reply>;

/** One thing a server gets wrong. */
export type Fault = (asked: Asked, forward: Forward) => Promise<Reply>;

/** Puts a server with a fault in front of a sound one. @returns its URL. */
export async function serveFaulty(
  scim: Awaited<ReturnType<typeof serveScim>>['scim'],
  fault: Fault,
): Promise<string> {
  const port = await serve(async (request, response) => {
    const raw = await text(request);
    const [path = '', ...query] = (request.url ?? '').replace('/scim/v2', '').split('?');
    const asked: Asked = {
      method: request.method ?? 'GET',
      path,
      query: query.length === 0 ? '' : `?${query.join('?')}`,
      body: raw === '' ? undefined : JSON.parse(raw),
    };
    write(response, await fault(asked, (changed) => forward(scim, request, changed)));
  });
  return `http://127.0.0.1:${port}/scim/v2`;
}

async function forward(
  scim: Awaited<ReturnType<typeof serveScim>>['scim'],
  request: IncomingMessage,
  { method, path, query, body }: Asked,
): Promise<Reply> {
  const response = await scim.fetch(
    new Request(`http://localhost/scim/v2${path}${query}`, {
      method,
      headers: {
        authorization: request.headers.authorization ?? '',
        ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
    { mountPath: '/scim/v2' },
  );
  const answer = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: answer === '' ? undefined : JSON.parse(answer),
  };
}

function write(response: ServerResponse, { status, headers, body }: Reply): void {
  const { 'content-length': _length, ...rest } = headers;
  response.writeHead(status, rest).end(body === undefined ? undefined : JSON.stringify(body));
}

/** A SCIM error. */
export function refusal(status: number, scimType?: string): Reply {
  return {
    status,
    headers: { 'content-type': 'application/scim+json' },
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: 'No.',
    },
  };
}

/** The ids of the steps that failed. */
export function failedSteps({ steps }: SimulationReport): readonly string[] {
  return steps.filter((step) => !step.ok).map(({ id }) => id);
}
