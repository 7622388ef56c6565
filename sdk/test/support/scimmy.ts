import { randomUUID } from 'node:crypto';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import { serve } from './serve.ts';

interface Entry {
  id: string;
  meta: { created: Date; lastModified: Date };
  [name: string]: unknown;
}

/** The part of a scimmy resource its handlers are given. */
interface Request {
  readonly id?: string | undefined;
  readonly filter?: { match(values: Entry[]): Entry[] } | undefined;
}

/**
 * Another SCIM server, as its documentation puts one together in an Express app: users and groups in memory,
 * names unique, one key. It belongs to the process: a second one has the same users and groups.
 */
export async function serveScimmy(): Promise<{ readonly url: string; readonly key: string }> {
  const key = randomUUID();
  declare(SCIMMY.Resources.User, new Map(), 'userName');
  declare(SCIMMY.Resources.Group, new Map(), 'displayName');
  const handler = (request: express.Request) => {
    if (request.header('authorization') !== `Bearer ${key}`) throw new Error('The key is wrong.');
    return 'nobody';
  };
  const app = express();
  app.use(
    '/scim/v2',
    new SCIMMYRouters({
      type: 'bearer',
      handler,
      baseUri: (request: express.Request) => `http://${request.header('host')}`,
    }) as unknown as express.Router,
  );
  // What it cannot answer it hands on; the tests' output is no place for its stacks.
  app.use(((_error, _request, response, _next) => void response.end()) as express.ErrorRequestHandler);
  const port = await serve(app);
  return { url: `http://127.0.0.1:${port}/scim/v2`, key };
}

/** Its constructor takes null, which its types leave out. */
const NO_KEYWORD = null as unknown as string;

type Declared = typeof SCIMMY.Resources.User | typeof SCIMMY.Resources.Group;

function declare(type: Declared, entries: Map<string, Entry>, unique: 'userName' | 'displayName'): void {
  const isTaken = (id: string, name: unknown) =>
    [...entries.values()].some((entry) => entry.id !== id && entry[unique] === name);
  const missing = (id: string) => new SCIMMY.Types.Error(404, NO_KEYWORD, `There is no ${id}.`);
  const ingress = ({ id: wanted }: Request, data: object) => {
    const now = new Date();
    const id = wanted ?? randomUUID();
    const known = entries.get(id);
    if (wanted !== undefined && known === undefined) throw missing(id);
    const name = Reflect.get(data, unique);
    if (isTaken(id, name)) throw new SCIMMY.Types.Error(409, 'uniqueness', `${name} is taken.`);
    const meta = { created: known?.meta.created ?? now, lastModified: now };
    const entry: Entry = { ...JSON.parse(JSON.stringify(data)), id, meta };
    entries.set(id, entry);
    return entry;
  };
  const egress = ({ id, filter }: Request) => {
    if (id === undefined) return filter ? filter.match([...entries.values()]) : [...entries.values()];
    const entry = entries.get(id);
    if (entry === undefined) throw missing(id);
    return entry;
  };
  const degress = ({ id = '' }: Request) => {
    if (!entries.delete(id)) throw missing(id);
  };
  // Its types know the handlers of each resource type apart; these serve both.
  SCIMMY.Resources.declare(type as typeof SCIMMY.Resources.User)
    .ingress(ingress as never)
    .egress(egress as never)
    .degress(degress as never);
}
