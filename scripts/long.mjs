// The random tests for longer than every push affords: as many inputs as a night allows, a new seed each round.
//
//   npm run test:long                       every part, until each has its night's worth
//   npm run test:long -- B1 B3              these parts
//   npm run test:long -- B2 --minutes 20    as far as that takes
//
// Rounds are noted in .long/results.jsonl, so that a run that was interrupted goes on where it was. Rounds of other
// commits do not count. Ends with 1 where an input failed; its seed stands in the table.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildSdk } from './lib/build.mjs';
import { at } from './lib/run.mjs';

const folder = 'sdk/test/bad-input';
const faults = 'sdk/test/faults';

/** Tests by their plan's id, and how many times what a push tries makes a night. On SQLite unless they say more. */
const PARTS = [
  { id: 'B1', files: [`${folder}/valid-filters.test.ts`, 'sdk/test/filter-agreement.test.ts'], night: 100 },
  { id: 'B2', files: [`${folder}/broken-filters.test.ts`], night: 100, tests: 'bytes|over HTTP' },
  {
    id: 'B2-coverage',
    files: [`${folder}/broken-filters.test.ts`],
    night: 40,
    tests: 'what code they reach',
  },
  { id: 'B3', files: [`${folder}/patch-model.test.ts`, 'sdk/test/patch-agreement.test.ts'], night: 100 },
  { id: 'B4', files: [`${folder}/identity-provider-bodies.test.ts`], night: 100 },
  { id: 'B5', files: [`${folder}/json.test.ts`], night: 50 },
  { id: 'B6', files: [`${folder}/http.test.ts`], night: 25 },
  { id: 'B7', files: [`${folder}/user-names.test.ts`], night: 100, tests: 'spelling' },
  { id: 'B8', files: [`${folder}/query-parameters.test.ts`], night: 50 },
  { id: 'B9', files: [`${folder}/authorization.test.ts`], night: 100 },
  { id: 'B11', files: [`${folder}/cursors-and-tags.test.ts`], night: 50 },
  { id: 'B13', files: [`${folder}/growth.test.ts`], night: 3, most: 1 },
  { id: 'S21', files: [`${folder}/limits.test.ts`], night: 10 },
  // Its largest groups come with five runs.
  { id: 'S26', files: [`${folder}/large-groups.test.ts`], night: 5, least: 5 },
  { id: 'I3', files: ['sdk/test/isolation.test.ts'], night: 800, tests: 'model with canaries' },
  { id: 'I16', files: ['sdk/test/guard/model.test.ts'], night: 50 },
  { id: 'I16-postgres', project: 'postgres', files: ['sdk/test/guard/model.test.ts'], night: 10 },
  { id: 'P23', files: ['sdk/test/guard/storm.test.ts'], night: 20, tests: 'killed' },
  {
    id: 'P23-postgres',
    project: 'postgres',
    files: ['sdk/test/guard/storm.test.ts'],
    night: 10,
    tests: 'killed',
  },
  {
    id: 'I3-guarded',
    project: 'guarded',
    files: ['bulk', 'cursor-paging', 'filter-agreement', 'isolation', 'nested-groups', 'patch-agreement'].map(
      (name) => `sdk/test/${name}.test.ts`,
    ),
    night: 7,
  },
  { id: 'F1', files: [`${faults}/kill-app.test.ts`], night: 20, tests: 'nothing acknowledged' },
  { id: 'F2', files: [`${faults}/power-loss.test.ts`], night: 20, tests: 'nothing acknowledged' },
  {
    id: 'F3',
    project: 'postgres',
    files: [`${faults}/kill-app.test.ts`],
    night: 20,
    tests: 'nothing acknowledged',
  },
  { id: 'F4', project: 'postgres', files: ['sdk/test/postgres/kill-database.test.ts'], night: 17 },
  { id: 'F6-sqlite', files: [`${faults}/lost-answer.test.ts`], night: 25 },
  {
    id: 'F6',
    project: 'postgres',
    files: [`${faults}/lost-answer.test.ts`, 'sdk/test/postgres/lost-answer.test.ts'],
    night: 25,
  },
  { id: 'F5', project: 'postgres', files: ['sdk/test/postgres/terminated-backends.test.ts'], night: 50 },
  { id: 'F8', files: [`${faults}/disk-full.test.ts`], night: 10 },
  { id: 'F8-postgres', project: 'postgres', files: ['sdk/test/postgres/disk-full.test.ts'], night: 10 },
  { id: 'F16', project: 'server', files: ['server-example/src/phone-book.test.ts'], night: 20 },
  { id: 'F9', files: [`${faults}/io-errors.test.ts`], night: 30 },
  { id: 'F10', project: 'postgres', files: ['sdk/test/postgres/exhausted-pool.test.ts'], night: 13 },
  // Ten minutes at a stretch.
  { id: 'F21', files: [`${faults}/two-writers.test.ts`], night: 200, least: 200 },
  // 200,000.
  { id: 'F24', files: ['sdk/test/interleavings/interleavings.test.ts'], night: 800, tests: 'whatever comes' },
  { id: 'F22', project: 'postgres', files: ['sdk/test/postgres/store-unusable.test.ts'], night: 10 },
  {
    id: 'failover',
    project: 'postgres',
    files: ['sdk/test/postgres/failover/failover.test.ts'],
    night: 10,
    most: 3,
  },
];

