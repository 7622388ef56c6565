import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { main } from '../sdk/src/cli/main.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const pages = listFiles('sdk/docs', '.md');
const documents = [
  'README.md',
  'sdk/README.md',
  'SECURITY.md',
  'THREAT_MODEL.md',
  'sdk/bench/README.md',
  ...pages,
];
const scenarios = listFiles('server-example/scenarios', '.ts')
  .map((file) => file.replace(/^.*\/|\.ts$/g, ''))
  .filter((name) => name !== 'run');

describe('what the documents name is there', () => {
  test.each(documents)('%s: every npm script', (document) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
    const named = [...read(document).matchAll(/npm run (?<name>[a-z:]+)/g)].map(({ groups }) => groups?.name);

    expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
  });

  test.each(documents)('%s: every scenario', (document) => {
    const named = [...read(document).matchAll(/npm run scenario -- (?<names>[a-z][a-z -]*)/g)].flatMap(
      ({ groups }) => (groups?.names ?? '').trim().split(' '),
    );

    expect(named.filter((name) => !scenarios.includes(name))).toEqual([]);
  });

  test.each(documents)('%s: every command, with its options', async (document) => {
    const commands = codeOf(document)
      .flatMap((code) => code.replaceAll('\\\n', ' ').split('\n'))
      .flatMap((line) => /^\s*npx scimkit (?<command>[^|>#;]+)/.exec(line)?.groups?.command ?? []);

    for (const command of commands) {
      const options = [...command.matchAll(/(?<= )--[a-z-]+/g)].map(([option]) => option);
      const help = await readHelp(command);
      // Of a command that does not exist the help is that of all.
      expect(help, command).not.toContain('[command]');
      expect(
        options.filter((option) => !help.includes(`${option} `)),
        command,
      ).toEqual([]);
    }
  });

  test.each(documents)('%s: every file and heading it links to', (document) => {
    const targets = [...withoutCode(read(document)).matchAll(/\]\((?<target>[^)\s]+)\)/g)]
      .map(({ groups }) => groups?.target ?? '')
      .filter((target) => !/^[a-z]+:/.test(target));

    expect(targets.filter((target) => !isThere(document, target))).toEqual([]);
  });
});

describe('the pages of the documentation', () => {
  test('each is in their index, once', () => {
    const index = read('sdk/docs/README.md');
    const others = pages.map((page) => page.slice('sdk/docs/'.length)).filter((page) => page !== 'README.md');

    expect(others.filter((page) => index.split(`](${page})`).length !== 2)).toEqual([]);
  });

  test('the index can be found from both READMEs', () => {
    expect(read('README.md')).toContain('](sdk/docs/README.md)');
    expect(read('sdk/README.md')).toContain('](docs/README.md)');
  });

  test('hooks.md names every hook', () => {
    const [, declared = ''] = read('sdk/src/provisioning/hooks.ts').split('export interface ScimHooks');
    const hooks = [...declared.matchAll(/^ {2}(?<name>\w+)\?\(/gm)].map(({ groups }) => groups?.name);
    const text = read('sdk/docs/hooks.md');

    expect(hooks.length).toBeGreaterThan(9);
    expect(hooks.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test('every method of scim.management is named somewhere', () => {
    const [, declared = ''] = read('sdk/src/connections/management.ts').split(
      'export interface ScimManagement',
    );
    const methods = [...(declared.split('\n}')[0]?.matchAll(/^ {2}(?<name>\w+)\(/gm) ?? [])].map(
      ({ groups }) => groups?.name,
    );
    const text = ['sdk/README.md', ...pages].map(read).join('\n');

    expect(methods.length).toBeGreaterThan(30);
    expect(methods.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });

  test('the code of hooks.md is the code that the tests run, to the letter', () => {
    const tested = readdirSync(join(root, 'sdk/test/orm'))
      .filter((file) => /\.(ts|prisma)$/.test(file))
      .map((file) => read(`sdk/test/orm/${file}`));
    const blocks = [...read('sdk/docs/hooks.md').matchAll(/^```(?:ts|prisma)\n(?<code>[\s\S]*?)^```$/gm)].map(
      ({ groups }) => groups?.code ?? '',
    );

    expect(blocks.length).toBeGreaterThan(4);
    expect(blocks.filter((block) => !tested.includes(block))).toEqual([]);
  });
});

function listFiles(folder: string, extension: string): readonly string[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith(extension))
    .sort()
    .map((file) => `${folder}/${file}`);
}

function read(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

/** The text of every code block. */
function codeOf(document: string): readonly string[] {
  return [...read(document).matchAll(/^```\w*\n(?<code>[\s\S]*?)^```$/gm)].map(
    ({ groups }) => groups?.code ?? '',
  );
}

/** What the command says of itself. Words that are no part of its name change nothing in that. */
async function readHelp(command: string): Promise<string> {
  const words = command.split(' ').filter((word) => /^[a-z]+(-[a-z]+)*$/.test(word));
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    expect(await main(['node', 'scimkit', ...words, '--help']), command).toBe(0);
    return said.mock.calls.join('\n');
  } finally {
    said.mockRestore();
  }
}

/** In code, brackets are brackets. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/** Whether a link leads to a file, and where it names a heading, to that. */
function isThere(document: string, target: string): boolean {
  const [file = '', heading] = target.split('#');
  const path = file === '' ? join(root, document) : resolve(root, dirname(document), file);
  if (!existsSync(path)) return false;
  return heading === undefined || toAnchors(read(relative(root, path))).has(heading);
}

/** As GitHub makes them: small letters, no punctuation, hyphens for spaces. */
function toAnchors(text: string): ReadonlySet<string> {
  const headings = [...withoutCode(text).matchAll(/^#+ (?<heading>.+)$/gm)];
  return new Set(
    headings.map(({ groups }) =>
      (groups?.heading ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
