import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = join(root, 'sdk/src');

/** Dependencies point from right to left. */
const LAYERS = [
  'protocol',
  'store',
  'provisioning',
  'events',
  'activity',
  'connections',
  'webhooks',
  'http',
  'setup',
  'adapters',
  'simulator',
  'verifier',
  'recorder',
  'cli',
];

const files = globSync('**/*.ts', { cwd: source }).filter((file) => !file.endsWith('.test.ts'));
const imports = new Map(files.map((file) => [file, readImports(join(source, file))]));

/** Files beside the folders that know nothing of any of them, so each may use them. */
const SHARED_ROOT_FILES = new Set(['in-turns.ts', 'logger.ts', 'mutex.ts', 'result.ts', 'timers.ts']);
describe('one direction of dependency', () => {
  test('no folder of the SDK imports one to its right', () => {
    const wrong = [...imports].flatMap(([file, targets]) =>
      targets
        .filter((target) => target.startsWith('.'))
        .map((target) => relative(source, resolve(source, dirname(file), target)))
        .filter((target) => layerOf(target) > layerOf(file))
        .map((target) => `${file} → ${target}`),
    );

    expect(wrong).toEqual([]);
  });

  test('protocol imports nothing but itself', () => {
    const foreign = [...imports]
      .filter(([file]) => layerOf(file) === 0)
      .flatMap(([file, targets]) =>
        targets.filter((target) => !target.startsWith('.')).map((target) => `${file} → ${target}`),
      );

    expect(foreign).toEqual([]);
  });

  test('the verifier knows servers by HTTP alone', () => {
    const foreign = [...imports]
      .filter(([file]) => file.startsWith('verifier/'))
      .flatMap(([file, targets]) =>
        targets
          .filter((target) => target.startsWith('.'))
          .map((target) => relative(source, resolve(source, dirname(file), target)))
          .filter((target) => !/^(verifier|protocol)\//.test(target))
          .map((target) => `${file} → ${target}`),
      );

    expect(foreign).toEqual([]);
  });

  test('the simulator speaks HTTP only', () => {
    const wrong = [...imports]
      .filter(([file]) => file.startsWith('simulator/'))
      .flatMap(([file, targets]) =>
        targets
          .filter((target) => target.startsWith('.'))
          .map((target) => relative(source, resolve(source, dirname(file), target)))
          .filter((target) => !/^(?:simulator|protocol)\//.test(target))
          .map((target) => `${file} → ${target}`),
      );

    expect(wrong).toEqual([]);
  });

  test('the recorder knows servers by HTTP alone', () => {
    const foreign = [...imports]
      .filter(([file]) => file.startsWith('recorder/'))
      .flatMap(([file, targets]) =>
        targets
          .filter((target) => target.startsWith('.'))
          .map((target) => relative(source, resolve(source, dirname(file), target)))
          .filter((target) => !/^(?:recorder|protocol)\//.test(target))
          .map((target) => `${file} → ${target}`),
      );

    expect(foreign).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    const graph = new Map(
      [...imports].map(([file, targets]) => [
        file,
        targets
          .filter((target) => target.startsWith('.'))
          .map((target) => relative(source, resolve(source, dirname(file), target))),
      ]),
    );

    expect(files.filter((file) => reaches(graph, file, file))).toEqual([]);
  });

  test('copied source never imports the SDK', () => {
    const copied = globSync('registry/**/*.{ts,tsx}', { cwd: root });
    const wrong = copied.filter((file) =>
      /from '(?:scimkit|.*\/sdk\/)/.test(readFileSync(join(root, file), 'utf8')),
    );

    expect(copied.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });
});

/** What a file imports or re-exports by value; types vanish and bind nothing. */
function readImports(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(/^(?:import|export) (?!type )(?<names>[^;]*?)from '(?<target>[^']+)';/gm);
  return [...statements]
    .filter(({ groups }) => !onlyTypes(groups?.names ?? ''))
    .map(({ groups }) => groups?.target ?? '');
}

function onlyTypes(names: string): boolean {
  const inside = /^\{(?<list>[\s\S]*)\}\s*$/.exec(names.trim())?.groups?.list;
  return inside?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
}

/** Files at the root of the SDK put the layers together, so they stand above all but adapters and cli. */
function layerOf(file: string): number {
  const [folder = ''] = file.split('/');
  if (SHARED_ROOT_FILES.has(file)) return 0;
  const layer = LAYERS.indexOf(folder);
  // What puts the parts together stands beside the last of them.
  return layer === -1 ? LAYERS.indexOf('setup') : layer;
}

function reaches(graph: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const waiting = [...(graph.get(from) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(graph.get(next) ?? []));
  }
  return false;
}
