import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../../support/counts.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { createDice } from '../../support/dice.ts';
import { connect, openScim, patch, send, user } from '../../support/scim.ts';
import { MISSING, startPair } from './pair.ts';

const reason =
  MISSING.length > 0
    ? `needs ${MISSING.join(', ')}`
    : process.env.SCIMKIT_RUNS === undefined
      ? 'long run'
      : undefined;
if (MISSING.length > 0) console.warn(`Failover is not tried: it needs ${MISSING.join(', ')}.`);

const dice = createDice(SEED);

async function open(statementTimeoutMs?: number) {
  const pair = await startPair();
  const on: TestDatabase = {
    location: { kind: 'postgres', database: pair.url },
    option: pair.url,
    prefix: 'scim_',
    postgres: { poolSize: 8, ...(statementTimeoutMs && { statementTimeoutMs }) },
    file: undefined,
    rows: async () => [],
    remove: async () => {},
  };
  const { scim, log } = openScim({ on });
  return { pair, scim, log, ...(await connect(scim, 'acme', { guard: 'off' })) };
}

describe.skipIf(reason !== undefined)(
  `failover to a synchronous standby${reason ? ` (skipped: ${reason})` : ''}`,
  () => {
    test(
      `I1, I2, I4: nothing acknowledged is lost, the rest is 503 with Retry-After, and service comes back by itself (SCIMKIT_SEED=${SEED})`,
      async () => {
        for (let round = 0; round < runs(1); round += 1) await failOver();
      },
      seconds(90),
    );

    test(
      'I1: a commit the standby did not confirm is not acknowledged, neither late nor called off by an administrator',
      async () => {
        const { pair, scim, key } = await open(1_500);
        const create = (name: string) => send(scim, '/Users', { key, body: user(name) });
        expect((await create('before')).status).toBe(201);
        pair.pauseStandby();
        const calledOff = create('called off');
        await expect.poll(() => callOff(pair.url), { timeout: 5_000 }).toBeGreaterThan(0);
        for (const { status, headers } of [await calledOff, await create('late')])
          expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
        pair.resumeStandby();
        await expect
          .poll(async () => (await create('after')).status, { timeout: 20_000 })
          .toBeOneOf([201, 409]);
      },
      seconds(60),
    );
  },
);

/** What an administrator does who wants to get rid of waiting commits. Answers how many younger than a second there were. */
async function callOff(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
     WHERE wait_event = 'SyncRep' AND query_start > clock_timestamp() - interval '1 second'`,
  );
  await client.end();
  return rows.length;
}

interface Acknowledged {
  readonly id: string;
  title: string;
}

async function failOver(): Promise<void> {
  const { pair, scim, log, key, connectionId } = await open();
  const acknowledged: Acknowledged[] = [];
  const tally = new Map<number, number>();
  let isOver = false;
  let sinceFailover = 0;
  let isPromoted = false;
  const work = async (client: number) => {
    for (let index = 0; !isOver; index += 1) {
      const known = index % 3 === 2 ? acknowledged.filter((_, at) => at % 8 === client).at(-1) : undefined;
      const title = `${client}-${index}`;
      const answer =
        known === undefined
          ? await send(scim, '/Users', { key, body: user(`user-${client}-${index}`) })
          : await send(scim, `/Users/${known.id}`, {
              key,
              method: 'PATCH',
              body: patch({ op: 'replace', path: 'title', value: title }),
            });
      tally.set(answer.status, (tally.get(answer.status) ?? 0) + 1);
      expect([200, 201, 503], answer.text).toContain(answer.status);
      if (answer.status === 503) {
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
        // Whether the change was made is not known any more.
        if (known !== undefined) acknowledged.splice(acknowledged.indexOf(known), 1, { ...known, title: '' });
        await sleep(50);
        continue;
      }
      if (isPromoted) sinceFailover += 1;
      if (known === undefined) acknowledged.push({ id: answer.body.id, title: '' });
      else acknowledged.splice(acknowledged.indexOf(known), 1, { ...known, title });
    }
  };
  const clients = Array.from({ length: 8 }, (_, client) => work(client));
  const everyone = Promise.all(clients);
  const enough = 25 + dice.int(75);
  while (acknowledged.length < enough) await Promise.race([everyone, sleep(5)]);
  pair.killPrimary();
  const acknowledgedBefore = acknowledged.length;
  await Promise.race([everyone, sleep(200 + dice.int(800))]);
  await pair.promote();
  isPromoted = true;
  const deadline = Date.now() + 30_000;
  while (sinceFailover < 40 && Date.now() < deadline) await Promise.race([everyone, sleep(50)]);
  isOver = true;
  await everyone;

  expect(sinceFailover).toBeGreaterThanOrEqual(40);
  expect(acknowledgedBefore).toBeGreaterThan(20);
  expect(tally.get(503) ?? 0).toBeGreaterThan(0);
  for (const { id, title } of acknowledged) {
    const found = await send(scim, `/Users/${id}`, { key });
    expect(found.status).toBe(200);
    if (title !== '') expect(found.body.title).toBe(title);
  }
  const client = new pg.Client({ connectionString: pair.url });
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  const { rows } = await client.query(
    'SELECT position, resource_id, resource_version FROM scim_events WHERE connection_id = $1 ORDER BY position',
    [connectionId],
  );
  expect(rows.map(({ position }) => Number(position))).toEqual(rows.map((_, index) => index + 1));
  const told = new Set(rows.map(({ resource_id }) => resource_id));
  expect(acknowledged.filter(({ id }) => !told.has(id))).toEqual([]);
  expect(log.filter(({ message }) => /unexpected/i.test(message))).toEqual([]);
  await client.end();

  countInputs('failovers to a synchronous standby');
  countInputs(
    'writes acknowledged around failovers, none lost',
    (tally.get(200) ?? 0) + (tally.get(201) ?? 0),
  );
  countInputs('requests answered 503 around failovers', tally.get(503) ?? 0);
}
