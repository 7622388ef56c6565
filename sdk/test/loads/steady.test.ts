import { describe, test } from 'vitest';
import { runs, seconds } from '../support/counts.ts';
import { beginDay } from './day.ts';
import { createRecorder, isLong, LONG_ONLY, report } from './load.ts';
import { pace } from './pace.ts';
import { startLoad } from './start-server.ts';

describe('an ordinary day', () => {
  test('load-L1: one connection, 25 requests a second: every answer is right, and all of it is there afterwards', {
    timeout: seconds(90),
  }, async () => {
    const load = await startLoad();
    const target = await load.connect('acme');
    const recorder = createRecorder();
    const day = await beginDay(target, { prefix: 'acme', recorder });
    recorder.start();

    await pace({ perSecond: 25, seconds: runs(20) }, (index) => day.send(index));

    report(`load-L1 ${load.store}`, recorder.summary(), {
      rssMb: load.readPeakRssMb(),
      bounds: { p99: 150 },
    });
    await day.verify(load);
  });

  test.skipIf(!isLong)(
    `load-L2: 20 connections, 200 requests a second: every answer is right, and all of it is there afterwards${LONG_ONLY}`,
    { timeout: seconds(120) },
    async () => {
      const load = await startLoad();
      const recorder = createRecorder();
      const days = await Promise.all(
        Array.from({ length: 20 }, async (_, index) =>
          beginDay(await load.connect(`customer-${index}`), { prefix: `c${index}`, recorder }),
        ),
      );
      recorder.start();

      await pace({ perSecond: 200, seconds: runs(20) }, async (index) =>
        days[index % days.length]?.send(Math.floor(index / days.length)),
      );

      report(`load-L2 ${load.store}`, recorder.summary(), {
        rssMb: load.readPeakRssMb(),
        bounds: { p99: 500, rss: 350 },
      });
      for (const day of days) await day.verify(load);
    },
  );
});
