// Measures the performance targets: `npm run bench -- --help`.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Aim } from './lab/aim.ts';
import { AIMS } from './lab/aims.ts';
import { type Lab, openLab } from './lab/lab.ts';
import { FULL, HUGE, QUICK } from './lab/scale.ts';
import { drawPicture } from './picture.ts';
import { judge, type Outcome, printOutcome } from './report.ts';

const HELP = `Usage: npm run bench -- [options] [targets]

Measures ${AIMS.map(({ id }) => id).join(', ')}, or those named. Ratios are those of one run; the machine should be quiet.

  --quick      smaller sizes, under 2 minutes
  --scale      the largest sizes: 10,000,000 events, 1,000,000 users
  --json FILE  writes every figure
  --svg FILE   draws the cost over the size of a group and of a directory
  --cpu-prof DIR  profiles of the scimkit processes go there
`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    scale: { type: 'boolean', default: false },
    json: { type: 'string' },
    svg: { type: 'string' },
    'cpu-prof': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(HELP);
} else {
  process.exitCode = await measure(chooseAims(positionals));
}

function chooseAims(names: readonly string[]): readonly Aim[] {
  const wanted = names.map((name) => name.toUpperCase().replace(/^P-?(\d+)$/, 'P-$1'));
  const unknown = wanted.filter((name) => !AIMS.some(({ id }) => id === name));
  if (unknown.length > 0) {
    console.error(
      `There is no target ${unknown.join(', ')}. Targets are ${AIMS.map(({ id }) => id).join(', ')}.`,
    );
    process.exit(2);
  }
  return AIMS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
}

/** Answers the exit status: 1 where scimkit or the floor answered wrongly, 2 where something could not be measured. */
async function measure(aims: readonly Aim[]): Promise<number> {
  const scale = { ...(options.quick ? QUICK : FULL), ...(options.scale && HUGE) };
  const profiles = options['cpu-prof'];
  const nodeOptions = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const lab = await openLab(scale, { nodeOptions });
  try {
    const outcomes: Outcome[] = [];
    for (const aim of aims) {
      const outcome = await attempt(aim, lab);
      outcomes.push(outcome);
      console.log(`${printOutcome(outcome)}\n`);
    }
    return conclude(outcomes, lab);
  } finally {
    await lab.close();
  }
}

async function attempt(aim: Aim, lab: Lab): Promise<Outcome> {
  const begin = performance.now();
  try {
    const result = await aim.run(lab);
    console.error(`${aim.id} took ${Math.round((performance.now() - begin) / 1000)} s`);
    return { aim, ...result };
  } catch (error) {
    console.error(error);
    return { aim, rows: [], failure: String(error) };
  }
}

function conclude(outcomes: readonly Outcome[], lab: Lab): number {
  const failures = lab.failures();
  for (const failure of new Set(failures.map(({ product, failure: text }) => `${product}: ${text}`)))
    console.log(`wrong answer · ${failure}`);
  const rows = outcomes.flatMap(({ aim, rows: figures }) =>
    figures.map((row) => ({ target: aim.id, ...row, verdict: judge(row) })),
  );
  const judged = rows.filter(({ bound }) => bound !== undefined);
  const met = judged.filter(({ verdict }) => verdict === 'met').length;
  console.log(`${met} of ${judged.length} bounds met`);
  if (options.json !== undefined) {
    const lines = outcomes.flatMap((outcome) => outcome.lines ?? []);
    writeFileSync(options.json, `${JSON.stringify({ rows, lines, failures }, undefined, 2)}\n`);
  }
  if (options.svg !== undefined)
    writeFileSync(options.svg, drawPicture(outcomes.flatMap((outcome) => outcome.lines ?? [])));
  if (outcomes.some(({ failure }) => failure !== undefined)) return 2;
  return failures.some(({ product }) => product !== 'SCIMMY') ? 1 : 0;
}
