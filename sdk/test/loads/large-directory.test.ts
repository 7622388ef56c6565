import { test } from 'vitest';
import { expectOneUser, expectStatus } from '../../bench/driver/expect.ts';
import { toExternalId, toUserName } from '../../bench/driver/fixtures.ts';
import type { Target } from '../../bench/driver/target.ts';
import { SEED } from '../support/counts.ts';
import { createDice } from '../support/dice.ts';
import { openFilling } from './fill.ts';
import { createRecorder, isLong, LONG_ONLY, report } from './load.ts';
import { pace } from './pace.ts';
import { startLoad } from './start-server.ts';

const LARGE = 100_000;
const SMALL = 500;
const CUSTOMERS = 200;

test.skipIf(!isLong)(
  `load-L5: 100,000 users of one customer and 500 of each of 200: nobody is looked for in vain, nobody waits for it${LONG_ONLY}`,
  { timeout: 1_200_000 },
  async () => {
    const load = await startLoad({ limits: { rateLimit: false } });
    const filling = await openFilling(load);
    const large = await load.connect('large');
    await filling.users(large, { prefix: 'large', count: LARGE });
    const small: Target[] = [];
    for (let index = 0; index < CUSTOMERS; index += 1) {
      const target = await load.connect(`small-${index}`);
      await filling.users(target, { prefix: `s${index}`, count: SMALL });
      small.push(target);
    }
    await filling.settle();

    const dice = createDice(SEED);
    const finding = createRecorder();
    await pace({ perSecond: 50, seconds: 60 }, async (index) => {
      const at = dice.int(CUSTOMERS);
      const isLarge = index % 2 === 0;
      const [target, prefix, count] = isLarge
        ? [large, 'large', LARGE]
        : [small[at] ?? large, `s${at}`, SMALL];
      const number = dice.int(count);
      const name = toUserName(prefix, number);
      const filter = dice.oneIn(2)
        ? `userName eq "${name}"`
        : `externalId eq "${toExternalId(prefix, number)}"`;
      await finding.time(() => target.findUsers(filter), expectOneUser(name));
    });
    report(`load-L5 ${load.store} filters`, finding.summary(), { bounds: { p99: 20 } });

    const paging = createRecorder();
    for (let round = 0; round < 100; round += 1) {
      await paging.time(
        () => large.listUsers(LARGE - 99, 100),
        (answer) =>
          expectStatus(answer, 200) ??
          (answer.json?.Resources?.length === 100 ? undefined : 'not the last page'),
      );
    }
    report(`load-L5 ${load.store} last page`, paging.summary(), {
      rssMb: load.readPeakRssMb(),
      bounds: { p99: 200 },
    });
  },
);
