import { expect, test } from 'vitest';
import { countInputs, seconds } from '../support/counts.ts';
import { connect, openScim, user } from '../support/scim.ts';
import { startServer } from './server-process.ts';

/** How long both write, in milliseconds: three seconds, and ten minutes of a night. */
const DURATION = 3_000 * Number(process.env.SCIMKIT_RUNS ?? 1);

/** Clients of each process. One alone waits longest: nobody of its process shares a commit with it. */
const CLIENTS = [1, 8] as const;

test(
  'fault-F21: of two processes writing one file at once neither is refused, and nobody waits more than 5 s',
  async () => {
    const { scim, database } = openScim();
    const { key } = await connect(scim, 'acme', { guard: 'off' });
    await scim.close();
    const servers = await Promise.all(CLIENTS.map(() => startServer(database)));
    const end = performance.now() + DURATION;

    const runs = await Promise.all(
      servers.flatMap(({ send }, at) =>
        Array.from({ length: CLIENTS[at] ?? 1 }, async (_, client) => {
          const waits: number[] = [];
          while (performance.now() < end) {
            const start = performance.now();
            const { status } = await send('/Users', { key, body: user(`${at}-${client}-${waits.length}`) });
            waits.push(performance.now() - start);
            expect(status).toBe(201);
          }
          return { at, waits };
        }),
      ),
    );

    const waits = runs.flatMap((run) => run.waits);
    const written = CLIENTS.map(
      (_, at) => runs.filter((run) => run.at === at).flatMap((run) => run.waits).length,
    );
    console.info(`writes of each process: ${written}; longest wait ${Math.round(Math.max(...waits))} ms`);
    countInputs('F21 writes by two processes at once', waits.length);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5_000);
    const rows = await database.rows('SELECT count(*) AS total FROM {p}resources');
    expect(Number(rows[0]?.total)).toBe(waits.length);
    expect(servers.map(({ output }) => output.stderr)).toEqual(['', '']);
  },
  seconds(30),
);
