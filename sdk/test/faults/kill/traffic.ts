import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '../../support/dice.ts';
import { group } from '../../support/scim.ts';
import type { Connected } from './app-process.ts';
import { CREW, createDeeds, created, type Deed, type Person, readId } from './deeds.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { createLedger, GROUP, type Ledger } from './ledger.ts';

export interface TrafficOptions extends Connected {
  readonly port: number;
  readonly dice: Dice;
}

/** Clients that write at the same time, each one request after the other. */
const CLIENTS = 12;

/** Mixed writes of several clients at once, and what they know of their outcome. */
export interface Traffic {
  readonly ledger: Ledger;
  /** Resolves when every client has had a write answered 2xx. */
  readonly begun: Promise<void>;
  /** Resolves at the first write that was answered 2xx from now on. */
  nextAcknowledgement(): Promise<void>;
  /** How often each status was answered; 0 = the connection ended without one. */
  readonly statuses: ReadonlyMap<number, number>;
  /** The `Retry-After` of answers of 503 that is no whole number of seconds. */
  readonly badRetries: readonly string[];
  /** Sends no further writes, and waits for the answers to those under way. */
  stop(): Promise<void>;
}

/** @returns once the group all clients use is there */
export async function startTraffic({ dice, ...connected }: TrafficOptions): Promise<Traffic> {
  const http = createHttpClient(connected);
  const ledger = createLedger();
  const statuses = new Map<number, number>();
  const badRetries: string[] = [];
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const begunClients = new Set<number>();
  let first = Promise.withResolvers<void>();
  let isOver = false;
  const count = (status: number) => void statuses.set(status, (statuses.get(status) ?? 0) + 1);

  /** Answers whose state is known afterwards. */
  const perform = async (deed: Deed): Promise<readonly Person[]> => {
    const head = await http.send(deed.call).catch(() => undefined);
    const status = head?.status ?? 0;
    count(status);
    if (head === undefined || status >= 300) {
      ledger.doubt(deed.effects);
      if (status === 503 && !/^[1-9]\d*$/.test(head?.retryAfter ?? ''))
        badRetries.push(`${head?.retryAfter}`);
      return [];
    }
    const { people, writes, refused = [] } = deed.succeed(head);
    for (const one of refused) count(one.status);
    const isRefused = ([name]: readonly [string, string]) => refused.some((one) => one.name === name);
    const effects = [...deed.effects];
    ledger.acknowledge(new Map(effects.filter((effect) => !isRefused(effect))), writes);
    if (refused.length > 0) ledger.doubt(new Map(effects.filter(isRefused)));
    if (writes.length > 0) first.resolve();
    return people;
  };

  const crew = await createCrew(http);
  ledger.acknowledge(new Map([[CREW, GROUP]]), [created(crew, 'group')]);

  const work = async (client: number): Promise<void> => {
    const choose = createDeeds(client, { crew, dice });
    let people: readonly Person[] = [];
    while (!isOver) {
      const deed = choose(people);
      const known = await perform(deed);
      people = [...people.filter((person) => !deed.about.includes(person)), ...known];
      if (known.length > 0 && begunClients.add(client).size === CLIENTS) begin();
      // What cannot serve now is asked again a little later.
      if (known.length === 0 && deed.call.method !== 'DELETE') await sleep(20);
    }
  };
  const working = Promise.all(Array.from({ length: CLIENTS }, (_, client) => work(client)));
  // Whoever stops the traffic is told.
  working.catch(() => {});

  return {
    ledger,
    statuses,
    badRetries,
    begun,
    nextAcknowledgement() {
      first = Promise.withResolvers();
      return first.promise;
    },
    async stop() {
      isOver = true;
      await working;
      http.close();
    },
  };
}

async function createCrew(http: HttpClient): Promise<string> {
  const head = await http.send({ method: 'POST', path: '/Groups', body: group(CREW) });
  if (head.status !== 201) throw new Error(`The group was answered ${head.status}.`);
  return readId(head.location);
}
