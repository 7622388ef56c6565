import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const documents = [
  'README.md',
  'sdk/README.md',
  ...readdirSync(join(root, 'sdk/docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `sdk/docs/${file}`),
];

/** What an example may take for granted: scimkit as the app made it. Other names that are not declared are the app's. */
const GIVEN = `
import type { Scim } from 'scimkit';
declare global {
  const scim: Scim;
}`;

/** A name that is the app's own, what follows from its being unknown here, a variable taken to be set, an early return. */
const OWN_NAMES =
  /error TS(1108|2304|2503|2552|18004|7006|7031|7034|7005|2307):|'string \| undefined' is not assignable to type 'string'/;

/** What the compiler says of the examples in a folder. */
function check(folder: string): readonly string[] {
  const { stdout } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
    { cwd: folder, encoding: 'utf8' },
  );
  return stdout.split('\n').filter((line) => /^[\w-]+\.ts.*error TS/.test(line));
}

function filesOf(errors: readonly string[]): ReadonlySet<string> {
  return new Set(errors.map((error) => error.slice(0, error.indexOf('('))));
}

/** The TypeScript of a page. */
function examplesOf(document: string): readonly string[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```ts\n(?<code>[\s\S]*?)^```$/gm)].map(({ groups }) => groups?.code ?? '');
}

test('the examples of the documents are right in what they take from scimkit', { timeout: 120_000 }, () => {
  // Below the SDK, where its own dependencies are found.
  const folder = mkdtempSync(join(root, 'sdk/test/orm/generated-docs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  for (const document of documents) {
    for (const [index, code] of examplesOf(document).entries()) {
      writeFileSync(
        join(folder, `${document.replaceAll(/[/.]/g, '-')}-${index + 1}.ts`),
        `${code}\nexport {};\n`,
      );
      count += 1;
    }
  }
  writeFileSync(join(folder, 'given.ts'), GIVEN);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
        noEmit: true,
        exactOptionalPropertyTypes: false,
        noImplicitAny: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
        paths: {
          scimkit: [join(root, 'sdk/src/index.ts')],
          'scimkit/express': [join(root, 'sdk/src/adapters/express.ts')],
          'scimkit/node': [join(root, 'sdk/src/adapters/node.ts')],
          'scimkit/simulate': [join(root, 'sdk/src/simulator/simulate.ts')],
          'scimkit/verify': [join(root, 'sdk/src/verifier/verify.ts')],
          'scimkit/record': [join(root, 'sdk/src/recorder/record.ts')],
          'scimkit/replay': [join(root, 'sdk/src/recorder/replay.ts')],
        },
      },
      include: ['*.ts'],
    }),
  );

  // A part of something larger is no program, and of the others nothing is said while there is one.
  for (const file of filesOf(check(folder).filter((error) => /error TS1\d{3}:/.test(error)))) {
    rmSync(join(folder, file));
    count -= 1;
  }
  const errors = check(folder).filter((error) => !OWN_NAMES.test(error));

  expect(count).toBeGreaterThan(10);
  expect(errors).toEqual([]);
});
