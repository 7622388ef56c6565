import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetter, Scim } from '../../../src/index.ts';
import { type QueueModel, type Try, toLine } from './queue-model.ts';

/** What handlers were told, by resource. */
export class TriesBook {
  readonly tries = new Map<string, Try[]>();
  count = 0;

  note(resourceId: string, one: Try) {
    const own = this.tries.get(resourceId) ?? [];
    own.push(one);
    this.tries.set(resourceId, own);
    this.count += 1;
  }
}

const PATIENCE_MS = 20_000;

/** Waits until everything is told and written down that the model says is, and answers where the two differ. */
export async function settle(scim: Scim, model: QueueModel, book: TriesBook): Promise<readonly string[]> {
  const end = performance.now() + PATIENCE_MS;
  const waiting = model.waiting().toSorted();
  const expected = waiting.join('\n');
  for (;;) {
    const isTold = book.count >= model.count();
    const stored = isTold ? (await listLetters(scim, 'waiting')).map(toStored).toSorted() : [];
    const isWritten = isTold && stored.join('\n') === expected;
    if (isWritten || performance.now() > end)
      return [...compareTries(model, book), ...(isWritten ? [] : compare('waits', waiting, stored))];
    await sleep(10);
  }
}

/** All pages. */
export async function listLetters(scim: Scim, state: 'waiting' | 'dead'): Promise<readonly DeadLetter[]> {
  const all: DeadLetter[] = [];
  for (let after: string | undefined; ; ) {
    const { letters, next } = (
      await scim.events.deadLetters.list({ state, after, limit: 1000 })
    ).getOrThrow();
    all.push(...letters);
    if (next === undefined) return all;
    after = next;
  }
}

function toStored({ event, attempts, nextAttemptAt }: DeadLetter): string {
  const dueAt = nextAttemptAt === null ? null : nextAttemptAt * 1000;
  return toLine(event.resourceId, { version: event.resourceVersion, attempts, dueAt });
}

function compareTries(model: QueueModel, book: TriesBook): readonly string[] {
  const ids = new Set([...model.tries.keys(), ...book.tries.keys()]);
  const write = (tries: readonly Try[] = []) =>
    tries.map(({ version, attempt, at }) => `v${version} try ${attempt} at ${at / 1000}`).join(', ');
  return [...ids].flatMap((id) => {
    const [expected, told] = [write(model.tries.get(id)), write(book.tries.get(id))];
    return expected === told ? [] : [`${id} was told [${told}] instead of [${expected}]`];
  });
}

function compare(what: string, expected: readonly string[], found: readonly string[]): readonly string[] {
  const [wanted, there] = [new Set(expected), new Set(found)];
  return [
    ...expected.filter((line) => !there.has(line)).map((line) => `not there: ${what} ${line}`),
    ...found.filter((line) => !wanted.has(line)).map((line) => `not expected: ${what} ${line}`),
  ];
}
