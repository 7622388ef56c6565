// Plays scenarios on a real Harbor, each with a database of its own.
//
//   npm run scenario                       all of them
//   npm run scenario -- new-hire           one, or several by name
//   npm run scenario -- --list             what there is
//   npm run scenario -- --json             one JSON document instead of sentences
//
// Ends with 1 where something was not as told, with 2 where what is asked for does not exist.
import { parseArgs } from 'node:util';
import { createScenarioDatabase } from './runner/database.ts';
import { listScenarios, loadScenario } from './runner/list.ts';
import { type Line, type Performance, playScenario } from './runner/play.ts';

const usage = 'Usage: npm run scenario -- [--list] [--json] [name …]';

const { values, positionals } = readArguments();
const names = positionals.length > 0 ? positionals : listScenarios();
const say = (text: string) => {
  if (!values.json) console.log(text);
};

if (values.list) await printList();
else await playAll();

function readArguments() {
  try {
    const parsed = parseArgs({
      options: { list: { type: 'boolean' }, json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const strangers = parsed.positionals.filter((name) => !listScenarios().includes(name));
    if (strangers.length === 0) return parsed;
    console.error(
      `There is no scenario ${strangers.join(', ')}. There are: ${listScenarios().join(', ')}.\n${usage}`,
    );
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
  return process.exit(2);
}

async function printList(): Promise<void> {
  const titles = await Promise.all(
    names.map(async (name) => ({ name, title: (await loadScenario(name)).title })),
  );
  if (values.json) console.log(JSON.stringify(titles, null, 2));
  for (const { name, title } of titles) say(`${name}\n  ${title}`);
}

interface Played extends Performance {
  readonly name: string;
  readonly title: string;
}

async function playAll(): Promise<void> {
  const played: Played[] = [];
  for (const name of names) {
    const scenario = await loadScenario(name);
    say(`${name}: ${scenario.title}`);
    const database = await createScenarioDatabase(name, process.env.DATABASE_URL);
    const performed = await playScenario(scenario, {
      databaseUrl: database.url,
      onLine: (line) => say(`  ${toText(line)}`),
    });
    await database.remove();
    played.push({ name, title: scenario.title, ...performed });
    if (performed.fault !== undefined) sayWhy(performed);
    say('');
  }
  const failed = played.filter(({ fault }) => fault !== undefined);
  const seconds = played.reduce((sum, one) => sum + one.seconds, 0).toFixed(1);
  say(`${played.length - failed.length} of ${played.length} went as told, in ${seconds} s.`);
  if (values.json) console.log(JSON.stringify(played.map(toJson), null, 2));
  process.exitCode = failed.length > 0 ? 1 : 0;
}

function toText({ kind, sentence, isSo }: Line): string {
  if (kind === 'told') return sentence;
  return `${isSo ? '✓' : '✗'} ${sentence}`;
}

function sayWhy({ fault = '', logged }: Performance): void {
  for (const line of fault.split('\n')) say(`    ${line}`);
  for (const line of logged) say(`    Harbor logged: ${line}`);
}

function toJson({ name, title, fault, lines, logged, seconds }: Played) {
  return { name, title, passed: fault === undefined, fault: fault ?? null, seconds, lines, logged };
}
