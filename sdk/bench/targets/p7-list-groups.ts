import { createGroup } from '../driver/fixtures.ts';
import { loop } from '../driver/measure.ts';
import { makeGroup } from '../driver/workload.ts';
import { listGroups } from '../driver/workloads/list-groups.ts';
import { type Aim, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, type Place, SETTINGS } from '../lab/lab.ts';
import { middle, ratio, runRounds } from '../lab/rounds.ts';
import { openTraced } from '../lab/traced.ts';

const BIG_GROUPS = 4;

/** Groups as Entra ID asks for them: without their members. */
export const P7: Aim = {
  id: 'P-7',
  title: 'list groups without their members, some of them large',
  async run(lab) {
    const names = lab.hasPostgres ? (['express', 'postgres'] as const) : (['express'] as const);
    const floors = { express: 'floorExpress', postgres: 'floorPostgres' } as const;
    const rows: Row[] = [];
    for (const name of names) {
      const measured = await runRounds(lab.scale.rounds, {
        ours: listCell(lab, name),
        floor: listCell(lab, floors[name]),
      });
      const where = describe(SETTINGS[name]);
      rows.push(
        {
          what: `statements on the members, ${where}`,
          measured: await countMemberReads(await groupsOf(lab, name)),
          unit: 'statements',
          bound: atMost(0),
        },
        {
          what: `CPU of a page, ${where}, of the floor`,
          measured: ratio(measured.ours, measured.floor, 'cpuMs'),
          unit: '×',
        },
        { what: `CPU of a page, ${where}`, measured: middle(measured.ours, 'cpuMs'), unit: 'ms' },
      );
    }
    return { rows };
  },
};

const made = new WeakMap<Place, Promise<Place>>();

/** Some groups with half of all users, all others empty; made once. */
export async function groupsOf(lab: Lab, name: keyof typeof SETTINGS): Promise<Place> {
  const place = await lab.directory(SETTINGS[name], { users: lab.scale.large, purpose: 'groups' });
  const known = made.get(place) ?? makeGroups(place, lab.scale);
  made.set(place, known);
  return known;
}

async function makeGroups(place: Place, { groups, large }: Lab['scale']): Promise<Place> {
  const { target, server, account } = place;
  const ids: string[] = [];
  await loop({ count: groups, concurrency: 8 }, async (index) => {
    ids.push(await makeGroup(target, createGroup('list', index)));
  });
  for (const id of ids.slice(0, BIG_GROUPS))
    await server.setting.product.fillGroup(server.sql, account, { id, size: large / 2 });
  await server.sql.settle();
  return place;
}

function listCell(lab: Lab, name: keyof typeof SETTINGS) {
  return async ({ weight }: { weight: number }) => {
    const { groups, seconds } = lab.scale;
    const place = await groupsOf(lab, name);
    return listGroups(place, { groups, pageSize: 100, seconds: seconds * weight });
  };
}

async function countMemberReads(place: Place): Promise<number> {
  const traced = await openTraced(place);
  const statements = await traced.statementsOf('/Groups?excludedAttributes=members&count=100');
  await traced.close();
  return statements.filter(({ text }) => text.includes('scim_members')).length;
}
