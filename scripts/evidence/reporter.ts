import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule } from 'vitest/node';
import { collectProofs, findUnproven, type Ran, type Requirement } from './proofs.ts';
import { printProofs } from './table.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = fileURLToPath(new URL('../../CONFORMANCE.md', import.meta.url));
const list = fileURLToPath(new URL('requirements.json', import.meta.url));

/**
 * After a run of every test (`SCIMKIT_ALL_TESTS=1`): writes CONFORMANCE.md, and fails the run where a requirement
 * has no test. After any run: prints how many inputs of each kind the random tests tried.
 */
export default class EvidenceReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], _errors: readonly unknown[], reason: string): void {
    printCounts(modules);
    if (process.env.SCIMKIT_ALL_TESTS !== '1' || reason === 'interrupted') return;
    const requirements = JSON.parse(readFileSync(list, 'utf8')) as readonly Requirement[];
    const proofs = collectProofs(requirements, listRan(modules));
    const text = printProofs(proofs);
    const unproven = findUnproven(proofs);
    console.log(`\n Requirements  ${proofs.length - unproven.length} of ${proofs.length} shown or excused`);
    for (const { id, title } of unproven) console.error(`   no test shows ${id}: ${title}`);
    if (unproven.length > 0) process.exitCode = 1;
    // A failed run shows less than there is; it must not be written down as the truth.
    if (reason !== 'passed') return;
    const before = existsSync(page) ? readFileSync(page, 'utf8') : '';
    if (before === text) return;
    writeFileSync(page, text);
    console.log(' CONFORMANCE.md was out of date and is written anew: commit it.');
  }
}

function listRan(modules: readonly TestModule[]): readonly Ran[] {
  return modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => {
      const { answers = 0, expectations = 0 } = test.meta().evidence ?? {};
      return {
        file: relative(root, module.moduleId),
        name: test.name,
        passed: test.result().state === 'passed',
        answers,
        expectations,
      };
    }),
  );
}

function printCounts(modules: readonly TestModule[]): void {
  const totals = new Map<string, number>();
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      for (const [kind, count] of Object.entries(test.meta().counts ?? {})) {
        totals.set(kind, (totals.get(kind) ?? 0) + count);
      }
    }
  }
  if (totals.size === 0) return;
  console.log('\n Inputs tried');
  for (const [kind, count] of [...totals].toSorted(([one], [other]) => one.localeCompare(other, 'en'))) {
    console.log(`   ${count.toLocaleString('en').padStart(12)}  ${kind}`);
  }
}
