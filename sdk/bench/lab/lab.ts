import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectStatus } from '../driver/expect.ts';
import { createUser, toDigits } from '../driver/fixtures.ts';
import { Checks } from '../driver/measure.ts';
import { Processes, readPeakRssMb } from '../driver/processes.ts';
import { Target } from '../driver/target.ts';
import type { Directory } from '../driver/workload.ts';
import { changeUsers } from '../driver/workloads/change-users.ts';
import { findUser } from '../driver/workloads/find-user.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import type { Account, Product } from './product.ts';
import { FLOOR, SCIMKIT, SCIMMY } from './products.ts';
import type { Scale } from './scale.ts';
import { openSql, type Sql } from './sql.ts';
import { type Started, startProcess } from './start-process.ts';

/** A product behind a transport, on a database. */
export interface Setting {
  readonly product: Product;
  readonly http: 'node' | 'express';
  readonly database: 'sqlite' | 'postgres';
  /** The floor alone: writes that come together share a commit. */
  readonly isGrouped?: boolean;
  /** With the rate limits the product has by default; else they are lifted. */
  readonly isLimited?: boolean;
  /** Of the scimkit process, beside those all of them have. */
  readonly nodeOptions?: readonly string[];
  /** Tells a database apart from others of the same setting. */
  readonly label?: string;
}

export const SETTINGS = {
  floorNode: { product: FLOOR, http: 'node', database: 'sqlite' },
  floorGrouped: { product: FLOOR, http: 'node', database: 'sqlite', isGrouped: true },
  floorExpress: { product: FLOOR, http: 'express', database: 'sqlite' },
  floorNodePostgres: { product: FLOOR, http: 'node', database: 'postgres' },
  floorPostgres: { product: FLOOR, http: 'express', database: 'postgres' },
  node: { product: SCIMKIT, http: 'node', database: 'sqlite' },
  express: { product: SCIMKIT, http: 'express', database: 'sqlite' },
  nodePostgres: { product: SCIMKIT, http: 'node', database: 'postgres' },
  postgres: { product: SCIMKIT, http: 'express', database: 'postgres' },
  limited: { product: SCIMKIT, http: 'express', database: 'sqlite', isLimited: true },
  limitedSmall: {
    product: SCIMKIT,
    http: 'express',
    database: 'sqlite',
    isLimited: true,
    nodeOptions: ['--max-semi-space-size=4'],
    label: '--max-semi-space-size=4',
  },
  largePostgres: { product: SCIMKIT, http: 'express', database: 'postgres', label: 'large' },
  smallPostgres: { product: SCIMKIT, http: 'express', database: 'postgres', label: 'small' },
  scimmy: { product: SCIMMY, http: 'express', database: 'sqlite' },
} as const satisfies Record<string, Setting>;

/** A server that runs, with its database. */
export interface Server {
  readonly setting: Setting;
  readonly database: string;
  readonly processId: number;
  readonly url: string;
  /** Beside the server's own handle. */
  readonly sql: Sql;
}

/** A customer of a server, with all there is to fill and inspect it. */
export interface Place extends Directory {
  readonly server: Server;
  readonly account: Account;
}

/** What a customer of a server is to have. */
export interface Wanted {
  /** Users 0 … `users` - 1. */
  readonly users: number;
  /** Directories of the same size that are to be different ones. @default '' */
  readonly purpose?: string;
}

/** Starts servers, makes and fills their customers, and ends all of it. */
export interface Lab {
  readonly scale: Scale;
  /** Whether PostgreSQL is installed. */
  readonly hasPostgres: boolean;
  /** A server of this setting, the same at every call. */
  server(setting: Setting): Promise<Server>;
  /** A directory of this setting, the same at every call. */
  directory(setting: Setting, wanted: Wanted): Promise<Place>;
  /** A further process on the database of a server, and its client for the same customer. */
  secondProcess(place: Place): Promise<{ readonly target: Target; readonly processId: number }>;
  /** Makes this many customers at once, with `users` users each. */
  customers(setting: Setting, wanted: { count: number; users: number }): Promise<readonly Place[]>;
  /** The most memory each scimkit process has had, in MB. */
  peaks(): readonly { readonly setting: Setting; readonly rssMb: number }[];
  /** Everything found wrong so far, by product. */
  failures(): readonly { readonly product: string; readonly failure: string }[];
  close(): Promise<void>;
}

/** Users of the first directory of a server that are looked up and changed before anything is measured. */
const WARMING_USERS = 100;

