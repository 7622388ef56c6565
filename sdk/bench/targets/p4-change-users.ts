import type { Measured } from '../driver/measure.ts';
import { changeUsers } from '../driver/workloads/change-users.ts';
import { type Aim, atLeast, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, SETTINGS } from '../lab/lab.ts';
import { middle, ratio, runRounds } from '../lab/rounds.ts';

const NAMES = ['express', 'floorExpress', 'scimmy'] as const;
const NODE = ['node', 'floorNode'] as const;
const PAIRS = [
  ['express', 'floorExpress'],
  ['node', 'floorNode'],
  ['postgres', 'floorPostgres'],
] as const;
const POSTGRES = ['postgres', 'floorPostgres'] as const;

/** Somebody is switched off, or changed as a whole. */
export const P4: Aim = {
  id: 'P-4',
  title: 'PATCH active, PUT',
  async run(lab) {
    const { isThorough } = lab.scale;
    const names = [...NAMES, ...(isThorough ? NODE : []), ...(lab.hasPostgres ? POSTGRES : [])];
    // One run measures both; the PUTs are kept beside.
    const puts = new Map<string, Measured[]>();
    const patches = await runRounds(
      lab.scale.rounds,
      Object.fromEntries(names.map((name) => [name, changeCell(lab, name, puts)])),
    );
    const isMeasured = (name: string) => puts.get(name)?.slice(1);
    const pairs = PAIRS.filter(([ours]) => names.some((name) => name === ours));
    const rows = (what: string, of: (name: string) => readonly Measured[] | undefined): readonly Row[] => [
      ...pairs.map(
        ([ours, floor]): Row => ({
          what: `CPU of ${what}, ${describe(SETTINGS[ours])}, of the floor`,
          measured: ratio(of(ours), of(floor), 'cpuMs'),
          unit: '×',
          bound: atMost(2),
        }),
      ),
      {
        what: `CPU of ${what} by SCIMMY, of ours, Express`,
        measured: ratio(of('scimmy'), of('express'), 'cpuMs'),
        unit: '×',
        bound: atLeast(4),
      },
      { what: `CPU of ${what}, Express + SQLite`, measured: middle(of('express'), 'cpuMs'), unit: 'ms' },
    ];
    return { rows: [...rows('PATCH active', (name) => patches[name]), ...rows('PUT', isMeasured)] };
  },
};

function changeCell(lab: Lab, name: keyof typeof SETTINGS, puts: Map<string, Measured[]>) {
  return async ({ run, weight }: { run: string; weight: number }) => {
    const place = await lab.directory(SETTINGS[name], { users: 1000 });
    const part = name === 'scimmy' ? 0.25 : 1;
    const count = Math.round(lab.scale.changes * weight * part);
    const { patch, put } = await changeUsers(place, { count, concurrency: 8, seconds: 20, run });
    puts.set(name, [...(puts.get(name) ?? []), put]);
    return patch;
  };
}
