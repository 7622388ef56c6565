import type { ReplayReport } from './replay-report.ts';

/** The exchanges that differ or were not played as JUnit XML; those that were the same are counted. */
export function formatReplayJunit(
  { counts, different, skipped, durationMs }: ReplayReport,
  file: string,
): string {
  const head = `name="${escapeXml(`scimkit replay ${file}`)}" tests="${counts.played + counts.skipped}" failures="${counts.different}" skipped="${counts.skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${head} time="${durationMs / 1000}">`,
    `  <testsuite ${head}>`,
    ...different.map(({ number, request, differences }) => {
      const lines = differences.map(
        ({ where, expected, got }) => `${where}: expected ${expected}, got ${got}`,
      );
      return `    <testcase name="${escapeXml(`${number} ${request}`)}"><failure message="${escapeXml(lines[0] ?? '')}">${escapeXml(lines.join('\n'))}</failure></testcase>`;
    }),
    ...skipped.map(
      ({ number, request, reason }) =>
        `    <testcase name="${escapeXml(`${number} ${request}`)}"><skipped message="${escapeXml(reason)}"/></testcase>`,
    ),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** What XML 1.0 cannot hold at all is shown as a question mark. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