/** @param options.nodeOptions of every scimkit process, such as `--cpu-prof` */
export async function openLab(
  scale: Scale,
  { nodeOptions }: { nodeOptions: readonly string[] },
): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'scimkit-bench-'));
  // Servers end with this process, whatever ends it; so do their files.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const postgres = await startPostgres();
  const servers = new Map<string, Promise<Server>>();
  const places = new Map<string, Promise<Place>>();
  const started: { readonly process: Started; readonly setting: Setting }[] = [];
  const targets: Target[] = [];
  const checks: { readonly product: string; readonly checks: Checks }[] = [];
  let count = 0;

  const start = async (setting: Setting, database: string): Promise<Started> => {
    const { product, http } = setting;
    const process = await startProcess(product.script, {
      environment: {
        HTTP: http,
        DATABASE: database,
        RATE_LIMITS: setting.isLimited ? 'on' : 'off',
        GROUPED: setting.isGrouped ? '1' : '',
      },
      nodeOptions: product === SCIMKIT ? [...nodeOptions, ...(setting.nodeOptions ?? [])] : [],
    });
    started.push({ process, setting });
    return process;
  };

  const startServer = async (setting: Setting): Promise<Server> => {
    count += 1;
    const database = await createDatabase(setting, { postgres, file: join(folder, `${count}.db`) });
    await setting.product.prepare?.(database);
    const { processId, url } = await start(setting, database);
    return { setting, database, processId, url, sql: await openSql(database) };
  };

  const toPlace = (server: Server, account: Account, users: number): Place => {
    const target = new Target({ base: server.url + account.path, token: account.key });
    targets.push(target);
    const place = {
      server,
      account,
      target,
      processes: toProcesses(server, postgres),
      checks: new Checks(),
      users,
      prefix: 'u',
      toExternalId: (index: number) => `${account.name}-ext-${toDigits(index)}`,
    };
    checks.push({ product: server.setting.product.name, checks: place.checks });
    return place;
  };

  const lab: Lab = {
    scale,
    hasPostgres: postgres !== undefined,
    server: (setting) => remember(servers, nameOf(setting), () => startServer(setting)),
    directory: (setting, { users, purpose = '' }) =>
      remember(places, `${nameOf(setting)} ${users} ${purpose}`, async () => {
        const shared = await lab.server(setting);
        const [known] = await setting.product.createAccounts(shared.database, takeNumbers(shared, 1));
        if (known !== undefined) return warmUp(await fill(toPlace(shared, known, users)));
        const own = await startServer(setting);
        const [account] = await setting.product.createAccounts(own.database, [1]);
        if (account === undefined) throw new Error(`${setting.product.name} has no customers.`);
        return warmUp(await fill(toPlace(own, account, users)));
      }),
    async secondProcess({ server, account }) {
      const { url, processId } = await start(server.setting, server.database);
      const target = new Target({ base: url + account.path, token: account.key });
      targets.push(target);
      return { target, processId };
    },
    async customers(setting, wanted) {
      const server = await lab.server(setting);
      const { product } = setting;
      const accounts = await product.createAccounts(server.database, takeNumbers(server, wanted.count));
      const [first, ...others] = accounts;
      if (first === undefined || product.copyUsers === undefined)
        throw new Error(`${product.name} has no customers.`);
      await fill(toPlace(server, first, wanted.users));
      await product.copyUsers(server.sql, first, others);
      await server.sql.settle();
      return accounts.map((account) => toPlace(server, account, wanted.users));
    },
    peaks: () =>
      started
        .filter(({ setting }) => setting.product === SCIMKIT)
        .map(({ process, setting }) => ({ setting, rssMb: readPeakRssMb(process.processId) })),
    failures: () =>
      checks.flatMap(({ product, checks: { failed } }) => failed.map((failure) => ({ product, failure }))),
    async close() {
      for (const target of targets) target.close();
      for (const { process } of started) await process.stop();
      for (const server of servers.values()) await server.then(({ sql }) => sql.close()).catch(() => {});
      await postgres?.stop();
    },
  };

  const warm = new Set<Server>();
  const warmUp = async (place: Place): Promise<Place> => {
    // One with rate limits would refuse what warms it, and what is measured right behind.
    const isLimited = place.server.setting.isLimited === true;
    if (isLimited || warm.has(place.server) || place.users < WARMING_USERS) return place;
    warm.add(place.server);
    const seconds = scale.warmingSeconds;
    await findUser(place, { by: 'userName', seconds, concurrency: 8 });
    const end = performance.now() + seconds * 1000;
    for (let run = 1; performance.now() < end; run += 1)
      await changeUsers(place, { count: WARMING_USERS, concurrency: 8, seconds, run: `warm-up ${run}` });
    return place;
  };

  const taken = new Map<Server, number>();
  const takeNumbers = (server: Server, wanted: number): readonly number[] => {
    const before = taken.get(server) ?? 0;
    taken.set(server, before + wanted);
    return Array.from({ length: wanted }, (_, at) => before + at + 1);
  };
  return lab;
}

/** What a setting is called where it is told apart. */
export function nameOf(setting: Setting): string {
  return `${setting.product.name}, ${describe(setting)}`;
}

/** What a setting is called where all are of one product. */
export function describe({ http, database, isGrouped, isLimited, label }: Setting): string {
  const store = database === 'sqlite' ? 'SQLite' : 'PostgreSQL';
  const more = `${isGrouped ? ', commits grouped' : ''}${isLimited ? ', rate limits on' : ''}${label ? `, ${label}` : ''}`;
  return `${http === 'express' ? 'Express' : 'node:http'} + ${store}${more}`;
}

/** The database's processes belong to the cost. */
function toProcesses({ processId, setting }: Server, postgres: Postgres | undefined): Processes {
  const isShared = setting.database === 'postgres' && postgres !== undefined;
  return new Processes(isShared ? [processId, postgres.processId] : [processId]);
}

async function createDatabase(
  { database }: Setting,
  { postgres, file }: { postgres: Postgres | undefined; file: string },
): Promise<string> {
  if (database === 'sqlite') return `sqlite:${file}`;
  if (postgres === undefined) throw new Error('PostgreSQL is not installed.');
  return postgres.createDatabase();
}

/** One user over HTTP, the others from it. */
async function fill(place: Place): Promise<Place> {
  const { target, server, account, users, prefix } = place;
  if (users === 0) return place;
  const number = 9_999_999;
  const answer = await target.createUser(createUser(prefix, number));
  const problem = expectStatus(answer, 201);
  if (problem !== undefined || answer.json?.id === undefined) throw new Error(`No user was made: ${problem}`);
  const template = { id: answer.json.id, digits: toDigits(number), count: users };
  await server.setting.product.fillUsers(server.sql, account, template);
  await server.sql.settle();
  const total = await target.countUsers();
  if (total !== users) throw new Error(`${nameOf(server.setting)} has ${total} users, not ${users}.`);
  return place;
}

async function remember<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const present = known.get(key) ?? make();
  known.set(key, present);
  return present;
}
