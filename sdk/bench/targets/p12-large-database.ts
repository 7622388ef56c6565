import { expectOneUser } from '../driver/expect.ts';
import { createRandom, toUserName } from '../driver/fixtures.ts';
import { loop, Recorder } from '../driver/measure.ts';
import { findIds } from '../driver/workload.ts';
import { changeMembers } from '../driver/workloads/change-members.ts';
import { type Aim, atMost, type Row } from '../lab/aim.ts';
import { type Place, SETTINGS } from '../lab/lab.ts';
import { type Cell, ratio, runRounds } from '../lab/rounds.ts';
import { makeFilledGroup } from './p5-change-members.ts';

/** Users of each customer. */
const USERS = 1000;

/** Members of the group that is changed. */
const MEMBERS = 500;

/** A million users of a thousand customers in one PostgreSQL. */
export const P12: Aim = {
  id: 'P-12',
  title: 'a large database, PostgreSQL',
  async run(lab) {
    if (!lab.hasPostgres) return { rows: [] };
    const { customers, seconds, memberships, rounds, isHugeFull } = lab.scale;
    const many = await lab.customers(SETTINGS.largePostgres, { count: customers, users: USERS });
    const few = await lab.customers(SETTINGS.smallPostgres, { count: 10, users: USERS });
    const find =
      (places: readonly Place[]): Cell =>
      async ({ weight }) => {
        const random = createRandom(11);
        const recorder = new Recorder(places[0]).start();
        await loop({ seconds: seconds * weight, concurrency: 8 }, async () => {
          const place = places[Math.floor(random() * places.length)];
          const number = Math.floor(random() * USERS);
          const name = toUserName('u', number);
          const ask = () =>
            place?.target.findUsers(`userName eq "${name}"`) ?? Promise.reject(new Error('nobody'));
          await recorder.time(ask, expectOneUser(name, place?.toExternalId(number)));
        });
        return recorder.stop().summary();
      };
    const change = async ([place]: readonly Place[]): Promise<Cell> => {
      if (place === undefined) throw new Error('There is no customer.');
      const groupId = await makeFilledGroup(place, MEMBERS, 1);
      const others = await findIds(place, [USERS - 1, USERS - 2, USERS - 3]);
      return ({ weight }) =>
        changeMembers(place, {
          groupId,
          size: MEMBERS,
          others,
          count: Math.ceil(memberships * weight),
          seconds: 20,
        });
    };
    const measured = await runRounds(rounds, {
      findMany: find(many),
      findFew: find(few),
      changeMany: await change(many),
      changeFew: await change(few),
    });
    const total = (customers * USERS).toLocaleString('en');
    const reduced = isHugeFull ? {} : { note: 'smaller than the target' };
    const rows: Row[] = [
      {
        what: `CPU of a look-up among ${total} users, of 10,000`,
        measured: ratio(measured.findMany, measured.findFew, 'cpuMs'),
        unit: '×',
        bound: atMost(1.5),
        ...reduced,
      },
      {
        what: `CPU of a membership among ${total} users, of 10,000`,
        measured: ratio(measured.changeMany, measured.changeFew, 'cpuMs'),
        unit: '×',
        bound: atMost(1.5),
        ...reduced,
      },
    ];
    return { rows };
  },
};
