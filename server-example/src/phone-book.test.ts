import { createScim, type ScimEvent } from 'scimkit';
import { expect, onTestFinished, test } from 'vitest';
import { countInputs, runs, SEED, seconds } from '../../sdk/test/support/counts.ts';
import { createDice } from '../../sdk/test/support/dice.ts';
import { connect, patch, send, user } from '../../sdk/test/support/scim.ts';
import { createTestDatabase } from '../test/test-database.ts';
import { openDatabase } from './database.ts';
import { createPhoneBook, listPhoneBook } from './phone-book.ts';

test(
  'fault-F16: each event comes one to three times, old ones late as well, and the phone book is what the directory has',
  async () => {
    const dice = createDice(SEED);
    const { url, remove } = await createTestDatabase();
    onTestFinished(remove);
    const database = await openDatabase({ url, nowSeconds: 0, warn() {} });
    onTestFinished(() => database.close());
    const scim = createScim({
      database: database.forScim,
      pepper: 'a pepper for tests',
      endpointUrl: 'https://app.example/scim/v2',
      limits: { rateLimit: false, maxConcurrentRequests: false },
    });
    onTestFinished(() => scim.close());
    const { key } = await connect(scim, 'northwind');
    /** Names of who is there and active, by id. */
    const model = new Map<string, string>();
    const gone = new Map<string, string>();
    for (let at = 0; at < runs(120); at += 1) {
      const known = [...model.keys()];
      const choice = known.length < 3 ? 0 : dice.int(4);
      const id = known.length === 0 ? '' : dice.pick(known);
      const change = (value: object) =>
        send(scim, `/Users/${id}`, { key, method: 'PATCH', body: patch({ op: 'replace', value }) });
      if (choice === 0) {
        const name = `person-${at}`;
        model.set((await send(scim, '/Users', { key, body: user(name) })).body.id, name);
      } else if (choice === 1) {
        await change({ displayName: `Name ${at}` });
        model.set(id, `Name ${at}`);
      } else {
        if (choice === 2) await change({ active: false });
        else await send(scim, `/Users/${id}`, { key, method: 'DELETE' });
        gone.set(id, model.get(id) ?? '');
        model.delete(id);
      }
    }
    const events: ScimEvent[] = [];
    for (let after: string | undefined; ; ) {
      const page = (await scim.events.list({ after })).getOrThrow();
      events.push(...page.events);
      after = page.next;
      if (!page.hasMore) break;
    }

    const handle = createPhoneBook(database);
    let told = 0;
    for (const [at, event] of events.entries()) {
      // Once in its place, and up to twice later.
      const earlier = dice.picks(events.slice(0, at + 1), dice.int(3));
      for (const one of [event, ...earlier]) {
        await handle(one);
        told += 1;
      }
    }

    countInputs('F16 events told to the phone book', told);
    const names = (await listPhoneBook(database, 'northwind')).map(({ name }) => name);
    expect(names.toSorted(), `SCIMKIT_SEED=${SEED}`).toEqual([...model.values()].toSorted());
    expect(gone.size).toBeGreaterThan(0);
  },
  seconds(60),
);
