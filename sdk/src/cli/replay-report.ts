import type { ReplayReport } from '../recorder/replay.ts';

/** What differed, what was not played, and the sums. */
export function formatReplay(report: ReplayReport): string {
  const { counts, different, skipped, leftBehind, run, interrupted, durationMs } = report;
  return [
    ...different.flatMap(({ number, request, differences }) => [
      `✗ ${number}  ${request}`,
      ...differences.map(({ where, expected, got }) => `      ${where}: expected ${expected}, got ${got}`),
    ]),
    ...skipped.map(({ number, request, reason }) => `- ${number}  ${request}\n      not played: ${reason}`),
    ...(interrupted ? ['Interrupted.'] : []),
    `${counts.played - counts.different} of ${counts.played} exchanges answered as recorded, ${counts.skipped} not played; ${(durationMs / 1000).toFixed(1)} s.`,
    ...(counts.prepared === 0 ? [] : [`Made ${counts.prepared} first that were there before the recording.`]),
    leftBehind.length === 0
      ? `Created ${counts.created} and took all of it away again.`
      : `Created ${counts.created}; ${leftBehind.length} are left on the server${run === '' ? '' : `, with ${run} in their names`}:`,
    ...leftBehind.slice(0, 20).map((path) => `  ${path}`),
    ...(leftBehind.length > 20 ? [`  … and ${leftBehind.length - 20} more`] : []),
  ].join('\n');
}
