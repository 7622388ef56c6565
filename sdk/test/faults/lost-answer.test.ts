import { describe, expect, test } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { countInputs, runs, SEED, seconds } from '../support/counts.ts';
import { createDice } from '../support/dice.ts';
import { connect, group, openScim } from '../support/scim.ts';
import { serve } from '../support/serve.ts';
import { findFaults } from './kill/compare.ts';
import { CREW } from './kill/deeds.ts';
import { createHttpClient } from './kill/http-client.ts';
import { createLedger, GROUP } from './kill/ledger.ts';
import { pickFault, startProxy } from './kill/proxy.ts';
import { pickWrite } from './kill/uncertain-write.ts';

/** How long a client waits for an answer before it asks again: longer than any delay. */
const PATIENCE_MS = 1_500;

const CLIENTS = 8;

describe('the network between the identity provider and the server fails', () => {
  test(
    'fault-F6, inv-I4, inv-I7: a write whose answer is lost is sent again, and has been carried out once',
    async () => {
      const { scim, database } = openScim();
      const { key, connectionId } = await connect(scim, 'acme', { guard: 'off' });
      const port = await serve(nodeHandler(scim));
      const direct = createHttpClient({ port, key });
      const toId = (location: string | undefined) => location?.split('/').at(-1) ?? '';
      const crew = toId((await direct.send({ method: 'POST', path: '/Groups', body: group(CREW) })).location);
      const ledger = createLedger();
      ledger.acknowledge(new Map([[CREW, GROUP]]), []);
      const unexpected: string[] = [];

      const attempt = async (index: number) => {
        const dice = createDice(SEED + Math.imul(index, 0x2545f491));
        const write = pickWrite(dice, `person-${index}`, crew);
        const id = write.first && toId((await direct.send(write.first)).location);
        const proxy = await startProxy(port);
        const client = createHttpClient({ port: proxy.port, key, timeoutMs: PATIENCE_MS });
        const fault = pickFault(dice, { saying: 'HTTP/1.1 2', bytes: 700, delayMs: 500 });
        proxy.fail(fault);
        const call = { ...write.toCall(id ?? ''), isWhole: true };
        const answer = await client.send(call).catch(() => undefined);
        client.close();
        countInputs(`F6 writes to a server: ${answer === undefined ? 'unanswered' : 'answered'}`);
        if (answer !== undefined && answer.status >= 300)
          unexpected.push(`${index}: ${fault.kind}: ${answer.status}`);
        if (answer === undefined) {
          const { status } = await direct.send(call);
          const isRepeated = status === 409 || status === 404;
          countInputs(`F6 second tries: ${isRepeated ? 'of what was done' : 'with 2xx'}`);
          if (!write.retried.includes(status)) unexpected.push(`${index}: again: ${status}`);
        }
        ledger.acknowledge(new Map([[write.name, write.after]]), []);
      };

      let next = 0;
      const count = runs(200);
      const work = async () => {
        while (next < count) await attempt(next++);
      };
      await Promise.all(Array.from({ length: CLIENTS }, work));
      direct.close();

      expect({ seed: SEED, unexpected }).toEqual({ seed: SEED, unexpected: [] });
      expect({
        seed: SEED,
        faults: await findFaults((sql, values) => database.rows(sql, values), { connectionId, ledger }),
      }).toEqual({ seed: SEED, faults: [] });
    },
    seconds(120),
  );
});
