import type { Proof } from './proofs.ts';

const MOST_TESTS_SHOWN = 4;

const SECTIONS = [
  {
    title: 'RFC 7643, RFC 7644, RFC 9865 and our own rules where they are silent',
    starts: 'rfc ',
    columns: 'Requirement',
  },
  { title: 'Tolerances for identity providers', starts: 'T', columns: 'Tolerance' },
  { title: 'Sequences of identity providers', starts: 'seq ', columns: 'Sequence' },
] as const;

/** Writes the page that names the tests behind every requirement. */
export function printProofs(proofs: readonly Proof[]): string {
  const proven = proofs.filter(({ tests }) => tests.length > 0).length;
  const lines = [
    '# Conformance',
    '',
    'Written by `npm test` from the tests that passed. A test counts for a requirement when its name begins with the',
    'requirement’s number, it names at most three, and it makes expectations on HTTP answers.',
    '',
    `${proven} of ${proofs.length} requirements have a test.`,
  ];
  for (const { title, starts, columns } of SECTIONS) {
    const rows = proofs.filter(({ requirement }) => requirement.id.startsWith(starts));
    lines.push('', `## ${title}`, '', `| | Level | ${columns} | Tests |`, '|---|---|---|---|');
    for (const { requirement, tests } of rows) {
      const { id, level, source, title, reason } = requirement;
      const where = source === '' ? '' : ` (${escapeCell(source)})`;
      lines.push(
        `| ${id.replace(/^seq /, '')} | ${level} | ${title}${where} | ${printTests(tests) || reason || '**none**'} |`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

function printTests(tests: Proof['tests']): string {
  const shown = tests
    .slice(0, MOST_TESTS_SHOWN)
    .map(({ file, name }) => `[${escapeCell(shorten(name))}](${file})`);
  const more = tests.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('<br>');
}

function shorten(name: string): string {
  return name.length <= 110 ? name : `${name.slice(0, 107)}…`;
}

function escapeCell(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('[', '\\[')
    .replaceAll(']', '\\]')
    .replaceAll('<', '&lt;');
}
