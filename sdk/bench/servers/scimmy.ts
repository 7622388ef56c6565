// SCIMMY with its Express routers, as its documentation puts a server together, on SQLite: one row per resource, an
// index written by hand on the name, durable commits. DATABASE=sqlite:FILE
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import express from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import { listen } from './listen.ts';

/** The key it takes. */
const KEY = 'scimmy-1';

interface Entry {
  id: string;
  meta: { created: string; lastModified: string };
  [name: string]: unknown;
}

/** The part of a SCIMMY resource its handlers are given. */
interface Asked {
  readonly id?: string | undefined;
  readonly filter?: (readonly object[] & { match(values: Entry[]): Entry[] }) | undefined;
}

const database = new DatabaseSync((process.env.DATABASE ?? '').replace(/^sqlite:/, ''));
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE resources (seq INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (type, name));
`);
const insert = database.prepare('INSERT INTO resources (type, id, name, document) VALUES (?, ?, ?, ?)');
const update = database.prepare('UPDATE resources SET name = ?, document = ? WHERE type = ? AND id = ?');
const get = database.prepare('SELECT document FROM resources WHERE type = ? AND id = ?');
const find = database.prepare('SELECT document FROM resources WHERE type = ? AND name = ?');
const list = database.prepare('SELECT document FROM resources WHERE type = ? ORDER BY seq');
const remove = database.prepare('DELETE FROM resources WHERE type = ? AND id = ?');

declare(SCIMMY.Resources.User, { type: 'User', nameOf: 'userName' });
declare(SCIMMY.Resources.Group, { type: 'Group', nameOf: 'displayName' });
const app = express();
app.use(
  '/scim/v2',
  new SCIMMYRouters({
    type: 'bearer',
    handler: (request: express.Request) => {
      if (request.header('authorization') !== `Bearer ${KEY}`) throw new Error('The key is wrong.');
      return 'nobody';
    },
    baseUri: (request: express.Request) => `http://${request.header('host')}`,
  }) as unknown as express.Router,
);
listen(app);

type Declared = typeof SCIMMY.Resources.User | typeof SCIMMY.Resources.Group;

function declare(declared: Declared, { type, nameOf }: { type: string; nameOf: string }): void {
  const read = (row: unknown) => JSON.parse(String((row as { document: string }).document)) as Entry;
  const missing = (id: string) => new SCIMMY.Types.Error(404, '', `There is no ${id}.`);
  const ingress = ({ id: wanted }: Asked, data: Record<string, unknown>) => {
    const now = new Date().toISOString();
    const row = wanted === undefined ? undefined : get.get(type, wanted);
    if (wanted !== undefined && row === undefined) throw missing(wanted);
    const id = wanted ?? randomUUID();
    const created = row === undefined ? now : read(row).meta.created;
    const entry: Entry = { ...JSON.parse(JSON.stringify(data)), id, meta: { created, lastModified: now } };
    const name = String(entry[nameOf]).toLowerCase();
    try {
      if (row === undefined) insert.run(type, id, name, JSON.stringify(entry));
      else update.run(name, JSON.stringify(entry), type, id);
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('UNIQUE'))) throw error;
      throw new SCIMMY.Types.Error(409, 'uniqueness', `${name} is taken.`);
    }
    return entry;
  };
  const egress = ({ id, filter }: Asked) => {
    if (id !== undefined) {
      const row = get.get(type, id);
      if (row === undefined) throw missing(id);
      return read(row);
    }
    const named = readNamed(filter, nameOf);
    if (named !== undefined) return find.all(type, named.toLowerCase()).map(read);
    const all = list.all(type).map(read);
    return filter ? filter.match(all) : all;
  };
  const degress = ({ id = '' }: Asked) => {
    if (remove.run(type, id).changes === 0) throw missing(id);
  };
  // Its types know the handlers of each resource type apart; these serve both.
  SCIMMY.Resources.declare(declared as typeof SCIMMY.Resources.User)
    .ingress(ingress as never)
    .egress(egress as never)
    .degress(degress as never);
}

/** The value of a filter that is `name eq "…"` and nothing else. */
function readNamed(filter: Asked['filter'], nameOf: string): string | undefined {
  const [only, ...more] = filter ?? [];
  const comparison = only === undefined || more.length > 0 ? undefined : Reflect.get(only, nameOf);
  const isAlone = only !== undefined && Object.keys(only).length === 1;
  return isAlone && Array.isArray(comparison) && comparison[0] === 'eq' ? String(comparison[1]) : undefined;
}
