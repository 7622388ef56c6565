// A thread that asks for more than it is allowed, at an even rate: what that costs must not fall on whoever measures.
import { parentPort, workerData } from 'node:worker_threads';
import { Connection } from '../../bench/driver/connection.ts';
import { pace } from './pace.ts';

/** What is sent, to one server or several in turn. */
export interface NoiseOptions {
  readonly ports: readonly number[];
  readonly token: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** How often each status was answered, 0 where the connection ended without, and every `Retry-After` of a 429. */
export interface Noise {
  readonly statuses: ReadonlyMap<number, number>;
  readonly waits: ReadonlySet<string>;
}

const { ports, token, ...rate } = workerData as NoiseOptions;
const statuses = new Map<number, number>();
const waits = new Set<string>();
const idle = ports.map((): Connection[] => []);
const all: Connection[] = [];

const open = (port: number | undefined) => {
  const connection = new Connection(new URL(`http://127.0.0.1:${port}`), 60_000);
  all.push(connection);
  return connection;
};

await pace(rate, async (index) => {
  const server = index % ports.length;
  const connection = idle[server]?.pop() ?? open(ports[server]);
  const { status, headers } = await connection
    .request({
      method: 'GET',
      path: '/scim/v2/Users?count=1',
      headers: `authorization: Bearer ${token}\r\n`,
    })
    .catch(() => ({ status: 0, headers: '' }));
  idle[server]?.push(connection);
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  if (status === 429) waits.add(/\r\nretry-after: *([^\r\n]*)/i.exec(headers)?.[1] ?? 'none');
});
for (const connection of all) connection.close();
parentPort?.postMessage({ statuses, waits } satisfies Noise);
