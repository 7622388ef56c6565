import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expectOneUser } from '../driver/expect.ts';
import { createGroup, toUserName } from '../driver/fixtures.ts';
import { type Measured, Recorder } from '../driver/measure.ts';
import { makeGroup } from '../driver/workload.ts';
import { type Customer, mixed, toCustomer } from '../driver/workloads/mixed.ts';
import { type Aim, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, type Place, SETTINGS, type Setting } from '../lab/lab.ts';
import { ratio, runRounds } from '../lab/rounds.ts';

/** Users of each customer. */
const USERS = 1000;

/** Requests a second of the customers beside the noisy one, all together. */
const CALM_RATE = 100;

/** Many customers cost what one does, and do not feel each other. */
export const P8: Aim = {
  id: 'P-8',
  title: 'many customers, mixed requests',
  async run(lab) {
    const rows: Row[] = [];
    for (const name of lab.hasPostgres ? (['express', 'postgres'] as const) : (['express'] as const))
      rows.push(await compareToOne(lab, SETTINGS[name]));
    rows.push(await compareToNoise(lab));
    return { rows };
  },
};

async function compareToOne(lab: Lab, setting: Setting): Promise<Row> {
  const count = Math.min(100, lab.scale.customers);
  const many = await toCustomers(await lab.customers(setting, { count, users: USERS }));
  const one = await toCustomers(await lab.customers(setting, { count: 1, users: USERS }));
  const options = { seconds: lab.scale.seconds * 2, concurrency: 8 };
  const measured = await runRounds(lab.scale.rounds, {
    many: ({ run, weight }) => mixed(many, { ...options, seconds: options.seconds * weight, run: `m${run}` }),
    one: ({ run, weight }) => mixed(one, { ...options, seconds: options.seconds * weight, run: `o${run}` }),
  });
  return {
    what: `CPU with ${count} customers, ${describe(setting)}, of one`,
    measured: ratio(measured.many, measured.one, 'cpuMs'),
    unit: '×',
    bound: atMost(1.2),
    ...(count < 100 && { note: 'smaller than the target' }),
  };
}

async function toCustomers(places: readonly Place[]): Promise<readonly Customer[]> {
  const customers: Customer[] = [];
  for (const place of places)
    customers.push(await toCustomer(place, await makeGroup(place.target, createGroup('mixed', 0))));
  return customers;
}

/** One customer asks as fast as it can, from a thread of its own; the rate limits are on. */
async function compareToNoise(lab: Lab): Promise<Row> {
  const [noisy, ...others] = await lab.customers(SETTINGS.limited, { count: 20, users: 100 });
  if (noisy === undefined) throw new Error('There is no customer.');
  const seconds = lab.scale.seconds * 3;
  const measured = await runRounds(lab.scale.rounds, {
    calm: ({ weight }) => askCalmly(others, seconds * weight),
    async beside({ weight }) {
      const { base, token } = noisy.target;
      const worker = new Worker(new URL('../driver/noise.ts', import.meta.url), {
        workerData: { base, token, concurrency: 16 },
      });
      try {
        await setTimeout(200);
        return await askCalmly(others, seconds * weight);
      } finally {
        await worker.terminate();
      }
    },
  });
  return {
    what: `p99 beside a noisy customer, ${describe(SETTINGS.limited)}, of without`,
    measured: ratio(measured.beside, measured.calm, 'p99'),
    unit: '×',
    bound: atMost(2),
  };
}

/** Look-ups at a steady pace, whether or not the one before has been answered. */
async function askCalmly(places: readonly Place[], seconds: number): Promise<Measured> {
  const recorder = new Recorder(places[0]).start();
  const asked: Promise<unknown>[] = [];
  const begin = performance.now();
  for (let at = 0; at < seconds * CALM_RATE; at += 1) {
    const place = places[at % places.length];
    const number = (at * 7) % (place?.users ?? 1);
    const name = toUserName('u', number);
    if (place !== undefined) {
      const find = () => place.target.findUsers(`userName eq "${name}"`);
      asked.push(recorder.time(find, expectOneUser(name, place.toExternalId(number))));
    }
    const wait = begin + ((at + 1) * 1000) / CALM_RATE - performance.now();
    if (wait > 0) await setTimeout(wait);
  }
  await Promise.all(asked);
  return recorder.stop().summary();
}
