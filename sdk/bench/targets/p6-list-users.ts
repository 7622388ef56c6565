import { median } from '../driver/measure.ts';
import { type PagesMeasured, readPagesByCursor, readPagesByIndex } from '../driver/workloads/read-pages.ts';
import { type Aim, atMost, type Row } from '../lab/aim.ts';
import { describe, type Lab, type Place, SETTINGS } from '../lab/lab.ts';

/** The most a page holds. */
const PAGE = 100;

/** A whole directory, page by page. */
export const P6: Aim = {
  id: 'P-6',
  title: 'list users, 100 a page',
  async run(lab) {
    const rows: Row[] = [];
    for (const name of lab.hasPostgres ? (['express', 'postgres'] as const) : (['express'] as const)) {
      const place = await lab.directory(SETTINGS[name], { users: lab.scale.large });
      rows.push(...(await measurePages(lab, place)));
    }
    return { rows };
  },
};

async function measurePages({ scale }: Lab, place: Place): Promise<readonly Row[]> {
  const byCursor: PagesMeasured[] = [];
  const byIndex: PagesMeasured[] = [];
  for (let round = 0; round < scale.rounds; round += 1) {
    // The whole walk once: it is there to see that everybody comes, once.
    const options = { pageSize: PAGE, repeat: 12, isWalking: round === 0, stride: 10 };
    byCursor.push(await readPagesByCursor(place, options));
    byIndex.push(await readPagesByIndex(place, options));
  }
  const where = describe(place.server.setting);
  const growth = (pages: readonly PagesMeasured[]) =>
    median(pages.map(({ first, last }) => last.p50 / first.p50));
  const time = (pages: readonly PagesMeasured[]) => median(pages.map(({ last }) => last.p50));
  const reduced = scale.isLargeFull ? {} : { note: 'smaller than the target' };
  return [
    {
      what: `last page by cursor, ${where}, of the first`,
      measured: growth(byCursor),
      unit: '×',
      bound: atMost(1.2),
      ...reduced,
    },
    {
      what: `last page by startIndex, ${where}, of the first`,
      measured: growth(byIndex),
      unit: '×',
      bound: atMost(5),
      ...reduced,
    },
    { what: `last page by cursor, ${where}`, measured: time(byCursor), unit: 'ms' },
    { what: `last page by startIndex, ${where}`, measured: time(byIndex), unit: 'ms' },
  ];
}
