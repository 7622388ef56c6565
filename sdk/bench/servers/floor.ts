// The floor: the least a SCIM-shaped request can cost here. Not a SCIM server: no validation, no filter grammar, no
// event, no log; it answers what the workloads send and nothing else.
// HTTP=node|express  DATABASE=sqlite:FILE|postgres://…  GROUPED=1  Keys are floor-1, floor-2, …: one tenant each.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express from 'express';
import { openFloorPostgres } from './floor-postgres.ts';
import { openFloorSqlite } from './floor-sqlite.ts';
import type { FloorStore } from './floor-store.ts';
import { listen } from './listen.ts';

interface FloorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly tenant: number;
  readonly body: Sent;
}

/** What the workloads send; taken as it comes. */
interface Sent {
  readonly userName: string;
  readonly displayName: string;
  readonly Operations: readonly { op: string; path: string; value: unknown }[];
}

interface FloorAnswer {
  readonly status: number;
  readonly text: string;
}

const { HTTP, DATABASE = '', GROUPED } = process.env;
const store = DATABASE.startsWith('postgres:')
  ? await openFloorPostgres(DATABASE)
  : openFloorSqlite(DATABASE.replace(/^sqlite:/, ''), { grouped: GROUPED === '1' });
listen(HTTP === 'express' ? createExpress(store) : createPlain(store));

function createExpress(floor: FloorStore): RequestListener {
  const app = express();
  app.use(express.json({ type: ['application/scim+json', 'application/json'], limit: '20mb' }));
  app.use(async (request, response) => {
    const { authorization } = request.headers;
    if (authorization === undefined) {
      response.status(401).end();
      return;
    }
    const { method, originalUrl, body } = request;
    const { status, text } = await answer(floor, {
      ...split(originalUrl),
      method,
      tenant: toTenant(authorization),
      body,
    });
    response.status(status);
    if (text === '') response.end();
    else response.type('application/scim+json').send(text);
  });
  return app;
}

function createPlain(floor: FloorStore): RequestListener {
  return (request, response) => {
    const { authorization } = request.headers;
    if (authorization === undefined) {
      response.writeHead(401).end();
      return;
    }
    const reply = (body: Sent) => {
      const { method = '', url = '' } = request;
      answer(floor, { ...split(url), method, tenant: toTenant(authorization), body }).then(
        (answered) => send(response, answered),
        (error) => {
          console.error(error);
          response.writeHead(500).end();
        },
      );
    };
    if (request.method === 'GET') reply({} as Sent);
    else readBody(request, reply);
  };
}

function readBody(request: IncomingMessage, use: (body: Sent) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => use(JSON.parse(Buffer.concat(chunks).toString()) as Sent));
}

function send(response: ServerResponse, { status, text }: FloorAnswer): void {
  if (text === '') {
    response.writeHead(status).end();
    return;
  }
  const headers = { 'content-type': 'application/scim+json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers).end(text);
}

function split(url: string) {
  const at = url.indexOf('?');
  const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
  return { path: at < 0 ? url : url.slice(0, at), query };
}

function toTenant(authorization: string): number {
  return Number(authorization.slice('Bearer floor-'.length));
}

function answer(floor: FloorStore, request: FloorRequest): Promise<FloorAnswer> {
  const [, kind, id] = request.path.split('/');
  return kind === 'Users' ? answerUsers(floor, request, id) : answerGroups(floor, request, id);
}

async function answerUsers(
  floor: FloorStore,
  { method, query, tenant, body }: FloorRequest,
  id: string | undefined,
): Promise<FloorAnswer> {
  if (method === 'POST') return createUser(floor, tenant, body);
  if (id !== undefined) {
    const known = await floor.getUser(tenant, id);
    if (known === undefined) return { status: 404, text: '{}' };
    if (method === 'GET') return { status: 200, text: known };
    const document = method === 'PUT' ? { ...body, id, meta: JSON.parse(known).meta } : JSON.parse(known);
    if (method === 'PATCH') for (const { path, value } of body.Operations) document[path] = value;
    const text = JSON.stringify(document);
    await floor.setUser(tenant, { id, name: document.userName.toLowerCase(), document: text });
    return { status: 200, text };
  }
  const named = readNamed(query);
  if (named !== undefined) {
    const found = await floor.findUser(tenant, named.toLowerCase());
    return {
      status: 200,
      text: toList(found === undefined ? [] : [found], { total: found ? 1 : 0, start: 1 }),
    };
  }
  const page = readPage(query);
  const total = await floor.countUsers(tenant);
  return {
    status: 200,
    text: toList(await floor.pageUsers(tenant, page), { total, start: page.offset + 1 }),
  };
}

async function createUser(floor: FloorStore, tenant: number, body: Sent): Promise<FloorAnswer> {
  const id = randomUUID();
  const text = JSON.stringify({
    ...body,
    id,
    meta: { resourceType: 'User', created: new Date().toISOString() },
  });
  try {
    await floor.addUser(tenant, { id, name: body.userName.toLowerCase(), document: text });
  } catch (error) {
    if (floor.isTaken(error)) return { status: 409, text: '{"detail":"userName taken"}' };
    throw error;
  }
  return { status: 201, text };
}

async function answerGroups(
  floor: FloorStore,
  { method, query, tenant, body }: FloorRequest,
  id: string | undefined,
): Promise<FloorAnswer> {
  if (method === 'POST') {
    const made = randomUUID();
    const text = JSON.stringify({ ...body, id: made });
    await floor.addGroup(tenant, { id: made, name: body.displayName, document: text });
    return { status: 201, text };
  }
  if (id !== undefined && method === 'PATCH') {
    for (const { op, path, value } of body.Operations) {
      if (op === 'add')
        await floor.addMembers(
          id,
          (value as { value: string }[]).map((member) => member.value),
        );
      else await floor.removeMember(id, /"([^"]*)"/.exec(path)?.[1] ?? '');
    }
    return { status: 204, text: '' };
  }
  if (id !== undefined) {
    const document = await floor.getGroup(tenant, id);
    if (document === undefined) return { status: 404, text: '{}' };
    const members = (await floor.members(id)).map((value) => `{"value":"${value}"}`);
    return { status: 200, text: `${document.slice(0, -1)},"members":[${members.join(',')}]}` };
  }
  const page = readPage(query);
  const total = await floor.countGroups(tenant);
  return {
    status: 200,
    text: toList(await floor.pageGroups(tenant, page), { total, start: page.offset + 1 }),
  };
}

/** The value a filter names, whatever its attribute: one read by an index is all a look-up needs. */
function readNamed(query: URLSearchParams): string | undefined {
  return /^[\w.]+ eq "([^"]*)"$/.exec(query.get('filter') ?? '')?.[1];
}

function readPage(query: URLSearchParams) {
  return {
    limit: Number(query.get('count') ?? 100),
    offset: Number(query.get('startIndex') ?? 1) - 1,
  };
}

function toList(documents: readonly string[], { total, start }: { total: number; start: number }): string {
  return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":${total},"startIndex":${start},"itemsPerPage":${documents.length},"Resources":[${documents.join(',')}]}`;
}
