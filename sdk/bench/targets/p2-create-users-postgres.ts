import { Processes } from '../driver/processes.ts';
import { createUsers } from '../driver/workloads/create-users.ts';
import { type Aim, atLeast } from '../lab/aim.ts';
import { SETTINGS } from '../lab/lab.ts';
import { type Cell, middle, ratio, runRounds } from '../lab/rounds.ts';
import { createCell } from './p1-create-users.ts';

/** The same on PostgreSQL, by one process and by two. */
export const P2: Aim = {
  id: 'P-2',
  title: 'create users, 8 at once, PostgreSQL',
  async run(lab) {
    const place = await lab.directory(SETTINGS.postgres, { users: 100, purpose: 'creates' });
    const second = await lab.secondProcess(place);
    const both: Cell = async ({ run, weight }) => {
      const count = Math.round(lab.scale.creates * weight);
      const processes = new Processes([second.processId]);
      const before = processes.readCpuMs();
      const others = [second.target];
      const measured = await createUsers(place, { prefix: `c${run}`, count, concurrency: 8, others });
      return { ...measured, cpuMs: measured.cpuMs + (processes.readCpuMs() - before) / count };
    };
    const measured = await runRounds(lab.scale.rounds, {
      one: createCell(lab, SETTINGS.postgres),
      both,
      floor: createCell(lab, SETTINGS.floorPostgres),
    });
    const { one, both: two, floor } = measured;
    return {
      rows: [
        {
          what: 'rate, Express, of the floor',
          measured: ratio(one, floor, 'rps'),
          unit: '×',
          bound: atLeast(0.7),
        },
        {
          what: 'rate of two processes, of one',
          measured: ratio(two, one, 'rps'),
          unit: '×',
          bound: atLeast(1),
        },
        { what: 'CPU, Express, of the floor', measured: ratio(one, floor, 'cpuMs'), unit: '×' },
        { what: 'CPU, Express', measured: middle(one, 'cpuMs'), unit: 'ms' },
      ],
    };
  },
};