/** Faults by their plan's id, on both databases. */
const FAULTS = [
  { id: 'F7', files: [`${faults}/client-drops.test.ts`], night: 10 },
  { id: 'F11', files: [`${faults}/clock-skew.test.ts`], night: 10 },
  { id: 'F12', files: [`${faults}/one-name.test.ts`], night: 50 },
  {
    id: 'F18',
    project: 'sequences',
    files: ['server-example/test/stop-under-load.test.ts'],
    night: 10,
  },
  {
    id: 'F19',
    files: ['at-once', 'in-traffic'].map((name) => `${faults}/migrate-${name}.test.ts`),
    night: 5,
  },
  { id: 'F13', files: [`${faults}/slow-handlers.test.ts`], night: 8 },
  { id: 'F14', files: [`${faults}/failing-handlers.test.ts`], night: 50 },
  { id: 'F15', files: [`${faults}/killing-handlers.test.ts`], night: 50 },
  { id: 'F17', files: [`${faults}/paused-dispatcher.test.ts`], night: 100 },
  {
    id: 'F23',
    files: [`${faults}/event-gap.test.ts`, 'sdk/test/events/list-events.test.ts'],
    night: 100,
    tests: 'F23',
  },
  {
    id: 'reconcile',
    files: ['sdk/test/reconcile.test.ts'],
    night: 50,
    tests: 'a second reconcile does nothing',
  },
  { id: 'told-killed', files: [`${faults}/apply-killed.test.ts`], night: 20, tests: 'is killed' },
  { id: 'first-rules', files: ['sdk/test/first-rules.test.ts'], night: 20, tests: 'of many at once' },
  // 200 kills between the app's question and its commit.
  { id: 'two-phase', files: [`${faults}/two-phase-killed.test.ts`], night: 8 },
];
for (const part of FAULTS) PARTS.push(part, { ...part, id: `${part.id}-postgres`, project: 'postgres' });

/** Loads by their plan's id, on both databases. Their figures are judged here alone, so let nothing else run beside. */
const LOADS = [
  { id: 'L1', file: 'steady', night: 30, least: 6 },
  { id: 'L2', file: 'steady', night: 45, least: 45 },
  { id: 'L3', file: 'first-sync', night: 1 },
  { id: 'L4', file: 'large-group', night: 1 },
  { id: 'L5', file: 'large-directory', night: 1 },
  { id: 'L6', file: 'noisy-connection', night: 1 },
  { id: 'L8', file: 'slow-clients', night: 1 },
];
for (const { id, file, ...size } of LOADS) {
  const part = { files: [`sdk/test/loads/${file}.test.ts`], tests: `load-${id}`, ...size };
  PARTS.push({ ...part, id }, { ...part, id: `${id}-postgres`, project: 'postgres' });
}

/** About as long as one round takes, in seconds. */
const ROUND = 120;

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string' } },
  allowPositionals: true,
});
const strangers = positionals.filter((id) => !PARTS.some((part) => part.id === id));
if (strangers.length > 0 || Number.isNaN(Number(values.minutes ?? 1))) {
  console.error(
    `Usage: npm run test:long -- [part …] [--minutes n]. Parts: ${PARTS.map(({ id }) => id).join(' ')}.`,
  );
  process.exit(2);
}

const results = at('.long', 'results.jsonl');
const report = at('.long', 'round.json');
const commit = read('git', ['describe', '--always', '--dirty']);
const end =
  values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;

mkdirSync(at('.long'), { recursive: true });
await buildSdk();
let waiting = PARTS.filter(({ id, files }) => isAsked(id) && files.every((file) => existsSync(at(file))));
while (waiting.length > 0 && Date.now() < end) {
  // One round each in turn, so that a short run tries something of everything.
  for (const part of waiting) if (Date.now() < end) runRound(part);
  waiting = waiting.filter((part) => missingOf(part) > 0);
}
rmSync(report, { force: true });
const failures = printTable();
process.exit(failures > 0 ? 1 : 0);

