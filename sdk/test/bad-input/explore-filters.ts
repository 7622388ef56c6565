// Looks for filters that take the parser where none has taken it before. A program of its own, so that nothing
// but the parser is measured: node explore-filters.ts SECONDS SEED. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { createDice } from '../support/dice.ts';
import { FILTER_PIECES, FILTER_SEEDS } from './filter-pieces.ts';
import { judgeFilter } from './filter-verdict.ts';
import { assemble, mutateText } from './mutate-text.ts';

const [seconds = 30, seed = 1] = process.argv.slice(2).map(Number);
const kept = JSON.parse(readFileSync(new URL('corpus/filters.json', import.meta.url), 'utf8')) as string[];
const dice = createDice(seed);
const corpus = [...FILTER_SEEDS, ...kept];
const seen = new Set<string>();
const found: string[] = [];
let accepted = 0;
let refused = 0;

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

for (const text of corpus) await explore(text);
const known = corpus.length;
const end = performance.now() + seconds * 1000;
while (performance.now() < end) {
  const base = dice.oneIn(20) ? assemble(FILTER_PIECES, dice) : dice.pick(corpus);
  const text = mutateText(dice.oneIn(8) ? base + dice.pick(corpus) : base, FILTER_PIECES, dice).slice(
    0,
    5000,
  );
  if (!(await explore(text))) continue;
  corpus.push(text);
  found.push(text);
}
console.log(JSON.stringify({ accepted, refused, features: seen.size, known, found }));

/** Whether the text went where none before it went. */
async function explore(text: string): Promise<boolean> {
  try {
    if (judgeFilter(text) === 'accepted') accepted += 1;
    else refused += 1;
  } catch (error) {
    throw new Error(`${JSON.stringify(text)} with seed ${seed}`, { cause: error });
  }
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const before = seen.size;
  for (const script of result) if (script.url.includes('/src/protocol/')) noteFeatures(script);
  return seen.size > before;
}

/** A feature is a stretch of code run about so many times, to the power of two. */
function noteFeatures({ url, functions }: Profiler.ScriptCoverage): void {
  for (const { functionName, ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) {
      if (count > 0)
        seen.add(`${url}#${functionName}:${startOffset}-${endOffset}*${Math.floor(Math.log2(count))}`);
    }
  }
}
