import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { refuse } from '../../src/index.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { EventRecord } from '../../src/store/port.ts';
import { createScope } from '../../src/store/scope.ts';
import { groupType, userType } from '../support/connections.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { isOnPostgres } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { connect, openScim, patch, send, user } from '../support/scim.ts';

const kind = isOnPostgres() ? 'postgres' : 'sqlite';
const WRITERS = 8;
/** The longest time a transaction stays open between its write and its commit. */
const LONGEST_MS = 6;
/** Few, so that the reader is never far behind a writer. */
const PAGE = 7;

test(
  `fault-F23 ${kind}, inv-I2: who follows the cursor meets every event once and in order, whenever its commit comes`,
  async () => {
    const dice = createDice(SEED);
    const wait = async () => {
      await sleep(dice.int(LONGEST_MS + 1));
      // What was numbered is taken back: no number may be lost by it.
      if (dice.oneIn(10)) throw refuse({ status: 403, detail: 'no' });
    };
    const first = openScim();
    const { database } = first;
    const { key, ...ids } = await connect(first.scim, 'acme', { guard: 'off' });
    const hooks = { userCreated: wait, userUpdated: wait, userDeleted: wait };
    // As many processes as writers, each with connections of its own.
    const writers = Array.from({ length: WRITERS }, () => openScim({ on: database, hooks }).scim);
    const store = openStore(database.location, { prefix: database.prefix, types: [userType, groupType] });
    onTestFinished(() => store.close());
    const reader = store.resources(createScope(ids));

    const seen: EventRecord[] = [];
    const readOn = async () => {
      const page = await reader.events({ after: seen.at(-1)?.position ?? 0, limit: PAGE });
      seen.push(...page);
      return page.length;
    };
    let isOver = false;
    const reading = (async () => {
      while (!isOver) if ((await readOn()) < PAGE) await sleep(1);
    })();

    const total = runs(1_000);
    const acknowledged: string[] = [];
    let sent = 0;
    await Promise.all(
      writers.map(async (scim, at) => {
        let own: string | undefined;
        while (sent < total) {
          sent += 1;
          const choice = own === undefined ? 0 : dice.int(4);
          const answer =
            own === undefined || choice === 0
              ? await send(scim, '/Users', { key, body: user(`person-${at}-${sent}`) })
              : choice === 1
                ? await send(scim, `/Users/${own}`, { key, method: 'DELETE' })
                : await send(scim, `/Users/${own}`, {
                    key,
                    method: 'PATCH',
                    body: patch({ op: 'replace', value: { title: `title ${sent}` } }),
                  });
          if (answer.status === 403) continue;
          expect([200, 201, 204]).toContain(answer.status);
          if (answer.status === 201) own = String(answer.body.id);
          acknowledged.push(`${own} ${answer.status === 204 ? 'deleted' : answer.body.meta.version}`);
          if (answer.status === 204) own = undefined;
        }
      }),
    );
    isOver = true;
    await reading;
    while ((await readOn()) > 0);

    countInputs(`F23 writes with an event each, ${kind}: committed`, acknowledged.length);
    countInputs(`F23 writes with an event each, ${kind}: rolled back`, total - acknowledged.length);
    const committed = await database.rows('SELECT id FROM {p}events ORDER BY position');
    expect(
      seen.map(({ id }) => id),
      `SCIMKIT_SEED=${SEED}`,
    ).toEqual(committed.map(({ id }) => id));
    expect(seen.map(({ position }) => position)).toEqual(acknowledged.map((_, index) => index + 1));
    const told = seen.map(({ resourceId, resourceVersion, type }) =>
      type === 'user.deleted' ? `${resourceId} deleted` : `${resourceId} W/"${resourceVersion}"`,
    );
    expect(told.toSorted()).toEqual(acknowledged.toSorted());
    // In order for each resource: its versions only rise.
    const last = new Map<string, number>();
    for (const { resourceId, resourceVersion } of seen) {
      expect(resourceVersion).toBeGreaterThan(last.get(resourceId) ?? 0);
      last.set(resourceId, resourceVersion);
    }
  },
  seconds(90),
);
