import { expectStatus } from '../driver/expect.ts';
import { createGroup } from '../driver/fixtures.ts';
import { median } from '../driver/measure.ts';
import { countMembers, findIds, makeGroup } from '../driver/workload.ts';
import { changeMembers } from '../driver/workloads/change-members.ts';
import { type Aim, atLeast, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, nameOf, type Place, SETTINGS, type Setting } from '../lab/lab.ts';
import { type Cell, middle, type Rounds, ratio, runRounds } from '../lab/rounds.ts';

/** Users beside the members. */
const SPARE = 20;

/** One member more or less, in groups of all sizes. */
export const P5: Aim = {
  id: 'P-5',
  title: 'add or remove one member',
  async run(lab) {
    const { large, isLargeFull, isThorough, rounds } = lab.scale;
    const sizes = isThorough ? [10, 1000, 10_000, large] : [10, 1000, large];
    const ours = lab.hasPostgres ? (['express', 'postgres'] as const) : (['express'] as const);
    const cells = [...ours, 'floorExpress' as const].flatMap((name) =>
      sizes.map((size) => [`${name} ${size}`, memberCell(lab, SETTINGS[name], size)]),
    );
    cells.push(['scimmy 10', memberCell(lab, SETTINGS.scimmy, 10, 20)]);
    cells.push(['scimmy 1000', memberCell(lab, SETTINGS.scimmy, 1000, isThorough ? 10 : 1)]);
    const measured: Rounds<string> = await runRounds(rounds, Object.fromEntries(cells));
    const slow: Rounds<string> = isThorough
      ? await runRounds(1, { 'scimmy 10000': memberCell(lab, SETTINGS.scimmy, 10_000, 1) })
      : {};
    const all = { ...measured, ...slow };

    const reduced = isLargeFull ? {} : { note: 'smaller than the target' };
    const rows: Row[] = ours.flatMap((name): Row[] => [
      {
        what: `CPU in a group of ${large.toLocaleString('en')}, ${describe(SETTINGS[name])}, of 10`,
        measured: ratio(all[`${name} ${large}`], all[`${name} 10`], 'cpuMs'),
        unit: '×',
        bound: atMost(1.3),
        ...reduced,
      },
      {
        what: `CPU in a group of 10, ${describe(SETTINGS[name])}`,
        measured: middle(all[`${name} 10`], 'cpuMs'),
        unit: 'ms',
      },
    ]);
    const peer = (size: number) =>
      middle(all[`scimmy ${size}`], 'cpuMs') / middle(all[`express ${size}`], 'cpuMs');
    rows.push(
      {
        what: 'CPU of the floor in a group of 10, of ours, Express + SQLite',
        measured: ratio(all['floorExpress 10'], all['express 10'], 'cpuMs'),
        unit: '×',
      },
      {
        what: 'CPU of SCIMMY in a group of 1,000, of ours',
        measured: peer(1000),
        unit: '×',
        bound: atLeast(100),
      },
    );
    if (isThorough)
      rows.push({
        what: 'CPU of SCIMMY in a group of 10,000, of ours',
        measured: peer(10_000),
        unit: '×',
        bound: atLeast(1000),
      });
    for (const name of ours) {
      const { times, cpuMs } = await addMany(lab, SETTINGS[name]);
      rows.push(
        {
          what: `10,000 members in one PATCH, ${describe(SETTINGS[name])}`,
          measured: median(times),
          unit: 'ms',
          bound: atMost(1000),
        },
        {
          what: `CPU of 10,000 members in one PATCH, ${describe(SETTINGS[name])}`,
          measured: median(cpuMs),
          unit: 'ms',
        },
      );
    }
    const lines = [...ours, 'floorExpress' as const, 'scimmy' as const].map((name) => ({
      name: nameOf(SETTINGS[name]),
      points: sizes
        .filter((size) => all[`${name} ${size}`] !== undefined)
        .map((size) => ({ size, cpuMs: middle(all[`${name} ${size}`], 'cpuMs') })),
    }));
    return { rows, lines: { title: 'Add or remove one member', axis: 'members of the group', lines } };
  },
};

const groups = new WeakMap<Place, Promise<string>>();

/** @param count how often, where the scale's number would take too long */
export function memberCell(lab: Lab, setting: Setting, size: number, count = lab.scale.memberships): Cell {
  return async ({ weight }) => {
    const place = await lab.directory(setting, { users: size + SPARE, purpose: 'members' });
    const made = groups.get(place) ?? makeFilledGroup(place, size);
    groups.set(place, made);
    const numbers = Array.from({ length: SPARE }, (_, at) => size + at);
    return changeMembers(place, {
      groupId: await made,
      size,
      others: await findIds(place, numbers),
      count: Math.max(1, Math.round(count * weight)),
      seconds: 20,
    });
  };
}

export async function makeFilledGroup(place: Place, size: number, number = 0): Promise<string> {
  const { target, server, account } = place;
  const id = await makeGroup(target, createGroup('members', number));
  await server.setting.product.fillGroup(server.sql, account, { id, size });
  await server.sql.settle();
  return id;
}

/** What PATCHes that add 10,000 members take, in milliseconds: of as many groups as there are rounds. */
async function addMany(lab: Lab, setting: Setting): Promise<{ times: number[]; cpuMs: number[] }> {
  const place = await lab.directory(setting, { users: 10_000 + SPARE, purpose: 'members' });
  const { target, checks, processes } = place;
  const [first = ''] = await findIds(place, [0]);
  // Ids of filled users count up from the first.
  const value = Array.from({ length: 10_000 }, (_, at) => ({
    value: first.slice(0, -12) + at.toString(16).padStart(12, '0'),
  }));
  const times: number[] = [];
  const cpuMs: number[] = [];
  for (let at = 0; at < (lab.scale.isThorough ? lab.scale.rounds : 1); at += 1) {
    const id = await makeGroup(target, createGroup(`many-${setting.database}`, at));
    const cpuBefore = processes.readCpuMs();
    const begin = performance.now();
    const answer = await target.patchGroup(id, [{ op: 'add', path: 'members', value }]);
    times.push(performance.now() - begin);
    cpuMs.push(processes.readCpuMs() - cpuBefore);
    checks.ok(
      expectStatus(answer, 200, 204) === undefined,
      `10,000 members in one PATCH: HTTP ${answer.status}`,
    );
    const { distinct } = await countMembers(target, id);
    checks.ok(distinct === 10_000, `after 10,000 members in one PATCH the group has ${distinct}`);
    await target.deleteGroup(id);
  }
  return { times, cpuMs };
}
