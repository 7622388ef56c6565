import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EventDelivery, ScimEvent } from '../../src/index.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { connect, openScim, send, user } from '../support/scim.ts';
import { QueueModel } from './failing/queue-model.ts';
import { settle, TriesBook } from './failing/settle.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
/** The long run waits as long as handlers have by default; a slow one takes twice as long. */
const IS_LONG = process.env.SCIMKIT_RUNS !== undefined;
const TIMEOUT_SECONDS = IS_LONG ? 15 : 1;
const TIMEOUT_MS = TIMEOUT_SECONDS * 1000;
const CONCURRENCY = 8;
const DELAYS_SECONDS = [5, 300];

/** What a handler does with each try of an event; beyond the list it works at once. */
const behaviour = fc.constantFrom('hangs', 'hangs deaf', 'slow');
const trouble = fc.array(behaviour, { minLength: 1, maxLength: 2 });
/** Of one connection: those in trouble, fewer than there are places, and how many others come between them. */
const customer = fc.record({
  troubles: fc.array(trouble, { minLength: CONCURRENCY - 2, maxLength: CONCURRENCY - 1 }),
  others: fc.integer({ min: 15, max: 40 }),
  offset: fc.nat(20),
});
const history = fc.array(customer, { minLength: 4, maxLength: 4 });

function median(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;
}

test(
  `fault-F13, inv-I14, P27 ${kind}: however handlers hang and dawdle, requests are as quick as without them, other resources flow, and each is given up in time and tried again`,
  async () => {
    await fc.assert(
      fc.asyncProperty(history, async (customers) => {
        const time = { now: Date.parse('2026-03-02T08:00:00Z') };
        const { scim } = openScim({ clock: () => time.now, dispatch: { pollMs: 10, leaseSeconds: 30 } });
        const model = new QueueModel(DELAYS_SECONDS.map((delay) => delay * 1000));
        const book = new TriesBook();
        const begun = new Map<string, number>();
        const given: number[] = [];
        const handler = async (event: ScimEvent, { attempt, signal }: EventDelivery) => {
          const { resourceId, resourceVersion: version, data } = event;
          const { title = '' } = data.resource as { readonly title?: string };
          const what = title.split(', ')[attempt - 1];
          book.note(resourceId, { version, attempt, at: time.now });
          const start = performance.now();
          begun.set(`${resourceId} ${attempt}`, start);
          if (what === undefined || what === '') return;
          signal.addEventListener('abort', () => void given.push(performance.now() - start));
          if (what === 'slow') await sleep(2 * TIMEOUT_MS);
          else
            await new Promise<void>((resolve) => {
              if (what === 'hangs') signal.addEventListener('abort', () => resolve());
            });
        };
        const create = async (key: string, title: string) => {
          const name = `user-${crypto.randomUUID()}`;
          const start = performance.now();
          const { body, status } = await send(scim, '/Users', { key, body: user(name, { title }) });
          expect(status).toBe(201);
          return { id: String(body.id), start, took: performance.now() - start };
        };
        const keys = await Promise.all(
          customers.map(async (_customer, at) => (await connect(scim, `customer-${at}`)).key),
        );
        const before: number[] = [];
        for (let at = 0; at < 60; at += 1)
          before.push((await create(String(keys[at % keys.length]), '')).took);

        scim.events.subscribe({
          ...{ name: 'list', from: 'now', handler, concurrency: CONCURRENCY },
          timeoutSeconds: TIMEOUT_SECONDS,
          retryDelaysSeconds: DELAYS_SECONDS,
        });
        scim.dispatcher.start();
        // Until it is known, and with that where it begins.
        await sleep(300);
        const took: number[] = [];
        const others: { readonly id: string; readonly written: number }[] = [];
        const plans = customers.flatMap(({ troubles, others: count, offset }, at) => {
          const key = String(keys[at]);
          const quick = Array.from({ length: count }, () => ({ key, title: '' }));
          const hung = troubles.map((tries) => ({ key, title: tries.join(', ') }));
          return [...quick.slice(0, offset), ...hung, ...quick.slice(offset)].map((one, index) => ({
            ...one,
            order: index,
          }));
        });
        for (const { key, title } of plans.toSorted((one, other) => one.order - other.order)) {
          const { id, start, took: time_ } = await create(key, title);
          took.push(time_);
          model.add(id, { version: 1, failures: title === '' ? 0 : title.split(', ').length, now: time.now });
          if (title === '') others.push({ id, written: start });
        }
        const expectSettled = async (moment: string) =>
          expect({ moment, faults: await settle(scim, model, book) }).toEqual({ moment, faults: [] });
        await expectSettled('given up');
        const waits = others.map(({ id, written }) => (begun.get(`${id} 1`) ?? Infinity) - written);
        for (let due = model.lastDue(); due !== undefined; due = model.lastDue()) {
          time.now = Math.max(due, time.now);
          model.pass(time.now);
          await expectSettled('tried again');
        }
        await scim.dispatcher.stop();

        const hung = customers.flatMap(({ troubles }) => troubles.flat()).length;
        countInputs(`F13 handlers that hang or dawdle, ${kind}`, hung);
        countInputs(`F13 requests meanwhile, ${kind}`, took.length);
        expect(given).toHaveLength(hung);
        expect(Math.min(...given)).toBeGreaterThan(TIMEOUT_MS - 50);
        expect(median(waits)).toBeLessThan(TIMEOUT_MS / 3);
        expect(Math.max(...waits)).toBeLessThan(TIMEOUT_MS);
        expect(median(took)).toBeLessThan(3 * median(before) + 20);
      }),
      { numRuns: runs(2), seed: SEED, endOnFailure: true },
    );
  },
  seconds(IS_LONG ? 150 : 60),
);
