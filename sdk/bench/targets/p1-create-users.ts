import { type CreateUsersOptions, createUsers } from '../driver/workloads/create-users.ts';
import { type Aim, atLeast } from '../lab/aim.ts';
import { type Lab, SETTINGS, type Setting } from '../lab/lab.ts';
import { type Cell, middle, ratio, runRounds } from '../lab/rounds.ts';

/** The first synchronisation of a customer, eight requests at once. */
export const P1: Aim = {
  id: 'P-1',
  title: 'create users, 8 at once, SQLite',
  async run(lab) {
    const measured = await runRounds(lab.scale.rounds, {
      express: createCell(lab, SETTINGS.express),
      floorExpress: createCell(lab, SETTINGS.floorExpress),
      node: createCell(lab, SETTINGS.node),
      floorNode: createCell(lab, SETTINGS.floorNode),
      floorGrouped: createCell(lab, SETTINGS.floorGrouped),
      scimmy: createCell(lab, SETTINGS.scimmy, 0.2),
    });
    const { express, node, floorExpress, floorNode, floorGrouped, scimmy } = measured;
    return {
      rows: [
        {
          what: 'rate, Express, of the floor',
          measured: ratio(express, floorExpress, 'rps'),
          unit: '×',
          bound: atLeast(1),
        },
        {
          what: 'rate, Express, of SCIMMY',
          measured: ratio(express, scimmy, 'rps'),
          unit: '×',
          bound: atLeast(4),
        },
        { what: 'rate, node:http, of the floor', measured: ratio(node, floorNode, 'rps'), unit: '×' },
        {
          what: 'rate, node:http, of the floor with commits grouped',
          measured: ratio(node, floorGrouped, 'rps'),
          unit: '×',
        },
        { what: 'CPU, Express, of the floor', measured: ratio(express, floorExpress, 'cpuMs'), unit: '×' },
        { what: 'CPU, Express', measured: middle(express, 'cpuMs'), unit: 'ms' },
      ],
    };
  },
};

/** @param part of the users of a cell, for servers that are slow */
export function createCell(
  lab: Lab,
  setting: Setting,
  part = 1,
  more: Partial<CreateUsersOptions> = {},
): Cell {
  return async ({ run, weight }) => {
    const place = await lab.directory(setting, { users: 100, purpose: 'creates' });
    const count = Math.max(40, Math.round(lab.scale.creates * weight * part));
    return createUsers(place, { prefix: `c${run}`, count, concurrency: 8, ...more });
  };
}
