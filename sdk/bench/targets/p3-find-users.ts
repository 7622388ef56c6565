import { findUser, type LookupKey } from '../driver/workloads/find-user.ts';
import { type Aim, atLeast, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, nameOf, SETTINGS, type Setting } from '../lab/lab.ts';
import type { Lines } from '../lab/lines.ts';
import { type Cell, middle, type Rounds, ratio, runRounds } from '../lab/rounds.ts';

const KEYS: readonly LookupKey[] = ['userName', 'externalId', 'emails.value', 'id'];
/** Those by which node:http is measured as well. */
const NODE_KEYS: readonly LookupKey[] = ['userName', 'id'];
const PAIRS = [
  ['express', 'floorExpress'],
  ['node', 'floorNode'],
  ['postgres', 'floorPostgres'],
  ['nodePostgres', 'floorNodePostgres'],
] as const;
const GROWING = ['express', 'postgres', 'floorExpress', 'scimmy'] as const;

/** What an identity provider does most: it asks whether somebody is there. */
export const P3: Aim = {
  id: 'P-3',
  title: 'look a user up',
  async run(lab) {
    const { isThorough } = lab.scale;
    const pairs = PAIRS.filter(([ours]) => lab.hasPostgres || !isPostgres(ours));
    const express = pairs.filter(([ours]) => SETTINGS[ours].http === 'express');
    const rows: Row[] = [];
    for (const by of isThorough ? KEYS : KEYS.slice(0, 1))
      rows.push(...(await compareByKey(lab, by, isThorough && NODE_KEYS.includes(by) ? pairs : express)));
    const growth = await measureGrowth(lab);
    return { rows: [...rows, ...growth.rows], lines: growth.lines };
  },
};

type Name = keyof typeof SETTINGS;

async function compareByKey(
  lab: Lab,
  by: LookupKey,
  pairs: readonly (readonly [Name, Name])[],
): Promise<readonly Row[]> {
  // Its index is one on userName.
  const peers: readonly Name[] = by === 'userName' ? ['scimmy'] : [];
  const cells = [...pairs.flat(), ...peers].map((name) => [name, findCell(lab, SETTINGS[name], by, 1000)]);
  const measured: Rounds<string> = await runRounds(lab.scale.rounds, Object.fromEntries(cells));
  const rows: Row[] = pairs.map(([ours, floor]) => ({
    what: `CPU by ${by}, ${short(ours)}, of the floor`,
    measured: ratio(measured[ours], measured[floor], 'cpuMs'),
    unit: '×',
    bound: atMost(1.5),
  }));
  for (const peer of peers) {
    rows.push({
      what: `CPU of ${short(peer)} by ${by}, of ours, Express`,
      measured: ratio(measured[peer], measured.express, 'cpuMs'),
      unit: '×',
      bound: atLeast(2),
    });
  }
  return [
    ...rows,
    { what: `CPU by ${by}, Express`, measured: middle(measured.express, 'cpuMs'), unit: 'ms' },
  ];
}

async function measureGrowth(lab: Lab): Promise<{ rows: readonly Row[]; lines: Lines }> {
  const { large, isLargeFull, isThorough } = lab.scale;
  const sizes = isThorough ? [1000, 10_000, large] : [1000, large];
  const names = (isThorough ? GROWING : GROWING.slice(0, 2)).filter(
    (name) => lab.hasPostgres || !isPostgres(name),
  );
  const cells = names.flatMap((name) =>
    sizes.map((size) => [`${name} ${size}`, findCell(lab, SETTINGS[name], 'userName', size)]),
  );
  const measured: Rounds<string> = await runRounds(lab.scale.rounds, Object.fromEntries(cells));
  const rows = names
    .filter((name) => name === 'express' || name === 'postgres')
    .map(
      (name): Row => ({
        what: `CPU among ${large.toLocaleString('en')} users, ${short(name)}, of 1,000`,
        measured: ratio(measured[`${name} ${large}`], measured[`${name} 1000`], 'cpuMs'),
        unit: '×',
        bound: atMost(1.3),
        ...(!isLargeFull && { note: 'smaller than the target' }),
      }),
    );
  const lines = names.map((name) => ({
    name: nameOf(SETTINGS[name]),
    points: sizes.map((size) => ({ size, cpuMs: middle(measured[`${name} ${size}`], 'cpuMs') })),
  }));
  return { rows, lines: { title: 'Look a user up by userName', axis: 'users', lines } };
}

function findCell(lab: Lab, setting: Setting, by: LookupKey, users: number): Cell {
  return async ({ weight }) => {
    const place = await lab.directory(setting, { users });
    // The floor has one look-up by an index; which attribute is in it makes no difference.
    const isFloor = setting.product === SETTINGS.floorNode.product;
    const key = isFloor && by !== 'id' ? 'userName' : by;
    return findUser(place, { by: key, seconds: lab.scale.seconds * weight, concurrency: 8 });
  };
}

function isPostgres(name: Name): boolean {
  return SETTINGS[name].database === 'postgres';
}

function short(name: Name): string {
  const setting: Setting = SETTINGS[name];
  return setting.product === SETTINGS.scimmy.product ? setting.product.name : describe(setting);
}
