import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { findFaults } from '../faults/kill/compare.ts';
import { CREW } from '../faults/kill/deeds.ts';
import { createLedger, GROUP } from '../faults/kill/ledger.ts';
import { pickFault, startProxy } from '../faults/kill/proxy.ts';
import { pickWrite } from '../faults/kill/uncertain-write.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createTestDatabase } from '../support/databases.ts';
import { createDice } from '../support/dice.ts';
import { connect, group, openScim, patch, send, user } from '../support/scim.ts';

/** Writes at the same time while the network fails in one way. */
const AT_ONCE = 4;

/** How long a network may have failed for before a write succeeds again. */
const HEALED_MS = 10_000;

describe('the network between the server and its database fails', () => {
  test(
    'fault-F6, inv-I4, inv-I7: 2xx or 503, and what is sent again has been carried out once',
    async () => {
      const database = createTestDatabase();
      const direct = openScim({ on: database });
      const { key, connectionId } = await connect(direct.scim, 'acme', { guard: 'off' });
      const proxied = new URL(database.option);
      const proxy = await startProxy(Number(proxied.port));
      proxied.port = String(proxy.port);
      const { scim } = openScim({
        on: database,
        database: proxied.href,
        postgres: {
          poolSize: AT_ONCE,
          connectTimeoutMs: 500,
          lockTimeoutMs: 300,
          statementTimeoutMs: 400,
          idleTimeoutMs: 400,
        },
        limits: { hookTimeoutMs: 300 },
      });
      const crew = (await send(direct.scim, '/Groups', { key, body: group(CREW) })).body.id;
      const ledger = createLedger();
      ledger.acknowledge(new Map([[CREW, GROUP]]), []);
      const unexpected: string[] = [];
      let slowest = 0;

      for (let round = 0; round < runs(200) / AT_ONCE; round += 1) {
        const dice = createDice(SEED + Math.imul(round, 0x2545f491));
        const writes = await Promise.all(
          Array.from({ length: AT_ONCE }, async (_, index) => {
            const write = pickWrite(dice, `person-${round}-${index}`, crew);
            const made = write.first && (await send(direct.scim, write.first.path, { key, ...write.first }));
            return { write, call: { key, ...write.toCall(made?.body.id ?? '') } };
          }),
        );
        const fault = pickFault(dice, { saying: 'COMMIT\0', bytes: 4_000, delayMs: 50 });
        proxy.fail(fault);
        const answers = await Promise.all(writes.map(({ call }) => send(scim, call.path, call)));
        proxy.mend();
        const start = performance.now();
        await Promise.all(
          writes.map(async ({ write, call }, index) => {
            const { status, headers } = answers[index] ?? { status: 0, headers: new Headers() };
            const isDone = status < 300;
            countInputs(`F6 writes to PostgreSQL: ${isDone ? '2xx' : '503'}`);
            if (!isDone && (status !== 503 || !/^[1-9]\d*$/.test(headers.get('retry-after') ?? '')))
              unexpected.push(`${round}: ${fault.kind}: ${status}`);
            if (!isDone) {
              let again = await send(scim, call.path, call);
              while (again.status === 503 && performance.now() - start < HEALED_MS) {
                await sleep(50);
                again = await send(scim, call.path, call);
              }
              const isRepeated = again.status === 409 || again.status === 404;
              countInputs(`F6 second tries: ${isRepeated ? 'of what was done' : 'with 2xx'}`);
              if (!write.retried.includes(again.status))
                unexpected.push(`${round}: ${fault.kind}: again: ${again.status}`);
            }
            ledger.acknowledge(new Map([[write.name, write.after]]), []);
          }),
        );
        slowest = Math.max(slowest, performance.now() - start);
      }

      console.info(`fault-F6: healed after ${Math.round(slowest)} ms at the latest.`);
      expect({ seed: SEED, unexpected }).toEqual({ seed: SEED, unexpected: [] });
      expect({
        seed: SEED,
        faults: await findFaults((sql, values) => database.rows(sql, values), { connectionId, ledger }),
      }).toEqual({ seed: SEED, faults: [] });
    },
    seconds(180),
  );

  test('fault-F6 an app that drops off it in a transaction is told so, and holds neither a connection nor a row', async () => {
    const database = createTestDatabase();
    const direct = openScim({ on: database });
    const { key } = await connect(direct.scim, 'acme', { guard: 'off' });
    const proxied = new URL(database.option);
    const proxy = await startProxy(Number(proxied.port));
    proxied.port = String(proxy.port);
    const { scim } = openScim({
      on: database,
      database: proxied.href,
      postgres: { poolSize: 1, statementTimeoutMs: 500, idleTimeoutMs: 500 },
      limits: { hookTimeoutMs: 400 },
      hooks: {
        userUpdated: () => proxy.fail({ kind: 'black hole', direction: 'requests', after: 0 }),
      },
    });
    const { id } = (await send(direct.scim, '/Users', { key, body: user('ada') })).body;
    const rename = (by: typeof scim, title: string) =>
      send(by, `/Users/${id}`, {
        key,
        method: 'PATCH',
        body: patch({ op: 'replace', path: 'title', value: title }),
      });

    const dropped = await rename(scim, 'lost');
    proxy.mend();
    const other = await rename(direct.scim, 'kept');
    const next = await send(scim, `/Users/${id}`, { key });

    expect([dropped.status, other.status, next.status]).toEqual([503, 200, 200]);
    expect(next.body.title).toBe('kept');
  });
});