function isAsked(id) {
  return positionals.length === 0 || positionals.includes(id);
}

/** The rounds of this commit. */
function roundsOf(id) {
  if (!existsSync(results)) return [];
  const lines = readFileSync(results, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line))
    .filter((round) => round.part === id && round.commit === commit);
}

/** How many times the push's inputs are still to be tried; a part that fails is not tried again. */
function missingOf({ id, night }) {
  const rounds = roundsOf(id);
  if (rounds.some((round) => round.failures.length > 0)) return 0;
  return Math.max(0, night - rounds.reduce((sum, round) => sum + round.runs, 0));
}

function runRound(part) {
  const runs = Math.min(missingOf(part), part.most ?? Number.POSITIVE_INFINITY, sizeOf(part));
  if (runs <= 0) return;
  const seed = Math.floor(Math.random() * 2_147_483_647);
  console.log(`\n${part.id}: ${runs} times a push's inputs, SCIMKIT_SEED=${seed}`);
  const start = Date.now();
  rmSync(report, { force: true });
  spawnSync(
    process.execPath,
    [
      at('node_modules/vitest/vitest.mjs'),
      'run',
      `--project=${part.project ?? 'sdk'}`,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...(part.tests === undefined ? [] : ['-t', part.tests]),
      ...part.files,
    ],
    {
      cwd: at(),
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, SCIMKIT_RUNS: String(runs), SCIMKIT_SEED: String(seed) },
    },
  );
  const round = {
    part: part.id,
    commit,
    seed,
    runs,
    seconds: Math.round((Date.now() - start) / 1000),
    at: new Date().toISOString(),
    ...readReport(),
  };
  appendFileSync(results, `${JSON.stringify(round)}\n`);
}

/** As many runs as make a round of about {@link ROUND} seconds, judged by the quickest round before. */
function sizeOf({ id, least = 1 }) {
  const paces = roundsOf(id).map((round) => round.seconds / round.runs);
  if (paces.length === 0) return least;
  const time = Math.min(ROUND, (end - Date.now()) / 1000);
  return Math.max(least, Math.floor(time / Math.max(0.1, Math.min(...paces))));
}

/** What the tests counted, and which of them failed. */
function readReport() {
  if (!existsSync(report)) return { counts: {}, failures: ['The tests did not run to their end.'] };
  const tests = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap((file) => file.assertionResults);
  const counts = {};
  for (const { meta } of tests)
    for (const [kind, tried] of Object.entries(meta?.counts ?? {}))
      counts[kind] = (counts[kind] ?? 0) + tried;
  const failed = tests.filter(({ status }) => status === 'failed');
  return {
    counts,
    failures: failed.map((test) => `${test.title}: ${test.failureMessages?.[0] ?? ''}`.slice(0, 2000)),
  };
}

function printTable() {
  const rows = new Map();
  const failed = [];
  for (const { id } of PARTS) {
    for (const round of roundsOf(id)) {
      failed.push(...round.failures.map((failure) => `${id}, SCIMKIT_SEED=${round.seed}: ${failure}`));
      for (const [name, tried] of Object.entries(round.counts)) {
        const [kind = name, outcome = 'tried'] = name.split(': ');
        const row = rows.get(kind) ?? { tried: 0 };
        row.tried += tried;
        if (outcome !== 'tried') row[outcome] = (row[outcome] ?? 0) + tried;
        rows.set(kind, row);
      }
    }
  }
  console.log(`\nInputs tried at ${commit}`);
  for (const [kind, { tried, ...outcomes }] of rows) {
    const split = Object.entries(outcomes).map(
      ([outcome, count]) => `${count.toLocaleString('en')} ${outcome}`,
    );
    console.log(
      `${tried.toLocaleString('en').padStart(14)}  ${kind}${split.length > 0 ? `  (${split.join(', ')})` : ''}`,
    );
  }
  for (const part of PARTS.filter(({ id }) => isAsked(id)))
    if (missingOf(part) > 0)
      console.log(`${part.id}: ${missingOf(part)} of ${part.night} times a push's inputs are left.`);
  for (const failure of failed) console.error(`\nFAILED ${failure}`);
  return failed.length;
}

function read(command, args) {
  const { stdout } = spawnSync(command, args, { cwd: at(), encoding: 'utf8' });
  return stdout?.trim() || 'unknown';
}
